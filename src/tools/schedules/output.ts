/** A schedule as answers tell it, in fields and in a line. */
import { z } from 'zod';
import { nameOf } from '../../core/caller.ts';
import { cleanField } from '../../core/clean.ts';
import {
  MISSED,
  OVERLAP,
  RUN_OUTCOMES,
  SCHEDULE_STATES,
  type ScheduleRun,
  type ScheduleWithLast,
} from '../../core/schedule.ts';
import type { CalendarEntry } from '../../schedules/service.ts';

export const RunOutput = z.strictObject({
  due_at: z.string(),
  outcome: z.enum(RUN_OUTCOMES),
  reason: z.string().optional(),
  task_id: z.string().optional(),
  seconds: z.number().optional(),
});

/** A time of a schedule; `planned` and `shut` (its window is, so it will be left out) are still to come. */
export const CalendarOutput = z.strictObject({
  schedule: z.string(),
  at: z.string(),
  outcome: z.enum([...RUN_OUTCOMES, 'planned', 'shut']),
  reason: z.string().optional(),
  task_id: z.string().optional(),
  seconds: z.number().optional(),
});
type CalendarOutput = z.infer<typeof CalendarOutput>;

export const ScheduleOutput = z.strictObject({
  name: z.string(),
  state: z.enum(SCHEDULE_STATES),
  /** Why it is in this state. */
  reason: z.string().optional(),
  owner: z.string(),
  site: z.string(),
  tool: z.string(),
  targets: z.array(z.string()),
  /** As nmap would be given them. */
  options: z.string(),
  scanner: z.string().optional(),
  when: z.string(),
  time_zone: z.string(),
  jitter_seconds: z.number().int(),
  window: z.string().optional(),
  missed: z.enum(MISSED),
  overlap: z.enum(OVERLAP),
  notify: z.string().optional(),
  paused_until: z.string().optional(),
  next_at: z.string().optional(),
  last: RunOutput.optional(),
});
type ScheduleOutput = z.infer<typeof ScheduleOutput>;
type RunOutput = z.infer<typeof RunOutput>;

export function runOutput({ dueAt, outcome, reason, taskId, seconds }: ScheduleRun): RunOutput {
  // One that was given an id and never ran has no scan of that id.
  const ran = outcome !== 'due' && outcome !== 'refused';
  return {
    due_at: iso(dueAt),
    outcome,
    ...(reason === undefined ? {} : { reason: cleanField(reason) }),
    ...(taskId === undefined || !ran ? {} : { task_id: taskId }),
    ...(seconds === undefined ? {} : { seconds }),
  };
}

export function calendarOutput({ schedule, at, run, shut }: CalendarEntry): CalendarOutput {
  if (!run) return { schedule, at: iso(at), outcome: shut ? 'shut' : 'planned' };
  const { due_at: _, ...rest } = runOutput(run);
  return { schedule, at: iso(at), ...rest };
}

export function scheduleOutput(schedule: ScheduleWithLast): ScheduleOutput {
  const { request, window, notify, reason, pausedUntil, nextAt, last, state } = schedule;
  return {
    name: schedule.name,
    state,
    ...(reason === undefined ? {} : { reason: cleanField(reason) }),
    owner: cleanField(nameOf(schedule.owner)),
    site: schedule.site,
    tool: request.tool,
    targets: request.targets,
    options: request.options
      .map(({ flag, value }) => (value === undefined ? flag : `${flag} ${value}`))
      .join(' '),
    ...(request.scanner === undefined ? {} : { scanner: request.scanner }),
    when: schedule.when,
    time_zone: schedule.zone,
    jitter_seconds: schedule.jitterSeconds,
    ...(window === undefined ? {} : { window }),
    missed: schedule.missed,
    overlap: schedule.overlap,
    ...(notify === undefined ? {} : { notify }),
    ...(pausedUntil === undefined ? {} : { paused_until: iso(pausedUntil) }),
    ...(nextAt === undefined || state !== 'active' ? {} : { next_at: iso(nextAt) }),
    ...(last === undefined ? {} : { last: runOutput(last) }),
  };
}

/** One schedule in two lines: what and when, then how it stands. */
export function scheduleLines(schedule: ScheduleWithLast): string[] {
  const { name, request, when, zone, last } = schedule;
  const targets = request.targets.join(' ');
  const some = targets.length <= 60 ? targets : `${targets.slice(0, 57)}...`;
  return [
    `${name}  ${standing(schedule)}`,
    `  ${request.tool} ${some}${request.scanner === undefined ? '' : ` from ${request.scanner}`}, ${when} (${zone})`,
    ...(last === undefined ? [] : [`  last: ${runLine(last, zone)}`]),
  ].map((line) => cleanField(line));
}

export function runLine({ dueAt, outcome, reason, taskId }: ScheduleRun, zone: string): string {
  const ran = outcome !== 'due' && outcome !== 'refused' && taskId !== undefined;
  return `${local(dueAt, zone)}  ${WORDS[outcome] ?? outcome}${ran ? `, task ${taskId}` : ''}${reason === undefined ? '' : `: ${reason}`}`;
}

const WORDS: Partial<Record<ScheduleRun['outcome'], string>> = {
  due: 'waits to begin',
  running: 'runs',
  paused: 'paused by its window',
};

function standing({ state, reason, pausedUntil, nextAt, zone }: ScheduleWithLast): string {
  const why = reason === undefined ? '' : `: ${reason}`;
  if (state === 'paused')
    return `paused${pausedUntil === undefined ? '' : ` until ${local(pausedUntil, zone)}`}${why}`;
  if (state === 'active' && nextAt !== undefined) return `active, next ${local(nextAt, zone)}`;
  return `${state}${why}`;
}

/** A moment on the clock of a zone: `2026-01-31 09:30`, with seconds where they are not 0. */
export function local(time: number, zone: string): string {
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(time);
  return text.endsWith(':00') ? text.slice(0, -3) : text;
}

const iso = (time: number) => new Date(time).toISOString();

export const NOT_SERVED =
  'No server runs on this database now, and only a server begins scans: start `portolan serve`, or an MCP client that starts Portolan.';
