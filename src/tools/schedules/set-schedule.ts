import { z } from 'zod';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import { MISSED, OVERLAP, TEMPLATES, type TemplateName } from '../../core/schedule.ts';
import { requestOf } from '../../scans/requests.ts';
import type { Asked, ShownSchedule } from '../../schedules/service.ts';
import { templateOf } from '../../schedules/templates.ts';
import { defineTool } from '../call/define-tool.ts';
import { askedScan, draftOf } from '../scan/asked-scan.ts';
import { fromScanner, Scanner, targetList } from '../scan/input.ts';
import { local, NOT_SERVED, ScheduleOutput, scheduleLines, scheduleOutput } from './output.ts';

const Input = z.strictObject({
  action: z
    .enum(['add', 'edit', 'pause', 'resume', 'run', 'remove'])
    .describe('edit changes only what is given; run begins one within seconds, beside its times.'),
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'up to 64 letters, digits, dots, dashes or underscores')
    .describe('Its name.'),
  template: z
    .enum(TEMPLATES)
    .optional()
    .describe(
      'To begin from, with target: inventory (nightly: hosts, 1000 ports, host keys, certificates), full-weekly, verify-after-change (once, in five minutes).',
    ),
  scan: askedScan.scan.describe('Which scan tool. By default the one whose arguments are given.'),
  ...askedScan.arguments,
  scanner: Scanner,
  when: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('Cron (0 2 * * *; seconds may lead), @hourly, every 6h, in 10m, or a date: 2026-01-31T09:30.'),
  time_zone: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('IANA name, such as Europe/Berlin; that of the server when absent.'),
  jitter_seconds: z
    .number()
    .int()
    .min(0)
    .max(86_400)
    .optional()
    .describe('Each run begins up to so many seconds later.'),
  window: z
    .string()
    .max(200)
    .optional()
    .describe(
      'When it may scan: 22:00-06:00, or not mon-fri 08:00-18:00. A scan that outlasts it goes on in the next. "": always.',
    ),
  missed: z.enum(MISSED).optional().describe('Of times at which no server ran: run_once catches up.'),
  overlap: z.enum(OVERLAP).optional().describe('When the run before still goes on.'),
  notify: z
    .string()
    .max(64)
    .optional()
    .describe('Name of the alert rule that is told of all its scans find; "": none.'),
  until: z.iso.datetime({ offset: true }).optional().describe('End of a pause; absent: until resume.'),
});
type Input = z.output<typeof Input>;

export const setSchedule = defineTool({
  name: 'set_schedule',
  title: 'Have a scan run again and again',
  description:
    'Adds, changes, pauses, resumes, runs or removes a recurring scan. It is authorised now, and at each run with the ' +
    'rights that its owner has then. Only when a person asked for it: it goes on scanning after this conversation.',
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  toolset: 'schedules',
  scope: 'schedules:write',
  input: Input,
  output: z.strictObject({
    schedule: ScheduleOutput,
    coming: z.array(z.string()),
    served: z.boolean(),
    warning: z.string().optional(),
  }),
  async handle(given, { services: { schedules }, caller }) {
    const { action, name, until } = given;
    refuseUnused(given);
    switch (action) {
      case 'add':
        return answer('added', await schedules.add(name, asked(given), caller));
      case 'edit':
        return answer('changed', await schedules.edit(name, asked(given), caller));
      case 'pause':
        return answer(
          'paused',
          await schedules.pause(name, until === undefined ? undefined : Date.parse(until), caller),
        );
      case 'resume':
        return answer('resumed', await schedules.resume(name, caller));
      case 'run':
        return answer('asked to run now', await schedules.run(name, caller));
      case 'remove': {
        const schedule = await schedules.remove(name, caller);
        return {
          structured: { schedule: scheduleOutput(schedule), coming: [], served: true },
          text: `${name} removed, with the list of its runs. A scan that it began goes on; what was found stays.`,
        };
      }
    }
  },
});

/** Arguments that say nothing for this action would be dropped without a word. */
function refuseUnused({ action, name: _, until, ...said }: Input): void {
  const changes = action === 'add' || action === 'edit';
  const unused = changes ? [] : Object.entries(said).filter(([, value]) => value !== undefined);
  const [first] = until !== undefined && action !== 'pause' ? ['until'] : unused.map(([key]) => key);
  if (first === undefined) return;
  throw new PortolanError(
    'invalid_argument',
    `set_schedule: ${action} takes no "${first}".`,
    first === 'until' ? 'Only pause takes it.' : 'Only add and edit take it.',
  );
}

function asked(given: Input): Asked {
  const { template, scan: _, target, scanner } = given;
  const timing = {
    when: given.when,
    zone: given.time_zone,
    jitterSeconds: given.jitter_seconds,
    window: given.window,
    missed: given.missed,
    overlap: given.overlap,
    notify: given.notify,
  };
  if (template !== undefined) return { ...timing, ...fromTemplate(template, given) };
  const { command, strategy, politeness, scan_type, port_range, host_discovery } = given;
  const how = [given.scan, command, strategy, politeness, scan_type, port_range, host_discovery, scanner];
  const isSaid = how.some((value) => value !== undefined);
  if (!isSaid && target === undefined) return timing;
  if (given.action === 'edit' && !isSaid && target !== undefined)
    return { ...timing, scan: { targets: targetList(target) } };
  const request = { ...requestOf(draftOf(given, 'set_schedule')), ...fromScanner(scanner) };
  return { ...timing, scan: { request } };
}

/** Its scan and its times; what is said beside it counts. */
function fromTemplate(name: TemplateName, given: Input): Asked {
  const { target, scanner } = given;
  const other = (
    ['scan', 'command', 'strategy', 'politeness', 'scan_type', 'port_range', 'host_discovery'] as const
  ).find((key) => given[key] !== undefined);
  if (target === undefined || other !== undefined)
    throw new PortolanError(
      'invalid_argument',
      other === undefined
        ? `set_schedule: the template ${name} needs a target.`
        : `set_schedule: the template ${name} says what to scan, and so does "${other}".`,
      'Give a template and a target; or scan, command and the like without a template.',
    );
  const { request, ...template } = templateOf(name);
  return {
    scan: { request: { ...request(targetList(target)), ...fromScanner(scanner) } },
    when: given.when ?? template.when,
    jitterSeconds: given.jitter_seconds ?? (given.when === undefined ? template.jitterSeconds : 0),
    missed: given.missed ?? template.missed,
    overlap: given.overlap ?? template.overlap,
  };
}

function answer(word: string, { schedule, coming, served, warning }: ShownSchedule) {
  const { last: _, ...itself } = schedule;
  const next = coming.map((time) => local(time, schedule.zone)).join(', ');
  return {
    structured: {
      schedule: scheduleOutput(schedule),
      coming: coming.map((time) => new Date(time).toISOString()),
      served,
      ...(warning === undefined ? {} : { warning: cleanField(warning) }),
    },
    text: [
      `${schedule.name} ${word}.`,
      ...scheduleLines(itself).slice(1),
      ...(next === '' ? [] : [`  coming: ${next}`]),
      ...(warning === undefined ? [] : [cleanField(warning)]),
      ...(served ? [] : [NOT_SERVED]),
    ].join('\n'),
  };
}
