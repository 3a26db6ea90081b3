/** The words of alerts, between the store, which keeps them, and the rules that decide. Times are milliseconds since the epoch. */
import type { Severity } from './asset.ts';

/** What happens to an incident: it opens, somebody decides about it, it is undone, or nobody took care of it in time. */
export const ALERT_WORDS = [
  'opened',
  'acknowledged',
  'undone',
  'accepted',
  'ignored',
  'reopened',
  'escalated',
] as const;
export type AlertWord = (typeof ALERT_WORDS)[number];

/** Words after which nothing of it is open. */
export const OVER: ReadonlySet<AlertWord> = new Set(['undone', 'accepted', 'ignored']);

export interface AlertChannel {
  id: number;
  name: string;
  /** `email`, `webhook` … */
  kind: string;
  /** As its kind wants it; secrets are named (`env:`, `file:`), never written. */
  config: Readonly<Record<string, unknown>>;
  /** What is less grave does not go there. */
  minSeverity: Severity;
  /** The weekly report goes there. */
  report?: ReportTiming;
  madeBy: string;
  madeAt: number;
}

/** When the report of a week is sent: to those who read mail. */
export interface ReportTiming {
  /** Day of the week, 0 on Sunday. */
  day: number;
  /** Clock time, as `08:00`. */
  at: string;
  /** IANA name; that of the machine when absent. */
  zone?: string | undefined;
  /** No report is due for the time before. */
  since: number;
}

/** When a rule speaks. */
export interface AlertTiming {
  /** Each by itself, or all of an hour or of a day together. */
  digest: 'each' | 'hourly' | 'daily';
  /** Of `daily`: 08:00 when absent. */
  at?: string | undefined;
  /** IANA name of the time zone of all clock times here; that of the machine when absent. */
  zone?: string | undefined;
  /** Nothing is sent between these clock times; it comes when they are over. */
  quiet?:
    | { from: string; to: string; days?: readonly number[] | undefined; unless?: Severity | undefined }
    | undefined;
  /** Told elsewhere when nobody has decided about it after so many minutes. */
  escalate?: { minutes: number; channel: string } | undefined;
  /** Messages within ten minutes; what is more goes together into one. */
  most: number;
}

export interface AlertRule {
  id: number;
  name: string;
  /** In the language of docs/inventory.md, of the incident and its host. */
  query: string;
  /** Names of channels. */
  channels: readonly string[];
  timing: AlertTiming;
  /** Only what scans of the schedule of this name find. */
  schedule?: string | undefined;
  enabled: boolean;
  madeBy: string;
  madeAt: number;
}

/** Planned work: what opens meanwhile on these hosts is told when it is over, if it is still so then. */
export interface AlertWindow {
  uid: string;
  query: string;
  from: number;
  to: number;
  reason: string;
  madeBy: string;
}

export interface OutboxEntry {
  id: number;
  incident: string;
  word: AlertWord;
  by?: string;
  at: number;
}

export interface AlertItem {
  incident: string;
  word: AlertWord;
  by?: string;
  at: number;
}

export interface NewItem extends AlertItem {
  ruleId: number;
  channelId: number;
  dueAt: number;
  held?: 'digest' | 'quiet' | 'window' | 'escalation';
}

export type DeliveryState = 'waiting' | 'sending' | 'sent' | 'dead';

export interface Delivery {
  id: number;
  /** The key by which a receiver knows one that comes twice. */
  uid: string;
  rule: string;
  channel: string;
  state: DeliveryState;
  items: number;
  madeAt: number;
  dueAt: number;
  attempt: number;
  error?: string;
  endedAt?: number;
  /** It is the weekly report that was due then. */
  reportAt?: number;
}

/** One delivery in the hands of one process. */
export interface HeldDelivery extends Delivery {
  channelId: number;
  instanceId: string;
  epoch: number;
}
