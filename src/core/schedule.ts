/** A schedule: which scan is asked for again and again, when, and how each run went. Times are milliseconds since the epoch. */
import type { ScanRequest } from './request.ts';

/** What becomes of runs whose time passed while nobody ran: the last of them is caught up with, or none. */
export const MISSED = ['run_once', 'skip'] as const;
export type Missed = (typeof MISSED)[number];

/** What becomes of a run whose predecessor still goes on: it is left out, or waits; one may wait, not more. */
export const OVERLAP = ['skip', 'queue'] as const;
export type Overlap = (typeof OVERLAP)[number];

/** Schedules that many want, ready to use for targets of one's own (schedules/templates.ts). */
export const TEMPLATES = ['inventory', 'full-weekly', 'verify-after-change'] as const;
export type TemplateName = (typeof TEMPLATES)[number];

/** `stopped`: its owner may no longer ask for it. `ended`: its last time has passed. */
export const SCHEDULE_STATES = ['active', 'paused', 'stopped', 'ended'] as const;
export type ScheduleState = (typeof SCHEDULE_STATES)[number];

/** When a schedule is due, in words (schedules/rule.ts), and how exactly that is meant. */
export interface Timing {
  when: string;
  /** IANA name of the time zone that `when` and `window` are read in. */
  zone: string;
  /** Each run begins up to so many seconds later; always the same for one time of one schedule. */
  jitterSeconds: number;
  /** When it may scan, in words (schedules/window.ts); absent: always. */
  window?: string;
  missed: Missed;
  overlap: Overlap;
  /** What `every …` is counted from. */
  anchorAt: number;
}

export interface Schedule extends Timing {
  uid: string;
  name: string;
  /** Caller.id of whoever answers for it: each run needs the rights that this one has then. */
  owner: string;
  /** The site whose inventory learns what it finds. */
  site: string;
  request: ScanRequest;
  /** Name of the alert rule that is told of all that its scans find. */
  notify?: string;
  state: ScheduleState;
  /** Why it is in this state, where that needs words. */
  reason?: string;
  /** Of a paused one: when it goes on by itself. */
  pausedUntil?: number;
  /** The time it is due next, and when that run begins: later by the jitter. */
  nextDue?: number;
  nextAt?: number;
  createdAt: number;
  changedAt: number;
}

/**
 * `due`: to be asked for, as soon as it may. `paused`: its window closed while it ran. `skipped` and `refused` never ran,
 * and say why.
 */
export const RUN_OUTCOMES = [
  'due',
  'running',
  'paused',
  'completed',
  'failed',
  'cancelled',
  'skipped',
  'refused',
] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** Of a run that goes on, or is to begin. */
export const OPEN_OUTCOMES = ['due', 'running', 'paused'] as const satisfies readonly RunOutcome[];

/** One time a schedule was due. No two have the same schedule and time. */
export interface ScheduleRun {
  dueAt: number;
  outcome: RunOutcome;
  reason?: string;
  /** The scan; of one that is `due` the id that it will have. */
  taskId?: string;
  /** How long its scan took, where it ended. */
  seconds?: number;
  /** When its outcome was last decided. */
  decidedAt: number;
}

export interface ScheduleWithLast extends Schedule {
  last?: ScheduleRun;
}
