/** Text in Markdown. */

/**
 * Untrusted text as plain text: no markup, no links, no table cells, no HTML of its own. What means something only at
 * the beginning of a line is left as it is elsewhere: a report is also read on terminals.
 */
export function escapeMarkdown(untrusted: string): string {
  return untrusted
    .replace(/\n/g, ' ')
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replace(/^\s*[-+#>=]/, (start) => `${start.slice(0, -1)}\\${start.slice(-1)}`)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/(https?|ftp|mailto):/gi, '$1&#58;')
    .replace(/@/g, '&#64;');
}
