/** Grouping and counting of record slots by a number of each. */
import { KEY, PROBES, SOURCE, TARGET } from '../evidence/endpoints.ts';
import { indexFor, seek } from './hashed.ts';

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

/** The slots that pass, in their order: `filter` of typed arrays makes a list of objects first. */
export function only(slots: Int32Array, keep: (slot: number) => boolean): Int32Array {
  const kept = new Int32Array(slots.length);
  let count = 0;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] ?? 0;
    if (keep(slot)) kept[count++] = slot;
  }
  return kept.subarray(0, count);
}

/** Slots put together by value: group g is slots[starts[g] .. starts[g + 1]). */
export interface Gathered {
  slots: Int32Array;
  starts: Int32Array;
  count: number;
}

/** Values numbered in the order in which they are met: which each slot has, and how many slots have each. */
interface Numbered {
  groupOf: Int32Array;
  values: Int32Array;
  sizes: Int32Array;
}

function numbered(slots: Int32Array, numberOf: NumberOf): Numbered {
  const index = indexFor(slots.length);
  const groupOf = new Int32Array(slots.length);
  const values = new Int32Array(slots.length);
  const sizes = new Int32Array(slots.length);
  let groups = 0;
  let group = -1;
  let previous = 0;
  for (let i = 0; i < slots.length; i++) {
    const value = numberOf(slots[i] ?? 0);
    // Neighbours are often of one value: one host, one port.
    if (group < 0 || value !== previous) {
      const at = seek(index, values, 1, value);
      group = (index[at] ?? 0) - 1;
      if (group < 0) {
        group = groups;
        values[group] = value;
        index[at] = ++groups;
      }
      previous = value;
    }
    groupOf[i] = group;
    sizes[group] = (sizes[group] ?? 0) + 1;
  }
  return { groupOf, values: values.subarray(0, groups), sizes: sizes.subarray(0, groups) };
}

/** The slots of each value that at least `least` of them have, in their former order; no array is made for a group. */
export function gatherRanges(slots: Int32Array, numberOf: NumberOf, least: number): Gathered {
  if (slots.length < least) return { slots: new Int32Array(0), starts: new Int32Array(1), count: 0 };
  // From here on, `sizes` becomes where the next slot of the group goes.
  const { groupOf, sizes: places } = numbered(slots, numberOf);
  const starts = new Int32Array(places.length + 1);
  let count = 0;
  let start = 0;
  for (let g = 0; g < places.length; g++) {
    const size = places[g] ?? 0;
    places[g] = size < least ? -1 : start;
    if (size < least) continue;
    start += size;
    starts[++count] = start;
  }
  const ordered = new Int32Array(start);
  for (let i = 0; i < slots.length; i++) {
    const g = groupOf[i] ?? 0;
    const at = places[g] ?? -1;
    if (at < 0) continue;
    ordered[at] = slots[i] ?? 0;
    places[g] = at + 1;
  }
  return { slots: ordered, starts, count };
}

/** As {@link gatherRanges}, an array a group; all are views of one. */
export function gather(slots: Int32Array, numberOf: NumberOf, least: number): Int32Array[] {
  const found = gatherRanges(slots, numberOf, least);
  return Array.from({ length: found.count }, (_, g) => membersOf(found, g));
}

export function membersOf({ slots, starts }: Gathered, group: number): Int32Array {
  return slots.subarray(starts[group], starts[group + 1]);
}

/** The slots of each value, in their former order. */
export function groupBy(slots: Int32Array, numberOf: NumberOf): Map<number, Int32Array> {
  return new Map(gather(slots, numberOf, 1).map((some) => [numberOf(some[0] ?? 0), some]));
}

/** How many distinct values the slots have. */
export function distinct(slots: Int32Array, numberOf: NumberOf): number {
  return slots.length < MANY
    ? distinctValues(slots, numberOf).length
    : numbered(slots, numberOf).values.length;
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
  if (!ordered && within && values.length > MANY) return distinctPorts(values);
  if (!ordered) values.sort();
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (i > 0 && values[i] === values[i - 1]) continue;
    values[count++] = values[i] ?? 0;
  }
  return values.subarray(0, count);
}

/** From so many on, values are told apart faster by a mark for each than by sorting. */
const MANY = 2048;

function distinctPorts(ports: Int32Array): Int32Array {
  const seen = new Uint8Array(65_536);
  for (let i = 0; i < ports.length; i++) seen[ports[i] ?? 0] = 1;
  return markedIn(seen);
}

/** The places at which there is a 1, ascending. */
export function markedIn(seen: Uint8Array): Int32Array {
  let count = 0;
  for (let at = 0; at < seen.length; at++) count += seen[at] ?? 0;
  const places = new Int32Array(count);
  for (let at = 0, next = 0; next < count; at++) if (seen[at] === 1) places[next++] = at;
  return places;
}

/** The `most`-th largest of these numbers, or 0 where fewer are positive: what is below is not among the largest. */
export function thresholdOf(numbers: Float64Array, most: number): number {
  if (numbers.length < most) return 0;
  const largest = new Float64Array(most * 4);
  let held = 0;
  let least = 0;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] ?? 0;
    if (number <= least) continue;
    largest[held++] = number;
    if (held < largest.length) continue;
    largest.sort().copyWithin(0, held - most);
    held = most;
    least = largest[0] ?? 0;
  }
  return held < most ? least : (largest.subarray(0, held).sort().at(-most) ?? least);
}

/** The `most` targets that got most probes, largest first (then by address), each with its slots. */
export function mostProbed(
  words: Int32Array,
  slots: Int32Array,
  most: number,
): { target: number; probes: number; slots: Int32Array }[] {
  const targets = gatherRanges(slots, byTarget(words), 1);
  const { slots: ordered, starts, count } = targets;
  const probes = new Float64Array(count);
  // One loop, not one in another: groups of one record each would leave the inner loop's compiled code again and again.
  for (let i = 0, g = 0; i < ordered.length; i++) {
    if (i === starts[g + 1]) g++;
    probes[g] = (probes[g] ?? 0) + (words[(ordered[i] ?? 0) + PROBES] ?? 0);
  }
  // Those that are tied with the last one are kept for now.
  const least = thresholdOf(probes, most);
  const found: { target: number; probes: number; slots: Int32Array }[] = [];
  let tied = 0;
  for (let g = 0; g < count; g++) {
    const sum = probes[g] ?? 0;
    if (sum < least || (sum === least && ++tied > most)) continue;
    const some = membersOf(targets, g);
    found.push({ target: words[(some[0] ?? 0) + TARGET] ?? 0, probes: sum, slots: some });
  }
  return found.sort((a, b) => b.probes - a.probes || (a.target >>> 0) - (b.target >>> 0)).slice(0, most);
}
