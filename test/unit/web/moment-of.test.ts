/** The day that one asks a host to be shown as of. */
import { expect, it } from 'vitest';
import { momentOf } from '../../../web/src/pages/asset/moment-of.ts';

const FIRST = '2026-11-30T09:15:42.123Z';
const NOW = Date.parse('2026-11-30T12:00:30.000Z');
/** As the field gives it: in local time, without seconds. */
const field = (at: string) => {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

it.each([
  ['a minute means its end', '2026-11-30T10:00:00Z', '2026-11-30T10:00:59.999Z'],
  ['so the minute of the first look is not before it', FIRST, '2026-11-30T09:15:59.999Z'],
  ['before the first look means that look', '2020-01-01T00:00:00Z', FIRST],
  ['what is to come means now', '2031-01-01T00:00:00Z', '2026-11-30T12:00:30.000Z'],
])('%s', (_, given, meant) => expect(momentOf(field(given), FIRST, NOW)).toBe(meant));
