/** `portolan alerts channel | rule | preview | report | window | remove | resend | test`. */
import { PortolanError } from '../../core/errors.ts';
import { EXIT } from '../exit-codes.ts';
import { ask } from '../inventory/ask.ts';
import { print } from '../terminal.ts';
import type { AlertOptions } from './list.ts';

async function say(
  { json, ...options }: AlertOptions,
  tool: string,
  args: Readonly<Record<string, unknown>>,
): Promise<number> {
  return await ask({ ...options, ...(json ? { json } : {}) }, tool, args, ({ text }) => {
    print(text);
    return EXIT.ok;
  });
}

export async function channel(
  name: string,
  kind: string,
  pairs: readonly string[],
  { minSeverity, ...options }: AlertOptions & { minSeverity?: string },
): Promise<number> {
  const config = Object.fromEntries(pairs.map(pairOf));
  return await say(options, 'set_alert_channel', { name, kind, config, min_severity: minSeverity });
}

/** Several values are comma separated; what is one value alone stays a text. */
function pairOf(text: string): [string, unknown] {
  const [key = '', ...rest] = text.split('=');
  if (key === '' || rest.length === 0)
    throw wrong(`${text} is no key=value.`, 'Write it as host=mail.example.net.');
  const value = rest.join('=');
  if (value === 'true' || value === 'false') return [key, value === 'true'];
  return [key, key === 'to' && value.includes(',') ? value.split(',') : value];
}

interface TimingOptions {
  digest?: string;
  at?: string;
  zone?: string;
  most?: string;
}

export interface RuleOptions extends AlertOptions, TimingOptions {
  to: string;
  quiet?: string;
  quietDays?: string;
  unless?: string;
  escalate?: string;
  schedule?: string;
  off?: boolean;
}

export async function rule(name: string, query: readonly string[], options: RuleOptions): Promise<number> {
  const { to, quiet, quietDays, unless, escalate, schedule, off, digest, at, zone, most, ...rest } = options;
  const args = {
    name,
    query: query.join(' '),
    channels: to.split(','),
    ...timing({ digest, at, zone, most }),
    quiet: quiet === undefined ? undefined : quietOf(quiet, quietDays, unless),
    escalate: escalate === undefined ? undefined : escalationOf(escalate),
    schedule,
    enabled: !off,
  };
  return await say(rest, 'set_alert', { rule: args });
}

export async function preview(
  query: readonly string[],
  { digest, at, zone, most, ...options }: AlertOptions & TimingOptions,
): Promise<number> {
  const args = { name: 'preview', query: query.join(' '), ...timing({ digest, at, zone, most }) };
  return await say(options, 'set_alert', { rule: args, preview: true });
}

export interface ReportOptions extends AlertOptions {
  on?: string;
  at?: string;
  zone?: string;
  off?: boolean;
  preview?: boolean;
}

export async function report(
  name: string | undefined,
  { on, at, zone, off, preview: only, ...options }: ReportOptions,
): Promise<number> {
  const day = on === undefined ? undefined : dayOf(on);
  if (day === -1) throw wrong(`--on ${on} is no day.`, 'Write it as mon.');
  return await say(options, 'set_alert', { report: { channel: name, day, at, zone, off }, preview: only });
}

export async function window(
  query: readonly string[],
  { until, from, reason, ...options }: AlertOptions & { until: string; from?: string; reason: string },
): Promise<number> {
  return await say(options, 'set_alert', { window: { query: query.join(' '), from, to: until, reason } });
}

export async function remove(what: string, name: string, options: AlertOptions): Promise<number> {
  return what === 'channel'
    ? await say(options, 'set_alert_channel', { name, remove: true })
    : await say(options, 'set_alert', { remove: { what, name } });
}

export async function resend(ids: readonly string[], options: AlertOptions): Promise<number> {
  return await say(options, 'resend_alerts', { deliveries: ids.length === 0 ? undefined : ids });
}

export async function test(name: string, options: AlertOptions): Promise<number> {
  return await say(options, 'test_alert_channel', { channel: name });
}

type Maybe<T> = { [K in keyof T]: T[K] | undefined };

const timing = ({ digest, at, zone, most }: Maybe<Required<TimingOptions>>) => ({
  digest,
  at,
  zone,
  most: most === undefined ? undefined : Number(most),
});

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** -1 when it is none. */
const dayOf = (name: string) => DAYS.indexOf(name.trim().toLowerCase().slice(0, 3));

function quietOf(times: string, days: string | undefined, unless: string | undefined) {
  const [from, to, ...more] = times.split('-');
  if (from === undefined || to === undefined || more.length > 0)
    throw wrong(`--quiet ${times} is no span of time.`, 'Write it as 22:00-07:00.');
  const numbers = days?.split(',').map(dayOf);
  if (numbers?.includes(-1)) throw wrong(`--quiet-days ${days} are no days.`, 'Write them as mon,tue,fri.');
  return { from, to, days: numbers, unless };
}

function escalationOf(text: string) {
  const [, minutes, name] = /^(\d{1,5}):(.+)$/.exec(text) ?? [];
  if (minutes === undefined || name === undefined)
    throw wrong(`--escalate ${text} says no time and channel.`, 'Write it as 30:pager.');
  return { minutes: Number(minutes), channel: name };
}

const wrong = (why: string, next: string) => new PortolanError('invalid_argument', why, next);
