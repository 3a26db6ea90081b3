/**
 * The LZ4 frame format (lz4_Frame_format.md 1.6.2) and its blocks, decoded as a stream with a 64 KiB window. Own code,
 * because the maintained packages decode whole buffers only and so cannot bound memory. Checksums are not verified: a
 * damaged capture is caught by its own lengths.
 */
import { Exact } from './exact.ts';

const FRAME = 0x184d2204;
const LEGACY = 0x184c2102;
const WINDOW = 65_536;

/** Decompressed pieces of all frames in the stream; skippable frames are skipped. */
export async function* lz4Frames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new Exact(stream);
  for (;;) {
    const magic = await input.take(4);
    if (magic === undefined) return;
    const word = magic.getUint32(0, true);
    if (word === FRAME) yield* frame(input);
    else if (word >>> 4 === 0x184d2a5) await input.skip((await input.need(4)).getUint32(0, true));
    else if (word === LEGACY) throw new Error('the legacy LZ4 format is not read');
    else throw new Error('what follows is no LZ4 frame');
  }
}

async function* frame(input: Exact): AsyncGenerator<Uint8Array> {
  const descriptor = await input.need(2);
  const flags = descriptor.getUint8(0);
  if (flags >>> 6 !== 1) throw new Error('unknown LZ4 frame version');
  const largest = 1 << (8 + 2 * ((descriptor.getUint8(1) >>> 4) & 7));
  if (largest < WINDOW) throw new Error('impossible LZ4 block size');
  await input.need(((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4) + 1);
  // One buffer: the last 64 KiB decoded, then room for a block that may refer back to them.
  const buffer = new Uint8Array(WINDOW + largest);
  let history = 0;
  for (;;) {
    const size = (await input.need(4)).getUint32(0, true);
    if (size === 0) break;
    const length = size & 0x7fffffff;
    if (length > largest) throw new Error('an LZ4 block is larger than its frame allows');
    const block = await input.need(length);
    const bytes = new Uint8Array(block.buffer);
    if ((flags & 16) !== 0) await input.need(4);
    const end = size >>> 31 === 1 ? copy(bytes, buffer, history) : decode(bytes, buffer, history);
    yield buffer.slice(history, end);
    // Keep the tail as history, also when blocks are independent: it is simply not referred to then.
    const keep = Math.min(end, WINDOW);
    buffer.copyWithin(0, end - keep, end);
    history = keep;
  }
  if ((flags & 4) !== 0) await input.need(4);
}

function copy(bytes: Uint8Array, buffer: Uint8Array, at: number): number {
  buffer.set(bytes, at);
  return at + bytes.length;
}

/** Decodes one block behind `start` in the buffer; gives the end of what it wrote. */
function decode(block: Uint8Array, buffer: Uint8Array, start: number): number {
  const limit = buffer.length;
  let from = 0;
  let to = start;
  const lengthFrom = (first: number): number => {
    let length = first;
    if (first === 15) {
      let more: number;
      do {
        if (from >= block.length) throw new Error('damaged LZ4 block');
        more = block[from++] ?? 0;
        length += more;
      } while (more === 255);
    }
    return length;
  };
  while (from < block.length) {
    const token = block[from++] ?? 0;
    const literals = lengthFrom(token >>> 4);
    if (from + literals > block.length || to + literals > limit) throw new Error('damaged LZ4 block');
    buffer.set(block.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === block.length) break;
    if (from + 2 > block.length) throw new Error('damaged LZ4 block');
    const distance = (block[from] ?? 0) | ((block[from + 1] ?? 0) << 8);
    from += 2;
    const length = lengthFrom(token & 15) + 4;
    if (distance === 0 || distance > to || to + length > limit) throw new Error('damaged LZ4 block');
    // Byte by byte, because a match may overlap what it writes.
    for (let i = 0; i < length; i++, to++) buffer[to] = buffer[to - distance] ?? 0;
  }
  return to;
}
