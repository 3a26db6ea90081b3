/**
 * The audit as text: one JSON object a line, each with the hash of the one before (as in Haber and Stornetta, "How to
 * time-stamp a digital document", 1991), so that no line can be changed, removed, added or moved unseen.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** What is written down about one event; `fields` are the writer's. */
export interface AuditEntry {
  kind: string;
  fields: Readonly<Record<string, unknown>>;
}

export interface ChainEnd {
  /** Number of the last record; 0 before the first. */
  seq: number;
  hash: string;
}

/** What the first record of all follows. */
export const GENESIS: ChainEnd = { seq: 0, hash: '0'.repeat(64) };

const Record_ = z.looseObject({
  seq: z.int().positive(),
  at: z.string(),
  kind: z.string(),
  prev: z.string().length(64),
  hash: z.string().length(64),
});
export type AuditRecord = z.infer<typeof Record_>;

/** The line (without its end) that follows `end`, and the new end of the chain. */
export function link(
  end: ChainEnd,
  { kind, fields }: AuditEntry,
  at: string,
): { line: string; end: ChainEnd } {
  const body = { ...fields, kind, at, seq: end.seq + 1 };
  const hash = hashOf(end.hash, body);
  return { line: canonical({ ...body, prev: end.hash, hash }), end: { seq: body.seq, hash } };
}

/** SHA-256 over the hash of the record before, a line break, and this record without both hashes. */
function hashOf(prev: string, body: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(`${prev}\n${canonical(body)}`)
    .digest('hex');
}

/** A record of our own as read back; undefined for a line that is none, or is not written as we write it. */
export function parseLine(line: string): AuditRecord | undefined {
  try {
    const record = Record_.parse(JSON.parse(line));
    const { prev, hash, ...body } = record;
    // Compared as text too: JSON can be written in many ways, and only one of them is ours.
    return canonical(record) === line && hashOf(prev, body) === hash ? record : undefined;
  } catch {
    return undefined;
  }
}

/** The kind of a record that says a line before it was torn by a crash or a full disk. */
export const TORN = 'torn_line';

/** How a torn line is named in the record that follows it. */
export function tornHash(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}

/** JSON with the names in order, so that one record has one form. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

export interface Verification {
  ok: boolean;
  /** Records that were read and belong to the chain. */
  records: number;
  /** Number of the first record read: over 1 when older files have been taken away. */
  first: number;
  end: ChainEnd;
  /** Lines that a crash tore, each accounted for by the record behind it. */
  torn: number;
  /** What is wrong first; absent when all is well. */
  problem?: { file: string; line: number; what: string };
}

/**
 * Walks through audit files, oldest first, one line at a time.
 * @param head a record that must be among them, when they are not all older or all newer.
 */
export async function verifyChain(
  files: readonly { name: string; lines: AsyncIterable<string> | Iterable<string> }[],
  head?: ChainEnd,
): Promise<Verification> {
  let end: ChainEnd | undefined;
  let first = 0;
  let records = 0;
  let torn = 0;
  let pending: { file: string; line: number; text: string } | undefined;
  const result = (problem?: Verification['problem']): Verification => ({
    ok: problem === undefined,
    records,
    first,
    end: end ?? GENESIS,
    torn,
    ...(problem ? { problem } : {}),
  });
  const unreadable = { what: 'is not a record as it was written: changed, or cut off' };

  for (const { name, lines } of files) {
    let number = 0;
    for await (const text of lines) {
      number += 1;
      const at = { file: name, line: number };
      const record = parseLine(text);
      if (!record) {
        if (pending) return result({ ...pendingPlace(pending), ...unreadable });
        pending = { ...at, text };
        continue;
      }
      if (pending) {
        const explained = record.kind === TORN && record['sha256'] === tornHash(pending.text);
        if (!explained) return result({ ...pendingPlace(pending), ...unreadable });
        torn += 1;
        pending = undefined;
      }
      if (end && (record.prev !== end.hash || record.seq !== end.seq + 1)) {
        return result({
          ...at,
          what: `is record ${record.seq}, which does not follow record ${end.seq}: lines are missing, added or moved`,
        });
      }
      if (!end) {
        first = record.seq;
        if (record.seq === 1 && record.prev !== GENESIS.hash)
          return result({ ...at, what: 'claims to be the first record, but follows another' });
      }
      if (head?.seq === record.seq && head.hash !== record.hash) {
        return result({ ...at, what: `is another record ${record.seq} than the one of the head` });
      }
      end = { seq: record.seq, hash: record.hash };
      records += 1;
    }
  }
  if (pending) return result({ ...pendingPlace(pending), ...unreadable });
  const last = files.at(-1);
  if (head && last && (end?.seq ?? 0) < head.seq) {
    const what = `is the last one, with record ${end?.seq ?? 0}; the head is record ${head.seq}: the end was cut off`;
    return result({ file: last.name, line: 0, what });
  }
  return result();
}

function pendingPlace({ file, line }: { file: string; line: number }): { file: string; line: number } {
  return { file, line };
}
