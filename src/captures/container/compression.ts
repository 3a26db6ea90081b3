/** Looks at the first bytes and puts a decompressor in front where one is needed. */
import type { Readable } from 'node:stream';
import type * as Zlib from 'node:zlib';
import { PortolanError } from '../../core/errors.ts';
import { type ByteSource, fromStream, readFully, withPrefix } from './bytes.ts';
import { lz4Frames } from './lz4.ts';

export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'lz4';

/** Compressed bytes handed to a decompressor at a time, and what it gives at a time. */
const CHUNK = 256 * 1024;

/** Which compression these first bytes begin, if any. */
export function sniffCompression(head: Uint8Array): Compression {
  const starts = (...magic: number[]) =>
    head.length >= magic.length && magic.every((byte, i) => head[i] === byte);
  if (starts(0x1f, 0x8b)) return 'gzip';
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return 'xz';
  if (starts(0x04, 0x22, 0x4d, 0x18)) return 'lz4';
  return 'none';
}

/**
 * The decompressed bytes of a source. gzip (any number of members) and zstd by node:zlib, xz by a WebAssembly build of
 * xz-embedded, LZ4 frames by our own decoder. Decompression errors surface from `read`.
 */
export async function decompressed(
  source: ByteSource,
): Promise<{ source: ByteSource; compression: Compression }> {
  const head = new Uint8Array(6);
  const size = await readFully(source, head);
  const whole = withPrefix(head.subarray(0, size), source);
  const compression = sniffCompression(head.subarray(0, size));
  if (compression === 'none') return { source: whole, compression };
  const stream = await decompressor(compression, chunksOf(whole));
  const plain = fromStream(stream);
  return {
    compression,
    source: {
      read: (target) => plain.read(target),
      taken: () => source.taken(),
      total: source.total,
      close() {
        plain.close();
        source.close();
      },
    },
  };
}

async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(CHUNK);
    const size = await source.read(chunk);
    if (size === 0) return;
    yield chunk.subarray(0, size);
  }
}

async function decompressor(
  compression: Exclude<Compression, 'none'>,
  chunks: AsyncGenerator<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  // Loaded when needed: most captures are not compressed, and start-up counts.
  const zlib = await import('node:zlib');
  const { Readable: Stream } = await import('node:stream');
  switch (compression) {
    case 'gzip':
      // Z_SYNC_FLUSH at the end: a file cut in the middle gives what there is, and the capture says where it ends.
      return piped(
        Stream.from(chunks, { objectMode: false }),
        zlib.createGunzip({ chunkSize: CHUNK, finishFlush: zlib.constants.Z_SYNC_FLUSH }),
      );
    case 'zstd': {
      if (typeof zlib.createZstdDecompress !== 'function') {
        throw new PortolanError(
          'unsupported_file_type',
          'This Node.js cannot read zstd files.',
          'Use Node.js 22.15 or newer, or decompress the capture first: zstd -d FILE.',
        );
      }
      return zstdFrames(chunks, () => zlib.createZstdDecompress({ chunkSize: CHUNK }));
    }
    case 'xz': {
      const { default: xz } = await import('xz-decompress');
      return new xz.XzReadableStream(Stream.toWeb(Stream.from(chunks, { objectMode: false })));
    }
    case 'lz4':
      return lz4Frames(chunks);
  }
}

async function* piped(input: Readable, inflate: Zlib.Gunzip): AsyncGenerator<Uint8Array> {
  input.on('error', (error) => inflate.destroy(error));
  input.pipe(inflate);
  try {
    yield* inflate;
  } finally {
    input.destroy();
    inflate.destroy();
  }
}

/**
 * Node's decompressor ends with the first frame that ends inside a write: what is left of that write is given to a new
 * one, so a file may hold any number of frames (pzstd, concatenated files).
 */
async function* zstdFrames(
  chunks: AsyncGenerator<Uint8Array>,
  create: () => Zlib.ZstdDecompress,
): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  do {
    const inflate = create();
    const feed = async () => {
      for (;;) {
        const before = inflate.bytesWritten;
        const part = rest;
        if (part.length > 0)
          await new Promise<void>((resolve, reject) =>
            inflate.write(part, (error) => (error ? reject(error) : resolve())),
          );
        rest = part.subarray(inflate.bytesWritten - before);
        if (part.length > 0 && rest.length === part.length) throw new Error('zstd makes no progress');
        if (rest.length > 0 || inflate.destroyed) return;
        const next = await chunks.next();
        if (next.done === true) break;
        rest = next.value;
      }
      inflate.end();
    };
    const fed = feed().catch((error: Error) => {
      rest = rest.subarray(rest.length);
      inflate.destroy(error);
    });
    try {
      yield* inflate;
    } finally {
      inflate.destroy();
    }
    await fed;
  } while (rest.length > 0);
}
