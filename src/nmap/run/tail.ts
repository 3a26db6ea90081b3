/** Follows a file that another process is writing. */
import { type FSWatcher, watch } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** fs.watch misses changes on some file systems (network, overlay): then this is how late we are. */
const POLL_MS = 500;
const BLOCK = 64 * 1024;

export interface Tail {
  /** Reads to the present end of the file and stops following. */
  finish(): Promise<void>;
}

/**
 * Gives the bytes of a file to `onBytes`, in order, soon after they were written. The handle stays the caller's.
 * An error (of the disk, or thrown by `onBytes`) ends the following and goes to `onError` once.
 */
export function followFile(
  { path, file }: { path: string; file: FileHandle },
  { onBytes, onError }: { onBytes: (bytes: Uint8Array) => void; onError: (error: unknown) => void },
): Tail {
  const block = Buffer.allocUnsafe(BLOCK);
  let offset = 0;
  let reading: Promise<void> | undefined;
  let changedMeanwhile = false;
  let failed = false;

  async function readToEnd(): Promise<void> {
    do {
      changedMeanwhile = false;
      for (;;) {
        const { bytesRead } = await file.read(block, 0, BLOCK, offset);
        if (bytesRead === 0) break;
        offset += bytesRead;
        onBytes(block.subarray(0, bytesRead));
      }
    } while (changedMeanwhile);
  }

  function pull(): Promise<void> {
    if (failed) return Promise.resolve();
    changedMeanwhile = true;
    reading ??= readToEnd()
      .catch((error: unknown) => {
        failed = true;
        onError(error);
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  }

  const watcher = startWatching(path, () => void pull());
  const timer = setInterval(() => void pull(), POLL_MS);
  return {
    async finish() {
      watcher?.close();
      clearInterval(timer);
      await reading;
      await pull();
    },
  };
}

/** Undefined where no more files can be watched (inotify's limits, ENOSPC and EMFILE): then polling does alone. */
function startWatching(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
