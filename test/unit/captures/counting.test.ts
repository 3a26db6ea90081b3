/** Counting of many records, against plain lists, maps and sorting that say the same slowly. */
import { describe, expect, it } from 'vitest';
import { ByKind } from '../../../src/captures/detect/by-kind.ts';
import {
  byTarget,
  distinct,
  distinctValues,
  gather,
  mostProbed,
  only,
  thresholdOf,
} from '../../../src/captures/detect/group.ts';
import { Tallies } from '../../../src/captures/detect/tallies.ts';
import { KEY, kindOf, PROBES, RECORD, TARGET } from '../../../src/captures/evidence/endpoints.ts';

/** The same numbers each run. */
function numbers(count: number, below: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  });
}

/** Records of targets, one beside the other or anywhere, of kinds and of probes. */
function table(count: number, targets: number, apart: number) {
  const words = new Int32Array(count * RECORD);
  const slots = Int32Array.from({ length: count }, (_, i) => i * RECORD);
  const target = numbers(count, targets, 1);
  const kind = numbers(count, 9, 2);
  const probes = numbers(count, 4, 3);
  slots.forEach((slot, i) => {
    words[slot + TARGET] = Math.imul(target[i] ?? 0, apart);
    words[slot + KEY] = ((kind[i] ?? 0) * 31) << 16;
    words[slot + PROBES] = 1 + (probes[i] ?? 0);
  });
  return { words, slots };
}

describe.each([
  ['few records', 50, 7, 1],
  ['many of few values', 5000, 40, 1],
  ['nearly all different', 5000, 100_000, 0x9e37_79b1],
])('%s', (_, count, targets, apart) => {
  const { words, slots } = table(count, targets, apart);
  const targetOf = byTarget(words);
  const all = [...slots];

  it('tells values apart', () => {
    const values = new Set(all.map(targetOf));
    expect(distinct(slots, targetOf)).toBe(values.size);
    expect([...distinctValues(slots, targetOf)]).toEqual([...values].sort((a, b) => a - b));
  });

  it('puts the slots of a value together, in their order', () => {
    const groups = new Map<number, number[]>();
    for (const slot of all) groups.set(targetOf(slot), [...(groups.get(targetOf(slot)) ?? []), slot]);
    const expected = [...groups.values()].filter((some) => some.length >= 3);
    expect(gather(slots, targetOf, 3).map((some) => [...some])).toEqual(expected);
  });

  it('counts what failed and what worked for each value', () => {
    const tallies = new Tallies(count);
    const results = numbers(count, 3, 4).map((number) => number - 1);
    results.forEach((result, i) => {
      tallies.note(targetOf(slots[i] ?? 0), result);
    });
    const expected = new Map<number, { fails: number; works: number; all: number }>();
    results.forEach((result, i) => {
      const value = targetOf(slots[i] ?? 0);
      const tally = expected.get(value) ?? { fails: 0, works: 0, all: 0 };
      expected.set(value, tally);
      tally.all++;
      if (result > 0) tally.fails++;
      if (result < 0) tally.works++;
    });
    const found = Array.from({ length: tallies.size }, (_, i) => [
      tallies.value(i),
      { fails: tallies.fails(i), works: tallies.works(i), all: tallies.all(i) },
    ]);
    expect(found).toEqual([...expected]);
    expect([...expected.keys()].every((value, i) => tallies.find(value) === i)).toBe(true);
    expect(tallies.find(0x1234_5679)).toBe(-1);
  });

  it('keeps the records of each kind apart, in their order', () => {
    const records = new ByKind(words, slots);
    for (let kind = 0; kind < 256; kind++)
      expect([...records.of(kind)]).toEqual(all.filter((slot) => kindOf(words, slot) === kind));
    expect(records.kinds).toEqual([...new Set(all.map((slot) => kindOf(words, slot)))].sort((a, b) => a - b));
  });

  it('finds the targets that got most probes', () => {
    const sums = new Map<number, number>();
    for (const slot of all)
      sums.set(targetOf(slot), (sums.get(targetOf(slot)) ?? 0) + (words[slot + PROBES] ?? 0));
    const most = mostProbed(words, slots, 10);
    const largest = [...sums.values()].sort((a, b) => b - a).slice(0, 10);
    expect(most.map(({ probes }) => probes)).toEqual(largest);
    for (const { target, probes } of most) expect(sums.get(target)).toBe(probes);
  });

  it('keeps what passes', () => {
    const passes = (slot: number) => kindOf(words, slot) > 100;
    expect([...only(slots, passes)]).toEqual(all.filter(passes));
  });
});

describe('the threshold of the largest numbers', () => {
  it.each([
    ['rising', Array.from({ length: 1000 }, (_, i) => i)],
    ['falling', Array.from({ length: 1000 }, (_, i) => 1000 - i)],
    ['all alike', new Array<number>(1000).fill(7)],
    ['mixed', numbers(1000, 50, 5)],
    ['as many as asked for', numbers(16, 50, 6)],
  ])('%s', (_, list) => {
    const expected = list.toSorted((a, b) => b - a)[15];
    expect(thresholdOf(Float64Array.from(list), 16)).toBe(expected);
  });

  it('is 0 where fewer are positive', () => {
    expect(thresholdOf(Float64Array.from([3, 0, 2, 0]), 3)).toBe(0);
    expect(thresholdOf(Float64Array.from([3]), 3)).toBe(0);
  });
});

/** Values whose hash by this multiplier is nearly the same: the steps of the hash undone, last first. */
function colliding(count: number, multiplier: number): number[] {
  const undone = (hash: number, shift: number) => {
    let value = hash;
    for (let bits = shift; bits < 32; bits += shift) value = hash ^ (value >>> shift);
    return value;
  };
  return Array.from({ length: count }, (_, i) => {
    const hash = ((i & 0x7ff) << 21) | (i >>> 11);
    const product = undone(Math.imul(undone(hash, 13), inverse(0x2c1b_3c6d)), 15);
    return Math.imul(product, inverse(multiplier));
  });
}

/** The number that undoes a multiplication by an odd number, modulo 2^32 (Newton's method). */
function inverse(odd: number): number {
  let value = odd;
  for (let i = 0; i < 5; i++) value = Math.imul(value, 2 - Math.imul(odd, value));
  return value;
}

it('addresses chosen to collide under a known multiplier cost no more than others', () => {
  const values = colliding(60_000, 0x9e37_79b1);
  expect(new Set(values).size).toBe(values.length);
  const tallies = new Tallies(values.length);
  const start = performance.now();
  for (const value of values) tallies.note(value, 1);
  expect(tallies.size).toBe(values.length);
  expect(performance.now() - start).toBeLessThan(500);
});
