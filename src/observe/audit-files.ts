/** The files of an audit: `audit.jsonl`, and `audit.NUMBER.jsonl` for each that was put aside after that record. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChainEnd, endOf, parseLine } from './audit-record.ts';

const CHUNK_BYTES = 65_536;
/** As much of the end of a file is looked through for a record. */
const MOST_LOOKED_AT = 64 * 1_048_576;
/** No record was ever so long; whoever writes such a line wants to fill our memory. */
const MOST_LINE_BYTES = 16 * 1_048_576;
/** A line that is being written right now is whole soon. */
const UNFINISHED = { tries: 10, pauseMs: 50 };

/** What keeps a file from being read as part of an audit, in words. */
export class UnreadableAudit extends Error {}

/** `audit.jsonl` put aside after record 1234 is `audit.000000001234.jsonl`. */
export function asideName(file: string, { seq }: ChainEnd): string {
  return join(dirname(file), `${stem(file)}.${String(seq).padStart(12, '0')}.jsonl`);
}

/** The number of the last record of a file that was put aside, as its name says it. */
export function lastNumber(file: string): number | undefined {
  const [, digits] = /\.(\d{12,14})\.jsonl$/.exec(file) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Those that were put aside, oldest first. */
export async function filesAside(file: string): Promise<string[]> {
  const names = await readdir(dirname(file)).catch(() => [] as string[]);
  const start = `${stem(file)}.`;
  return names
    .filter((name) => name.startsWith(start) && /^\d{12,14}\.jsonl$/.test(name.slice(start.length)))
    .sort((a, b) => (lastNumber(a) ?? 0) - (lastNumber(b) ?? 0))
    .map((name) => join(dirname(file), name));
}

function stem(file: string): string {
  return basename(file).replace(/\.jsonl$/, '');
}

/** What a file is; undefined when it is not there. Without opening it: a device may act on that. */
async function factsOf(file: string, current: boolean): Promise<Stats | undefined> {
  try {
    // The current one may be a link of the operator's; we put aside files alone.
    const facts = await (current ? stat(file) : lstat(file));
    if (facts.isFile()) return facts;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  throw new UnreadableAudit('is no regular file');
}

/**
 * Opens a file to be read; undefined when it is not there.
 * @throws UnreadableAudit for what cannot be read or is no file, as a link to a device.
 */
async function openFile(file: string, current: boolean): Promise<FileHandle | undefined> {
  try {
    if ((await factsOf(file, current)) === undefined) return undefined;
    const follow = current ? 0 : constants.O_NOFOLLOW;
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | follow);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    if (error instanceof UnreadableAudit) throw error;
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT') return undefined;
    throw new UnreadableAudit(`cannot be read (${String(error.code)})`);
  }
  throw new UnreadableAudit('is no regular file');
}

/**
 * The lines of a file, as bytes and without their ends; split at `\n` alone. What is behind the last line break is the last
 * line, once it has been waited for.
 */
export async function* linesOf(handle: FileHandle, from = 0): AsyncGenerator<Buffer, void, undefined> {
  let rest: Buffer[] = [];
  let held = 0;
  let at = from;
  for (let tries = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at);
    at += bytesRead;
    if (bytesRead === 0) {
      if (held === 0) return;
      tries += 1;
      if (tries > UNFINISHED.tries) break;
      await delay(UNFINISHED.pauseMs);
      continue;
    }
    let start = 0;
    const chunk = buffer.subarray(0, bytesRead);
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = chunk.subarray(start, end);
      yield rest.length === 0 ? line : Buffer.concat([...rest, line]);
      rest = [];
      held = 0;
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    held += chunk.length - start;
    if (held > MOST_LINE_BYTES) throw new UnreadableAudit('has a line longer than any record');
  }
  yield Buffer.concat(rest);
}

