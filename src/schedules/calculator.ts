/** Which times of a schedule have come, and which is next. Calculates; what was had is in the rows. */
import { createHash } from 'node:crypto';
import { PortolanError } from '../core/errors.ts';
import type { Schedule, Timing } from '../core/schedule.ts';
import { type Rule, readRule, WHEN_EXAMPLES } from './rule.ts';
import { isOpen, readWindow } from './window.ts';

type Timed = Pick<Schedule, 'uid' | 'when' | 'zone' | 'jitterSeconds' | 'anchorAt'>;

/** A time of a schedule, and when its run begins. */
export interface Moment {
  due: number;
  at: number;
}

/** A run that begins no later than this is on time: a server that was restarted has not missed it. */
export const ON_TIME_MS = 300_000;
/** Least time between two runs. */
const LEAST_GAP_MS = 10_000;
/** Times that are looked at when a schedule is stored. */
const FORESEEN = 50;

/** The first one whose run begins after this moment. */
export function nextMoment(schedule: Timed, after: number): Moment | undefined {
  const rule = readRule(schedule.when, schedule.zone, schedule.anchorAt);
  // A time that has come may still wait for its jitter.
  return following(schedule, rule, after - schedule.jitterSeconds * 1000, after);
}

/** The last one whose run should have begun by now, of those from `from` on; undefined when none should. */
export function lastMoment(schedule: Timed, from: number, now: number): Moment | undefined {
  const rule = readRule(schedule.when, schedule.zone, schedule.anchorAt);
  for (let due = rule.last(from, now); due !== undefined; due = rule.last(from, due - 1)) {
    const moment = momentOf(schedule, due);
    if (moment.at <= now) return moment;
  }
  return undefined;
}

/** Whether it may scan then. */
export function mayScan({ window, zone }: Pick<Timing, 'window' | 'zone'>, time: number): boolean {
  return window === undefined || isOpen(readWindow(window), time, zone);
}

/**
 * Checks a schedule as somebody wrote it.
 * @returns it with its rule as it is kept, and its first time
 * @throws PortolanError `invalid_argument`
 */
export function checkTiming(
  timing: Timed & Pick<Timing, 'window'>,
  now: number,
): { when: string; first: Moment } {
  const rule = readRule(timing.when, timing.zone, timing.anchorAt);
  const first = following(timing, rule, now, now);
  if (!first)
    throw new PortolanError(
      'invalid_argument',
      `"${timing.when}" is over: it lies in the past.`,
      WHEN_EXAMPLES,
    );
  const foreseen = [first.due];
  for (
    let due = rule.after(first.due);
    due !== undefined && foreseen.length < FORESEEN;
    due = rule.after(due)
  )
    foreseen.push(due);
  const gap = Math.min(...foreseen.slice(1).map((due, at) => due - (foreseen[at] ?? 0)));
  if (gap < LEAST_GAP_MS)
    throw new PortolanError(
      'invalid_argument',
      `"${timing.when}" comes more often than every ${LEAST_GAP_MS / 1000} seconds.`,
      WHEN_EXAMPLES,
      { limit: `at least ${LEAST_GAP_MS / 1000} seconds from run to run` },
    );
  if (timing.jitterSeconds * 1000 >= gap)
    throw new PortolanError(
      'invalid_argument',
      `A jitter of ${timing.jitterSeconds} seconds is as long as the time between two runs (${gap / 1000} seconds).`,
      'Take a shorter jitter: runs keep their order.',
    );
  if (!foreseen.some((due) => mayScan(timing, momentOf(timing, due).at)))
    throw new PortolanError(
      'invalid_argument',
      `None of the next ${foreseen.length === 1 ? 'runs' : `${foreseen.length} runs`} of "${timing.when}" falls into the window "${timing.window}" (${timing.zone}).`,
      'Change one of the two, or the time zone: both are read in it.',
    );
  return { when: rule.text, first };
}

function following(schedule: Timed, rule: Rule, from: number, after: number): Moment | undefined {
  for (let due = rule.after(from); due !== undefined; due = rule.after(due)) {
    const moment = momentOf(schedule, due);
    if (moment.at > after) return moment;
  }
  return undefined;
}

/** The same for one time of one schedule, in every process and after every restart. */
function momentOf({ uid, jitterSeconds }: Pick<Timed, 'uid' | 'jitterSeconds'>, due: number): Moment {
  if (jitterSeconds === 0) return { due, at: due };
  const drawn = createHash('sha256').update(`${uid} ${due}`).digest().readUInt32BE(0) / 2 ** 32;
  return { due, at: due + Math.floor(drawn * jitterSeconds * 1000) };
}
