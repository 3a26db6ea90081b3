/** How the endpoints of each target, or of each port, turned out: counted in one array, as there are many of them. */
import { indexFor, seek } from './hashed.ts';

/** A row: the value, how many of its endpoints failed and worked, and how many there are. */
const ROW = 4;
const FAILS = 1;
const WORKS = 2;
const ALL = 3;

export class Tallies {
  /** Distinct values, in the order in which they were met. */
  size = 0;
  readonly #rows: Int32Array;
  /** Row numbers plus one, by hash. */
  readonly #index: Int32Array;
  #latest = -1;

  /** @param most values there can be. */
  constructor(most: number) {
    this.#rows = new Int32Array(most * ROW);
    this.#index = indexFor(most);
  }

  /** Counts an endpoint of this value: 1 failed, -1 worked, 0 tells nothing. */
  note(value: number, result: number): void {
    const rows = this.#rows;
    let number = this.#latest;
    // Neighbours are often of one value: one host, one port.
    if (number < 0 || rows[number * ROW] !== value) {
      const at = seek(this.#index, rows, ROW, value);
      number = (this.#index[at] ?? 0) - 1;
      if (number < 0) {
        number = this.size++;
        this.#index[at] = this.size;
        rows[number * ROW] = value;
      }
      this.#latest = number;
    }
    const row = number * ROW;
    rows[row + ALL] = (rows[row + ALL] ?? 0) + 1;
    if (result > 0) rows[row + FAILS] = (rows[row + FAILS] ?? 0) + 1;
    else if (result < 0) rows[row + WORKS] = (rows[row + WORKS] ?? 0) + 1;
  }

  /** The number of a value, or -1. */
  find(value: number): number {
    return (this.#index[seek(this.#index, this.#rows, ROW, value)] ?? 0) - 1;
  }

  value(number: number): number {
    return this.#rows[number * ROW] ?? 0;
  }

  fails(number: number): number {
    return this.#rows[number * ROW + FAILS] ?? 0;
  }

  works(number: number): number {
    return this.#rows[number * ROW + WORKS] ?? 0;
  }

  all(number: number): number {
    return this.#rows[number * ROW + ALL] ?? 0;
  }
}
