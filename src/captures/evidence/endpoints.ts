/**
 * The endpoint table: one record for each (source, target, port) that was probed in one way. A port probed by SYN and by
 * FIN has two records, so that counts and answers are those of the technique. Records lie one behind the other, 64 bytes
 * each, found by an index of their numbers; a record is named by the offset of its first word, its slot.
 */
import { ODD_FLAGS, TCP_BY_FLAGS } from './kinds.ts';

/** Words in a record, and which is which. */
export const RECORD = 16;
export const SOURCE = 0;
export const TARGET = 1;
/** Port, kind of probe << 16 (kinds.ts), address family, and a bit that is always set. */
export const KEY = 2;
/** What was seen, as bits below, and in the upper bits how many attempts (flows) and later visits there were. */
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
/** What has no window has the pause before its second question there, in units of so many microseconds. */
export const PAUSE_UNIT = 16_000;
/** Of the first probe: window << 16 | IP id; sequence number; source port << 16 | TTL << 8 | marks of its shape. */
export const WINDOW_ID = 13;
export const SEQUENCE = 14;
export const SHAPE = 15;

export const KEY_IPV6 = 1 << 24;
export const KEY_TAKEN = 1 << 25;

/** STATE, what the target did: SYN-ACK (or the answer of that protocol), RST, an ACK, data. */
export const A_OPEN = 1;
export const A_RST = 1 << 1;
export const A_ACK = 1 << 2;
export const A_DATA = 1 << 3;
/** ICMP about it: port unreachable, other unreachable, protocol unreachable, time exceeded. */
export const A_PORT = 1 << 4;
export const A_FILTERED = 1 << 5;
export const A_PROTOCOL = 1 << 6;
export const A_TTL = 1 << 7;
/** What the source did next: acknowledged, sent data, reset, reset a handshake it never completed. */
export const C_ACK = 1 << 8;
export const C_DATA = 1 << 9;
export const C_RST = 1 << 10;
export const C_HALF = 1 << 11;
/** Probes came in tiny fragments. */
export const TINY = 1 << 12;
/** The first packet came from a well-known port to a higher one, as the answer to a question not captured. */
export const FROM_SERVICE = 1 << 13;
/** A Wake-on-LAN datagram. */
export const WAKES = 1 << 14;
/** A DNS answer had given this address for a name before it was probed. */
export const NAMED = 1 << 15;
/** The first packet was the answer to a DNS question. */
export const DNS_ANSWER = 1 << 16;
/** Counts flows that probed, and those of them that came after a pause, each up to {@link MOST}. */
export const ATTEMPT = 1 << 20;
export const VISIT = 1 << 26;
export const MOST = 63;

/** SHAPE marks: the TCP options are those of an ordinary stack; MSS alone; none; don't-fragment; shape unknown. */
export const SHAPE_OS = 1;
export const SHAPE_MSS = 2;
export const SHAPE_BARE = 4;
export const SHAPE_DF = 8;
export const SHAPE_UNKNOWN = 16;
/** No payload (ICMP, UDP). */
export const SHAPE_EMPTY = 32;

/** Records there is room for at first, and how many times as many next: copying and entering all anew costs more. */
const FIRST_ROOM = 1 << 14;
const GROWTH = 8;
/** Of an entry of the index, the bits of the record's number; the others are of its hash, and tell it from most others. */
const NUMBER = (1 << 20) - 1;

/** Unknown to whoever made the capture, which is all that is asked of it; node:crypto would cost its start-up. */
export function randomOdd(): number {
  return Math.floor(Math.random() * 2 ** 31) | 1;
}

export class EndpointTable {
  words: Int32Array;
  /** The same memory as 64-bit numbers, for the times. */
  times: Float64Array;
  count = 0;
  /** Records that may be held before room must be made. */
  readonly limit: number;
  /** Random odd multipliers, so that no capture can be made to collide. */
  readonly #seeds = [randomOdd(), randomOdd(), randomOdd()] as const;
  /** Record numbers plus one, by hash, with the upper bits of the hash. */
  #index: Int32Array;

  /** @param limit most records to hold, below 2^20. */
  constructor(limit: number) {
    this.limit = limit;
    const room = Math.min(limit, FIRST_ROOM);
    this.words = new Int32Array(room * RECORD);
    this.times = new Float64Array(this.words.buffer);
    this.#index = new Int32Array(indexFor(room));
  }

