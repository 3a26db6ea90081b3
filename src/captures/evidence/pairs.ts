/**
 * The evidence table: one record for each (source, target, protocol, port) that was probed, whatever number of packets
 * and connections that took. Open addressing over one block of interleaved 32-bit words, 64 bytes a record, which is
 * one cache line: a packet of a known pair costs one memory access.
 */

/** Words in a record, and which is which. */
export const RECORD = 16;
export const SOURCE = 0;
export const TARGET = 1;
/** Port, protocol kind << 16, address family << 24, and a bit that says the slot is taken. */
export const KEY = 2;
/** What was seen, as bits below. */
export const STATE = 3;
/** Packets that probed; other packets of the source; packets of the target. */
export const PROBES = 4;
export const OTHERS = 5;
export const ANSWERS = 6;
/** Packet number of the first probe and of the first answer (0: none). */
export const FIRST_PACKET = 7;
/** Times of the first and of the last probe: 64-bit numbers at these word offsets. */
export const FIRST_TIME = 8;
export const LAST_TIME = 10;
export const ANSWER_PACKET = 12;
/** Of the first probe: window << 16 | IP id; sequence number; source port << 16 | TTL << 8 | marks of its shape. */
export const WINDOW_ID = 13;
export const SEQUENCE = 14;
export const SHAPE = 15;

export const KEY_TAKEN = 1 << 25;
export const KEY_IPV6 = 1 << 24;

/** STATE: how the source probed. */
export const P_SYN = 1;
export const P_FIN = 1 << 1;
export const P_NULL = 1 << 2;
export const P_XMAS = 1 << 3;
/** Another odd set of flags; it is in the upper six bits. */
export const P_ODD = 1 << 4;
export const ODD_SHIFT = 26;
/** FIN/ACK and ACK that belong to no connection seen. */
export const P_MAIMON = 1 << 5;
export const P_ACK = 1 << 6;
/** SYN/ACK that answers no SYN seen. */
export const P_SYNACK = 1 << 7;
/** UDP, ICMP, ARP, SCTP INIT, ... */
export const P_OTHER = 1 << 8;
export const P_COOKIE = 1 << 9;
/** What the target did: SYN-ACK (or the answer of that protocol), RST, an ACK, data. */
export const A_OPEN = 1 << 10;
export const A_RST = 1 << 11;
export const A_ACK = 1 << 12;
export const A_DATA = 1 << 13;
/** ICMP about it: port unreachable, other unreachable, protocol unreachable, time exceeded. */
export const A_PORT = 1 << 14;
export const A_FILTERED = 1 << 15;
export const A_PROTOCOL = 1 << 16;
export const A_TTL = 1 << 17;
/** What the source did next: completed the handshake, sent data, reset, reset a handshake it never completed. */
export const C_ACK = 1 << 18;
export const C_DATA = 1 << 19;
export const C_RST = 1 << 20;
export const C_HALF = 1 << 21;
/** Probes came in tiny fragments. */
export const TINY = 1 << 22;
/** The first packet came from a well-known port to a high one, as the answer to a question not captured. */
export const FROM_SERVICE = 1 << 23;

/** SHAPE marks: the TCP options are those of an ordinary stack; MSS alone; none; don't-fragment; shape unknown. */
export const SHAPE_OS = 1;
export const SHAPE_MSS = 2;
export const SHAPE_BARE = 4;
export const SHAPE_DF = 8;
export const SHAPE_UNKNOWN = 16;
/** No payload (ICMP, UDP). */
export const SHAPE_EMPTY = 32;

const SMALLEST = 1 << 12;
/** The largest table takes 32 MiB. It is filled further than the smaller ones, whose speed matters more. */
const LARGEST = 1 << 19;

/** Unknown to whoever made the capture, which is all that is asked of it; node:crypto would cost its start-up. */
export function randomOdd(): number {
  return Math.floor(Math.random() * 2 ** 31) | 1;
}

