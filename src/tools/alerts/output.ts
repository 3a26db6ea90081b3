/** The shapes of what is said about alerts, and one line of each. */
import { z } from 'zod';
import type {
  AlertChannel,
  AlertRule,
  AlertTiming,
  AlertWindow,
  Delivery,
  ReportTiming,
} from '../../core/alert.ts';
import { SEVERITIES } from '../../core/asset.ts';
import { minute } from '../inventory/change-line.ts';

const moment = (ms: number) => new Date(ms).toISOString();

export const ChannelOutput = z.strictObject({
  name: z.string(),
  kind: z.string(),
  /** Secrets are named there, never written. */
  config: z.record(z.string(), z.unknown()),
  min_severity: z.enum(SEVERITIES),
  /** When the weekly report goes there. */
  report: z.string().optional(),
});
export const channelOutput = ({ name, kind, config, minSeverity, report }: AlertChannel) => ({
  name,
  kind,
  config: { ...config },
  min_severity: minSeverity,
  ...(report === undefined ? {} : { report: reportWords(report) }),
});
export const channelLine = ({ name, kind, config, minSeverity, report }: AlertChannel): string =>
  `${name}: ${kind} ${Object.entries(config)
    .map(([key, value]) => `${key}=${Array.isArray(value) ? value.join(',') : String(value)}`)
    .join(
      ' ',
    )}${minSeverity === 'info' ? '' : `; ${minSeverity} and above`}${report === undefined ? '' : `; weekly report ${reportWords(report)}`}`;
export const reportWords = ({ day, at, zone }: Omit<ReportTiming, 'since'>): string =>
  `${DAYS[day]} ${at}${zone === undefined ? '' : ` ${zone}`}`;

/** As set_alert takes it, so that a rule can be read, changed and given back. */
export const RuleOutput = z.strictObject({
  name: z.string(),
  query: z.string(),
  channels: z.array(z.string()),
  digest: z.enum(['each', 'hourly', 'daily']),
  at: z.string().optional(),
  zone: z.string().optional(),
  quiet: z
    .strictObject({
      from: z.string(),
      to: z.string(),
      /** 0 is Sunday; all when absent. */
      days: z.array(z.number().int()).optional(),
      unless: z.enum(SEVERITIES).optional(),
    })
    .optional(),
  escalate: z.strictObject({ minutes: z.number().int(), channel: z.string() }).optional(),
  most: z.number().int(),
  /** Only what scans of this schedule find. */
  schedule: z.string().optional(),
  enabled: z.boolean(),
});
export function ruleOutput({
  name,
  query,
  channels,
  timing,
  schedule,
  enabled,
}: AlertRule): z.infer<typeof RuleOutput> {
  const { digest, at, zone, quiet, escalate, most } = timing;
  const { days, unless } = quiet ?? {};
  return {
    name,
    query,
    channels: [...channels],
    digest,
    ...(at === undefined ? {} : { at }),
    ...(zone === undefined ? {} : { zone }),
    ...(quiet === undefined
      ? {}
      : {
          quiet: {
            from: quiet.from,
            to: quiet.to,
            ...(days === undefined ? {} : { days: [...days] }),
            ...(unless === undefined ? {} : { unless }),
          },
        }),
    ...(escalate === undefined ? {} : { escalate }),
    most,
    ...(schedule === undefined ? {} : { schedule }),
    enabled,
  };
}
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const quietWords = ({ from, to, days, unless }: NonNullable<AlertTiming['quiet']>): string =>
  [
    `${from}-${to}`,
    ...(days ? [days.map((day) => DAYS[day]).join(',')] : []),
    ...(unless === undefined ? [] : [`unless ${unless}`]),
  ].join(' ');
export function ruleLine({ name, query, channels, timing, schedule, enabled }: AlertRule): string {
  const { digest, at, quiet, zone, escalate } = timing;
  return [
    `${name}: ${query === '' ? 'everything' : query} → ${channels.join(', ')}, ${digest === 'daily' ? `daily ${at ?? '08:00'}` : digest}`,
    ...(schedule === undefined ? [] : [`of the schedule ${schedule} alone`]),
    ...(quiet === undefined ? [] : [`quiet ${quietWords(quiet)}`]),
    ...(zone === undefined ? [] : [zone]),
    ...(escalate === undefined ? [] : [`not taken up after ${escalate.minutes}m: ${escalate.channel}`]),
    ...(enabled ? [] : ['switched off']),
  ].join('; ');
}

export const WindowOutput = z.strictObject({
  window_id: z.string(),
  query: z.string(),
  from: z.string(),
  to: z.string(),
  reason: z.string(),
  made_by: z.string(),
});
export const windowOutput = ({ uid, query, from, to, reason, madeBy }: AlertWindow) => ({
  window_id: uid,
  query,
  from: moment(from),
  to: moment(to),
  reason,
  made_by: madeBy,
});
export const windowLine = ({ uid, query, from, to, reason }: AlertWindow): string =>
  `${uid}: ${minute(from)} to ${minute(to)}, ${query === '' ? 'everything' : query}: ${reason}`;

export const DeliveryOutput = z.strictObject({
  delivery_id: z.string(),
  rule: z.string(),
  channel: z.string(),
  state: z.enum(['waiting', 'sending', 'sent', 'dead']),
  incidents: z.number().int(),
  /** It is the weekly report that was due then. */
  report: z.string().optional(),
  made: z.string(),
  attempts: z.number().int(),
  next_attempt: z.string().optional(),
  ended: z.string().optional(),
  error: z.string().optional(),
});
export const deliveryOutput = (one: Delivery) => ({
  delivery_id: one.uid,
  rule: one.rule,
  channel: one.channel,
  state: one.state,
  incidents: one.items,
  ...(one.reportAt === undefined ? {} : { report: moment(one.reportAt) }),
  made: moment(one.madeAt),
  attempts: one.attempt,
  ...(one.state === 'waiting' ? { next_attempt: moment(one.dueAt) } : {}),
  ...(one.endedAt === undefined ? {} : { ended: moment(one.endedAt) }),
  ...(one.error === undefined ? {} : { error: one.error }),
});
export function deliveryLine({
  uid,
  channel,
  rule,
  state,
  items,
  madeAt,
  attempt,
  dueAt,
  error,
  reportAt,
}: Delivery): string {
  const next = state === 'waiting' && attempt > 0 ? `, next attempt ${minute(dueAt)}` : '';
  const tries = attempt > 1 ? `, ${attempt} attempts` : '';
  const about = items === 1 ? 'an incident' : `${items} incidents`;
  const what =
    reportAt === undefined ? `${about} to ${channel} (${rule})` : `the weekly report to ${channel}`;
  return `${uid} ${state}: ${what}, ${minute(madeAt)}${tries}${next}${error === undefined ? '' : `. ${error}`}`;
}
