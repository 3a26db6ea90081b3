/** What lies inside the allowed folder: by the words of a path, and by where an opened file really is. */
import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { PortolanError } from '../core/errors.ts';
import { NAMES_TAKEN } from './access-type.ts';

export interface Root {
  /** As configured, made absolute. */
  given: string;
  /** Without symbolic links. */
  real: string;
}

/** The steps from the folder down to `path`, or undefined when it lies elsewhere. `/data` is not `/data-secret`. */
export function stepsBelow({ given, real }: Root, path: string): string[] | undefined {
  for (const folder of [real, given]) {
    const from = folder.endsWith(sep) ? folder : `${folder}${sep}`;
    if (path === folder) return [];
    if (path.startsWith(from)) return path.slice(from.length).split(sep);
  }
  return undefined;
}

/**
 * Opens a regular file whose path has been walked. Between the walk and the opening a folder may have been exchanged:
 * what counts is where the opened file lies.
 * @throws PortolanError `file_not_found`, `path_outside_allowed_dir`, `unsupported_file_type`.
 */
export async function openInside(path: string, folder: string): Promise<FileHandle> {
  const handle = await openNoFollow(path);
  try {
    if (!(await handle.stat()).isFile()) throw unsupported('This is not a regular file.');
    if (!(await liesIn(handle, path, folder))) throw outside();
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openNoFollow(path: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;
  try {
    return await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  } catch {
    throw notFound();
  }
}

async function liesIn(handle: FileHandle, path: string, folder: string): Promise<boolean> {
  const opened = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => undefined);
  if (opened !== undefined) return stepsBelow({ given: folder, real: folder }, opened) !== undefined;
  // No /proc (macOS): the path must still lead to this very file, without any link.
  const info = await handle.stat();
  const [now, same] = await Promise.all([realpath(path), stat(path)]).catch(() => [undefined, undefined]);
  return now === path && same?.ino === info.ino && same.dev === info.dev;
}

export function outside(): PortolanError {
  return new PortolanError(
    'path_outside_allowed_dir',
    'The path leads out of the folder from which captures may be read.',
    'Give a path below captures.allowedDir; symbolic links may not leave it either.',
  );
}

export function notFound(): PortolanError {
  return new PortolanError(
    'file_not_found',
    'There is no such capture, or this server may not read it.',
    'Check the path; relative paths start at captures.allowedDir.',
  );
}

export function unsupported(what: string): PortolanError {
  return new PortolanError('unsupported_file_type', what, NAMES_TAKEN);
}
