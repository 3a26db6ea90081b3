/** Strings of nmap's XML made safe and readable: the border where what a target said enters Portolan. */
import { cleanField, cleanText, MAX_FIELD, MAX_SCRIPT_OUTPUT } from '../../core/clean.ts';

// Printable ASCII without `&`, which may begin a reference that the parser left as it stood.
const PLAIN_LINE = /^[\x20-\x25\x27-\x7e]*$/;
const PLAIN_BLOCK = /^[\x20-\x25\x27-\x7e\n\t]*$/;

/** One line: a name, a banner, a version. At most MAX_FIELD characters and a mark that says how much was cut. */
export function lineOf(raw: string): string {
  // Nearly every string is plain: the test is many times cheaper than the cleaning.
  if (raw.length <= MAX_FIELD && PLAIN_LINE.test(raw)) return raw;
  return cleanField(bytesAsText(raw));
}

/** Several lines (script output), at most `max` characters. */
export function blockOf(raw: string, max: number = MAX_SCRIPT_OUTPUT): string {
  if (raw.length <= max && PLAIN_BLOCK.test(raw)) return raw;
  return cleanText(bytesAsText(raw), max);
}

/**
 * nmap writes every byte outside of printable ASCII as a character reference of its own (nmap's xml.cc): a control
 * byte as `&#x1;`, which XML 1.0 forbids and the parser therefore leaves as it stands, and UTF-8 as its single bytes.
 * Both are taken back here, before cleaning, so that cleaning sees what the target really sent.
 */
function bytesAsText(raw: string): string {
  const text = raw.replace(
    /&#(?:x([0-9a-f]{1,2})|([0-9]{1,3}));/gi,
    (whole, hex?: string, decimal?: string) => {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code < 0x20 || (code >= 0x7f && code <= 0x9f) ? String.fromCharCode(code) : whole;
    },
  );
  if (!/[\x80-\xff]/.test(text) || /[^\x00-\xff]/.test(text)) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
  } catch {
    return text; // really Latin-1, or noise
  }
}
