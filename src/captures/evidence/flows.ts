/**
 * The flow table: one entry for each TCP, UDP or SCTP four-tuple, so that a packet is an answer only to what was sent from
 * the very port it goes to. Entries are kept in two generations: when the younger is full the older is forgotten, and
 * flows that are still alive move over with their next packet. Memory is bounded whatever a capture holds.
 */
import { BATCH_PACKETS } from '../container/batch.ts';
import {
  A_ACK,
  A_DATA,
  ANSWERS,
  C_ACK,
  C_DATA,
  type EndpointTable,
  KEY,
  OTHERS,
  PROBES,
  RECORD,
  randomOdd,
  STATE,
} from './endpoints.ts';
import { isTcpKind } from './kinds.ts';

/** Words in an entry, and which is which. X is the end with the higher port (of equal ports, the higher address). */
export const FLOW = 8;
export const X = 0;
export const Y = 1;
/** Port of X << 16 | port of Y. */
export const FLOW_PORTS = 2;
/** Protocol, family, and the bits below. */
export const META = 3;
/** Number of the endpoint record that was probed last, plus one; minus one minus its place in a cell; 0: none yet. */
export const ENDPOINT = 4;
/** Packets counted here until they are added to the record. */
export const X_PACKETS = 5;
export const Y_PACKETS = 6;
/** Of a flow with an endpoint: what the last probe looked like. Of one without: answers that came before the probe. */
export const NOTE = 7;

export const FLOW_IPV6 = 1 << 8;
export const FLOW_TAKEN = 1 << 9;
/** What makes up the key in META. */
export const FLOW_KEY = 0x3ff;
/** The last probe came from Y. */
export const Y_BEGAN = 1 << 10;
/** Nothing new is to be learned from an ACK, or from data, of this end: such packets are only counted. */
export const X_ACK = 1 << 11;
export const X_DATA = 1 << 12;
export const Y_ACK = 1 << 13;
export const Y_DATA = 1 << 14;
/** Refused or reset: what comes next is another attempt. */
export const ENDED = 1 << 15;
/** Its last probe was a SYN, and it goes on as connections do: what the ends send is noted here, and settled later. */
export const PLAIN = 1 << 16;
export const ALL_KNOWN = X_ACK | X_DATA | Y_ACK | Y_DATA;

/** Places of one generation, half of which are filled: at first, and when that is not enough (4 MiB). */
const SMALL = 1 << 14;
const LARGE = 1 << 17;

export class FlowTable {
  words = new Int32Array(SMALL * FLOW);
  /** Slots minus one. */
  mask = SMALL - 1;
  readonly seeds = [randomOdd(), randomOdd(), randomOdd()] as const;
  /** Of the batch at hand: where each packet's flow is looked for. */
  readonly hashes = new Int32Array(BATCH_PACKETS);
  /** Something of what was found there, so that looking is not left out as useless. */
  seen = 0;
  /** Flows were forgotten: a packet in mid-stream may be of one that is known no more. */
  forgetful = false;
  #count = 0;
  /** Where the flow that was looked for last would go. */
  #gap = 0;
  #old = new Int32Array(0);
  readonly #endpoints: EndpointTable;

  constructor(endpoints: EndpointTable) {
    this.#endpoints = endpoints;
  }

