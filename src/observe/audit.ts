/**
 * The audit: who asked for what, what was refused and why, what ran. Appended to a file that all processes of one
 * database share, as one chain (audit-chain.ts). Records are written in slices in the background; while the disk is
 * full or hangs they wait, and what no longer fits is counted and said. Each process knows how it left the file, and says
 * so when it finds it otherwise.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  asideName,
  endOfAside,
  filesAside,
  firstNumber,
  holds,
  lastNumber,
  readEnd,
  UnreadableAudit,
  withAside,
} from './audit-files.ts';
import { AuditQueue } from './audit-queue.ts';
import { ABOUT_AUDIT, type ChainEnd, GENESIS, link, type Prepared, prepare, sha256 } from './audit-record.ts';
import { lockFile } from './file-lock.ts';

export interface AuditSettings {
  /** Absolute. */
  file: string;
  /** A file that has grown past this is put aside under the number of its last record; 0 never. */
  maxMegabytes: number;
  /** Of those put aside so many are kept, and so long (counted back from the newest); 0 sets no limit. */
  keepFiles: number;
  keepDays: number;
}

/** What was found where the end of the chain should have been. */
export interface BrokenChain {
  /** The hash is not known where only the name of a file tells of the record. */
  expected: { seq: number; hash?: string };
  found: ChainEnd;
}

export interface AuditListener {
  /** Told once when writing begins to fail. */
  problem(error: unknown): void;
  /** Told when records that were written are gone or changed. */
  broken?(what: BrokenChain): void;
}

/** A pipe that nobody reads must not hold us. */
const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const RETRY_MS = 2000;
const TIDY_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The end of the chain as we left it, and where it is. */
interface Known {
  inode: number;
  start: number;
  size: number;
  changed: number;
  end: ChainEnd;
}

/** The end of the chain as it is now. */
interface Place {
  size: number;
  end: ChainEnd;
  /** The last line lacks its end. */
  open: boolean;
  torn?: Buffer;
  broken?: BrokenChain;
}

export class Audit {
  readonly #settings: () => AuditSettings;
  readonly #listener: AuditListener;
  readonly #queue = new AuditQueue();
  #writing: Promise<void> | undefined;
  #troubled = false;
  #broken: BrokenChain | undefined;
  #retry: NodeJS.Timeout | undefined;
  #known: Known | undefined;
  #tidyAt = 0;

