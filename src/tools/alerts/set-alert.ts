import { z } from 'zod';
import type { AlertService, Preview } from '../../alerts/service.ts';
import type { AlertTiming } from '../../core/alert.ts';
import { SEVERITIES } from '../../core/asset.ts';
import { PortolanError } from '../../core/errors.ts';
import { defineTool } from '../call/define-tool.ts';
import { minute } from '../inventory/change-line.ts';
import { Since } from '../results/filter-inputs.ts';
import { plural } from '../results/numbers.ts';
import { reportWords } from './output.ts';

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;
const Clock = z.string().regex(CLOCK, 'write a time of day as 08:00');
export const AlertName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a name of letters, digits, dots, dashes or underscores');

const Rule = z.strictObject({
  name: AlertName.describe('A rule of that name is changed.'),
  query: z
    .string()
    .max(2000)
    .default('')
    .describe(
      'Which incidents, as find_assets asks: severity:>=medium is:unexpected net:10.0.0.0/16; "" for all.',
    ),
  channels: z.array(AlertName).max(20).default([]).describe('Names of channels; a preview needs none.'),
  digest: z
    .enum(['each', 'hourly', 'daily'])
    .default('each')
    .describe('Each by itself, or all of an hour or a day together.'),
  at: Clock.optional().describe('Time of the daily message, 08:00 when absent.'),
  zone: z.string().max(64).optional().describe('Time zone of all times here, such as Europe/Berlin.'),
  quiet: z
    .strictObject({
      from: Clock,
      to: Clock,
      days: z.array(z.int().min(0).max(6)).min(1).max(7).optional().describe('0 is Sunday; all when absent.'),
      unless: z.enum(SEVERITIES).optional().describe('What is as grave is sent nevertheless.'),
    })
    .optional()
    .describe('Nothing is sent between these times; it comes afterwards.'),
  escalate: z
    .strictObject({ minutes: z.int().min(1).max(10_080), channel: AlertName })
    .optional()
    .describe('Tell it there too when nobody has decided about it after so many minutes.'),
  most: z
    .int()
    .min(1)
    .max(1000)
    .default(6)
    .describe('Messages to a channel within ten minutes; what is more goes together into one.'),
  schedule: z.string().max(64).optional().describe('Only what scans of the schedule of this name find.'),
  enabled: z.boolean().default(true),
});

const Report = z.strictObject({
  channel: AlertName.optional().describe('A channel of mail; a preview needs none.'),
  day: z.int().min(0).max(6).default(1).describe('Day of the week; 0 is Sunday.'),
  at: Clock.default('08:00'),
  zone: z.string().max(64).optional().describe('Time zone, such as Europe/Berlin.'),
  off: z.boolean().default(false).describe('Send it there no more.'),
});

export const setAlert = defineTool({
  name: 'set_alert',
  title: 'Say what is told where',
  description:
    'Makes or changes an alert rule, says what it would have sent in the last 30 days (preview: changes nothing), adds ' +
    'a maintenance window or a weekly report, or removes a rule or window. Only when a person asked for it.',
  annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
  toolset: 'alerts',
  scope: 'alerts:write',
  input: z.strictObject({
    rule: Rule.optional().describe('The rule to make, change or preview.'),
    report: Report.optional().describe(
      'The weekly report by mail: new, gone, unexpected, coverage, certificates that end.',
    ),
    preview: z.boolean().default(false).describe('Only say what the rule, or the report, would have sent.'),
    window: z
      .strictObject({
        query: z.string().max(2000).default('').describe('Hosts that are worked on; "" for all.'),
        from: Since.optional().describe('Now when absent.'),
        to: Since.describe('End, such as 2026-12-31T06:00:00Z.'),
        reason: z.string().min(1).max(500),
      })
      .optional()
      .describe('What opens meanwhile is told when it is over, if it is still so.'),
    remove: z
      .strictObject({ what: z.enum(['rule', 'window']), name: z.string().min(1).max(64) })
      .optional()
      .describe('What is to go.'),
  }),
  output: z.strictObject({
    window_id: z.string().optional(),
    /** When the next report is due. */
    report_at: z.string().optional(),
    would_have_sent: z
      .strictObject({
        days: z.number().int(),
        incidents: z.number().int(),
        messages: z.number().int(),
        sample: z.array(z.string()),
      })
      .optional(),
  }),
  async handle({ rule, report, preview, window, remove }, { services: { alerts }, caller }) {
    const said: string[] = [];
    let found: Preview | undefined;
    let windowId: string | undefined;
    let reportAt: number | undefined;
    if (rule) {
      const { name, query, channels, enabled, schedule, ...timing } = rule;
      const ask = { name, query, channels, enabled, schedule, timing: timing satisfies AlertTiming };
      if (!preview) await alerts.setRule(ask, caller.name);
      found = await alerts.preview(ask);
      said.push(
        preview ? 'Nothing was changed.' : `The rule ${name} is set. It is about what opens from now on.`,
        ...previewLines(found),
      );
    }
    if (report) {
      if (preview) said.push(await alerts.previewReport(report.channel));
      else {
        reportAt = await setReport(alerts, report);
        said.push(reportWordsOf(report, reportAt));
      }
    }
    if (window) {
      const { query, from, to, reason } = window;
      const begins = from === undefined ? Date.now() : Date.parse(from);
      windowId = await alerts.addWindow({ query, from: begins, to: Date.parse(to), reason }, caller.name);
      said.push(
        `Maintenance window ${windowId}: what opens meanwhile and is still so then is told when it ends.`,
      );
    }
    if (remove) {
      await alerts.remove(remove.what, remove.name);
      said.push(`The ${remove.what} ${remove.name} is removed.`);
    }
    if (said.length === 0)
      throw new PortolanError(
        'invalid_argument',
        'Nothing was said.',
        'Give rule, report, window or remove.',
      );
    return {
      structured: {
        ...(windowId === undefined ? {} : { window_id: windowId }),
        ...(reportAt === undefined ? {} : { report_at: new Date(reportAt).toISOString() }),
        ...(found === undefined ? {} : { would_have_sent: { ...found, sample: [...found.sample] } }),
      },
      text: said.join('\n'),
    };
  },
});

type Report = z.output<typeof Report>;

async function setReport(
  alerts: AlertService,
  { channel, off, ...timing }: Report,
): Promise<number | undefined> {
  if (channel === undefined)
    throw new PortolanError('invalid_argument', 'A report needs a channel.', 'Name one of mail.');
  return await alerts.setReport(channel, off ? undefined : timing);
}

const reportWordsOf = ({ channel, off, ...timing }: Report, next: number | undefined) =>
  next === undefined
    ? `No weekly report goes to ${channel} any more.`
    : `The weekly report goes to ${channel}: ${reportWords(timing)}, next ${minute(next)}.`;

function previewLines({ days, incidents, messages, sample }: Preview): string[] {
  return [
    `It would have sent ${plural(messages, 'message')} about ${plural(incidents, 'incident')} in the last ${days} days${sample.length === 0 ? '.' : ', the last of them about:'}`,
    ...sample,
  ];
}