  /** Makes sure that one more entry fits; true when entries moved for it. To be called before {@link find}. */
  makeRoom(): boolean {
    const slots = this.mask + 1;
    if (this.#count * 2 < slots) return false;
    if (slots < LARGE) this.#grow();
    else this.#rotate();
    return true;
  }

  /**
   * The offset of the entry of this key, or -1. What begins anew is not looked for among the older ones; `gap`: where it
   * would go, when it is known not to be among the younger ones, or -1.
   */
  find(x: number, y: number, ports: number, key: number, begins: boolean, gap: number): number {
    const at = gap >= 0 ? gap : seek(this.words, this.mask, this.seeds, x, y, ports, key);
    if (this.words[at + META] !== 0) return at;
    this.#gap = at;
    if (begins || this.#old.length === 0) return -1;
    const old = seek(this.#old, this.#old.length / FLOW - 1, this.seeds, x, y, ports, key);
    if (this.#old[old + META] === 0) return -1;
    for (let i = 0; i < FLOW; i++) this.words[at + i] = this.#old[old + i] ?? 0;
    // What moved must not be counted a second time when the old generation goes.
    this.#old[old + ENDPOINT] = 0;
    this.#count++;
    return at;
  }

  /** A new entry, of the key that {@link find} has just not found. */
  add(x: number, y: number, ports: number, key: number): number {
    const { words } = this;
    const at = this.#gap;
    words[at + X] = x;
    words[at + Y] = y;
    words[at + FLOW_PORTS] = ports;
    words[at + META] = key;
    this.#count++;
    return at;
  }

  /** Adds all packets that were counted here to their records. */
  settle(): void {
    for (const words of [this.words, this.#old]) this.#settle(words);
  }

  /** Forgets every flow; what it counted goes to the records. */
  forget(): void {
    this.settle();
    this.words.fill(0);
    this.#old = new Int32Array(0);
    this.#count = 0;
    this.forgetful = true;
  }

  /** Follows records that moved; `moved` as {@link EndpointTable.retain} gives it. */
  follow(moved: Int32Array): void {
    for (const words of [this.words, this.#old]) {
      for (let at = 0; at < words.length; at += FLOW) {
        const number = words[at + ENDPOINT] ?? 0;
        if (number <= 0) continue;
        const to = moved[number - 1] ?? 0;
        words[at + ENDPOINT] = to;
        if (to === 0) words[at + NOTE] = 0;
      }
    }
  }

  /** Adds what the entry at this place counted to its record. */
  settleOne(at: number): void {
    this.#settleAt(this.words, at);
  }

  #settle(words: Int32Array): void {
    for (let at = 0; at < words.length; at += FLOW) this.#settleAt(words, at);
  }

  #settleAt(words: Int32Array, at: number): void {
    const records = this.#endpoints.words;
    const number = words[at + ENDPOINT] ?? 0;
    const meta = words[at + META] ?? 0;
    const sentByX = words[at + X_PACKETS] ?? 0;
    const sentByY = words[at + Y_PACKETS] ?? 0;
    // Where there is no record, these words hold times.
    if (number <= 0) return;
    if ((sentByX | sentByY) !== 0) {
      const slot = (number - 1) * RECORD;
      const byY = (meta & Y_BEGAN) !== 0;
      const kind = ((records[slot + KEY] ?? 0) >>> 16) & 0xff;
      const counter = slot + (isTcpKind(kind) ? OTHERS : PROBES);
      records[counter] = (records[counter] ?? 0) + (byY ? sentByY : sentByX);
      records[slot + ANSWERS] = (records[slot + ANSWERS] ?? 0) + (byY ? sentByX : sentByY);
      if ((meta & PLAIN) !== 0) records[slot + STATE] = (records[slot + STATE] ?? 0) | learned(meta, byY);
    }
    words[at + X_PACKETS] = 0;
    words[at + Y_PACKETS] = 0;
  }

  #grow(): void {
    const from = this.words;
    this.words = new Int32Array(LARGE * FLOW);
    this.mask = LARGE - 1;
    for (let old = 0; old < from.length; old += FLOW) {
      const meta = from[old + META] ?? 0;
      if (meta === 0) continue;
      const x = from[old + X] ?? 0;
      const y = from[old + Y] ?? 0;
      const at = seek(this.words, this.mask, this.seeds, x, y, from[old + FLOW_PORTS] ?? 0, meta & FLOW_KEY);
      for (let i = 0; i < FLOW; i++) this.words[at + i] = from[old + i] ?? 0;
    }
  }

  #rotate(): void {
    this.#settle(this.#old);
    const oldest =
      this.#old.length === this.words.length ? this.#old.fill(0) : new Int32Array(this.words.length);
    this.#old = this.words;
    this.words = oldest;
    this.#count = 0;
    this.forgetful = true;
  }
}

/** What the ends of a connection did, in bits of STATE. */
function learned(meta: number, byY: boolean): number {
  const mine = byY ? Y_ACK : X_ACK;
  const other = byY ? X_ACK : Y_ACK;
  // DATA is the bit above ACK.
  return (
    ((meta & mine) !== 0 ? C_ACK : 0) |
    ((meta & (mine << 1)) !== 0 ? C_DATA : 0) |
    ((meta & other) !== 0 ? A_ACK : 0) |
    ((meta & (other << 1)) !== 0 ? A_DATA : 0)
  );
}

/** The entry of a key, or the empty one where it would go. Must say the same as the copy written out in absorb(). */
function seek(
  words: Int32Array,
  mask: number,
  seeds: FlowTable['seeds'],
  x: number,
  y: number,
  ports: number,
  key: number,
): number {
  let h = Math.imul(x, seeds[0]) ^ Math.imul(y, seeds[1]) ^ Math.imul(ports ^ key, seeds[2]);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  for (let slot = (h ^ (h >>> 13)) & mask; ; slot = (slot + 1) & mask) {
    const at = slot * FLOW;
    const meta = words[at + META] ?? 0;
    if (meta === 0) return at;
    if ((meta & FLOW_KEY) === key && words[at] === x && words[at + 1] === y && words[at + 2] === ports)
      return at;
  }
}
