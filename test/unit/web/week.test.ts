/** A week on the reader's clock, where days have 23 and 25 hours twice a year. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dateOf, dayAfter, type Entry, mondayOf, weekOf } from '../../../web/src/pages/schedules/week.ts';

const before = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'Europe/Berlin';
});
afterAll(() => {
  if (before === undefined) delete process.env['TZ'];
  else process.env['TZ'] = before;
});

const planned = (schedule: string, at: string): Entry => ({ schedule, at, outcome: 'planned' });

it('begins on the Monday, on a Sunday too, and counts days, not hours', () => {
  expect(dateOf(mondayOf(new Date('2026-10-25T23:30')))).toBe('2026-10-19');
  expect(dateOf(mondayOf(new Date('2026-10-19T00:00')))).toBe('2026-10-19');
  // The night of the 25th has an hour more, that of March 29 one less.
  expect(dateOf(dayAfter(new Date('2026-10-19T00:00'), 7))).toBe('2026-10-26');
  expect(dateOf(dayAfter(mondayOf(new Date('2026-04-01T12:00')), -7))).toBe('2026-03-23');
});

it('has each run on its day, also around the night that is longer, and groups those of one schedule', () => {
  const entries = [
    planned('late', '2026-10-18T21:59:59Z'),
    planned('nightly', '2026-10-18T22:00:00Z'),
    planned('other', '2026-10-24T21:59:00Z'),
    planned('nightly', '2026-10-24T22:00:00Z'),
    planned('other', '2026-10-25T08:00:00Z'),
    planned('nightly', '2026-10-25T22:59:00Z'),
    planned('nightly', '2026-10-25T23:00:00Z'),
  ];
  const week = weekOf(entries, new Date('2026-10-19T00:00'));
  const told = week.map(({ begin, groups }) => [
    dateOf(begin),
    ...groups.map(({ schedule, entries: of }) => `${schedule} ${of.length}`),
  ]);
  expect(told).toEqual([
    ['2026-10-19', 'nightly 1'],
    ['2026-10-20'],
    ['2026-10-21'],
    ['2026-10-22'],
    ['2026-10-23'],
    ['2026-10-24', 'other 1'],
    ['2026-10-25', 'nightly 2', 'other 1'],
  ]);
});
