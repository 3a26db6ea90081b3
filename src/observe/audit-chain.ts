/** Walks through the files of an audit and says whether it is whole: every record there, as it was written. */
import { z } from 'zod';
import { type AuditFile, auditFiles, filesAside, UnreadableAudit } from './audit-files.ts';
import {
  ABOUT_AUDIT,
  type AuditRecord,
  type ChainEnd,
  endOf,
  GENESIS,
  parseLine,
  sha256,
} from './audit-record.ts';

export interface Verification {
  ok: boolean;
  /** Records that were read and belong to the chain. */
  records: number;
  /** Number of the first record that was checked: over 1 when older ones are not here. */
  first: number;
  end: ChainEnd;
  /** Lines that a crash tore, each accounted for by the record behind it. */
  torn: number;
  /** Records that could not be written, each accounted for by a record of their number. */
  lost: number;
  /** Heads that are in the chain, and those that are older than what is here. */
  heads: { found: number; older: number };
  /** What is wrong first; absent when all is well. */
  problem?: Problem;
}

interface Problem {
  file: string;
  line: number;
  what: string;
}

export interface Expected {
  /** A record that must be here. */
  head?: ChainEnd | undefined;
  /** Heads that were noted at intervals: each must be here, but for those older than what was removed by the settings. */
  heads?: readonly ChainEnd[] | undefined;
  /** What is older is not asked for; this record, or the next one, must be here. */
  from?: ChainEnd | undefined;
}

const Until = z.object({ until: z.object({ seq: z.int(), hash: z.string() }) });
const Count = z.object({ count: z.int() });
const Expectation = z.object({ expected: z.object({ seq: z.int() }) });

/** @param files oldest first; each is read when its turn comes, one line at a time. */
export async function verifyChain(
  files: AsyncIterable<AuditFile> | Iterable<AuditFile>,
  expected: Expected = {},
): Promise<Verification> {
  const walk = new Walk(expected);
  for await (const { name, last, lines } of files) {
    if (last !== undefined && last < (expected.from?.seq ?? 0)) continue;
    walk.open(name);
    try {
      for await (const line of lines) {
        const what = walk.take(line);
        if (what !== undefined) return walk.result(what);
      }
    } catch (error) {
      if (!(error instanceof UnreadableAudit)) throw error;
      return walk.result(error.message);
    }
    const what = walk.endOfFile(last);
    if (what !== undefined) return walk.result(what);
  }
  return walk.result(walk.end());
}

/** A server deletes a file in minutes, not while one is read; that it does so each time is not believed. */
const MOST_WALKS = 5;

/** Walks through the files of an audit, once more when Portolan deleted the oldest one meanwhile. */
export async function verifyFiles(file: string, expected: Expected = {}): Promise<Verification> {
  for (let walks = 1; ; walks += 1) {
    const [oldest] = await filesAside(file);
    const result = await verifyChain(auditFiles(file), expected);
    if (result.ok || walks === MOST_WALKS || (await filesAside(file))[0] === oldest) return result;
  }
}

const UNREADABLE = 'is not a record as it was written: changed, or cut off';

class Walk {
  readonly #expected: Expected;
  readonly #heads = new Map<number, string[]>();
  #place = { file: '', line: 0 };
  #begin: { place: { file: string; line: number }; record: AuditRecord } | undefined;
  #end: ChainEnd | undefined;
  #lastHere: number | undefined;
  #pending: { place: { file: string; line: number }; bytes: Buffer } | undefined;
  #removed: ChainEnd[] = [];
  #records = 0;
  #torn = 0;
  #lost = 0;
  #found = 0;

  constructor(expected: Expected) {
    this.#expected = expected;
    for (const { seq, hash } of [...(expected.heads ?? []), ...(expected.head ? [expected.head] : [])])
      this.#heads.set(seq, [...(this.#heads.get(seq) ?? []), hash]);
  }

  open(file: string): void {
    this.#place = { file, line: 0 };
    this.#lastHere = undefined;
  }

