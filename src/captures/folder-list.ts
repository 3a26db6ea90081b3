/** The captures below the allowed folder: those that its names say to be some, looked for within bounds. */
import { opendir, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { cleanField } from '../core/clean.ts';
import { compressionByName } from './access-type.ts';
import type { ListedCapture } from './uploads.ts';

/** Entries of folders that are looked at, and folders in folders. */
const MOST_ENTRIES = 20_000;
const MOST_DEPTH = 16;
const MOST_PATH = 1024;

export interface FolderList {
  captures: ListedCapture[];
  /** False where there was more than is looked at. */
  complete: boolean;
}

/** Links are not followed, and a folder that cannot be read counts as empty. @param skip a folder of another list */
export async function capturesBelow(root: string, skip: string | undefined): Promise<FolderList> {
  const captures: ListedCapture[] = [];
  const queue: { folder: string; depth: number }[] = [{ folder: resolve(root), depth: 0 }];
  let left = MOST_ENTRIES;
  let complete = true;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { folder, depth } = next;
    if (skip !== undefined && folder === resolve(skip)) continue;
    const entries = await opendir(folder).catch(() => undefined);
    if (!entries) continue;
    for await (const entry of entries) {
      left -= 1;
      if (left < 0) return { captures, complete: false };
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (depth < MOST_DEPTH) queue.push({ folder: path, depth: depth + 1 });
        else complete = false;
      } else if (entry.isFile() && isCaptureName(entry.name)) {
        const shown = relative(root, path).replaceAll(sep, '/');
        const info = await stat(path).catch(() => undefined);
        if (info && shown === cleanField(shown, MOST_PATH))
          captures.push({ path: shown, size: info.size, modifiedAt: info.mtimeMs, kind: 'folder' });
      }
    }
  }
  return { captures, complete };
}

function isCaptureName(name: string): boolean {
  try {
    compressionByName(name);
    return true;
  } catch {
    return false;
  }
}
