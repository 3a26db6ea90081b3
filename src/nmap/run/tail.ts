/** Follows a file that another process is writing. */
import type { FileHandle } from 'node:fs/promises';

/**
 * How often we look. To be told of each change (fs.watch) costs more than all the rest of a fast scan, as nmap writes host
 * by host; and some file systems (network, overlay) do not tell.
 */
const LOOK_MS = 100;
const BLOCK = 64 * 1024;

export interface Tail {
  /** Reads to the present end of the file and stops following. */
  finish(): Promise<void>;
}

/**
 * Gives the bytes of a file to `onBytes`, in order, a moment after they were written. The handle stays the caller's.
 * An error (of the disk, or thrown by `onBytes`) ends the following and goes to `onError` once.
 */
export function followFile(
  file: FileHandle,
  { onBytes, onError }: { onBytes: (bytes: Uint8Array) => void; onError: (error: unknown) => void },
): Tail {
  const block = Buffer.allocUnsafe(BLOCK);
  let offset = 0;
  let reading: Promise<void> | undefined;
  let failed = false;

  async function readToEnd(): Promise<void> {
    for (;;) {
      const { bytesRead } = await file.read(block, 0, BLOCK, offset);
      if (bytesRead === 0) return;
      offset += bytesRead;
      onBytes(block.subarray(0, bytesRead));
    }
  }

  function pull(): Promise<void> {
    if (failed) return Promise.resolve();
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

  const timer = setInterval(() => void pull(), LOOK_MS);
  return {
    async finish() {
      clearInterval(timer);
      // What is being read now may have begun before the last bytes were written.
      await reading;
      await pull();
    },
  };
}
