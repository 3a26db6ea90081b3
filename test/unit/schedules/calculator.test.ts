/** Which times a rule has: where clocks are changed twice a year, and how windows and jitter lie about them. */
import { describe, expect, it } from 'vitest';
import { checkTiming, lastMoment, nextMoment } from '../../../src/schedules/calculator.ts';
import { readRule } from '../../../src/schedules/rule.ts';
import { isOpen, readWindow } from '../../../src/schedules/window.ts';

const at = (text: string) => Date.parse(text);
const iso = (time: number | undefined) =>
  time === undefined ? undefined : new Date(time).toISOString().slice(0, 19);

/** The next times after a moment. */
function times(when: string, zone: string, from: string, count: number): (string | undefined)[] {
  const rule = readRule(when, zone, 0);
  const found: (string | undefined)[] = [];
  for (let time = rule.after(at(from)); time !== undefined && found.length < count; time = rule.after(time))
    found.push(iso(time));
  return found;
}

describe('a rule in Berlin', () => {
  // 2026-03-29: at 02:00 it is 03:00. 2026-10-25: at 03:00 it is 02:00 again.
  it('has a time that does not exist as soon as the clock goes on, once', () =>
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:00:00',
      '2026-03-30T00:30:00',
    ]));

  it('has a time that exists twice once', () =>
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30:00',
      '2026-10-26T01:30:00',
    ]));

  it('goes on through both nights hour by hour', () => {
    for (const night of ['2026-03-28T23:00Z', '2026-10-24T23:00Z']) {
      const found = times('@hourly', 'Europe/Berlin', night, 5).map((text) => at(`${text}Z`));
      expect(found.map((time, k) => time - at(night) - (k + 1) * 3_600_000)).toEqual([0, 0, 0, 0, 0]);
    }
  });

  it('has a date that does not exist as much later as the clock skips', () =>
    expect(times('2026-03-29T02:30', 'Europe/Berlin', '2026-01-01T00:00Z', 2)).toEqual([
      '2026-03-29T01:30:00',
    ]));

  it.each(['30 2 * * *', '*/20 * * * *', '0 30 1 * * sun', '@daily'])(
    'finds the last time of %s as going on finds it',
    (when) => {
      const rule = readRule(when, 'Europe/Berlin', 0);
      for (const start of ['2026-03-27T00:00Z', '2026-10-23T00:00Z']) {
        const from = at(start);
        let last: number | undefined;
        for (let now = from; now < from + 4 * 86_400_000; now += 600_000) {
          for (
            let next = rule.after(last ?? from - 1);
            next !== undefined && next <= now;
            next = rule.after(next)
          )
            last = next;
          expect(iso(rule.last(from, now))).toBe(iso(last));
        }
      }
    },
  );
});

it('counts every … from where it began, through changes of the clock', () => {
  const rule = readRule('every 6h', 'Europe/Berlin', at('2026-03-28T20:15Z'));
  expect(iso(rule.after(at('2026-03-28T20:15Z')))).toBe('2026-03-29T02:15:00');
  expect(iso(rule.after(at('2026-03-29T02:15Z')))).toBe('2026-03-29T08:15:00');
  expect(rule.last(0, at('2026-03-28T20:20Z'))).toBeUndefined();
});

describe('jitter', () => {
  const schedule = { uid: 'u', when: '0 * * * *', zone: 'UTC', jitterSeconds: 1800, anchorAt: 0 };
  const hours = Array.from({ length: 50 }, (_, hour) => at('2026-01-01T00:00Z') + hour * 3_600_000);

  it('is the same for one time, within its bound, and another for the next', () => {
    const drawn = hours
      .map((hour) => nextMoment(schedule, hour - 1))
      .map((one) => (one ? one.at - one.due : -1));
    expect(drawn).toEqual(
      hours.map((hour) => nextMoment(schedule, hour - 1)).map((one) => (one ? one.at - one.due : -1)),
    );
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1_800_000);
    expect(new Set(drawn).size).toBeGreaterThan(45);
  });

  it('leaves no time out and has none twice', () => {
    const had: number[] = [];
    for (
      let next = nextMoment(schedule, hours[0] ?? 0);
      next && had.length < 40;
      next = nextMoment(schedule, next.at)
    ) {
      had.push(next.due);
      expect(lastMoment(schedule, 0, next.at)?.due).toBe(next.due);
      expect(lastMoment(schedule, 0, next.at - 1)?.due).not.toBe(next.due);
    }
    expect(new Set(had.map((due, k) => due - k * 3_600_000)).size).toBe(1);
  });
});

describe('a window', () => {
  const open = (text: string, time: string, zone = 'UTC') => isOpen(readWindow(text), at(time), zone);
  // 2026-11-27 is a Friday.
  it.each([
    ['22:00-06:00', '2026-11-27T23:00Z', true],
    ['22:00-06:00', '2026-11-27T05:59Z', true],
    ['22:00-06:00', '2026-11-27T06:00Z', false],
    ['not mon-fri 08:00-18:00', '2026-11-27T12:00Z', false],
    ['not mon-fri 08:00-18:00', '2026-11-28T12:00Z', true],
    ['fri 20:00-06:00', '2026-11-28T05:00Z', true],
    ['fri 20:00-06:00', '2026-11-27T05:00Z', false],
    ['mon-fri 20:00-06:00; sat,sun', '2026-11-29T12:00Z', true],
    ['sat-mon', '2026-11-30T12:00Z', true],
    ['sat-mon', '2026-12-01T12:00Z', false],
  ])('%s at %s: %s', (text, time, expected) => expect(open(text, time)).toBe(expected));

  it('is read on the clock of its zone', () => {
    expect(open('02:00-03:00', '2026-01-10T01:30Z', 'Europe/Berlin')).toBe(true);
    expect(open('02:00-03:00', '2026-07-10T01:30Z', 'Europe/Berlin')).toBe(false);
  });

  it.each(['', 'never', '25:00-26:00', '8-18', 'mon-xyz', 'not 00:00-24:00'])('refuses %j', (text) =>
    expect(() => readWindow(text)).toThrow(/window/i),
  );
});

describe('what is refused when it is stored', () => {
  const now = at('2026-11-29T12:00Z');
  const check =
    (when: string, more: { window?: string; jitterSeconds?: number; zone?: string } = {}) =>
    () =>
      checkTiming({ uid: 'u', when, zone: 'UTC', jitterSeconds: 0, anchorAt: now, ...more }, now);
  it.each([
    ['tomorrow', {}, /says no time/],
    ['60 * * * *', {}, /minute: 60/],
    ['0 0 30 2 *', {}, /never comes/],
    ['every 0h', {}, /no length of time/],
    ['2026-13-01', {}, /no date/],
    ['2026-11-28T12:00', {}, /in the past/],
    ['* * * * * *', {}, /every 10 seconds/],
    ['every 1h', { jitterSeconds: 3600 }, /as long as the time between/],
    ['0 12 * * *', { window: '22:00-06:00' }, /falls into the window/],
    ['@daily', { zone: 'Mars/Olympus' }, /no time zone/],
  ])('%s %j', (when, more, words) => expect(check(when, more)).toThrow(words));

  it('keeps the date that "in 10m" means', () =>
    expect(check('in 10m')()).toMatchObject({ when: '2026-11-29T12:10:00.000Z' }));
});
