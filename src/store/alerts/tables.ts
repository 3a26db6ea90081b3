/** The tables of alerts, as kysely sees them (migration.ts makes them). Times are milliseconds since the epoch. */
import type { Generated } from 'kysely';

/** Where messages go. */
interface ChannelTable {
  id: Generated<number>;
  org: Generated<number>;
  name: string;
  kind: string;
  /** JSON, as its kind wants it; secrets are named there (`env:`, `file:`), never written. */
  config: string;
  min_severity: string;
  made_by: string;
  made_at: number;
  /** Raised by whoever packs its messages: of two at once one waits. */
  packed: Generated<number>;
  /** JSON: when the weekly report goes there (core/alert.ts). */
  report: string | null;
}

/** What is told where, and when. */
interface RuleTable {
  id: Generated<number>;
  org: Generated<number>;
  name: string;
  query: string;
  /** JSON: names of channels. */
  channels: string;
  /** JSON: digest, quiet hours, escalation, most messages (core/alert.ts). */
  timing: string;
  enabled: number;
  /** Name of the schedule whose scans alone it is about. */
  schedule: string | null;
  made_by: string;
  /** Incidents of before are not its concern. */
  made_at: number;
}

/** Maintenance: what opens meanwhile is told when it is over, if it is still so. */
interface WindowTable {
  id: Generated<number>;
  org: Generated<number>;
  uid: string;
  query: string;
  from_at: number;
  to_at: number;
  reason: string;
  made_by: string;
}

/** What happened to incidents, written in the transaction in which it happened, until rules have been asked about it. */
interface OutboxTable {
  id: Generated<number>;
  org: Generated<number>;
  incident: string;
  word: string;
  /** Who decided, where somebody did. */
  by: string | null;
  at: number;
}

/** What one rule wants told in one channel of one incident. Of no delivery until its time has come. */
interface ItemTable {
  id: Generated<number>;
  org: Generated<number>;
  rule_id: number;
  channel_id: number;
  incident: string;
  word: string;
  by: string | null;
  at: number;
  due_at: number;
  /** Why it waits: `digest`, `quiet`, `window`, `escalation`. */
  held: string | null;
  delivery_id: number | null;
}

/** One message. */
interface DeliveryTable {
  id: Generated<number>;
  org: Generated<number>;
  /** The key by which a receiver knows one that comes twice. */
  uid: string;
  rule_id: number;
  channel_id: number;
  /** `waiting`, `sending`, `sent`, `dead`. */
  state: string;
  items: number;
  made_at: number;
  due_at: number;
  attempt: Generated<number>;
  /** Who sends it, and the number that each taking raises. */
  instance_id: string | null;
  epoch: Generated<number>;
  error: string | null;
  ended_at: number | null;
  /** What the receiver calls it, for answers to it. */
  receipt: string | null;
  /** The time at which a report was due, which this is: no channel has two of one time. */
  report_at: number | null;
}

export interface AlertTables {
  alert_channels: ChannelTable;
  alert_rules: RuleTable;
  alert_windows: WindowTable;
  alert_outbox: OutboxTable;
  alert_items: ItemTable;
  alert_deliveries: DeliveryTable;
}

/** Each with what tells its rows apart: what is copied from one database to another. */
export const ALERT_TABLES = [
  { table: 'alert_channels', key: ['id'] },
  { table: 'alert_rules', key: ['id'] },
  { table: 'alert_windows', key: ['id'] },
  { table: 'alert_outbox', key: ['id'] },
  { table: 'alert_items', key: ['id'] },
  { table: 'alert_deliveries', key: ['id'] },
] as const;
