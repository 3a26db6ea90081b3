/**
 * Large scans in little room: once a source has probed thousands of ports of one host, or one port of thousands of hosts
 * of one network, further endpoints are kept as two bytes each in a cell instead of a record. Nothing of what is counted
 * is lost: not how many were probed, which, nor what they answered.
 */
import type { EndpointTable } from './endpoints.ts';
import * as E from './endpoints.ts';

/** Ports of a host, or hosts of a /16. */
const PLACES = 65_536;
/** 128 KiB each: together no more than the records would take. */
const MAX_CELLS = 256;
/** Records of each such scan that stay as they are, as a sample for its shape and its tool. */
const SAMPLE = 2048;
/** ... and how many more make a cell worth it. */
const WORTH = 2048;
/** A time is noted for each so many new endpoints, for rates. */
export const TICK = 32;
const MAX_TICKS = 4096;
const INDEX = 1024;

/** In a state: this place was probed; it went back to a record of its own. */
const PROBED = 1 << 15;
const MOVED = 0xffff;
/** What may be kept in a cell: refused in one way or another, or silent. */
export const SIMPLE = E.A_RST | E.A_PORT | E.A_FILTERED | E.A_PROTOCOL;

export interface Cell {
  source: number;
  ipv6: boolean;
  kind: number;
  /** Vertical: the host. Horizontal: the upper half of the addresses. */
  target: number;
  /** Horizontal: the port. */
  port: number | undefined;
  /** Lower half of STATE, and {@link PROBED}, for each port or for each lower half of an address. */
  states: Uint16Array;
  endpoints: number;
  probes: number;
  /** Microseconds since the epoch. */
  first: number;
  last: number;
  ticks: number[];
}

export class Cells {
  readonly list: Cell[] = [];
  /** Cell numbers plus one, by hash. */
  readonly #index = new Int16Array(INDEX);

  get any(): boolean {
    return this.list.length > 0;
  }

  /** The place of this endpoint, as a number below 2^24; -1 when it belongs in no cell. */
  find(source: number, target: number, port: number, kind: number, ipv6: boolean): number {
    const vertical = this.#seek(source, target, undefined, kind, ipv6);
    if (vertical >= 0) return this.#placed(vertical, port);
    if (ipv6) return -1;
    const horizontal = this.#seek(source, target & ~0xffff, port, kind, false);
    return horizontal >= 0 ? this.#placed(horizontal, target & 0xffff) : -1;
  }

  /** A probe of a place at this time. */
  probe(place: number, state: number, time: number): void {
    const cell = this.#cell(place);
    const at = place & 0xffff;
    cell.probes++;
    cell.last = time;
    const before = cell.states[at] ?? 0;
    cell.states[at] = before | PROBED | (state & SIMPLE);
    if (before !== 0) return;
    if (cell.endpoints++ % TICK === 0 && cell.ticks.length < MAX_TICKS) cell.ticks.push(time);
  }

  lastTime(place: number): number {
    return this.#cell(place).last;
  }

  kindOf(place: number): Pick<Cell, 'kind' | 'ipv6'> {
    return this.#cell(place);
  }

  answer(place: number, learned: number): void {
    const { states } = this.#cell(place);
    states[place & 0xffff] = (states[place & 0xffff] ?? 0) | learned;
  }

  /** Takes a place out, with what was learned there; it has a record of its own from now on. */
  takeOut(place: number): number {
    const cell = this.#cell(place);
    const at = place & 0xffff;
    const state = cell.states[at] ?? 0;
    cell.states[at] = MOVED;
    cell.endpoints--;
    cell.probes--;
    return state & SIMPLE;
  }

  /** IPv6 addresses are numbered anew. */
  forgetIpv6(): void {
    for (let i = this.list.length - 1; i >= 0; i--) if (this.list[i]?.ipv6) this.list.splice(i, 1);
    this.#index.fill(0);
    this.list.forEach((cell, i) => {
      this.#enter(cell, i);
    });
  }

