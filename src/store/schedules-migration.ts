/** The tables of schedules. The key of the second makes it impossible that one time of one schedule is run twice. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from './dialect.ts';

export const scheduleTables = (dialect: Dialect): Migration => ({
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('schedules')
      .addColumn('id', dialect.identity.type, dialect.identity.build)
      .addColumn('uid', 'text', (column) => column.notNull().unique())
      .addColumn('org', 'integer', (column) => column.notNull().defaultTo(1))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('owner', 'text', (column) => column.notNull())
      .addColumn('site', 'text', (column) => column.notNull())
      .addColumn('request', 'text', (column) => column.notNull())
      .addColumn('rule', 'text', (column) => column.notNull())
      .addColumn('zone', 'text', (column) => column.notNull())
      .addColumn('jitter_s', 'integer', (column) => column.notNull())
      .addColumn('allowed_window', 'text')
      .addColumn('missed', 'text', (column) => column.notNull())
      .addColumn('overlap', 'text', (column) => column.notNull())
      .addColumn('anchor_at', 'bigint', (column) => column.notNull())
      .addColumn('notify', 'text')
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('reason', 'text')
      .addColumn('paused_until', 'bigint')
      .addColumn('next_due', 'bigint')
      .addColumn('next_at', 'bigint')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('changed_at', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('one_schedule_of_a_name', ['org', 'name'])
      .execute();
    await sql`create index schedules_next on schedules (next_at) where next_at is not null`.execute(db);
    await db.schema
      .createTable('schedule_runs')
      .addColumn('schedule_id', 'bigint', (column) =>
        column.notNull().references('schedules.id').onDelete('cascade'),
      )
      .addColumn('due_at', 'bigint', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('reason', 'text')
      // No foreign key: scans are deleted sooner than it is forgotten how they went.
      .addColumn('task_id', 'text')
      .addColumn('tried_at', 'bigint', (column) => column.notNull())
      .addColumn('decided_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('one_run_of_a_time', ['schedule_id', 'due_at'])
      .execute();
    await sql`create index schedule_runs_open on schedule_runs (schedule_id, due_at)
      where outcome in ('due', 'running', 'paused')`.execute(db);
  },
});
