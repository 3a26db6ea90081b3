/** When what a rule wants told is sent: at once, with all of an hour or a day, or when quiet hours are over. */
import { Cron } from 'croner';
import type { AlertTiming, ReportTiming } from '../core/alert.ts';
import { SEVERITIES, type Severity } from '../core/asset.ts';

/** Of daily messages where no time is said. */
const MORNING = '08:00';
const LONGEST_WEEK_MS = (7 * 24 + 2) * 3_600_000;

export interface Due {
  at: number;
  held?: 'digest' | 'quiet';
}

/** @param now milliseconds since the epoch */
export function dueAt(timing: AlertTiming, severity: Severity, now: number): Due {
  if (timing.digest === 'hourly') return { at: next('0 * * * *', timing.zone, now), held: 'digest' };
  if (timing.digest === 'daily')
    return { at: next(daily(timing.at ?? MORNING), timing.zone, now), held: 'digest' };
  const over = quietUntil(timing, severity, now);
  return over === undefined ? { at: now } : { at: over, held: 'quiet' };
}

/** When the quiet hours end that it is in; undefined outside of them. */
function quietUntil({ quiet, zone }: AlertTiming, severity: Severity, now: number): number | undefined {
  if (quiet === undefined) return undefined;
  const { from, to, days, unless } = quiet;
  if (unless !== undefined && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(unless)) return undefined;
  const { clock, day } = localTime(zone, now);
  const overnight = from > to;
  const inside = overnight ? clock >= from || clock < to : clock >= from && clock < to;
  // A night belongs to the day on which it began.
  const began = overnight && clock < to ? (day + 6) % 7 : day;
  if (!inside || (days && !days.includes(began))) return undefined;
  return next(daily(to), zone, now);
}

/** When the report is due next. */
export const nextReport = ({ day, at, zone }: Omit<ReportTiming, 'since'>, now: number): number =>
  next(weekly(day, at), zone, now);

/** The last time at which the report should have been sent; undefined when there was none since it was asked for. */
export function lastReport({ day, at, zone, since }: ReportTiming, now: number): number | undefined {
  // Where clocks are changed, a week is an hour longer or shorter.
  let from = Math.max(since, now - LONGEST_WEEK_MS);
  let last: number | undefined;
  for (let due = next(weekly(day, at), zone, from); due > from && due <= now; ) {
    last = due;
    from = due;
    due = next(weekly(day, at), zone, from);
  }
  return last;
}

/** The next time after `now` at which a pattern of cron holds, by the clock of that zone. */
function next(pattern: string, zone: string | undefined, now: number): number {
  const cron = new Cron(pattern, zone === undefined ? {} : { timezone: zone });
  // A time that comes every day has a next one.
  return cron.nextRun(new Date(now))?.getTime() ?? now;
}

const daily = (time: string) => `${minuteAndHour(time)} * * *`;
const weekly = (day: number, time: string) => `${minuteAndHour(time)} * * ${day}`;

function minuteAndHour(time: string): string {
  const [hours = '8', minutes = '0'] = time.split(':');
  return `${Number(minutes)} ${Number(hours)}`;
}

/** The clock of a zone, as `07:05`, and the day of its week, 0 on Sunday. */
function localTime(zone: string | undefined, now: number): { clock: string; day: number } {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...(zone === undefined ? {} : { timeZone: zone }),
    hour: '2-digit',
    minute: '2-digit',
    weekday: 'short',
    hourCycle: 'h23',
  });
  const parts = Object.fromEntries(
    format.formatToParts(new Date(now)).map(({ type, value }) => [type, value]),
  );
  return {
    clock: `${parts['hour']}:${parts['minute']}`,
    day: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(parts['weekday'] ?? ''),
  };
}
