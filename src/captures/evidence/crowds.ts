/** What is remembered of lone records that were let go. */
import { randomOdd } from './endpoints.ts';

const TARGET_BITS = 16;

/** How many lone records on each target were let go, by hash: a crowd of sources is a flood, not a shared scan. */
export class Crowds {
  readonly #counts = new Uint32Array(1 << TARGET_BITS);
  readonly #multiplier = randomOdd();

  add(target: number): void {
    const at = this.#at(target);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** At least as many as were let go on this target. */
  on(target: number): number {
    return this.#counts[this.#at(target)] ?? 0;
  }

  #at(target: number): number {
    return Math.imul(target, this.#multiplier) >>> (32 - TARGET_BITS);
  }
}