  /** @returns what is wrong with this line, or with the one before it. */
  take(bytes: Buffer): string | undefined {
    this.#place = { ...this.#place, line: this.#place.line + 1 };
    const record = parseLine(bytes);
    if (!this.#end && !this.#startsAt(record)) {
      this.#lastHere = record?.seq;
      return undefined;
    }
    if (!record) {
      if (this.#pending) return this.#at(this.#pending.place, UNREADABLE);
      // A record may explain it.
      this.#pending = { place: this.#place, bytes };
      return undefined;
    }
    if (this.#pending) {
      if (record.kind !== ABOUT_AUDIT.torn || record['sha256'] !== sha256(this.#pending.bytes))
        return this.#at(this.#pending.place, UNREADABLE);
      this.#torn += 1;
      this.#pending = undefined;
    }
    return this.#follow(record);
  }

  /** Whether what is asked for begins with this line. */
  #startsAt(record: AuditRecord | undefined): boolean {
    const { from } = this.#expected;
    if (!from) return true;
    if (!record) return false;
    if (record.seq === from.seq) return record.hash === from.hash;
    // A number that is too high is looked at, and found to follow nothing.
    return record.seq > from.seq;
  }

  #follow(record: AuditRecord): string | undefined {
    const { from } = this.#expected;
    const before = this.#end ?? (from && record.seq !== from.seq ? from : undefined);
    if (before && (record.prev !== before.hash || record.seq !== before.seq + 1)) {
      const why =
        record.kind === ABOUT_AUDIT.broken
          ? `says that the audit had been cut off or changed: it should have gone on from record ${Expectation.safeParse(record).data?.expected.seq ?? 'unknown'}. What was there is lost; check the rest with --from ${record.seq}:${record.hash}`
          : 'lines are missing, added or moved';
      return `is record ${record.seq}, which does not follow record ${before.seq}: ${why}`;
    }
    if (!before && record.seq === 1 && record.prev !== GENESIS.hash)
      return 'claims to be the first record, but follows another';
    if (record.kind === ABOUT_AUDIT.broken && record.seq !== from?.seq)
      return `says that the audit before it had been cut off or changed. Check the rest with --from ${record.seq}:${record.hash}`;
    const hashes = this.#heads.get(record.seq);
    if (hashes?.some((hash) => hash !== record.hash))
      return `is another record ${record.seq} than the one of the head`;
    if (hashes) this.#found += hashes.length;
    if (record.kind === ABOUT_AUDIT.lost) this.#lost += Count.safeParse(record).data?.count ?? 0;
    if (record.kind === ABOUT_AUDIT.removed) {
      const removed = Until.safeParse(record).data;
      if (removed) this.#removed.push(removed.until);
    }
    this.#begin ??= { place: this.#place, record };
    this.#end = endOf(record);
    this.#lastHere = record.seq;
    this.#records += 1;
    return undefined;
  }

  /** @param last the number of the last record, as the name of the file has it. */
  endOfFile(last: number | undefined): string | undefined {
    if (this.#pending) return this.#at(this.#pending.place, UNREADABLE);
    if (last === undefined || this.#lastHere === last) return undefined;
    const found = this.#lastHere === undefined ? 'holds no record' : `ends with record ${this.#lastHere}`;
    return `${found}, but was put aside after record ${last}: its end was cut off`;
  }

  /** What is wrong with the whole, when each line is right. */
  end(): string | undefined {
    const { from, head } = this.#expected;
    const end = this.#end;
    if (!end || !this.#begin) {
      return from
        ? `is the last one, and neither record ${from.seq} of --from nor the one behind it is here`
        : 'holds no record: nothing can be checked';
    }
    const highest = [...this.#heads.keys()].reduce((most, seq) => Math.max(most, seq), 0);
    if (highest > end.seq)
      return `is the last one, with record ${end.seq}; the head is record ${highest}: the end was cut off`;
    const { place, record } = this.#begin;
    const gone = record.seq - 1;
    // What is said to be deleted may still be there, in part.
    const removed = this.#removed.some(
      ({ seq, hash }) => seq > gone || (seq === gone && hash === record.prev),
    );
    if (record.seq > 1 && !from && !removed) {
      return this.#at(
        place,
        `is record ${record.seq}: those before it are not here, and no record says that Portolan deleted them. If you moved them away yourself, check the rest with --from ${record.seq - 1}:${record.prev}`,
      );
    }
    const unseen = head && head.seq < record.seq ? head : undefined;
    if (unseen)
      return this.#at(
        place,
        `is record ${record.seq}, the first here; the head is record ${unseen.seq}, which cannot be checked`,
      );
    // Other heads that are older belong to what was deleted as the settings say, or is not asked for: they are counted.
    return undefined;
  }

  result(what: string | undefined): Verification {
    const first = this.#begin?.record.seq ?? 0;
    const older = [...this.#heads].filter(([seq]) => seq < first);
    return {
      ok: what === undefined,
      records: this.#records,
      first,
      end: this.#end ?? GENESIS,
      torn: this.#torn,
      lost: this.#lost,
      heads: { found: this.#found, older: older.reduce((sum, [, hashes]) => sum + hashes.length, 0) },
      ...(what === undefined ? {} : { problem: { ...this.#place, what } }),
    };
  }

  #at(place: { file: string; line: number }, what: string): string {
    this.#place = place;
    return what;
  }
}
