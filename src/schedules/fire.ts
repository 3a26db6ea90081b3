/** Decides what becomes of a schedule whose time has come: a run, or words for why there is none. */
import type { Missed, RunOutcome, Schedule } from '../core/schedule.ts';
import type { NewRun, OpenRun, Turn } from '../store/schedules.ts';
import { lastMoment, type Moment, mayScan, nextMoment, ON_TIME_MS } from './calculator.ts';

export interface Decision {
  /** Absent when no time has come after all. */
  run?: NewRun;
  turn: Turn;
}

/**
 * @param schedule an active one
 * @param open its runs that go on or wait
 * @param newTaskId the id of the scan, if there is to be one: whoever begins the run, and however often, it is this scan
 */
export function decide(
  schedule: Schedule,
  open: readonly Pick<OpenRun, 'dueAt' | 'outcome'>[],
  now: number,
  newTaskId: () => string,
): Decision {
  const due = schedule.nextDue === undefined ? undefined : lastMoment(schedule, schedule.nextDue, now);
  const turn = turnTo(nextMoment(schedule, now));
  if (due === undefined) return { turn };
  const why = whyNot(schedule, due, open, now);
  const run = { dueAt: due.due, ...(why ?? { outcome: 'due' as const, taskId: newTaskId() }) };
  return { run, turn };
}

/** What the rows say from now on, of an active schedule. */
export function turnTo(next: Moment | undefined): Turn {
  return {
    state: next ? 'active' : 'ended',
    reason: undefined,
    pausedUntil: undefined,
    nextDue: next?.due,
    nextAt: next?.at,
  };
}

function whyNot(
  schedule: Schedule,
  due: Moment,
  open: readonly Pick<OpenRun, 'dueAt' | 'outcome'>[],
  now: number,
): { outcome: RunOutcome; reason: string } | undefined {
  const skipped = (reason: string) => ({ outcome: 'skipped' as const, reason });
  if (now - due.at > ON_TIME_MS && leavesOut(schedule.missed))
    return skipped('Missed: no server ran at that time.');
  if (!mayScan(schedule, due.at)) return skipped(`Outside of its window (${schedule.window}).`);
  const [first] = open;
  if (first === undefined) return undefined;
  const before = `the run of ${new Date(first.dueAt).toISOString()} has not ended`;
  if (schedule.overlap === 'skip') return skipped(`Overlap: ${before}.`);
  const waits = open.some(({ outcome, dueAt }) => outcome === 'due' && dueAt !== first.dueAt);
  return waits || first.outcome === 'due'
    ? skipped(`Overlap: ${before}, and another run waits for it.`)
    : undefined;
}

const leavesOut = (missed: Missed) => missed === 'skip';
