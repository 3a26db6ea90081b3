/** IPv6 addresses as small numbers, so that every table holds 32-bit keys; and addresses as text. */

const WORDS = 4;

/** Numbers IPv6 addresses, up to a limit; forgets those that nothing refers to any more when asked. */
export class AddressBook {
  readonly #limit: number;
  #words: Int32Array;
  #slots: Int32Array;
  #count = 0;
  #free: number[] = [];
  readonly #seed: number;

  constructor(limit: number, seed: number) {
    this.#limit = limit;
    this.#seed = seed | 1;
    this.#words = new Int32Array(256 * WORDS);
    this.#slots = new Int32Array(1024);
  }

  /** How many more addresses fit. */
  get room(): number {
    return this.#limit - this.#count + this.#free.length;
  }

  /** The number of the address at `offset`; -1 when the book is full. */
  number(view: DataView, offset: number): number {
    return this.#find(
      view.getInt32(offset),
      view.getInt32(offset + 4),
      view.getInt32(offset + 8),
      view.getInt32(offset + 12),
    );
  }

  #find(a: number, b: number, c: number, d: number): number {
    const mask = this.#slots.length - 1;
    const words = this.#words;
    let at = this.#hash(a, b, c, d) & mask;
    for (;;) {
      const id = (this.#slots[at] ?? 0) - 1;
      if (id < 0) break;
      const w = id * WORDS;
      if (words[w] === a && words[w + 1] === b && words[w + 2] === c && words[w + 3] === d) return id;
      at = (at + 1) & mask;
    }
    const id = this.#free.pop() ?? (this.#count < this.#limit ? this.#count++ : -1);
    if (id < 0) return -1;
    if ((id + 1) * WORDS > words.length) {
      this.#words = new Int32Array(words.length * 2);
      this.#words.set(words);
    }
    const w = id * WORDS;
    this.#words[w] = a;
    this.#words[w + 1] = b;
    this.#words[w + 2] = c;
    this.#words[w + 3] = d;
    this.#slots[at] = id + 1;
    if (this.#count * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2, undefined);
    return id;
  }

  /** Forgets every address whose number is not set in `used`; its number may be given out again. */
  keepOnly(used: Uint8Array): void {
    this.#free = [];
    for (let id = this.#count - 1; id >= 0; id--) if (used[id] !== 1) this.#free.push(id);
    this.#rehash(this.#slots.length, used);
  }

  #rehash(size: number, used: Uint8Array | undefined): void {
    this.#slots = new Int32Array(size);
    const mask = size - 1;
    const words = this.#words;
    for (let id = 0; id < this.#count; id++) {
      if (used !== undefined && used[id] !== 1) continue;
      const w = id * WORDS;
      let at = this.#hash(words[w] ?? 0, words[w + 1] ?? 0, words[w + 2] ?? 0, words[w + 3] ?? 0) & mask;
      while (this.#slots[at] !== 0) at = (at + 1) & mask;
      this.#slots[at] = id + 1;
    }
  }

  #hash(a: number, b: number, c: number, d: number): number {
    let h = Math.imul(a ^ this.#seed, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 15) ^ b, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13) ^ c, 0xc2b2ae35);
    h = Math.imul(h ^ (h >>> 16) ^ d, 0x27d4eb2f);
    return h ^ (h >>> 15);
  }

  /** RFC 5952 text of the address with this number. */
  text(id: number): string {
    const groups: number[] = [];
    for (let i = 0; i < WORDS; i++) {
      const word = this.#words[id * WORDS + i] ?? 0;
      groups.push(word >>> 16, word & 0xffff);
    }
    return formatIpv6(groups);
  }

  /** True for ff00::/8. */
  isMulticast(id: number): boolean {
    return (this.#words[id * WORDS] ?? 0) >>> 24 === 0xff;
  }

  /** A number for its first 64 bits: the network that one subscriber commonly holds (RFC 6177, RFC 4291). */
  network(id: number): number {
    const w = id * WORDS;
    return this.#hash(this.#words[w] ?? 0, this.#words[w + 1] ?? 0, 0, 0);
  }

  /** Its last 32 bits, for arithmetic on neighbouring addresses. */
  low(id: number): number {
    return this.#words[id * WORDS + 3] ?? 0;
  }
}

export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
export function formatIpv6(groups: readonly number[]): string {
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > bestLength) {
      best = i;
      bestLength = length;
    }
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (best < 0) return hex(groups);
  return `${hex(groups.slice(0, best))}::${hex(groups.slice(best + bestLength))}`;
}