  constructor(settings: () => AuditSettings, listener: AuditListener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  /** False while records cannot be written. */
  get well(): boolean {
    return !this.#troubled;
  }

  /** What this process found broken; nothing mends that. */
  get broken(): BrokenChain | undefined {
    return this.#broken;
  }

  /** The last record as this process knows it; undefined before it has written one. */
  get head(): ChainEnd | undefined {
    return this.#known?.end;
  }

  /** Writes down an event. Returns at once, never throws. `fields` must hold no secret any more. */
  write(kind: string, fields: Readonly<Record<string, unknown>>): void {
    const at = new Date().toISOString();
    this.#queue.add(prepare({ kind, fields }, at), at);
    if (!this.#troubled) this.#start();
  }

  /** Resolves when everything so far is on disk, or one try to write it has failed. */
  async flush(): Promise<void> {
    clearTimeout(this.#retry);
    this.#start();
    await this.#writing;
    if (!this.#queue.isEmpty && !this.#troubled) await this.flush();
  }

  /** Looks whether the file is still as it was left, if this process has written any. */
  async look(): Promise<void> {
    if (this.#known && !this.#troubled) await this.#run();
  }

  #start(): void {
    if (!this.#queue.isEmpty) void this.#run();
  }

  #run(): Promise<void> {
    this.#writing ??= this.#append()
      .then(
        () => {
          this.#troubled = false;
        },
        (error: unknown) => {
          if (!this.#troubled) this.#listener.problem(error);
          this.#troubled = true;
          clearTimeout(this.#retry);
          this.#retry = setTimeout(() => this.#start(), RETRY_MS).unref();
        },
      )
      .finally(() => {
        this.#writing = undefined;
        if (!this.#troubled) this.#start();
      });
    return this.#writing;
  }

  /** Appends one slice of what waits. */
  async #append(): Promise<void> {
    const { file, maxMegabytes } = this.#settings();
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const unlock = await lockFile(`${file}.lock`);
    try {
      const log = await open(file, APPEND, 0o600);
      try {
        const place = await this.#placeIn(log);
        const removable = await this.#removable();
        // What arrived while the lock was waited for goes with it.
        const slice = this.#queue.slice();
        const records = [
          ...(place.torn ? [now(ABOUT_AUDIT.torn, { sha256: sha256(place.torn) })] : []),
          ...(place.broken ? [now(ABOUT_AUDIT.broken, { ...place.broken })] : []),
          ...(removable ? [now(ABOUT_AUDIT.removed, { ...removable })] : []),
          ...slice,
        ];
        if (records.length === 0) return;
        await this.#put(log, place, records);
        this.#queue.drop(slice);
        if (place.broken) {
          this.#broken ??= place.broken;
          this.#listener.broken?.(place.broken);
        }
        // Said first, then done: a crash in between leaves too much, not too little.
        for (const old of removable?.files ?? []) await rm(join(dirname(file), old), { force: true });
        if (maxMegabytes > 0 && (this.#known?.size ?? 0) > maxMegabytes * 1_048_576) await this.#putAside();
      } finally {
        await log.close();
      }
    } finally {
      await unlock();
    }
  }

  async #put(log: FileHandle, place: Place, records: readonly Prepared[]): Promise<void> {
    let last = place.end;
    let length = 0;
    const lines = records.map((record) => {
      const linked = link(last, record);
      last = linked.end;
      length = linked.line.length + 1;
      return `${linked.line}\n`;
    });
    const bytes = Buffer.from(`${place.open ? '\n' : ''}${lines.join('')}`);
    try {
      await writeAll(log, bytes);
      await log.datasync();
    } catch (error) {
      // A full disk takes half a line; without it the next try finds the chain as it was.
      await log.truncate(place.size).catch(() => {});
      throw error;
    }
    const { ino: inode, size, ctimeMs: changed } = await log.stat();
    this.#known = { inode, size, changed, start: size - length, end: last };
  }

  /** The end of the chain in the current file, or where that is empty in the newest that was put aside. */
  async #placeIn(log: FileHandle): Promise<Place> {
    const facts = await log.stat();
    if (!facts.isFile()) throw new UnreadableAudit('The audit is no regular file');
    const { ino: inode, size, ctimeMs: changed } = facts;
    const known = this.#known;
    if (known && known.inode === inode && known.size === size && known.changed === changed)
      return { size, end: known.end, open: false };
    const file = await readEnd(log, size);
    const torn = file.torn ? { torn: file.torn } : {};
    const found: ChainEnd & { unlike?: number } = file.last ?? (await this.#endAside());
    const isKnown =
      known === undefined
        ? !file.foreign && found.unlike === undefined
        : !file.foreign && found.seq >= known.end.seq && (await this.#stillHolds(log, known));
    const end = { seq: found.seq, hash: found.hash };
    if (isKnown) return { size, end, open: file.open, ...torn };
    const expected = known?.end ?? (found.unlike === undefined ? end : { seq: found.unlike });
    // Numbers are not given twice: what is gone keeps its own.
    const on = expected.seq > end.seq ? { hash: GENESIS.hash, ...expected } : end;
    return { size, end: on, open: file.open, ...torn, broken: { expected, found: end } };
  }

  /** Where the current file is empty; `unlike` is the number that the name says, where it ends with another. */
  async #endAside(): Promise<ChainEnd & { unlike?: number }> {
    const newest = (await filesAside(this.#settings().file)).at(-1);
    if (newest === undefined) return GENESIS;
    const end = (await endOfAside(newest)) ?? GENESIS;
    const named = lastNumber(newest) ?? end.seq;
    return end.seq === named ? end : { ...end, unlike: named };
  }

  /**
   * Whether our last record is where we left it: in this file, or in the one that was put aside since, which the numbers
   * in the names tell (that of a deleted file's inode may be another's by now).
   */
  async #stillHolds(log: FileHandle, known: Known): Promise<boolean> {
    const { file, keepFiles, keepDays } = this.#settings();
    const aside = await filesAside(file);
    const at = aside.findIndex((one) => (lastNumber(one) ?? 0) >= known.end.seq);
    const own = aside[at];
    if (own === undefined) return await holds(log, known);
    if (await withAside(own, (handle) => holds(handle, known))) return true;
    // Others wrote so much meanwhile that its file had its time; the chain says that it was deleted, or verifying fails.
    if (at > 0 || (keepFiles === 0 && keepDays === 0)) return false;
    return ((await withAside(own, firstNumber)) ?? 0) > known.end.seq;
  }

  /** Puts the file aside, unless one of that name is there already: somebody else's, or a forger's. */
  async #putAside(): Promise<void> {
    const { file } = this.#settings();
    const name = asideName(file, this.#known?.end ?? GENESIS);
    if (await lstat(name).catch(() => undefined)) return;
    await rename(file, name);
    this.#tidyAt = 0;
  }

  /** The oldest files put aside, when there are more or older ones than are kept. */
  async #removable(): Promise<{ files: string[]; until: ChainEnd } | undefined> {
    if (this.#tidyAt > performance.now()) return undefined;
    this.#tidyAt = performance.now() + TIDY_MS;
    const { file, keepFiles, keepDays } = this.#settings();
    const aside = await filesAside(file);
    const old: string[] = [];
    // Age is counted back from the newest of them: a clock that jumps is no reason to delete.
    const newest = await writtenAt(aside.at(-1));
    for (const one of aside.slice(0, -1)) {
      const tooMany = keepFiles > 0 && aside.length - old.length > keepFiles;
      const tooOld = keepDays > 0 && newest - (await writtenAt(one)) > keepDays * DAY_MS;
      if (!tooMany && !tooOld) break;
      old.push(one);
    }
    const last = old.at(-1);
    if (last === undefined) return undefined;
    const until = (await endOfAside(last)) ?? { seq: lastNumber(last) ?? 0, hash: GENESIS.hash };
    return { files: old.map((one) => basename(one)), until };
  }
}

async function writtenAt(file: string | undefined): Promise<number> {
  const facts = file === undefined ? undefined : await lstat(file).catch(() => undefined);
  return facts?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}

function now(kind: string, fields: Readonly<Record<string, unknown>>): Prepared {
  return prepare({ kind, fields }, new Date().toISOString());
}

async function writeAll(log: FileHandle, bytes: Buffer): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await log.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}
