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

/** The slots of each value, in their former order. */
export function groupBy(slots: Int32Array, numberOf: NumberOf): Map<number, Int32Array> {
  const counts = new Map<number, number>();
  let previous = Number.NaN;
  let run = 0;
  // Neighbours are often of one value (one host, one port): a run of them costs one look-up.
  for (const slot of slots) {
    const value = numberOf(slot);
    if (value === previous) run++;
    else {
      if (run > 0) counts.set(previous, (counts.get(previous) ?? 0) + run);
      previous = value;
      run = 1;
    }
  }
  if (run > 0) counts.set(previous, (counts.get(previous) ?? 0) + run);
  const groups = new Map<number, Int32Array>();
  if (counts.size === 1) return groups.set(previous, slots);
  const filled = new Map<number, { slots: Int32Array; at: number }>();
  for (const [value, count] of counts) filled.set(value, { slots: new Int32Array(count), at: 0 });
  let group: { slots: Int32Array; at: number } | undefined;
  previous = Number.NaN;
  for (const slot of slots) {
    const value = numberOf(slot);
    if (value !== previous) {
      group = filled.get(value);
      previous = value;
    }
    if (group !== undefined) group.slots[group.at++] = slot;
  }
  for (const [value, { slots: some }] of filled) groups.set(value, some);
  return groups;
}

/** How many distinct values the slots have. */
export function distinct(slots: Int32Array, numberOf: NumberOf): number {
  return distinctValues(slots, numberOf).length;
}

/** The distinct values, ascending. */
export function distinctValues(slots: Int32Array, numberOf: NumberOf): Int32Array {
  const values = new Int32Array(slots.length);
  let ordered = true;
  for (let i = 0; i < slots.length; i++) {
    values[i] = numberOf(slots[i] ?? 0);
    if (i > 0 && (values[i] ?? 0) < (values[i - 1] ?? 0)) ordered = false;
  }
  if (!ordered) values.sort();
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (i > 0 && values[i] === values[i - 1]) continue;
    values[count++] = values[i] ?? 0;
  }
  return values.subarray(0, count);
}
