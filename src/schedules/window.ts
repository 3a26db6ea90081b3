/**
 * When a schedule may scan: `22:00-06:00`, `mon-fri 20:00-06:00; sat,sun`, or what is left out: `not mon-fri 08:00-18:00`.
 * Read on the clock of the schedule's time zone. A span over midnight belongs to the day that it begins on.
 */
import { PortolanError } from '../core/errors.ts';

const DAYS: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY_MINUTES = 1440;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** Which minutes of a week it is open in, from Monday 00:00 on. */
export type Window = readonly boolean[];

/** @throws PortolanError `invalid_argument`, also for one that never opens */
export function readWindow(text: string): Window {
  const said = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const [, not, pieces = ''] = /^(not )?(.*)$/.exec(said) ?? [];
  const named = new Array<boolean>(WEEK_MINUTES).fill(false);
  for (const piece of pieces.split(';')) mark(named, piece.trim(), text);
  const open = not === undefined ? named : named.map((one) => !one);
  if (open.some(Boolean)) return open;
  throw new PortolanError('invalid_argument', `The window "${text.slice(0, 80)}" never opens.`, EXAMPLES);
}

export function isOpen(window: Window, time: number, zone: string): boolean {
  return window[minuteOfWeek(time, zone)] === true;
}

const EXAMPLES = 'Write "22:00-06:00", "mon-fri 20:00-06:00; sat,sun" or "not mon-fri 08:00-18:00".';

function mark(week: boolean[], piece: string, text: string): void {
  const [, days, from, to] =
    /^([a-z]{3}(?:[-,][a-z]{3})*)?(?: ?(\d{1,2}:\d{2})-(\d{1,2}:\d{2}))?$/.exec(piece) ?? [];
  if (days === undefined && from === undefined) throw notUnderstood(text);
  const [start, end] = [minuteOf(from ?? '00:00', text), minuteOf(to ?? '24:00', text)];
  const length = end > start ? end - start : end + DAY_MINUTES - start;
  for (const day of daysOf(days ?? 'mon-sun', text))
    for (let minute = 0; minute < length; minute += 1)
      week[(day * DAY_MINUTES + start + minute) % WEEK_MINUTES] = true;
}

function daysOf(text: string, whole: string): number[] {
  return text.split(',').flatMap((part) => {
    const [first, last] = part.split('-').map((name) => DAYS.indexOf(name));
    if (first === undefined || first < 0 || last === -1) throw notUnderstood(whole);
    const count = last === undefined ? 1 : ((last - first + 7) % 7) + 1;
    return Array.from({ length: count }, (_, at) => (first + at) % 7);
  });
}

function minuteOf(clock: string, text: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  if (minutes > 59 || hours * 60 + minutes > DAY_MINUTES) throw notUnderstood(text);
  return hours * 60 + minutes;
}

const notUnderstood = (text: string) =>
  new PortolanError('invalid_argument', `"${text.slice(0, 80)}" is no window of time.`, EXAMPLES);

const clocks = new Map<string, Intl.DateTimeFormat>();

function minuteOfWeek(time: number, zone: string): number {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    clocks.set(zone, clock);
  }
  const parts = Object.fromEntries(clock.formatToParts(time).map(({ type, value }) => [type, value]));
  const day = DAYS.indexOf(parts['weekday']?.toLowerCase() ?? '');
  return day * DAY_MINUTES + Number(parts['hour']) * 60 + Number(parts['minute']);
}
