/** Days as people count them: each with its own midnight, and with 23 or 25 hours twice a year. */
import { expect, it } from 'vitest';
import { countDays, dayLine } from '../../../src/inventory/count-days.ts';

const at = (text: string) => Date.parse(text);

it('puts a change on the day that it was there, and has days without any', () => {
  const counted = [
    { at: at('2026-11-28T22:45:00Z'), severity: 'high' as const, count: 2 },
    { at: at('2026-11-28T23:15:00Z'), severity: 'low' as const, count: 3 },
    { at: at('2026-11-20T12:00:00Z'), severity: 'low' as const, count: 9 },
  ];
  const days = countDays(counted, 3, 'Europe/Berlin', at('2026-11-30T12:00:00Z'));
  expect(days.map(dayLine)).toEqual(['2026-11-28: 2 high', '2026-11-29: 3 low', '2026-11-30: none']);
  // Half an hour off the hour.
  const indian = countDays(counted, 3, 'Asia/Kolkata', at('2026-11-30T12:00:00Z'));
  expect(indian.map(dayLine)).toEqual(['2026-11-28: none', '2026-11-29: 2 high, 3 low', '2026-11-30: none']);
});

it('leaves out no day where a clock is put forward or back', () => {
  for (const now of ['2026-10-26T22:30:00Z', '2026-03-30T22:30:00Z'])
    expect(countDays([], 4, 'Europe/Berlin', at(now))).toHaveLength(4);
});
