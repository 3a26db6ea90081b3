import { z } from 'zod';
import type { Caller } from '../../core/caller.ts';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import type { ScheduleService, ShownSchedule } from '../../schedules/service.ts';
import { defineTool } from '../call/define-tool.ts';
import { plural } from '../results/numbers.ts';
import { AgainOutput, againOf } from '../scan/asked-scan.ts';
import {
  CalendarOutput,
  calendarOutput,
  local,
  NOT_SERVED,
  RunOutput,
  runLine,
  runOutput,
  ScheduleOutput,
  scheduleLines,
  scheduleOutput,
} from './output.ts';

/** Schedules that are put into words; all stand in the structured answer. */
const MOST_LINES = 100;

export const listSchedules = defineTool({
  name: 'list_schedules',
  title: 'Recurring scans there are',
  description:
    'Scans that are run again and again by themselves: what, when next, and how the last run went; of one of them (name) ' +
    'also its newest runs and next times. Sends nothing.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'schedules',
  scope: 'schedules:read',
  input: z.strictObject({
    name: z.string().min(1).max(64).optional().describe('Only this one, with its runs.'),
    from: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('With to: all runs of that time, had and to come.'),
    to: z.iso.datetime({ offset: true }).optional().describe('At most 62 days later.'),
    runs: z.number().int().min(1).max(500).default(10).describe('How many runs of it, newest first.'),
  }),
  output: z.strictObject({
    schedules: z.array(ScheduleOutput),
    /** Of the one that was named. */
    runs: z.array(RunOutput).optional(),
    coming: z.array(z.string()).optional(),
    again: AgainOutput.optional(),
    /** Of the time that was asked for. */
    calendar: z.array(CalendarOutput).optional(),
    calendar_cut: z.literal(true).optional(),
    /** Whether a server runs that begins them. */
    served: z.boolean(),
    /** Why nobody is told of what it finds, although it names a rule. */
    warning: z.string().optional(),
  }),
  async handle({ name, runs, from, to }, { services, caller }) {
    if (name !== undefined) return shownAnswer(await services.schedules.show(name, caller, runs));
    const { schedules, served } = await services.schedules.list(caller);
    const times = await calendarOf(services.schedules, caller, from, to);
    const more = schedules.length - MOST_LINES;
    return {
      structured: { schedules: schedules.map(scheduleOutput), served, ...times },
      text: [
        schedules.length === 0 ? 'No schedules.' : `${plural(schedules.length, 'schedule')}.`,
        ...schedules.slice(0, MOST_LINES).flatMap(scheduleLines),
        ...(more > 0 ? [`and ${plural(more, 'schedule')} more, in the structured answer`] : []),
        ...(served || schedules.length === 0 ? [] : [NOT_SERVED]),
      ].join('\n'),
    };
  },
});

const MOST_DAYS = 62;

async function calendarOf(
  schedules: ScheduleService,
  caller: Caller,
  from: string | undefined,
  to: string | undefined,
) {
  if (from === undefined && to === undefined) return {};
  const days = (Date.parse(to ?? '') - Date.parse(from ?? '')) / 86_400_000;
  if (!(days > 0 && days <= MOST_DAYS))
    throw new PortolanError(
      'invalid_argument',
      'list_schedules: from and to do not say a time that is asked about.',
      'Give both, the later one as to.',
      { limit: `at most ${MOST_DAYS} days` },
    );
  const { entries, cut } = await schedules.calendar(caller, Date.parse(from ?? ''), Date.parse(to ?? ''));
  return { calendar: entries.map(calendarOutput), ...(cut ? { calendar_cut: true as const } : {}) };
}

function shownAnswer({ schedule, runs, coming, served, warning }: ShownSchedule) {
  const { zone } = schedule;
  const { last: _, ...itself } = schedule;
  return {
    structured: {
      schedules: [scheduleOutput(schedule)],
      runs: runs.map(runOutput),
      coming: coming.map((time) => new Date(time).toISOString()),
      again: againOf(schedule.request),
      served,
      ...(warning === undefined ? {} : { warning: cleanField(warning) }),
    },
    text: [
      ...scheduleLines(itself),
      ...settings(schedule),
      ...(coming.length === 0 ? [] : [`  coming: ${coming.map((time) => local(time, zone)).join(', ')}`]),
      ...(runs.length === 0
        ? ['  It has not run yet.']
        : ['  runs:', ...runs.map((run) => `  ${runLine(run, zone)}`)]),
      ...(warning === undefined ? [] : [cleanField(warning)]),
      ...(served ? [] : [NOT_SERVED]),
    ].join('\n'),
  };
}

function settings({
  request,
  jitterSeconds,
  window,
  missed,
  overlap,
  notify,
  owner,
  site,
}: ShownSchedule['schedule']) {
  const options = request.options
    .map(({ flag, value }) => (value === undefined ? flag : `${flag} ${value}`))
    .join(' ');
  return [
    `  nmap options: ${options || 'none'}`,
    `  jitter up to ${jitterSeconds} s; ${window === undefined ? 'at any time' : `within ${window}`}; missed: ${missed}; overlap: ${overlap}${notify === undefined ? '' : `; notify: ${notify}`}`,
    `  owner ${owner.replace(/#.*$/, '')}, site ${site}`,
  ];
}
