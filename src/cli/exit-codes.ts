/** What the exit status of `portolan` says. Part of the public surface (docs/configuration.md). */
export const EXIT = {
  ok: 0,
  /** What was asked for failed or was refused; the reason is on standard error. */
  failed: 1,
  /** The command line or the configuration is wrong; nothing was done. */
  usage: 2,
  /** What one asked to be alarmed about is there: pcap --fail-on-suspects, changes --fail-on. */
  alarmed: 3,
  /** Ended by Ctrl-C; what was found is kept. */
  interrupted: 130,
} as const;

/** What is wrong with the words of the command line, wherever it is noticed: here, in a tool, or on a server elsewhere. */
const WORDS: ReadonlySet<string> = new Set([
  'invalid_argument',
  'invalid_config',
  'invalid_target',
  'invalid_ports',
  'invalid_option',
  'invalid_ip',
  'tool_not_found',
  'scanner_not_found',
  // What is named is not there.
  'task_not_found',
  'asset_not_found',
  'change_not_found',
  'schedule_not_found',
  'alert_not_found',
  'file_not_found',
]);

/** The exit status for an error code (docs/errors.md). */
export function exitFor(code: string | undefined): number {
  return code !== undefined && WORDS.has(code) ? EXIT.usage : EXIT.failed;
}
