/** Lines of a text that comes in pieces, and what formats with one thing a line share. Memory stays flat, whatever comes. */
import type { z } from 'zod';
import { parseAddress } from '../../core/address.ts';
import { cleanField } from '../../core/clean.ts';
import { Protocol } from '../../core/result.ts';
import type { LeftOut } from './format.ts';

/** Longest line that is read. */
const LONGEST = 1024 * 1024;

export const TOO_LONG = `lines of more than ${LONGEST} characters`;
export const NOT_JSON = 'lines that are no JSON of this format';
export const NO_ADDRESS = 'rows without a valid address';

/** Lines without their end; one that is too long is left out. */
export async function* linesOf(text: AsyncIterable<string>, left: LeftOut): AsyncGenerator<string> {
  let rest = '';
  let skipping = false;
  for await (const piece of text) {
    let from = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      const line = rest + piece.slice(from, end);
      rest = '';
      from = end + 1;
      if (skipping) skipping = false;
      else if (line.length > LONGEST) left.add(TOO_LONG);
      else yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
    if (skipping) continue;
    rest += piece.slice(from);
    if (rest.length <= LONGEST) continue;
    left.add(TOO_LONG);
    rest = '';
    skipping = true;
  }
  if (rest !== '' && !skipping) yield rest;
}

/** The value of a line of JSON; undefined, and left out, where it is none. A comma behind it is that of a list. */
export function jsonOf<T>(line: string, shape: z.ZodType<T>, left: LeftOut): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.replace(/^\s*\[?\s*/, '').replace(/\s*[,\]]\s*$/, ''));
  } catch {
    left.add(NOT_JSON, exampleOf(line));
    return undefined;
  }
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  left.add(NOT_JSON, exampleOf(line));
  return undefined;
}

export const exampleOf = (line: string) => cleanField(line, 80);

/** An address as it is written here; a zone and brackets are left off. */
export function addressOf(text: string | undefined): string | undefined {
  const bare =
    text
      ?.trim()
      .replace(/^\[|\]$/g, '')
      .split('%')[0] ?? '';
  return parseAddress(bare) ? bare.toLowerCase() : undefined;
}

export function portOf(text: string | number | undefined): number | undefined {
  const port =
    typeof text === 'number' ? text : /^\s*\d{1,5}\s*$/.test(text ?? '') ? Number(text) : Number.NaN;
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : undefined;
}

export function protocolOf(text: string | undefined): Protocol | undefined {
  const protocol = Protocol.safeParse(text?.trim().toLowerCase());
  return protocol.success ? protocol.data : undefined;
}

/** A time as programs write it: seconds since the epoch (with a fraction), milliseconds, or ISO 8601. */
export function timeOf(text: string | number | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const number =
    typeof text === 'number' ? text : /^\d{1,16}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  // Suricata writes the zone without a colon: 2026-11-29T07:00:00.000000+0000.
  const at = Number.isNaN(number)
    ? Date.parse(String(text).replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
    : number > 1e11
      ? number
      : number * 1000;
  return Number.isFinite(at) && at > 0 ? Math.round(at) : undefined;
}

const LONGEST_WORD = 256;
const PLAIN = /^[\x20-\x7e]{0,256}$/;

/** A text of the file made safe to show; undefined where it says nothing. */
export function wordOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  // Nearly every one is plain, and the test is many times cheaper than the cleaning.
  const word = PLAIN.test(text) ? text.trim() : cleanField(text.trim(), LONGEST_WORD);
  return word === '' || word === '-' || word === '(empty)' ? undefined : word;
}
