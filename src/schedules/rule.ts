/**
 * When a schedule is due, as people write it: cron (seconds optional), `@hourly` and its kin, `every 6h`, `in 10m`, or one
 * date. croner reads cron and knows time zones; which times were had is for the rows of the database to say.
 */
import { Cron } from 'croner';
import { PortolanError } from '../core/errors.ts';
import { isTimeZone } from '../core/time-zone.ts';

/** Gives the times of one rule. Times are milliseconds since the epoch. */
export interface Rule {
  /** As it is kept: `in 10m` became the date that it meant. */
  text: string;
  /** The first time after this one; undefined when there is none any more. */
  after(time: number): number | undefined;
  /** The last time up to this one, and not before `from`; undefined when there is none. */
  last(from: number, time: number): number | undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const SPAN = /^(\d{1,6})\s*([smhdw])$/;
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
/** Beyond this a date is a slip, and 32-bit clocks are over. */
const LATEST = Date.UTC(2100, 0);

export const WHEN_EXAMPLES =
  'Write cron ("0 2 * * *", "30 3 * * sun", with seconds "0 0 2 * * *"), "@hourly", "@daily", "@weekly", "every 6h", "in 10m", or a date such as 2026-01-31T09:30.';

/**
 * @param zone an IANA name; dates without an offset and cron are meant there
 * @param anchorAt what `every` and `in` are counted from
 * @throws PortolanError `invalid_argument`
 */
export function readRule(text: string, zone: string, anchorAt: number): Rule {
  checkZone(zone);
  const said = text.trim().replace(/\s+/g, ' ');
  const [, word, span] = /^(every|in) (.+)$/i.exec(said) ?? [];
  if (word !== undefined && span !== undefined) {
    const period = spanOf(span);
    if (word.toLowerCase() === 'in')
      return once(new Date(anchorAt + period).toISOString(), anchorAt + period);
    return every(said.toLowerCase(), period, anchorAt);
  }
  if (DATE.test(said)) return once(said, dateIn(said, zone));
  return cron(said, zone);
}

/** `90m` in milliseconds. @throws PortolanError `invalid_argument` */
export function spanOf(text: string): number {
  const [, count = '', unit = ''] = SPAN.exec(text.trim().toLowerCase()) ?? [];
  const milliseconds = Number(count) * (UNITS[unit] ?? 0);
  if (milliseconds > 0) return milliseconds;
  throw new PortolanError(
    'invalid_argument',
    `"${text.slice(0, 40)}" is no length of time.`,
    'Write a number and s, m, h, d or w: 90m, 6h, 2d.',
  );
}

/** @throws PortolanError `invalid_argument` */
export function checkZone(zone: string): void {
  if (isTimeZone(zone)) return;
  throw new PortolanError(
    'invalid_argument',
    `"${zone.slice(0, 60)}" is no time zone.`,
    'Give its IANA name, such as Europe/Berlin, America/New_York or UTC.',
  );
}

/** The moment that a date without an offset means in a zone; what the clock skips there is as much later. */
export function dateIn(text: string, zone: string): number {
  const offset = /T.*(Z|[+-]\d{2}:?\d{2})$/.test(text);
  const time = offset ? Date.parse(text) : (localDate(text, zone) ?? Number.NaN);
  if (time >= 0 && time < LATEST) return time;
  throw new PortolanError(
    'invalid_argument',
    `"${text.slice(0, 40)}" is no date.`,
    'Write it as 2026-01-31T09:30, in the time zone of the schedule, or with an offset: 2026-01-31T09:30:00Z.',
  );
}

function localDate(text: string, zone: string): number | undefined {
  try {
    const whole = text.includes('T') ? text : `${text}T00:00`;
    const seconds = /T\d{2}:\d{2}$/.test(whole) ? `${whole}:00` : whole;
    return new Cron(seconds, { timezone: zone }).nextRun(new Date(0))?.getTime();
  } catch {
    return undefined;
  }
}

function once(text: string, time: number): Rule {
  return {
    text,
    after: (after) => (time > after ? time : undefined),
    last: (from, until) => (time >= from && time <= until ? time : undefined),
  };
}

/** By time that passes, not by the clock on the wall: two days are 48 hours. */
function every(text: string, period: number, anchorAt: number): Rule {
  const upTo = (time: number) => anchorAt + Math.floor((time - anchorAt) / period) * period;
  return {
    text,
    after: (time) => Math.max(upTo(time) + period, anchorAt + period),
    last: (from, time) => {
      const last = upTo(time);
      return last >= from && last > anchorAt ? last : undefined;
    },
  };
}

function cron(text: string, zone: string): Rule {
  const pattern = readCron(text, zone);
  return {
    text,
    after: (time) => pattern.nextRun(new Date(time))?.getTime(),
    last: (from, until) => {
      // croner looks before a moment, and whole seconds are all that cron has.
      const last = pattern
        .previousRuns(1, new Date(until + 1000))
        .at(0)
        ?.getTime();
      for (let time = last ?? Number.NaN; time >= from; time = before(pattern, time))
        if (time <= until) return time;
      return undefined;
    },
  };
}

const before = (pattern: Cron, time: number) =>
  pattern.previousRuns(1, new Date(time)).at(0)?.getTime() ?? Number.NaN;

function readCron(text: string, zone: string): Cron {
  try {
    const pattern = new Cron(text, { timezone: zone });
    if (pattern.nextRun() !== null) return pattern;
  } catch (cause) {
    throw notUnderstood(text, cause);
  }
  throw new PortolanError('invalid_argument', `"${text.slice(0, 60)}" never comes.`, WHEN_EXAMPLES);
}

/** croner says what is wrong with one part; its other words are for programmers. */
function notUnderstood(text: string, cause: unknown): PortolanError {
  const said = cause instanceof Error ? cause.message.replace(/^CronPattern: /, '') : '';
  const why = /^Invalid value for/.test(said) ? ` (${said})` : '';
  return new PortolanError('invalid_argument', `"${text.slice(0, 60)}" says no time${why}.`, WHEN_EXAMPLES, {
    cause,
  });
}
