/**
 * bzip2, decoded block by block (at most 900 kB before run lengths are undone), any number of streams one behind the
 * other (pbzip2). Own code, because the packages there are decode whole buffers or push without bound: a few bytes can
 * stand for 46 MB. The format has no specification but its program (bzip2 1.0.8, decompress.c) and descriptions of it.
 */
import { Exact } from './exact.ts';

/** A block takes less than this compressed: 900,000 symbols of at most 20 bits, and its tables. */
const MOST = 2_400_000;
const WINDOW = 3 * MOST;
const OUTPUT = 256 * 1024;
const GROUP = 50;
const MAX_LENGTH = 20;
const MAX_SELECTORS = 18_002;

/** The decoded bytes of the stream. Each piece is valid until the next is asked for. */
export async function* bzip2Blocks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new Exact(stream);
  const bits = new Bits(new Uint8Array(WINDOW));
  const block = new Block();
  await bits.refill(input);
  do {
    if (bits.take(24) !== 0x425a68) throw new Error('what follows is no bzip2 stream');
    const level = bits.take(8) - 0x30;
    if (level < 1 || level > 9) throw new Error('unknown bzip2 block size');
    block.size = level * 100_000;
    for (;;) {
      await bits.refill(input);
      const magic = bits.take(24) * 0x1000000 + bits.take(24);
      const crc = bits.take(16) * 0x10000 + bits.take(16);
      if (magic === 0x177245385090) break;
      if (magic !== 0x314159265359) throw new Error('damaged bzip2 block');
      block.read(bits);
      yield* block.pieces(crc);
    }
    bits.align();
    await bits.refill(input);
  } while (!bits.empty);
}

/** Bits of a window that holds at least one whole block, most significant first. */
class Bits {
  readonly #bytes: Uint8Array;
  #at = 0;
  #end = 0;
  #word = 0;
  #count = 0;

  constructor(window: Uint8Array) {
    this.#bytes = window;
  }

  get empty(): boolean {
    return this.#at >= this.#end && this.#count < 8;
  }

  /** Sees to it that a whole block is there, or all that is left of the file. */
  async refill(input: Exact): Promise<void> {
    if (this.#end - this.#at >= MOST) return;
    this.#bytes.copyWithin(0, this.#at, this.#end);
    this.#end -= this.#at;
    this.#at = 0;
    while (this.#end < WINDOW) {
      const piece = await input.some(WINDOW - this.#end);
      if (piece.length === 0) return;
      this.#bytes.set(piece, this.#end);
      this.#end += piece.length;
    }
  }

  /** @param count at most 24. */
  take(count: number): number {
    while (this.#count < count) {
      if (this.#at >= this.#end) throw new Error('the bzip2 stream ends early');
      this.#word = (this.#word << 8) | (this.#bytes[this.#at++] ?? 0);
      this.#count += 8;
    }
    this.#count -= count;
    return (this.#word >>> this.#count) & ((1 << count) - 1);
  }

  align(): void {
    this.#count -= this.#count % 8;
  }
}

/** Code lengths as tables: for each length the largest code, and what to take from a code to find its symbol. */
interface Huffman {
  limit: Int32Array;
  base: Int32Array;
  symbols: Uint16Array;
  shortest: number;
}

class Block {
  /** Most symbols in a block of this stream. */
  size = 0;
  /** Of each place: the byte, and above it the place of the one that follows. */
  readonly #links = new Uint32Array(900_000);
  readonly #output = new Uint8Array(OUTPUT);
  #length = 0;
  #origin = 0;

  /** Undoes the Huffman codes, zero runs and move-to-front of one block. */
  read(bits: Bits): void {
    if (bits.take(1) === 1) throw new Error('a randomised block of bzip2 before 0.9.5 is not read');
    this.#origin = bits.take(24);
    const front = usedBytes(bits);
    const symbols = front.length + 2;
    const { groups, selectors } = selectorsOf(bits);
    const tables = Array.from({ length: groups }, () => tableOf(bits, symbols));
    const counts = new Int32Array(256);
    const links = this.#links;
    const stop = symbols - 1;
    let length = 0;
    let run = 0;
    let weight = 1;
    let table: Huffman | undefined;
    for (let at = 0; ; at++) {
      if (at % GROUP === 0) table = tables[selectors[at / GROUP] ?? groups];
      if (table === undefined) throw new Error('damaged bzip2 block');
      const symbol = decode(bits, table);
      if (symbol < 2) {
        // Two digits, 1 and 2, least significant first.
        run += weight << symbol;
        weight *= 2;
        if (run > this.size) throw new Error('damaged bzip2 block');
        continue;
      }
      const byte = front[0] ?? 0;
      if (length + run > this.size) throw new Error('damaged bzip2 block');
      links.fill(byte, length, length + run);
      counts[byte] = (counts[byte] ?? 0) + run;
      length += run;
      run = 0;
      weight = 1;
      if (symbol === stop) break;
      if (length === this.size) throw new Error('damaged bzip2 block');
      const next = front[symbol - 1] ?? 0;
      front.copyWithin(1, 0, symbol - 1);
      front[0] = next;
      links[length++] = next;
      counts[next] = (counts[next] ?? 0) + 1;
    }
    if (this.#origin >= length) throw new Error('damaged bzip2 block');
    this.#length = length;
    this.#sort(counts);
  }

  /** Undoes the Burrows-Wheeler transform: links each byte to the one that follows. */
  #sort(counts: Int32Array): void {
    const links = this.#links;
    let sum = 0;
    for (let byte = 0; byte < 256; byte++) {
      const count = counts[byte] ?? 0;
      counts[byte] = sum;
      sum += count;
    }
    for (let i = 0; i < this.#length; i++) {
      const byte = (links[i] ?? 0) & 0xff;
      const place = counts[byte] ?? 0;
      counts[byte] = place + 1;
      links[place] = (links[place] ?? 0) | (i << 8);
    }
  }

  /** The bytes themselves: after four equal ones a count of more follows. */
  *pieces(expected: number): Generator<Uint8Array> {
    const output = this.#output;
    let crc = -1;
    let filled = 0;
    let equal = 0;
    let before = -1;
    let link = this.#links[this.#origin] ?? 0;
    for (let i = 0; i < this.#length; i++) {
      link = this.#links[link >>> 8] ?? 0;
      const byte = link & 0xff;
      if (filled + 256 > OUTPUT) {
        yield output.subarray(0, filled);
        filled = 0;
      }
      if (equal === 4) {
        for (let more = byte; more > 0; more--) {
          output[filled++] = before;
          crc = (crc << 8) ^ (CRC[(crc >>> 24) ^ before] ?? 0);
        }
        equal = 0;
        before = -1;
        continue;
      }
      equal = byte === before ? equal + 1 : 1;
      before = byte;
      output[filled++] = byte;
      crc = (crc << 8) ^ (CRC[(crc >>> 24) ^ byte] ?? 0);
    }
    if (filled > 0) yield output.subarray(0, filled);
    if (~crc >>> 0 !== expected) throw new Error('a bzip2 block has another checksum than it says');
  }
}

/** The bytes that occur in a block, as 16 bits for the ranges in use and 16 for each of these. */
function usedBytes(bits: Bits): Uint8Array {
  const ranges = bits.take(16);
  const used: number[] = [];
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >>> range)) === 0) continue;
    const inside = bits.take(16);
    for (let i = 0; i < 16; i++) if ((inside & (0x8000 >>> i)) !== 0) used.push(range * 16 + i);
  }
  if (used.length === 0) throw new Error('damaged bzip2 block');
  return Uint8Array.from(used);
}

