/** The tables, as kysely sees them. Times are milliseconds since the epoch. migrations.ts makes them. */
import type { Generated } from 'kysely';
import type { AlertTables } from './alerts/tables.ts';
import type { InventoryTables } from './inventory/tables.ts';

/** One row per Portolan process that uses this database, so that a crashed one can be told from a living one. */
interface InstanceTable {
  id: string;
  pid: number;
  /** Start time of the process in clock ticks since boot, where the system tells (Linux): a pid alone is reused. */
  start_ticks: number | null;
  boot_id: string;
  /** The machine's name, and the namespace in which the pid is one; null where that is not known. */
  host: string | null;
  pid_namespace: string | null;
  /** Raised every few seconds while it lives. */
  beat: Generated<number>;
  /** The same by the clock on the wall, for versions of Portolan that know no `beat`. */
  heartbeat_at: number;
  /** 1 once it was asked to end: whatever comes then is no crash. */
  leaving: Generated<number>;
}

/** One row: who decides by counting tasks holds it, so that nobody else counts meanwhile. */
interface QueueTable {
  id: number;
}

interface TaskTable {
  id: string;
  org: Generated<number>;
  state: string;
  owner: string;
  request: string;
  created_at: number;
  started_at: Generated<number | null>;
  ended_at: Generated<number | null>;
  argv: Generated<string | null>;
  nmap_version: Generated<string | null>;
  run_facts: Generated<string | null>;
  progress: Generated<string | null>;
  addresses_total: number;
  hosts_done: Generated<number>;
  hosts_up: Generated<number>;
  open_ports: Generated<number>;
  coverage: string;
  error: Generated<string | null>;
  attempts: Generated<number>;
  /** How many processes died while they ran it. */
  deaths: Generated<number>;
  /** The instance that is to run it (pending) or runs it (running); while it waits for any of a zone, that one's holder. */
  instance_id: string;
  /** Whose processes may run it, one as well as another; null: only the one that it was given to. */
  zone: Generated<string | null>;
  /** The fencing number: raised with each claim and each takeover. */
  epoch: Generated<number>;
  cancel_requested: Generated<number>;
  /** 1 while it is being deleted, in steps: nobody is to see it any more. */
  removed: Generated<number>;
}

interface HostTable {
  /** Grows with every write, so that a reader who pages through a running scan misses no change. */
  seq: Generated<number>;
  task_id: string;
  address: string;
  /** 1 when there is something to show: the host is up or has open ports. */
  up: number;
  partial: number;
  open_ports: number;
  /** Null for hosts stored before there was this column. */
  stored_at: number | null;
  /** Ports that are told in some state; null for hosts stored before there was this column. */
  told_ports: number | null;
  body: string;
}

/** Open ports that nmap announced for hosts it has not finished. */
interface AnnouncedTable {
  task_id: string;
  address: string;
  protocol: string;
  port: number;
}

/** Tokens made by `portolan token create`. A name may come back after its token was revoked or has expired. */
interface TokenTable {
  hash: string;
  org: Generated<number>;
  name: string;
  scopes: string;
  /** JSON, a list of names; null where it is bound to none. */
  sites: string | null;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
}

/** Log-ins of browsers (core/session.ts). */
interface SessionTable {
  /** Of its id. */
  hash: string;
  org: Generated<number>;
  owner: string;
  sealed: string;
  created_at: number;
  seen_at: number;
}

/** Codes that let a browser in once. */
interface LinkTable {
  hash: string;
  org: Generated<number>;
  expires_at: number;
}

interface DisabledToolTable {
  name: string;
  disabled_by: string;
  disabled_at: number;
}

interface ScheduleTable {
  id: Generated<number>;
  uid: string;
  org: Generated<number>;
  name: string;
  owner: string;
  site: string;
  request: string;
  /** When it is due, in words. */
  rule: string;
  zone: string;
  jitter_s: number;
  allowed_window: string | null;
  missed: string;
  overlap: string;
  anchor_at: number;
  notify: string | null;
  state: string;
  reason: string | null;
  paused_until: number | null;
  next_due: number | null;
  next_at: number | null;
  created_at: number;
  changed_at: number;
}

/** One row for each time that a schedule was due; the key is what makes sure that it is run once. */
interface ScheduleRunTable {
  schedule_id: number;
  due_at: number;
  outcome: string;
  reason: string | null;
  task_id: string | null;
  tried_at: number;
  decided_at: number;
}

export interface Tables extends InventoryTables, AlertTables {
  instances: InstanceTable;
  tokens: TokenTable;
  sessions: SessionTable;
  links: LinkTable;
  disabled_tools: DisabledToolTable;
  queues: QueueTable;
  tasks: TaskTable;
  hosts: HostTable;
  announced: AnnouncedTable;
  schedules: ScheduleTable;
  schedule_runs: ScheduleRunTable;
}
