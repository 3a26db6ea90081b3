/**
 * The audit: who asked for what, what was refused and why, what ran. Appended to a file that all processes of one
 * database share, as one chain (audit-chain.ts). Records are written in batches in the background; while the disk is
 * full or hangs they wait, and what no longer fits is counted and said.
 */
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type AuditEntry, type ChainEnd, GENESIS, link, parseLine, TORN, tornHash } from './audit-chain.ts';
import { lockFile } from './file-lock.ts';

export interface AuditSettings {
  /** Absolute. */
  file: string;
  /** A file that has grown past this is put aside under the time; 0 never. */
  maxMegabytes: number;
}

/** Records that wait for the disk at most. */
const MOST_WAITING = 10_000;
const RETRY_MS = 2000;
/** As much of the end of a file as is read to find its last record. */
const TAIL_BYTES = 1_048_576;

export class Audit {
  readonly #settings: () => AuditSettings;
  readonly #onProblem: (error: unknown) => void;
  #waiting: { entry: AuditEntry; at: string }[] = [];
  #lost = 0;
  #writing: Promise<void> | undefined;
  #troubled = false;
  #retry: NodeJS.Timeout | undefined;
  /** The end of the chain as we left it, good as long as nobody else has written. */
  #known: { inode: number; size: number; end: ChainEnd } | undefined;

  /** @param onProblem told once when writing begins to fail. */
  constructor(settings: () => AuditSettings, onProblem: (error: unknown) => void) {
    this.#settings = settings;
    this.#onProblem = onProblem;
  }

  /** False while records cannot be written. */
  get well(): boolean {
    return !this.#troubled;
  }

  /** Writes down an event. Returns at once, never throws. `fields` must hold no secret any more. */
  write(kind: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#waiting.length >= MOST_WAITING) this.#lost += 1;
    else this.#waiting.push({ entry: { kind, fields }, at: new Date().toISOString() });
    if (!this.#troubled) this.#start();
  }

  /** Resolves when everything so far is on disk, or one try to write it has failed. */
  async flush(): Promise<void> {
    clearTimeout(this.#retry);
    this.#start();
    await this.#writing;
    if (this.#waiting.length > 0 && !this.#troubled) await this.flush();
  }

  #start(): void {
    if (this.#waiting.length === 0) return;
    this.#writing ??= this.#append()
      .then(
        () => {
          this.#troubled = false;
        },
        (error: unknown) => {
          if (!this.#troubled) this.#onProblem(error);
          this.#troubled = true;
          clearTimeout(this.#retry);
          this.#retry = setTimeout(() => this.#start(), RETRY_MS).unref();
        },
      )
      .finally(() => {
        this.#writing = undefined;
        if (!this.#troubled) this.#start();
      });
  }

  async #append(): Promise<void> {
    const { file, maxMegabytes } = this.#settings();
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const unlock = await lockFile(`${file}.lock`);
    try {
      // What arrived while the lock was waited for goes with it; a copy, as what arrives while this is written does not.
      const batch = [...this.#waiting];
      const lost = this.#lost;
      const log = await open(file, 'a+', 0o600);
      try {
        const { inode, size, end, torn } = await this.#endOf(log);
        const entries = [
          ...(torn === undefined ? [] : [now({ kind: TORN, fields: { sha256: tornHash(torn) } })]),
          ...(lost > 0 ? [now({ kind: 'records_lost', fields: { count: lost } })] : []),
          ...batch,
        ];
        let last = end;
        const lines = entries.map(({ entry, at }) => {
          const linked = link(last, entry, at);
          last = linked.end;
          return `${linked.line}\n`;
        });
        const bytes = Buffer.from(`${torn === undefined ? '' : '\n'}${lines.join('')}`);
        try {
          await writeAll(log, bytes);
          await log.datasync();
        } catch (error) {
          // A full disk takes half a line; without it the next try finds the chain as it was.
          await log.truncate(size).catch(() => {});
          this.#known = undefined;
          throw error;
        }
        this.#waiting = this.#waiting.slice(batch.length);
        this.#lost -= lost;
        this.#known = { inode, size: size + bytes.length, end: last };
        if (maxMegabytes > 0 && size + bytes.length > maxMegabytes * 1_048_576) {
          await rename(file, rotatedName(file, last));
        }
      } finally {
        await log.close();
      }
    } finally {
      await unlock();
    }
  }

  async #endOf(log: FileHandle): Promise<{ inode: number; size: number; end: ChainEnd; torn?: string }> {
    const { ino: inode, size } = await log.stat();
    if (this.#known?.inode === inode && this.#known.size === size) {
      return { inode, size, end: this.#known.end };
    }
    if (size === 0) return { inode, size, end: (await lastRotated(this.#settings().file)) ?? GENESIS };
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    await log.read(tail, 0, tail.length, size - tail.length);
    const lines = tail.toString('utf8').split('\n');
    // A whole file ends with a line break, so what is behind the last one was torn off while it was written.
    const torn = lines.pop() || undefined;
    for (const line of lines.reverse()) {
      const record = parseLine(line);
      if (record) {
        return {
          inode,
          size,
          end: { seq: record.seq, hash: record.hash },
          ...(torn === undefined ? {} : { torn }),
        };
      }
    }
    return { inode, size, end: GENESIS, ...(torn === undefined ? {} : { torn }) };
  }
}

function now(entry: AuditEntry): { entry: AuditEntry; at: string } {
  return { entry, at: new Date().toISOString() };
}

async function writeAll(log: FileHandle, bytes: Buffer): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await log.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}

/** `audit.jsonl` put aside is `audit.000000001234.jsonl`, after its last record. */
function rotatedName(file: string, { seq }: ChainEnd): string {
  return join(dirname(file), `${stem(file)}.${String(seq).padStart(12, '0')}.jsonl`);
}

function stem(file: string): string {
  return basename(file).replace(/\.jsonl$/, '');
}

/** The files of an audit, oldest first; the current one is the last. */
export async function auditFiles(file: string): Promise<string[]> {
  const { readdir } = await import('node:fs/promises');
  const names = await readdir(dirname(file)).catch(() => [] as string[]);
  const rotated = names.filter((name) => name.startsWith(`${stem(file)}.`) && /\.\d{12}\.jsonl$/.test(name));
  const current = names.includes(basename(file)) ? [file] : [];
  return [...rotated.sort().map((name) => join(dirname(file), name)), ...current];
}

async function lastRotated(file: string): Promise<ChainEnd | undefined> {
  const newest = (await auditFiles(file)).filter((one) => one !== file).at(-1);
  if (newest === undefined) return undefined;
  const log = await open(newest, 'r');
  try {
    const { size } = await log.stat();
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    await log.read(tail, 0, tail.length, size - tail.length);
    const record = parseLine(tail.toString('utf8').trimEnd().split('\n').at(-1) ?? '');
    return record && { seq: record.seq, hash: record.hash };
  } finally {
    await log.close();
  }
}
