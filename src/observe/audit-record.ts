/**
 * One record of the audit as text: a JSON object on one line, with the hash of the record before (as in Haber and
 * Stornetta, "How to time-stamp a digital document", 1991), so that no line can be changed, removed, added or moved
 * unseen.
 */

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** What is written down about one event; `fields` are the writer's. */
export interface AuditEntry {
  kind: string;
  fields: Readonly<Record<string, unknown>>;
}

/** A record's place in the chain. */
export interface ChainEnd {
  /** Number of the last record; 0 before the first. */
  seq: number;
  hash: string;
}

/** What the first record of all follows. */
export const GENESIS: ChainEnd = { seq: 0, hash: '0'.repeat(64) };

/** Kinds of records that speak of the audit itself. */
export const ABOUT_AUDIT = {
  /** A line before it was torn by a crash or a full disk. */
  torn: 'torn_line',
  /** So many records could not be written. */
  lost: 'records_lost',
  /** The file did not end as a process had left it: records are gone, or were changed. */
  broken: 'chain_broken',
  /** The oldest files were deleted, as the settings say. */
  removed: 'files_removed',
} as const;

/** Longest record; what is longer is cut, and says so. */
export const MOST_RECORD_BYTES = 16_384;
/** Left for number, hashes, time and what stands for the fields that were cut. */
const FRAME_BYTES = 1024;
/** Characters shown of all that is cut, and of one. */
const SHOWN_OF_CUT = { all: 2048, each: 256 };

const Record_ = z.looseObject({
  seq: z.int().positive(),
  at: z.string(),
  kind: z.string(),
  prev: z.string().length(64),
  hash: z.string().length(64),
});
export type AuditRecord = z.infer<typeof Record_>;

/** Names with JSON text: of their values, or of themselves with their values. */
type Parts = readonly (readonly [name: string, text: string])[];

/** A record that only lacks its place in the chain. */
export interface Prepared {
  /** By name, each as `"name":value`. */
  members: Parts;
  bytes: number;
}

/** Puts an entry into words, within {@link MOST_RECORD_BYTES}. */
export function prepare({ kind, fields }: AuditEntry, at: string): Prepared {
  const own: [string, string][] = [];
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) own.push([name, canonical(value)]);
  const parts = [...cut(own), ['at', canonical(at)] as const, ['kind', canonical(kind)] as const];
  return { members: parts.map(member), bytes: sizeOf(parts) + FRAME_BYTES };
}

/** The longest fields give way until the rest fits: to their length, hash and beginning. */
function cut(parts: Parts): Parts {
  let left = sizeOf(parts);
  if (left <= MOST_RECORD_BYTES - FRAME_BYTES) return parts;
  const short = new Map(parts);
  const shown = Math.min(SHOWN_OF_CUT.each, Math.floor(SHOWN_OF_CUT.all / parts.length));
  for (const [name, text] of [...parts].sort(([, a], [, b]) => b.length - a.length)) {
    const stub = canonical({
      cut_bytes: text.length,
      sha256: sha256(text),
      begins: text.slice(0, shown),
    });
    short.set(name, stub);
    left += stub.length - text.length;
    if (left <= MOST_RECORD_BYTES - FRAME_BYTES) break;
  }
  return [...short];
}

function sizeOf(parts: Parts): number {
  return parts.reduce((sum, [name, text]) => sum + name.length + text.length + 4, 0);
}

/** The line (without its end) that follows `end`, and the new end of the chain. */
export function link(end: ChainEnd, { members }: Prepared): { line: string; end: ChainEnd } {
  const seq = end.seq + 1;
  const body: Parts = [...members, ['seq', `"seq":${seq}`]];
  const hash = sha256(`${end.hash}\n${objectOf(body)}`);
  const line = objectOf([...body, ['prev', `"prev":"${end.hash}"`], ['hash', `"hash":"${hash}"`]]);
  return { line, end: { seq, hash } };
}

/** A record of our own as read back; undefined for a line that is none, or is not written as we write it. */
export function parseLine(line: Buffer): AuditRecord | undefined {
  if (!isUtf8(line)) return undefined;
  const text = line.toString('utf8');
  try {
    const record = Record_.parse(JSON.parse(text));
    const { prev, hash, ...body } = record;
    // Compared as text too: JSON can be written in many ways, and only one of them is ours.
    const form = FORMS.find((words) => words(record) === text);
    return form && sha256(`${prev}\n${form(body)}`) === hash ? record : undefined;
  } catch {
    return undefined;
  }
}

export function endOf({ seq, hash }: AuditRecord): ChainEnd {
  return { seq, hash };
}

/** How a torn line is named in the record that follows it. */
export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * JSON with the names in order, so that one record has one form, and in ASCII alone: nothing in it can end a line for any
 * reader (U+2028, U+0085) or change how a terminal shows it. As Python's `json.dumps(…, sort_keys=True)` without spaces.
 */
export function canonical(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const parts: [string, string][] = [];
  for (const [name, one] of Object.entries(value))
    if (one !== undefined) parts.push(member([name, canonical(one)]));
  return objectOf(parts);
}

function member([name, text]: readonly [string, string]): [string, string] {
  return [name, `${quote(name)}:${text}`];
}

/** @param members in any order. */
function objectOf(members: Parts): string {
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([, text]) => text).join(',')}}`;
}

function quote(text: string): string {
  const json = JSON.stringify(text);
  return PLAIN.test(json)
    ? json
    : json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
const PLAIN = /^[ -~]*$/;

/** Records of before 2026-11-29 were not in ASCII alone. */
function formerly(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

const FORMS = [canonical, formerly];
