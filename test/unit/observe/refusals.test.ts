import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Refusals } from '../../../src/observe/refusals.ts';

let sums: Readonly<Record<string, unknown>>[];
let refusals: Refusals;
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-29T00:00:00Z') });
  sums = [];
  refusals = new Refusals((sum) => sums.push(sum));
});
afterEach(() => {
  vi.useRealTimers();
});

const ann = { of: 'call', caller: 'ann', tool: 'quick_scan', code: 'forbidden' };

it('writes the first, counts the same again, and tells the number after a minute', () => {
  expect(refusals.isNew(ann, 'no')).toBe(true);
  for (let n = 0; n < 1497; n += 1) expect(refusals.isNew(ann, 'no')).toBe(false);
  vi.advanceTimersByTime(59_000);
  expect(sums).toEqual([]);
  refusals.isNew(ann, 'no');
  vi.advanceTimersByTime(1000);
  expect(sums).toEqual([
    { ...ann, times: 1498, since: '2026-11-29T00:00:00.000Z', until: '2026-11-29T00:00:59.000Z' },
  ]);
  // A minute later it is new.
  expect(refusals.isNew(ann, 'no')).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect(sums).toHaveLength(1);
});

it('tells different ones apart, up to twenty of the same kind', () => {
  const written = Array.from({ length: 100 }, (_, n) => refusals.isNew(ann, `no ${n}`)).filter(Boolean);
  expect(written).toHaveLength(20);
  expect(refusals.isNew({ ...ann, caller: 'bob' }, 'no 1')).toBe(true);
  refusals.flush();
  expect(sums).toMatchObject([{ caller: 'ann', times: 80 }]);
});

it('holds so many callers, and counts the rest together', () => {
  const written = Array.from({ length: 5000 }, (_, n) => refusals.isNew({ ...ann, caller: `c${n}` }, 'no'));
  expect(written.filter(Boolean)).toHaveLength(1001);
  refusals.flush();
  expect(sums).toMatchObject([{ caller: 'others', times: 3999 }]);
});
