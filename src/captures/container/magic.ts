/** What first bytes say: how a file is compressed, and whether it is a capture. */

export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'lz4' | 'bzip2' | 'zip';

/** Enough first bytes for {@link sniffCompression}. */
export const COMPRESSION_MAGIC = 6;
/** Enough first bytes for {@link isCapture}. */
export const CAPTURE_MAGIC = 12;

// RFC 1952; RFC 8878; xz file format 1.2, section 2.1.1.1; LZ4 frame format 1.6; "BZh" of bzip2; APPNOTE.TXT 4.3.7 and
// 4.3.16 (a zip file without files begins with its end).
const COMPRESSIONS: readonly (readonly [Exclude<Compression, 'none'>, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zip', [0x50, 0x4b, 0x05, 0x06]],
];

/** Which compression these first bytes begin, `none` when it is none of ours. */
export function sniffCompression(head: Uint8Array): Compression {
  const found = COMPRESSIONS.find(
    ([, magic]) => head.length >= magic.length && magic.every((byte, at) => head[at] === byte),
  );
  return found?.[0] ?? 'none';
}

/** The magic numbers of the classic format: micro- and nanoseconds, and Kuznetzov's longer records. */
export const MICROSECONDS = 0xa1b2c3d4;
export const NANOSECONDS = 0xa1b23c4d;
export const KUZNETZOV = 0xa1b2cd34;

/** Type of a pcapng section header, the same in both byte orders, and the mark that says which order follows. */
export const SECTION = 0x0a0d0d0a;
export const BYTE_ORDER = 0x1a2b3c4d;

/** The magic number of a classic capture at this place and the byte order it is written in; undefined: it is none. */
export function classicMagic(
  view: DataView,
  at: number,
): { magic: number; littleEndian: boolean } | undefined {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(at, littleEndian);
    if (magic === MICROSECONDS || magic === NANOSECONDS || magic === KUZNETZOV)
      return { magic, littleEndian };
  }
  return undefined;
}

/** True where a pcapng section header begins: 12 bytes of it must be there. */
export function isSection(view: DataView, at: number): boolean {
  if (view.getUint32(at) !== SECTION) return false;
  return view.getUint32(at + 8, true) === BYTE_ORDER || view.getUint32(at + 8, false) === BYTE_ORDER;
}

/** True when these first bytes are those of a capture that is not compressed. */
export function isCapture(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return (
    (head.length >= 4 && classicMagic(view, 0) !== undefined) ||
    (head.length >= CAPTURE_MAGIC && isSection(view, 0))
  );
}