  /**
   * Moves records of large scans into cells. Gives for each record number the place it went to, as minus one minus the
   * place, or 0 where it stays; undefined when nothing moved.
   */
  fold(table: EndpointTable): Int32Array | undefined {
    const { words, count } = table;
    const places = new Int32Array(count);
    let moved = 0;
    const large = countBy(words, count, pairBucket);
    const wide = countBy(words, count, portBucket);
    if (!large.any && !wide.any) return undefined;
    const seen = new Orders();
    for (let number = 0; number < count && large.any; number++) {
      const slot = number * E.RECORD;
      if ((large.counts[pairBucket(words, slot)] ?? 0) < SAMPLE + WORTH) continue;
      const key = words[slot + E.KEY] ?? 0;
      const order = seen.next(words[slot] ?? 0, words[slot + E.TARGET] ?? 0, key & ~0xffff);
      if (order > SAMPLE) moved += this.#move(table, slot, undefined, places);
    }
    const ofPorts = new Orders();
    for (let number = 0; number < count && wide.any; number++) {
      const slot = number * E.RECORD;
      if ((wide.counts[portBucket(words, slot)] ?? 0) < SAMPLE + WORTH || places[number] !== 0) continue;
      const key = words[slot + E.KEY] ?? 0;
      if ((key & E.KEY_IPV6) !== 0) continue;
      const order = ofPorts.next(words[slot] ?? 0, (words[slot + E.TARGET] ?? 0) >>> 16, key);
      if (order > SAMPLE) moved += this.#move(table, slot, key & 0xffff, places);
    }
    if (moved === 0) return undefined;
    // What stays has its record already, and must not be counted in a cell as well.
    for (let number = 0; number < count; number++) {
      if (places[number] !== 0) continue;
      const slot = number * E.RECORD;
      const key = words[slot + E.KEY] ?? 0;
      const place = this.find(
        words[slot] ?? 0,
        words[slot + E.TARGET] ?? 0,
        key & 0xffff,
        (key >>> 16) & 0xff,
        (key & E.KEY_IPV6) !== 0,
      );
      if (place >= 0) this.#cell(place).states[place & 0xffff] = MOVED;
    }
    return places;
  }

  #move(table: EndpointTable, slot: number, port: number | undefined, places: Int32Array): number {
    const { words, times } = table;
    const state = words[slot + E.STATE] ?? 0;
    const isSimple = (state & 0xffff & ~SIMPLE) === 0 && (words[slot + E.OTHERS] ?? 0) === 0;
    if (!isSimple) return 0;
    const key = words[slot + E.KEY] ?? 0;
    const ipv6 = (key & E.KEY_IPV6) !== 0;
    const source = words[slot] ?? 0;
    const target = words[slot + E.TARGET] ?? 0;
    const at = port === undefined ? target : target & ~0xffff;
    const number = this.#make(source, at, port, (key >>> 16) & 0xff, ipv6);
    const cell = this.list[number];
    if (cell === undefined) return 0;
    const place = this.#placed(number, port === undefined ? key & 0xffff : target & 0xffff);
    if (place < 0) return 0;
    const probes = words[slot + E.PROBES] ?? 0;
    this.probe(place, state, times[(slot + E.FIRST_TIME) >> 1] ?? Number.NaN);
    cell.probes += probes - 1;
    cell.last = Math.max(cell.last, times[(slot + E.LAST_TIME) >> 1] ?? Number.NaN);
    places[slot / E.RECORD] = -1 - place;
    return 1;
  }

  #make(source: number, target: number, port: number | undefined, kind: number, ipv6: boolean): number {
    const there = this.#seek(source, target, port, kind, ipv6);
    if (there >= 0 || this.list.length >= MAX_CELLS) return there;
    const cell: Cell = {
      source,
      ipv6,
      kind,
      target,
      port,
      states: new Uint16Array(PLACES),
      endpoints: 0,
      probes: 0,
      first: Number.NaN,
      last: Number.NEGATIVE_INFINITY,
      ticks: [],
    };
    this.list.push(cell);
    this.#enter(cell, this.list.length - 1);
    return this.list.length - 1;
  }

  #placed(cell: number, at: number): number {
    return this.list[cell]?.states[at] === MOVED ? -1 : cell * PLACES + at;
  }

  #cell(place: number): Cell {
    const cell = this.list[place >>> 16];
    if (cell === undefined) throw new Error('no such cell');
    return cell;
  }

  #seek(source: number, target: number, port: number | undefined, kind: number, ipv6: boolean): number {
    for (let at = hashOf(source, target, port, kind); ; at = (at + 1) & (INDEX - 1)) {
      const number = (this.#index[at] ?? 0) - 1;
      if (number < 0) return -1;
      const cell = this.list[number];
      if (cell?.source !== source || cell.target !== target || cell.port !== port) continue;
      if (cell.kind === kind && cell.ipv6 === ipv6) return number;
    }
  }

  #enter({ source, target, port, kind }: Cell, number: number): void {
    let at = hashOf(source, target, port, kind);
    while (this.#index[at] !== 0) at = (at + 1) & (INDEX - 1);
    this.#index[at] = number + 1;
  }
}

