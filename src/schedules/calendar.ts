/** The times of a schedule that are still to come. */
import type { Schedule } from '../core/schedule.ts';
import { type Moment, mayScan, nextMoment } from './calculator.ts';

const COMING = 3;

export interface Planned {
  at: number;
  /** Its window is shut then: it will be left out. */
  shut: boolean;
}

/** When its next runs begin. */
export function coming(schedule: Schedule): number[] {
  const found: number[] = [];
  for (let next = firstOf(schedule); next && found.length < COMING; next = nextMoment(schedule, next.at))
    found.push(next.at);
  return found;
}

/** Its runs that begin in this time, the first ones of them. @param from not before now */
export function plannedBetween(schedule: Schedule, from: number, to: number, most: number): Planned[] {
  const found: Planned[] = [];
  const first = firstOf(schedule);
  let next = first && first.at < from ? nextMoment(schedule, from - 1) : first;
  while (next && next.at < to && found.length < most) {
    found.push({ at: next.at, shut: !mayScan(schedule, next.at) });
    next = nextMoment(schedule, next.at);
  }
  return found;
}

function firstOf(schedule: Schedule): Moment | undefined {
  const { state, pausedUntil, nextDue, nextAt, changedAt } = schedule;
  if (state === 'stopped' || state === 'ended') return undefined;
  if (state === 'paused' && pausedUntil === undefined) return undefined;
  return state === 'paused' || nextDue === undefined
    ? nextMoment(schedule, pausedUntil ?? changedAt)
    : { due: nextDue, at: nextAt ?? nextDue };
}