/** One file of an audit, for who walks through it: opened when its turn comes. */
export interface AuditFile {
  name: string;
  /** The number of its last record, as its name says it; absent of the current one. */
  last?: number | undefined;
  lines: AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** The files of an audit, oldest first and each opened in its turn, also while a server puts one aside meanwhile. */
export async function* auditFiles(file: string): AsyncGenerator<AuditFile, void, undefined> {
  let read = -1;
  const nextAside = async () => (await filesAside(file)).find((one) => (lastNumber(one) ?? 0) > read);
  for (;;) {
    const aside = await nextAside();
    const name = aside ?? file;
    if (aside !== undefined) read = lastNumber(aside) ?? read;
    const last = aside === undefined ? {} : { last: read };
    let handle: FileHandle | undefined;
    try {
      handle = await openFile(name, aside === undefined);
      // Put aside between the two looks: then its turn is under its new name.
      if (aside === undefined && (await nextAside()) !== undefined) continue;
      if (handle) yield { name, ...last, lines: linesOf(handle) };
    } catch (error) {
      if (!(error instanceof UnreadableAudit)) throw error;
      yield { name, ...last, lines: failing(error) };
    } finally {
      await handle?.close();
    }
    if (aside === undefined) return;
  }
}

// biome-ignore lint/correctness/useYield: it fails when its turn comes, as reading does.
async function* failing(error: UnreadableAudit): AsyncGenerator<Buffer, void, undefined> {
  throw error;
}

/** The end of one file. */
export interface FileEnd {
  /** Its last record; absent when it holds none. */
  last?: ChainEnd;
  /** Where its last record begins. */
  start: number;
  /** Whether the last line lacks its end. */
  open: boolean;
  /** What was torn off behind the last line break, while it was written. */
  torn?: Buffer;
  /** Lines that are no records stand behind the last record. */
  foreign: boolean;
}

/** Looks for the last record of a file, from its end backwards, to its beginning if need be. */
export async function readEnd(handle: FileHandle, size: number): Promise<FileEnd> {
  for (let window = CHUNK_BYTES; ; window *= 8) {
    const length = Math.min(size, window);
    const bytes = await bytesAt(handle, size - length, size);
    const lines = splitLines(bytes);
    const tail = lines.pop() ?? bytes;
    const whole = parseLine(tail);
    const open = tail.length > 0;
    if (whole) return { last: endOf(whole), start: size - tail.length, open, foreign: false };
    const torn = open ? { torn: tail } : {};
    let behind = tail.length;
    for (const line of lines.toReversed()) {
      const record = parseLine(line);
      behind += line.length + 1;
      if (!record) continue;
      const foreign = behind > tail.length + line.length + 1;
      return { last: endOf(record), start: size - behind, open, ...torn, foreign };
    }
    if (length === size || length >= MOST_LOOKED_AT) {
      return { start: size, open, ...torn, foreign: lines.length > 0 };
    }
  }
}

/** Whether that very record stands in these bytes of a file. */
export async function holds(
  handle: FileHandle,
  { start, size, end }: { start: number; size: number; end: ChainEnd },
): Promise<boolean> {
  const bytes = await bytesAt(handle, start, size);
  return parseLine(bytes.subarray(0, bytes.at(-1) === 10 ? -1 : undefined))?.hash === end.hash;
}

/** The number of its first record. */
export async function firstNumber(handle: FileHandle): Promise<number | undefined> {
  for await (const line of linesOf(handle)) return parseLine(line)?.seq;
  return undefined;
}

async function bytesAt(handle: FileHandle, start: number, end: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
  return buffer.subarray(0, bytesRead);
}

function splitLines(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    found.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return [...found, bytes.subarray(start)];
}

/** Does something with a file that was put aside; undefined when it is gone or none. */
export async function withAside<Result>(
  file: string,
  work: (handle: FileHandle) => Promise<Result>,
): Promise<Result | undefined> {
  const handle = await openFile(file, false).catch((error: unknown) => {
    if (error instanceof UnreadableAudit) return undefined;
    throw error;
  });
  try {
    return handle && (await work(handle));
  } finally {
    await handle?.close();
  }
}

/** The last record of a file that was put aside. */
export async function endOfAside(file: string): Promise<ChainEnd | undefined> {
  return await withAside(file, async (log) => (await readEnd(log, (await log.stat()).size)).last);
}

/** The last record of a whole audit, as far as its files tell. */
export async function endOfAudit(file: string): Promise<ChainEnd | undefined> {
  const handle = await openFile(file, true);
  try {
    const end = handle && (await readEnd(handle, (await handle.stat()).size)).last;
    if (end) return end;
  } finally {
    await handle?.close();
  }
  for (const aside of (await filesAside(file)).toReversed()) {
    const end = await endOfAside(aside);
    if (end) return end;
  }
  return undefined;
}
