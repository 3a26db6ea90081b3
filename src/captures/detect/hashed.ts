/** Numbers found by a hash index: a place of the index holds the number of a row plus one, or 0. */

/** An index for so many different numbers. */
export function indexFor(most: number): Int32Array {
  return new Int32Array(2 ** Math.ceil(Math.log2(most + 1) + 0.5));
}

/** The place in the index of the row that begins with `value`, or the empty place where it belongs. */
export function seek(index: Int32Array, rows: Int32Array, width: number, value: number): number {
  const mask = index.length - 1;
  const hash = Math.imul(value, 0x9e3779b1);
  let at = (hash ^ (hash >>> 15)) & mask;
  for (;;) {
    const number = (index[at] ?? 0) - 1;
    if (number < 0 || rows[number * width] === value) return at;
    at = (at + 1) & mask;
  }
}