  get full(): boolean {
    return this.count >= this.limit;
  }

  /** The slot of a record, or -1. */
  find(source: number, target: number, key: number): number {
    const { words } = this;
    const index = this.#index;
    const mask = index.length - 1;
    const hash = this.#hash(source, target, key);
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = index[at] ?? 0;
      if (entry === 0) return -1;
      if (((entry ^ hash) & ~NUMBER) !== 0) continue;
      const slot = ((entry & NUMBER) - 1) * RECORD;
      if (words[slot + KEY] === key && words[slot] === source && words[slot + 1] === target) return slot;
    }
  }

  /** A new record, all zero but for its key. Must not be there already, and the table must not be full. */
  add(source: number, target: number, key: number): number {
    const slot = this.count * RECORD;
    if (slot === this.words.length) this.#grow();
    const { words } = this;
    words[slot] = source;
    words[slot + TARGET] = target;
    words[slot + KEY] = key;
    this.count++;
    this.#enter(source, target, key, this.count);
    return slot;
  }

  /**
   * Keeps only records that pass, in their order; gives for each former record number its new one plus one, 0 where it
   * is gone.
   */
  retain(keep: (slot: number) => boolean): Int32Array {
    const { words, count } = this;
    const moved = new Int32Array(count);
    let kept = 0;
    for (let number = 0; number < count; number++) {
      const slot = number * RECORD;
      if (!keep(slot)) continue;
      if (kept !== number) words.copyWithin(kept * RECORD, slot, slot + RECORD);
      moved[number] = ++kept;
    }
    // What is behind the last record is zero, always.
    words.fill(0, kept * RECORD, count * RECORD);
    this.count = kept;
    this.#reindex();
    return moved;
  }

  #grow(): void {
    const { words } = this;
    const room = Math.min(this.limit, this.count * GROWTH);
    this.words = new Int32Array(room * RECORD);
    this.words.set(words);
    this.times = new Float64Array(this.words.buffer);
    this.#index = new Int32Array(indexFor(room));
    this.#reindex();
  }

  #reindex(): void {
    const { words } = this;
    this.#index.fill(0);
    for (let number = 0; number < this.count; number++) {
      const slot = number * RECORD;
      this.#enter(words[slot] ?? 0, words[slot + 1] ?? 0, words[slot + KEY] ?? 0, number + 1);
    }
  }

  #enter(source: number, target: number, key: number, number: number): void {
    const index = this.#index;
    const mask = index.length - 1;
    const hash = this.#hash(source, target, key);
    let at = hash & mask;
    while (index[at] !== 0) at = (at + 1) & mask;
    index[at] = (hash & ~NUMBER) | number;
  }

  #hash(source: number, target: number, key: number): number {
    const [a, b, c] = this.#seeds;
    let h = Math.imul(source, a) ^ Math.imul(target, b) ^ Math.imul(key, c);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    return h ^ (h >>> 13);
  }
}

/** Entries of an index that is at most half full. */
function indexFor(records: number): number {
  return 2 ** Math.ceil(Math.log2(records) + 1);
}

/** Flows that probed this endpoint, up to {@link MOST}. */
export function attemptsOf(words: Int32Array, slot: number): number {
  return ((words[slot + STATE] ?? 0) >>> 20) & MOST;
}

/** How often the source came back to this endpoint after a pause of seconds, up to {@link MOST}. */
export function revisitsOf(words: Int32Array, slot: number): number {
  return (words[slot + STATE] ?? 0) >>> 26;
}

/** Microseconds between the first and the second question of a record without a window, to {@link PAUSE_UNIT}. */
export function pauseOf(words: Int32Array, slot: number): number {
  return ((words[slot + WINDOW_ID] ?? 0) >>> 16) * PAUSE_UNIT;
}

/** The kind of probe (kinds.ts) of a record. */
export function kindOf(words: Int32Array, slot: number): number {
  return ((words[slot + KEY] ?? 0) >>> 16) & 0xff;
}

/** The TCP flags of the probes of a record that is kept by its flags; -1 for any other. */
export function flagsOfKind(kind: number): number {
  return (kind & ~ODD_FLAGS) === TCP_BY_FLAGS ? kind & ODD_FLAGS : -1;
}