function limitFor(slots: number, maxRecords: number): number {
  return Math.min(maxRecords, slots * (slots === LARGEST ? 0.75 : 0.5));
}

export class PairTable {
  words: Int32Array;
  /** The same memory as 64-bit numbers, for the times. */
  times: Float64Array;
  /** Slots minus one. */
  mask: number;
  count = 0;
  /** Records that may be held before {@link makeRoom} must be called. */
  limit: number;
  /** Random odd multipliers, so that no capture can be made to collide. */
  readonly seeds: readonly [number, number, number];
  readonly maxRecords: number;

  constructor(maxRecords: number) {
    this.maxRecords = maxRecords;
    this.words = new Int32Array(SMALLEST * RECORD);
    this.times = new Float64Array(this.words.buffer);
    this.mask = SMALLEST - 1;
    this.limit = limitFor(SMALLEST, maxRecords);
    this.seeds = [randomOdd(), randomOdd(), randomOdd()];
  }

  /** True while the table may still grow. */
  get canGrow(): boolean {
    return this.limit < this.maxRecords;
  }

  /** Makes the table larger. */
  grow(): void {
    const old = this.words;
    // Four times as large while it is small: fewer records are moved again and again.
    const slots = this.mask + 1;
    this.#allocate(slots * (slots * 4 <= LARGEST / 4 ? 4 : 2));
    this.#insertAll(old);
  }

  /** Keeps only records that pass; the others are forgotten. */
  retain(keep: (words: Int32Array, slot: number) => boolean): void {
    const words = this.words;
    let kept = 0;
    // Survivors move to the front of a copy sized for them, then back into place.
    for (let slot = 0; slot < words.length; slot += RECORD) {
      if (words[slot + KEY] !== 0 && !keep(words, slot)) words[slot + KEY] = 0;
      else if (words[slot + KEY] !== 0) kept++;
    }
    if (kept === this.count) return;
    const survivors = new Int32Array(kept * RECORD);
    let to = 0;
    for (let slot = 0; slot < words.length; slot += RECORD) {
      if (words[slot + KEY] === 0) continue;
      copyRecord(words, slot, survivors, to);
      to += RECORD;
    }
    words.fill(0);
    this.count = kept;
    this.#insertAll(survivors);
  }

  #allocate(slots: number): void {
    this.words = new Int32Array(slots * RECORD);
    this.times = new Float64Array(this.words.buffer);
    this.mask = slots - 1;
    this.limit = limitFor(slots, this.maxRecords);
  }

  #insertAll(from: Int32Array): void {
    const words = this.words;
    for (let slot = 0; slot < from.length; slot += RECORD) {
      const key = from[slot + KEY] ?? 0;
      if (key === 0) continue;
      let at = hashPair(from[slot] ?? 0, from[slot + 1] ?? 0, key, this.seeds) & this.mask;
      while (words[at * RECORD + KEY] !== 0) at = (at + 1) & this.mask;
      copyRecord(from, slot, words, at * RECORD);
    }
  }

  /** The slot of a record, or -1. */
  find(source: number, target: number, key: number): number {
    const words = this.words;
    let at = hashPair(source, target, key, this.seeds) & this.mask;
    for (;;) {
      const slot = at * RECORD;
      const found = words[slot + KEY];
      if (found === 0) return -1;
      if (found === key && words[slot] === source && words[slot + 1] === target) return slot;
      at = (at + 1) & this.mask;
    }
  }
}

function copyRecord(from: Int32Array, at: number, to: Int32Array, there: number): void {
  for (let i = 0; i < RECORD; i++) to[there + i] = from[at + i] ?? 0;
}

/** Must say the same as the copy written out inside absorb(). */
export function hashPair(
  source: number,
  target: number,
  key: number,
  seeds: readonly [number, number, number],
): number {
  let h = Math.imul(source, seeds[0]) ^ Math.imul(target, seeds[1]) ^ Math.imul(key, seeds[2]);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