/** True for a place that was probed and has no record of its own. */
export function isProbed(state: number): boolean {
  return state !== 0 && state !== MOVED;
}

function hashOf(source: number, target: number, port: number | undefined, kind: number): number {
  const h = Math.imul(source ^ (port ?? -1), 0x9e3779b1) ^ Math.imul(target ^ (kind << 8), 0x85ebca6b);
  return (h ^ (h >>> 15)) & (INDEX - 1);
}

function pairBucket(words: Int32Array, slot: number): number {
  const pair = Math.imul(words[slot] ?? 0, 0x9e3779b1) ^ Math.imul(words[slot + E.TARGET] ?? 0, 0x85ebca6b);
  return bucketOf(pair ^ Math.imul((words[slot + E.KEY] ?? 0) >>> 16, 0xc2b2ae35));
}

function portBucket(words: Int32Array, slot: number): number {
  const pair =
    Math.imul(words[slot] ?? 0, 0x9e3779b1) ^ Math.imul((words[slot + E.TARGET] ?? 0) >>> 16, 0x85ebca6b);
  return bucketOf(pair ^ Math.imul(words[slot + E.KEY] ?? 0, 0xc2b2ae35));
}

function bucketOf(hash: number): number {
  return (hash ^ (hash >>> 16)) & (BUCKETS - 1);
}

/** Counts the records of each scan, in the order in which they are met. */
class Orders {
  readonly #counts = new Map<number, Map<number, { order: number }>>();
  /** Of the record before: the next is often of the same scan. */
  #source = 0;
  #target = 0;
  #key = -1;
  #latest = { order: 0 };

  /** The order of the next record of this source, target and (26 bits of) key, from 1 on. */
  next(source: number, target: number, key: number): number {
    if (key !== this.#key || source !== this.#source || target !== this.#target) {
      this.#latest = this.#countOf(source, target, key);
      this.#source = source;
      this.#target = target;
      this.#key = key;
    }
    return ++this.#latest.order;
  }

  #countOf(source: number, target: number, key: number): { order: number } {
    // 90 bits in two numbers, each of which a floating-point number holds exactly: 52 and 38.
    const outer = (key & 0x3ffffff) * 0x4000000 + (target >>> 6);
    const inner = (source >>> 0) * 64 + (target & 63);
    const counts = this.#counts.get(outer) ?? new Map<number, { order: number }>();
    const count = counts.get(inner) ?? { order: 0 };
    if (count.order === 0) this.#counts.set(outer, counts.set(inner, count));
    return count;
  }
}

const BUCKETS = 1 << 16;

/** How many records fall into each bucket, at least as many as are alike, and whether any holds enough for a cell. */
function countBy(words: Int32Array, count: number, bucket: (words: Int32Array, slot: number) => number) {
  const counts = new Int32Array(BUCKETS);
  let most = 0;
  for (let slot = 0; slot < count * E.RECORD; slot += E.RECORD) {
    const at = bucket(words, slot);
    const number = (counts[at] ?? 0) + 1;
    counts[at] = number;
    if (number > most) most = number;
  }
  return { counts, any: most >= SAMPLE + WORTH };
}
