/**
 * Which capture files a caller may have read, and the opened file itself. A path is walked by hand below
 * `captures.allowedDir`, link by link, so that nothing outside is ever looked at (not even to see whether it exists);
 * then the file is opened once, and checked on the open handle, which is what the analysis reads.
 */
import { type FileHandle, lstat, readlink, realpath } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { PortolanError } from '../core/errors.ts';
import { notFound, openInside, outside, type Root, stepsBelow, unsupported } from './access-inside.ts';
import { compressionByName, reportByName } from './access-type.ts';
import { COMPRESSION_MAGIC, sniffCompression } from './container/magic.ts';
import { UPLOAD, type UploadSettings } from './upload-path.ts';

export interface AccessSettings {
  /** The folder whose captures may be read; without it every file is refused. */
  allowedDir?: string | undefined;
  /** Largest file, in MiB; the decompressed size counts too. */
  maxFileMb: number;
  /** Where uploaded captures are, and how large they may be; their paths begin with {@link UPLOAD}. */
  uploads?: UploadSettings | undefined;
}

export interface OpenedCapture extends AsyncDisposable {
  fd: number;
  size: number;
  /** The path below the allowed folder, or that of an upload. */
  name: string;
  /** Largest size, decompressed too. */
  maxBytes: number;
  /** Changes when the file does: device, inode, size and time of the last change. */
  version: string;
}

const MIB = 1024 * 1024;
/** Longest path taken; PATH_MAX of Linux. */
const MAX_PATH = 4096;
/** As the kernel does (path_resolution(7)). */
const MAX_LINKS = 40;
/** Regular by their type, and yet windows into the kernel. */
const KERNEL_FOLDERS = ['/proc', '/sys', '/dev'];

/**
 * Opens a capture for analysis; dispose of it to close it. Relative paths are relative to the allowed folder.
 * @throws PortolanError `invalid_argument`, `path_outside_allowed_dir`, `unsupported_file_type`, `file_not_found`,
 * `file_too_large`.
 */
export async function openCapture(path: string, settings: AccessSettings): Promise<OpenedCapture> {
  return await openBelow(path, settings, compressionByName, async (handle, compression) => {
    const magic = Buffer.alloc(COMPRESSION_MAGIC);
    // At a given position: the analysis reads from where the file begins.
    const { bytesRead } = await handle.read(magic, 0, magic.length, 0);
    if (sniffCompression(magic.subarray(0, bytesRead)) !== compression) {
      throw unsupported('The content of the file does not fit the ending of its name.');
    }
  });
}

/**
 * Opens a report of another program for import, as {@link openCapture} opens a capture. Other files of the folder stay
 * unseen here too: what the name does not say to be one is refused before it is looked at.
 * @throws PortolanError as openCapture
 */
export async function openReport(path: string, settings: AccessSettings): Promise<OpenedCapture> {
  return await openBelow(path, settings, reportByName, async () => {});
}

async function openBelow<Kind>(
  path: string,
  settings: AccessSettings,
  kindByName: (name: string) => Kind,
  check: (handle: FileHandle, kind: Kind) => Promise<void>,
): Promise<OpenedCapture> {
  checkArgument(path);
  const { root, parts, prefix, maxMb } = await locate(path, settings);
  const kind = kindByName(parts.at(-1) ?? '');
  const real = await walk(root, parts);
  if (kindByName(basename(real)) !== kind) {
    throw unsupported('The name of the file and the name of the link to it end differently.');
  }
  const handle = await openInside(real, root.real);
  try {
    const { dev, ino, size, mtimeNs } = await handle.stat({ bigint: true });
    checkSize(Number(size), maxMb);
    await check(handle, kind);
    return {
      fd: handle.fd,
      size: Number(size),
      name: prefix + relative(root.real, real),
      maxBytes: maxMb * MIB,
      version: [dev, ino, size, mtimeNs].join(':'),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function checkArgument(path: string): void {
  const next = 'Give the path of a capture file below captures.allowedDir, such as "office/monday.pcap".';
  if (path === '' || path.length > MAX_PATH || path.includes('\0')) {
    throw new PortolanError('invalid_argument', 'This cannot be the path of a file.', next, {
      limit: `1 to ${MAX_PATH} characters, no NUL`,
    });
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
    throw new PortolanError('invalid_argument', 'A URL is not read: captures come from files only.', next);
  }
}

/** The allowed folder, and the steps from there to the file, before anything of the file system is touched. */
async function locate(
  path: string,
  { allowedDir, maxFileMb, uploads }: AccessSettings,
): Promise<{ root: Root; parts: string[]; prefix: string; maxMb: number }> {
  if (uploads && path.startsWith(UPLOAD)) {
    const name = path.slice(UPLOAD.length);
    // What is on its way, and nothing else there, begins with a dot.
    if (/^\.|[/\\]/.test(name)) throw outside();
    const real = await realpath(uploads.folder).catch(() => {
      throw notFound();
    });
    const maxMb = Math.max(maxFileMb, uploads.maxMb);
    return { root: { given: real, real }, parts: [name], prefix: UPLOAD, maxMb };
  }
  if (allowedDir === undefined) {
    throw new PortolanError(
      'path_outside_allowed_dir',
      'No folder is configured from which captures may be read.',
      'Ask the operator to set captures.allowedDir.',
    );
  }
  const given = resolve(allowedDir);
  const real = await realpath(given).catch(() => {
    throw new PortolanError(
      'path_outside_allowed_dir',
      'The folder from which captures may be read does not exist.',
      'Ask the operator to create it or to correct captures.allowedDir.',
    );
  });
  const root = { given, real };
  const parts = stepsBelow(root, isAbsolute(path) ? resolve(path) : resolve(real, path));
  if (!parts) throw outside();
  return { root, parts, prefix: '', maxMb: maxFileMb };
}

/** Follows the steps with lstat, and a symbolic link only to what is below the folder as well. */
async function walk(root: Root, steps: readonly string[]): Promise<string> {
  let queue = [...steps];
  let here = root.real;
  let links = 0;
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
    const path = join(here, step);
    const info = await lstat(path).catch(() => {
      throw notFound();
    });
    if (info.isSymbolicLink()) {
      links += 1;
      if (links > MAX_LINKS) throw notFound();
      const link = await readlink(path).catch(() => {
        throw notFound();
      });
      const target = stepsBelow(root, resolve(here, link));
      if (!target) throw outside();
      queue = [...target, ...queue];
      here = root.real;
      continue;
    }
    if (queue.length > 0 && !info.isDirectory()) throw notFound();
    // Before it is opened: opening a device can do things, and a FIFO waits for a writer.
    if (queue.length === 0 && !info.isFile()) throw unsupported('This is not a regular file.');
    here = path;
  }
  if (here === root.real) throw unsupported('This is a folder.');
  if (KERNEL_FOLDERS.some((folder) => here.startsWith(`${folder}/`))) {
    throw unsupported('This is not a regular file.');
  }
  return here;
}

function checkSize(size: number, maxMb: number): void {
  if (size <= maxMb * MIB) return;
  throw new PortolanError(
    'file_too_large',
    `The capture has ${(size / MIB).toFixed(1)} MiB.`,
    'Cut it (editcap -c, tcpdump -C), analyse it in a terminal with `portolan pcap FILE`, or raise captures.maxFileMb.',
    { limit: `at most ${maxMb} MiB (captures.maxFileMb)` },
  );
}
