/** Sorting and grouping of record slots without a map or an array for every group: tables hold up to 393,216 records. */
import { KEY, RECORD, SOURCE, TARGET } from '../evidence/pairs.ts';

/** Slots in groups: group g is slots[starts[g] .. starts[g + 1]). */
export interface Groups {
  slots: Int32Array;
  starts: Int32Array;
  count: number;
}

/** A sort key holds the 32-bit value and a 20-bit position, together 52 bits: exact in a 64-bit number. */
const POSITIONS = 2 ** 20;

/** Groups slots by a 32-bit value of each; groups come in the order of that value, members in their former order. */
export function groupBy(slots: Int32Array, numberOf: (slot: number) => number): Groups {
  const keys = new Float64Array(slots.length);
  for (let i = 0; i < slots.length; i++) keys[i] = (numberOf(slots[i] ?? 0) >>> 0) * POSITIONS + i;
  keys.sort();
  const ordered = new Int32Array(slots.length);
  const starts = new Int32Array(slots.length + 1);
  let count = 0;
  let previous = -1;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? 0;
    const value = Math.floor(key / POSITIONS);
    if (value !== previous) starts[count++] = i;
    previous = value;
    ordered[i] = slots[key - value * POSITIONS] ?? 0;
  }
  starts[count] = slots.length;
  return { slots: ordered, starts: starts.subarray(0, count + 1), count };
}

/** The members of one group. */
export function members(groups: Groups, group: number): Int32Array {
  return groups.slots.subarray(groups.starts[group], groups.starts[group + 1]);
}

/** Slots of all records in use. */
export function allSlots(words: Int32Array, count: number): Int32Array {
  const slots = new Int32Array(count);
  let at = 0;
  for (let slot = 0; slot < words.length; slot += RECORD) if (words[slot + KEY] !== 0) slots[at++] = slot;
  return slots;
}

export const bySource = (words: Int32Array) => (slot: number) => words[slot + SOURCE] ?? 0;
export const byTarget = (words: Int32Array) => (slot: number) => words[slot + TARGET] ?? 0;
export const byPort = (words: Int32Array) => (slot: number) => (words[slot + KEY] ?? 0) & 0xffff;

/** How many distinct values the slots have. */
export function distinct(slots: Int32Array, numberOf: (slot: number) => number): number {
  const values = new Int32Array(slots.length);
  for (let i = 0; i < slots.length; i++) values[i] = numberOf(slots[i] ?? 0);
  values.sort();
  let count = 0;
  for (let i = 0; i < values.length; i++) if (i === 0 || values[i] !== values[i - 1]) count++;
  return count;
}
