/** One compressed stream out of a file that goes on behind it: node:zlib says how much it took. */
import type { Transform } from 'node:stream';
import type { Exact } from './exact.ts';

/** A decompressor of node:zlib. */
export interface Inflate extends Transform {
  /** Bytes it has taken so far; those behind the end of the stream are not. */
  readonly bytesWritten: number;
}

/** Gives what comes out until the stream ends, and puts back what lies behind it; returns the bytes it took. */
export async function* oneStream(
  input: Exact,
  inflate: Inflate,
): AsyncGenerator<Uint8Array, number, undefined> {
  let taken = 0;
  const feed = async () => {
    while (!inflate.destroyed) {
      const part = await input.some();
      if (part.length === 0) break;
      await new Promise<void>((resolve, reject) =>
        inflate.write(part, (error) => (error ? reject(error) : resolve())),
      );
      const before = taken;
      taken = inflate.bytesWritten;
      const rest = part.length - (taken - before);
      input.unread(rest);
      // It ends its readable side by itself.
      if (rest > 0) return;
    }
    inflate.end();
  };
  const fed = feed().catch((error: Error) => {
    inflate.destroy(error);
  });
  try {
    for await (const piece of inflate) yield piece as Uint8Array;
  } finally {
    inflate.destroy();
  }
  await fed;
  return taken;
}
