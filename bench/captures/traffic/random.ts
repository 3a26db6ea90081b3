/** Numbers by lot that are the same everywhere for the same seed: sfc32 (Chris Doty-Humphrey, PractRand). */
export class Random {
  #a: number;
  #b = 0x9e3779b9;
  #c = 0x243f6a88;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    for (let i = 0; i < 20; i++) this.next();
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** 0 up to, not including, 1. */
  share(): number {
    return this.next() / 0x1_0000_0000;
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.share() * count);
  }

  /** How long until the next of things that happen independently, once in `mean` on average. */
  wait(mean: number): number {
    return -mean * Math.log(1 - this.share());
  }

  /** 0 to `count` - 1, each once, in any order. */
  order(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const other = this.below(i + 1);
      const held = order[i] ?? 0;
      order[i] = order[other] ?? 0;
      order[other] = held;
    }
    return order;
  }
}
