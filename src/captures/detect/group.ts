/** Grouping and counting of record slots by a number of each. */
import { KEY, SOURCE, TARGET } from '../evidence/endpoints.ts';

export type NumberOf = (slot: number) => number;

export const bySource =
  (words: Int32Array): NumberOf =>
  (slot) =>
    words[slot + SOURCE] ?? 0;
export const byTarget =
  (words: Int32Array): NumberOf =>
  (slot) =>
    words[slot + TARGET] ?? 0;
export const byPort =
  (words: Int32Array): NumberOf =>
  (slot) =>
    (words[slot + KEY] ?? 0) & 0xffff;

/** The slots of each value that at least `least` of them have, in their former order. Views of one array. */
export function gather(slots: Int32Array, numberOf: NumberOf, least: number): Int32Array[] {
  if (slots.length < least) return [];
  const mask = 2 ** Math.ceil(Math.log2(slots.length + 1) + 0.5) - 1;
  const index = new Int32Array(mask + 1);
  const groupOf = new Int32Array(slots.length);
  const values = new Int32Array(slots.length);
  const ends = new Int32Array(slots.length);
  let groups = 0;
  let group = -1;
  let previous = 0;
  for (let i = 0; i < slots.length; i++) {
    const value = numberOf(slots[i] ?? 0);
    // Neighbours are often of one value: one host, one port.
    if (group < 0 || value !== previous) {
      let at = Math.imul(value, 0x9e3779b1);
      at = (at ^ (at >>> 15)) & mask;
      for (;;) {
        group = (index[at] ?? 0) - 1;
        if (group < 0) {
          group = groups;
          values[group] = value;
          index[at] = ++groups;
          break;
        }
        if (values[group] === value) break;
        at = (at + 1) & mask;
      }
      previous = value;
    }
    groupOf[i] = group;
    ends[group] = (ends[group] ?? 0) + 1;
  }
  let start = 0;
  for (let g = 0; g < groups; g++) {
    const size = ends[g] ?? 0;
    // Where its next slot goes; behind the last one, once all are placed.
    ends[g] = size < least ? -1 : start;
    if (size >= least) start += size;
  }
  const ordered = new Int32Array(start);
  for (let i = 0; i < slots.length; i++) {
    const g = groupOf[i] ?? 0;
    const at = ends[g] ?? -1;
    if (at < 0) continue;
    ordered[at] = slots[i] ?? 0;
    ends[g] = at + 1;
  }
  const found: Int32Array[] = [];
  start = 0;
  for (let g = 0; g < groups; g++) {
    const end = ends[g] ?? -1;
    if (end < 0) continue;
    found.push(ordered.subarray(start, end));
    start = end;
  }
  return found;
}

/** The slots of each value, in their former order. */
export function groupBy(slots: Int32Array, numberOf: NumberOf): Map<number, Int32Array> {
  return new Map(gather(slots, numberOf, 1).map((some) => [numberOf(some[0] ?? 0), some]));
}

/** How many distinct values the slots have. */
export function distinct(slots: Int32Array, numberOf: NumberOf): number {
  return distinctValues(slots, numberOf).length;
}

/** The distinct values, ascending. */
export function distinctValues(slots: Int32Array, numberOf: NumberOf): Int32Array {
  const values = new Int32Array(slots.length);
  let ordered = true;
  let within = true;
  for (let i = 0; i < slots.length; i++) {
    const value = numberOf(slots[i] ?? 0);
    values[i] = value;
    if (value >>> 16 !== 0) within = false;
    if (i > 0 && value < (values[i - 1] ?? 0)) ordered = false;
  }
  if (!ordered && within && values.length > MANY_PORTS) return distinctPorts(values);
  if (!ordered) values.sort();
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (i > 0 && values[i] === values[i - 1]) continue;
    values[count++] = values[i] ?? 0;
  }
  return values.subarray(0, count);
}

/** From so many on, ports are told apart faster by a mark for each than by sorting. */
const MANY_PORTS = 2048;

function distinctPorts(ports: Int32Array): Int32Array {
  const seen = new Uint8Array(65_536);
  for (const port of ports) seen[port] = 1;
  let count = 0;
  for (let port = 0; port < seen.length; port++) if (seen[port] === 1) ports[count++] = port;
  return ports.subarray(0, count);
}
