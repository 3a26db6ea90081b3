/** Where bytes come from: a descriptor read synchronously (fastest, and we are off the main thread) or a stream. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { PortolanError } from '../../core/errors.ts';

/** Bytes in order. */
export interface ByteSource {
  /** Fills (part of) the target and gives how many bytes; 0 at the end. */
  read(target: Uint8Array): number | Promise<number>;
  /** Bytes taken from the file itself so far. */
  taken(): number;
  /** Size of the file itself, where it is known. */
  readonly total: number | undefined;
  /** May be called more than once. */
  close(): void;
}

/** A descriptor, from its current position. `owned` ones are closed at the end. */
export function fromDescriptor(fd: number, owned: boolean): ByteSource {
  const stat = fstatSync(fd);
  let taken = 0;
  let closed = false;
  return {
    total: stat.isFile() ? stat.size : undefined,
    taken: () => taken,
    read(target) {
      for (;;) {
        try {
          const count = readSync(fd, target, 0, target.length, null);
          taken += count;
          return count;
        } catch (error) {
          const code = error instanceof Error && 'code' in error ? error.code : undefined;
          if (code === 'EOF') return 0;
          if (code !== 'EAGAIN') throw error;
          // A pipe whose writer made it non-blocking: nothing there yet.
          return new Promise<number>((resolve, reject) => {
            setTimeout(() => Promise.resolve(this.read(target)).then(resolve, reject), 10);
          });
        }
      }
    },
    close() {
      if (owned && !closed) closeSync(fd);
      closed = true;
    },
  };
}

export function fromPath(path: string): ByteSource {
  try {
    return fromDescriptor(openSync(path, 'r'), true);
  } catch (cause) {
    throw new PortolanError('file_not_found', `The capture ${path} cannot be opened.`, 'Check the path.', {
      cause,
    });
  }
}

/** Chunks of any size. */
export function fromStream(stream: AsyncIterable<Uint8Array>, total?: number): ByteSource {
  const chunks = stream[Symbol.asyncIterator]();
  let left: Uint8Array = new Uint8Array(0);
  let taken = 0;
  return {
    total,
    taken: () => taken,
    async read(target) {
      while (left.length === 0) {
        const next = await chunks.next();
        if (next.done === true) return 0;
        left = next.value;
      }
      const count = Math.min(left.length, target.length);
      target.set(left.subarray(0, count));
      left = left.subarray(count);
      taken += count;
      return count;
    },
    close() {
      // Closing what has already failed fails again, and nobody waits for it.
      chunks.return?.().catch(() => undefined);
    },
  };
}

/** The same bytes with some that were already read put back in front. */
export function withPrefix(prefix: Uint8Array, rest: ByteSource): ByteSource {
  let left = prefix;
  return {
    total: rest.total,
    taken: () => rest.taken(),
    read(target) {
      if (left.length === 0) return rest.read(target);
      const count = Math.min(left.length, target.length);
      target.set(left.subarray(0, count));
      left = left.subarray(count);
      return count;
    },
    close: () => rest.close(),
  };
}

/** Fills the target as far as the source goes; gives how many bytes. */
export async function readFully(source: ByteSource, target: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const count = await source.read(target.subarray(filled));
    if (count === 0) break;
    filled += count;
  }
  return filled;
}
