/**
 * How the tables come to be, step by step. A step that was released is never changed: a later one goes on from it. What
 * an older Portolan still reads is taken away one version after the newer one stopped using it (expand, deploy, contract:
 * docs/database.md).
 */
import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { alertReports, alertTables } from './alerts/migration.ts';
import type { Dialect } from './dialect.ts';
import { inventoryTables } from './inventory/migration.ts';
import { scheduleTables } from './schedules-migration.ts';

// Migrations keep their own untyped view of the database: they must still run when Tables has moved on.
export const migrations = (dialect: Dialect): Record<string, Migration> => ({
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
        .addColumn('seq', dialect.identity.type, dialect.identity.build)
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
  },
  // Tasks belonged to a name; now they belong to the token that had it then (core/caller, tokenIdentity). Those of tokens
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
  '2026-11-29-queue-and-organisations': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('queues')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .execute();
      await sql`insert into queues (id) values (1)`.execute(db);
      // There is one organisation so far; with the column here, dividing them later rewrites nothing.
      for (const table of ['tasks', 'tokens'])
        await db.schema
          .alterTable(table)
          .addColumn('org', 'integer', (column) => column.notNull().defaultTo(1))
          .execute();
    },
  },
  '2026-11-29-told-ports': {
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable('hosts').addColumn('told_ports', 'integer').execute();
    },
  },
  // Whose turn it is in the queue is found by when each was served last.
  '2026-11-29-turns': {
    async up(db: Kysely<unknown>) {
      await db.schema.createIndex('tasks_by_owner').on('tasks').columns(['owner', 'started_at']).execute();
    },
  },
  '2026-11-29-deaths': {
    async up(db: Kysely<unknown>) {
      const count = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(0);
      await db.schema.alterTable('tasks').addColumn('deaths', 'integer', count).execute();
      await db.schema.alterTable('instances').addColumn('leaving', 'integer', count).execute();
    },
  },
  // Who has a task is told by leases. A Portolan of before beats by heartbeat_at alone, which is kept up for its sake.
  '2026-11-30-leases': {
    async up(db: Kysely<unknown>) {
      const count = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(0);
      await db.schema.alterTable('tasks').addColumn('epoch', 'integer', count).execute();
      await db.schema.alterTable('instances').addColumn('beat', 'bigint', count).execute();
      for (const name of ['host', 'pid_namespace'])
        await db.schema.alterTable('instances').addColumn(name, 'text').execute();
    },
  },
  // What is being deleted is hidden first: it goes in steps, so that nobody has to wait.
  '2026-11-30-removed': {
    async up(db: Kysely<unknown>) {
      const flag = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(0);
      await db.schema.alterTable('tasks').addColumn('removed', 'integer', flag).execute();
      await sql`create index tasks_removed on tasks (id) where removed = 1`.execute(db);
    },
  },
  '2026-12-01-inventory': inventoryTables(dialect),
  // What is expected is taken back with the decision that it came of, and what held once stays readable.
  '2026-12-02-expectations': {
    async up(db: Kysely<unknown>) {
      for (const [name, type] of [
        ['change_uid', 'text'],
        ['removed_at', 'bigint'],
        ['removed_by', 'text'],
      ] as const)
        await db.schema.alterTable('expectations').addColumn(name, type).execute();
      await db.schema
        .createIndex('expectations_of_a_site')
        .on('expectations')
        .columns(['site_id', 'removed_at'])
        .execute();
      await db.schema
        .createIndex('expectations_of_a_change')
        .on('expectations')
        .column('change_uid')
        .execute();
    },
  },
  '2026-12-02-token-sites': {
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable('tokens').addColumn('sites', 'text').execute();
    },
  },
  '2026-12-03-schedules': scheduleTables(dialect),
  // A fold and a list ask for what waits of some assets; all that was ever told of them grows without end.
  '2026-12-03-undecided': {
    async up(db: Kysely<unknown>) {
      await sql`create index events_undecided on events (asset_id, kind, state, incident_id)
        where state in ('open', 'ack', 'muted')`.execute(db);
    },
  },
  '2026-12-04-alerts': alertTables(dialect),
  // Few assets were merged into another one: who asks which ones does not read them all.
  '2026-12-04-merged': {
    async up(db: Kysely<unknown>) {
      await sql`create index assets_merged on assets (merged_into) where merged_into is not null`.execute(db);
    },
  },
  '2026-12-05-alert-reports': alertReports,
  '2026-12-06-sessions': {
    async up(db: Kysely<unknown>) {
      const org = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(1);
      await db.schema
        .createTable('sessions')
        .addColumn('hash', 'text', (column) => column.primaryKey())
        .addColumn('org', 'integer', org)
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('sealed', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('seen_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('sessions_by_owner').on('sessions').column('owner').execute();
      await db.schema
        .createTable('links')
        .addColumn('hash', 'text', (column) => column.primaryKey())
        .addColumn('org', 'integer', org)
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  '2026-12-07-zones': {
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable('tasks').addColumn('zone', 'text').execute();
    },
  },
});
