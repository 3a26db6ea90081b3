/** Looks at the first bytes and puts a decompressor in front where one is needed. */
import type { Readable } from 'node:stream';
import type * as Zlib from 'node:zlib';
import { PortolanError } from '../../core/errors.ts';
import { type ByteSource, fromStream, readFully, withPrefix } from './bytes.ts';
import { bzip2Blocks } from './bzip2.ts';
import { Exact } from './exact.ts';
import { oneStream } from './inflate.ts';
import { lz4Frames } from './lz4.ts';
import { COMPRESSION_MAGIC, type Compression, sniffCompression } from './magic.ts';
import { captureInZip } from './zip.ts';

/** Compressed bytes handed to a decompressor at a time, and what it gives at a time. */
const CHUNK = 256 * 1024;

/**
 * The decompressed bytes of a source. gzip (any number of members), zstd and the members of a zip file by node:zlib, xz by
 * a WebAssembly build of xz-embedded, LZ4 and bzip2 by our own decoders. Decompression errors surface from `read`.
 * @param maxBytes what may be unpacked on the way to the capture in a zip file.
 */
export async function decompressed(
  source: ByteSource,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<{ source: ByteSource; compression: Compression }> {
  const head = new Uint8Array(COMPRESSION_MAGIC);
  const size = await readFully(source, head);
  const whole = withPrefix(head.subarray(0, size), source);
  const compression = sniffCompression(head.subarray(0, size));
  if (compression === 'none') return { source: whole, compression };
  const stream = await decompressor(compression, chunksOf(whole), maxBytes);
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
  maxBytes: number,
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
    case 'bzip2':
      return bzip2Blocks(chunks);
    case 'zip':
      return captureInZip(
        chunks,
        () => zlib.createInflateRaw({ chunkSize: CHUNK, finishFlush: zlib.constants.Z_SYNC_FLUSH }),
        maxBytes,
      );
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

/** Any number of frames one behind the other (pzstd, concatenated files): Node's decompressor ends with the first. */
async function* zstdFrames(
  chunks: AsyncGenerator<Uint8Array>,
  create: () => Zlib.ZstdDecompress,
): AsyncGenerator<Uint8Array> {
  const input = new Exact(chunks);
  for (;;) {
    const first = await input.some();
    if (first.length === 0) return;
    input.unread(first.length);
    const taken = yield* oneStream(input, create());
    if (taken === 0) throw new Error('zstd makes no progress');
  }
}
