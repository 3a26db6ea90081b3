/** Numbers found by a hash index: a place of the index holds the number of a row plus one, or 0. */
import { randomOdd } from '../evidence/endpoints.ts';

/** Unknown to whoever made the capture, so that no addresses can be chosen to collide. */
const MULTIPLIER = randomOdd();

/** An index for so many different numbers. */
export function indexFor(most: number): Int32Array {
  return new Int32Array(2 ** Math.ceil(Math.log2(most + 1) + 0.5));
}

/** The place in the index of the row that begins with `value`, or the empty place where it belongs. */
export function seek(index: Int32Array, rows: Int32Array, width: number, value: number): number {
  const mask = index.length - 1;
  let at = hashOf(value) & mask;
  for (;;) {
    const number = (index[at] ?? 0) - 1;
    if (number < 0 || rows[number * width] === value) return at;
    at = (at + 1) & mask;
  }
}

function hashOf(value: number): number {
  let hash = Math.imul(value, MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
