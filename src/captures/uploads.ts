/**
 * Captures that people hand in, in a folder of their own that is emptied by age. What is handed in is hostile: it goes to
 * the disk as it comes, within bounds, under a name of ours, and stays only if its first bytes are those of a capture.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PortolanError } from '../core/errors.ts';
import { compressionByName } from './access-type.ts';
import { fromPath, readFully } from './container/bytes.ts';
import { decompressed } from './container/compression.ts';
import { CAPTURE_MAGIC, type Compression, isCapture, sniffCompression } from './container/magic.ts';
import { UPLOAD, type UploadSettings } from './upload-path.ts';

/** A capture that tools can read. */
export interface ListedCapture {
  /** As the tools take it. */
  path: string;
  /** In bytes. */
  size: number;
  /** When it was written, in milliseconds since the epoch. */
  modifiedAt: number;
  kind: 'upload' | 'folder';
}

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
/** Of one that was never finished: its process was killed. */
const PART = '.part-';
const PART_LIFE_MS = 3_600_000;
/** Names end at 255 bytes; a number may come to it. */
const MOST_NAME = 200;
const MOST_OF_A_NAME = 1000;
const TAKEN: ReadonlySet<Compression> = new Set(['none', 'gzip', 'zstd', 'xz']);

export class Uploads {
  readonly #settings: () => UploadSettings;
  /** Bytes of those that are on their way. */
  #coming = 0;

  constructor(settings: () => UploadSettings) {
    this.#settings = settings;
  }

  /**
   * @param given the name it had where it came from; any words at all.
   * @param declared how many bytes will come, where that is known: too many are refused unread.
   * @throws PortolanError `unsupported_file_type`, `corrupt_capture`, `file_too_large`, `resource_exhausted`
   */
  async add(given: string, bytes: AsyncIterable<Uint8Array>, declared = 0): Promise<ListedCapture> {
    const { folder, maxMb, maxTotalMb } = this.#settings();
    const name = cleanName(given);
    const compression = compressionByName(name);
    if (!TAKEN.has(compression)) throw otherCompression();
    if (declared > maxMb * MIB) throw tooLarge(maxMb);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const kept = (await this.list()).reduce((sum, { size }) => sum + size, 0);
    const part = join(folder, PART + randomUUID());
    const file = await open(part, 'wx', 0o600);
    let size = 0;
    let head: Uint8Array = new Uint8Array();
    try {
      for await (const chunk of bytes) {
        size += chunk.length;
        this.#coming += chunk.length;
        if (size > maxMb * MIB) throw tooLarge(maxMb);
        if (kept + this.#coming > maxTotalMb * MIB) throw full(maxTotalMb);
        if (head.length < CAPTURE_MAGIC) {
          head = Buffer.concat([head, chunk.subarray(0, CAPTURE_MAGIC)]);
          // What is something else is not taken to its end.
          if (head.length >= CAPTURE_MAGIC) checkHead(head, compression);
        }
        await file.writeFile(chunk);
      }
      checkHead(head, compression);
      await checkContent(part);
      await file.sync();
      return await this.#settle(part, name, folder);
    } catch (error) {
      throw asRefusal(error);
    } finally {
      this.#coming -= size;
      await file.close();
      await rm(part, { force: true });
    }
  }

  /** Those there are, in no order. */
  async list(): Promise<ListedCapture[]> {
    const { folder } = this.#settings();
    const found: ListedCapture[] = [];
    for (const { name, size, modifiedAt } of await filesIn(folder)) {
      if (!name.startsWith('.')) found.push({ path: UPLOAD + name, size, modifiedAt, kind: 'upload' });
    }
    return found;
  }

  /** Deletes one, by its path as the tools take it. @throws PortolanError `file_not_found` */
  async remove(path: string): Promise<void> {
    const name = path.startsWith(UPLOAD) ? path.slice(UPLOAD.length) : '';
    // What is on its way, and nothing else there, begins with a dot.
    if (name === '' || /^\.|[/\\]/.test(name)) throw noUpload();
    await unlink(join(this.#settings().folder, name)).catch((error: unknown) => {
      throw codeOf(error) === 'ENOENT' ? noUpload() : error;
    });
  }

  /** Deletes what is older than it may be. */
  async prune(now: number): Promise<void> {
    const { folder, keepDays } = this.#settings();
    for (const { name, modifiedAt } of await filesIn(folder)) {
      const life = name.startsWith(PART) ? PART_LIFE_MS : keepDays * DAY_MS;
      if (now - modifiedAt > life) await rm(join(folder, name), { force: true });
    }
  }

  /** Under its name, or the first number of it that is free. */
  async #settle(part: string, name: string, folder: string): Promise<ListedCapture> {
    const dot = name.indexOf('.');
    const [stem, rest] = dot === -1 ? [name, ''] : [name.slice(0, dot), name.slice(dot)];
    for (let number = 1; number <= MOST_OF_A_NAME; number += 1) {
      const free = number === 1 ? name : `${stem}-${number}${rest}`;
      const path = join(folder, free);
      if (!(await reserved(path))) continue;
      await rename(part, path);
      const { size, mtimeMs } = await stat(path);
      return { path: UPLOAD + free, size, modifiedAt: mtimeMs, kind: 'upload' };
    }
    throw new PortolanError(
      'invalid_argument',
      'There are too many captures of this name already.',
      'Give it another name.',
      { limit: `${MOST_OF_A_NAME} of a name` },
    );
  }
}

