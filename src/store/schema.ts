/** The tables, as kysely sees them, and how they come to be. Times are milliseconds since the epoch. */
import { type ColumnDefinitionBuilder, type Generated, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** One row per Portolan process that uses this database, so that a crashed one can be told from a living one. */
interface InstanceTable {
  id: string;
  pid: number;
  /** Start time of the process in clock ticks since boot, where the system tells (Linux): a pid alone is reused. */
  start_ticks: number | null;
  boot_id: string;
  heartbeat_at: number;
  /** 1 once it was asked to end: whatever comes then is no crash. */
  leaving: Generated<number>;
}

interface TaskTable {
  id: string;
  state: string;
  owner: string;
  request: string;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  argv: string | null;
  nmap_version: string | null;
  run_facts: string | null;
  progress: string | null;
  addresses_total: number;
  hosts_done: number;
  hosts_up: number;
  open_ports: number;
  coverage: string;
  error: string | null;
  attempts: number;
  /** How many processes died while they ran it. */
  deaths: Generated<number>;
  /** The instance that is to run it (pending) or runs it (running). */
  instance_id: string;
  cancel_requested: number;
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
  name: string;
  scopes: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
}

interface DisabledToolTable {
  name: string;
  disabled_by: string;
  disabled_at: number;
}

export interface Tables {
  instances: InstanceTable;
  tokens: TokenTable;
  disabled_tools: DisabledToolTable;
  tasks: TaskTable;
  hosts: HostTable;
  announced: AnnouncedTable;
}

// Migrations keep their own untyped view of the database: they must still run when Tables has moved on.
export const MIGRATIONS: Record<string, Migration> = {
  '2026-11-20-first': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('instances')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('pid', 'integer', (column) => column.notNull())
        .addColumn('start_ticks', 'bigint')
        .addColumn('boot_id', 'text', (column) => column.notNull())
        .addColumn('heartbeat_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('tasks')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('request', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('started_at', 'bigint')
        .addColumn('ended_at', 'bigint')
        .addColumn('argv', 'text')
        .addColumn('nmap_version', 'text')
        .addColumn('progress', 'text')
        .addColumn('addresses_total', 'integer', (column) => column.notNull())
        .addColumn('hosts_done', 'integer', (column) => column.notNull().defaultTo(0))
        .addColumn('hosts_up', 'integer', (column) => column.notNull().defaultTo(0))
        .addColumn('open_ports', 'integer', (column) => column.notNull().defaultTo(0))
        .addColumn('coverage', 'text', (column) => column.notNull())
        .addColumn('error', 'text')
        .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
        .addColumn('instance_id', 'text', (column) => column.notNull())
        .addColumn('cancel_requested', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
      await db.schema.createIndex('tasks_by_state').on('tasks').columns(['state', 'created_at']).execute();
      await db.schema.createIndex('tasks_by_time').on('tasks').columns(['created_at', 'id']).execute();
      await db.schema
        .createTable('hosts')
        .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('task_id', 'text', (column) => column.notNull().references('tasks.id').onDelete('cascade'))
        .addColumn('address', 'text', (column) => column.notNull())
        .addColumn('up', 'integer', (column) => column.notNull())
        .addColumn('partial', 'integer', (column) => column.notNull())
        .addColumn('open_ports', 'integer', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addUniqueConstraint('one_row_per_host', ['task_id', 'address'])
        .execute();
      await db.schema.createIndex('hosts_in_order').on('hosts').columns(['task_id', 'up', 'seq']).execute();
      await db.schema.createIndex('hosts_by_address').on('hosts').columns(['address', 'seq']).execute();
      await db.schema
        .createTable('announced')
        .addColumn('task_id', 'text', (column) => column.notNull().references('tasks.id').onDelete('cascade'))
        .addColumn('address', 'text', (column) => column.notNull())
        .addColumn('protocol', 'text', (column) => column.notNull())
        .addColumn('port', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('one_announcement', ['task_id', 'address', 'protocol', 'port'])
        .execute();
    },
  },
  '2026-11-20-tokens': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('tokens')
        .addColumn('hash', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('scopes', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint')
        .addColumn('revoked_at', 'bigint')
        .execute();
      await db.schema
        .createTable('disabled_tools')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('disabled_by', 'text', (column) => column.notNull())
        .addColumn('disabled_at', 'bigint', (column) => column.notNull())
        .execute();
    },
  }, // Tasks belonged to a name; now they belong to the token that had it then (core/caller, tokenIdentity). Those of tokens
  // that this database never knew are left to administrators.
  '2026-11-28-token-owners': {
    async up(db: Kysely<unknown>) {
      await sql`
        UPDATE tasks SET owner = owner || '#' || (
          SELECT substr(hash, 1, 16) FROM tokens
          WHERE tokens.name = tasks.owner AND tokens.created_at <= tasks.created_at
          ORDER BY tokens.created_at DESC LIMIT 1)
        WHERE EXISTS (
          SELECT 1 FROM tokens WHERE tokens.name = tasks.owner AND tokens.created_at <= tasks.created_at)
      `.execute(db);
    },
  },
  '2026-11-28-run-facts': {
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable('tasks').addColumn('run_facts', 'text').execute();
    },
  },
  '2026-11-28-stored-at': {
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable('hosts').addColumn('stored_at', 'bigint').execute();
    },
  },
  '2026-11-29-deaths': {
    async up(db: Kysely<unknown>) {
      const count = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(0);
      await db.schema.alterTable('tasks').addColumn('deaths', 'integer', count).execute();
      await db.schema.alterTable('instances').addColumn('leaving', 'integer', count).execute();
    },
  },
};