/** Which of the tables serves each group of 50 symbols, moved to the front. */
function selectorsOf(bits: Bits): { groups: number; selectors: Uint8Array } {
  const groups = bits.take(3);
  const count = bits.take(15);
  if (groups < 2 || groups > 6 || count === 0) throw new Error('damaged bzip2 block');
  const front = Uint8Array.from({ length: groups }, (_, i) => i);
  const selectors = new Uint8Array(Math.min(count, MAX_SELECTORS));
  for (let i = 0; i < count; i++) {
    let place = 0;
    while (bits.take(1) === 1) if (++place === groups) throw new Error('damaged bzip2 block');
    const found = front[place] ?? 0;
    front.copyWithin(1, 0, place);
    front[0] = found;
    // Some encoders wrote more than there can be groups (lbzip2); they are read and not needed.
    if (i < selectors.length) selectors[i] = found;
  }
  return { groups, selectors };
}

/** The code lengths, each as steps from the one before, made into a canonical Huffman code. */
function tableOf(bits: Bits, count: number): Huffman {
  const lengths = new Uint8Array(count);
  let length = bits.take(5);
  for (let i = 0; i < count; i++) {
    for (;;) {
      if (length < 1 || length > MAX_LENGTH) throw new Error('damaged bzip2 block');
      if (bits.take(1) === 0) break;
      length += bits.take(1) === 0 ? 1 : -1;
    }
    lengths[i] = length;
  }
  const symbols = new Uint16Array(count);
  const limit = new Int32Array(MAX_LENGTH + 1).fill(-1);
  const base = new Int32Array(MAX_LENGTH + 1);
  let code = 0;
  let placed = 0;
  let shortest = MAX_LENGTH;
  for (let width = 1; width <= MAX_LENGTH; width++) {
    base[width] = code - placed;
    for (let symbol = 0; symbol < count; symbol++) {
      if (lengths[symbol] !== width) continue;
      symbols[placed++] = symbol;
      code++;
      shortest = Math.min(shortest, width);
    }
    limit[width] = code - 1;
    code *= 2;
  }
  return { limit, base, symbols, shortest };
}

function decode(bits: Bits, { limit, base, symbols, shortest }: Huffman): number {
  let width = shortest;
  let code = bits.take(width);
  while (code > (limit[width] ?? -1)) {
    if (++width > MAX_LENGTH) throw new Error('damaged bzip2 block');
    code = (code << 1) | bits.take(1);
  }
  return symbols[code - (base[width] ?? 0)] ?? 0;
}

/** CRC-32 with its bits in the order of the polynomial, as bzip2 has it. */
const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});