/** The last part of a path of any system, in letters, digits, dots, dashes and underscores. */
export function cleanName(given: string): string {
  const last = given.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  let name = last
    .replace(/(?:[^\p{L}\p{N}._-]|\p{Default_Ignorable_Code_Point})+/gu, '-')
    .replace(/^[.-]+/, '');
  while (Buffer.byteLength(name) > MOST_NAME) name = name.slice(1).replace(/^[.-]+/, '');
  return name;
}

/** Takes a name that nobody has; false when somebody has it. */
async function reserved(path: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await file.close();
  return true;
}

async function filesIn(folder: string): Promise<{ name: string; size: number; modifiedAt: number }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = entries.map(async (entry) => {
    if (!entry.isFile()) return [];
    // It may be gone by now.
    const info = await stat(join(folder, entry.name)).catch(() => undefined);
    return info ? [{ name: entry.name, size: info.size, modifiedAt: info.mtimeMs }] : [];
  });
  return (await Promise.all(found)).flat();
}

function checkHead(head: Uint8Array, byName: Compression): void {
  if (sniffCompression(head) !== byName) {
    throw new PortolanError(
      'unsupported_file_type',
      'The content of the file does not fit the ending of its name.',
      'Give it the name that it had where it was written.',
    );
  }
  if (byName === 'none' && !isCapture(head)) throw noCapture();
}

/** What is compressed is unpacked as far as it takes to see what it is. */
async function checkContent(path: string): Promise<void> {
  const raw = fromPath(path);
  try {
    const { source } = await decompressed(raw);
    const head = new Uint8Array(CAPTURE_MAGIC);
    const size = await readFully(source, head);
    if (!isCapture(head.subarray(0, size))) throw noCapture();
  } catch (error) {
    throw error instanceof PortolanError ? error : noCapture(error);
  } finally {
    raw.close();
  }
}

function asRefusal(error: unknown): unknown {
  const code = codeOf(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new PortolanError(
    'resource_exhausted',
    'The disk of this server is full.',
    'Ask the operator to make room, or upload it later.',
    { cause: error },
  );
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);

function noCapture(cause?: unknown): PortolanError {
  return new PortolanError(
    'corrupt_capture',
    'This is not a capture: it does not begin as pcap and pcapng files do.',
    'Upload a pcap or pcapng file as it was written; compressed with gzip, xz or zstd if you like.',
    { cause },
  );
}

function otherCompression(): PortolanError {
  return new PortolanError(
    'unsupported_file_type',
    'Captures are uploaded as they are, or compressed with gzip, xz or zstd.',
    'Unpack it first.',
  );
}

function noUpload(): PortolanError {
  return new PortolanError(
    'file_not_found',
    'There is no uploaded capture of this name.',
    'Give its path as list_captures tells it, such as upload:monday.pcap; others are deleted where they lie.',
  );
}

function tooLarge(maxMb: number): PortolanError {
  return new PortolanError(
    'file_too_large',
    'The capture is larger than may be uploaded.',
    'Cut it (editcap -c, tcpdump -C), or ask the operator to raise captures.maxUploadMb or to copy it below captures.allowedDir.',
    { limit: `at most ${maxMb} MiB (captures.maxUploadMb)` },
  );
}

function full(maxTotalMb: number): PortolanError {
  return new PortolanError(
    'resource_exhausted',
    'There is no room for more uploaded captures.',
    'Old ones go by themselves (captures.keepUploadsDays); or ask the operator to raise captures.maxUploadsMb.',
    { limit: `${maxTotalMb} MiB in all (captures.maxUploadsMb)` },
  );
}
