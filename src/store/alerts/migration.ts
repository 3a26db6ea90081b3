/** The tables of alerts: tables.ts says what is in them. */
import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from '../dialect.ts';

const must = (column: ColumnDefinitionBuilder) => column.notNull();
const zero = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(0);
const one = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(1);

export const alertTables = ({ identity }: Dialect): Migration => ({
  async up(db: Kysely<unknown>) {
    const counted = (name: string) =>
      db.schema
        .createTable(name)
        .addColumn('id', identity.type, identity.build)
        .addColumn('org', 'integer', one);

    await counted('alert_channels')
      .addColumn('name', 'text', must)
      .addColumn('kind', 'text', must)
      .addColumn('config', 'text', must)
      .addColumn('min_severity', 'text', must)
      .addColumn('made_by', 'text', must)
      .addColumn('made_at', 'bigint', must)
      .addColumn('packed', 'integer', zero)
      .addUniqueConstraint('one_channel_of_a_name', ['org', 'name'])
      .execute();
    await counted('alert_rules')
      .addColumn('name', 'text', must)
      .addColumn('query', 'text', must)
      .addColumn('channels', 'text', must)
      .addColumn('timing', 'text', must)
      .addColumn('enabled', 'integer', must)
      .addColumn('made_by', 'text', must)
      .addColumn('made_at', 'bigint', must)
      .addUniqueConstraint('one_alert_rule_of_a_name', ['org', 'name'])
      .execute();
    await counted('alert_windows')
      .addColumn('uid', 'text', (column) => column.notNull().unique())
      .addColumn('query', 'text', must)
      .addColumn('from_at', 'bigint', must)
      .addColumn('to_at', 'bigint', must)
      .addColumn('reason', 'text', must)
      .addColumn('made_by', 'text', must)
      .execute();
    await counted('alert_outbox')
      .addColumn('incident', 'text', must)
      .addColumn('word', 'text', must)
      .addColumn('by', 'text')
      .addColumn('at', 'bigint', must)
      .execute();
    await counted('alert_items')
      .addColumn('rule_id', 'integer', must)
      .addColumn('channel_id', 'integer', must)
      .addColumn('incident', 'text', must)
      .addColumn('word', 'text', must)
      .addColumn('by', 'text')
      .addColumn('at', 'bigint', must)
      .addColumn('due_at', 'bigint', must)
      .addColumn('held', 'text')
      .addColumn('delivery_id', 'integer')
      .execute();
    await sql`create index alert_items_due on alert_items (due_at) where delivery_id is null`.execute(db);
    await db.schema
      .createIndex('alert_items_of_an_incident')
      .on('alert_items')
      .columns(['incident', 'channel_id'])
      .execute();
    await db.schema
      .createIndex('alert_items_of_a_delivery')
      .on('alert_items')
      .column('delivery_id')
      .execute();
    await counted('alert_deliveries')
      .addColumn('uid', 'text', (column) => column.notNull().unique())
      .addColumn('rule_id', 'integer', must)
      .addColumn('channel_id', 'integer', must)
      .addColumn('state', 'text', must)
      .addColumn('items', 'integer', must)
      .addColumn('made_at', 'bigint', must)
      .addColumn('due_at', 'bigint', must)
      .addColumn('attempt', 'integer', zero)
      .addColumn('instance_id', 'text')
      .addColumn('epoch', 'integer', zero)
      .addColumn('error', 'text')
      .addColumn('ended_at', 'bigint')
      .addColumn('receipt', 'text')
      .execute();
    await db.schema
      .createIndex('alert_deliveries_by_state')
      .on('alert_deliveries')
      .columns(['state', 'channel_id', 'id'])
      .execute();
    // A fold that is written in several steps remembers that it is one of a rebuild, of which nobody is told.
    await db.schema.alterTable('sites').addColumn('refolds', 'integer', zero).execute();
  },
});

/** Weekly reports, and rules about the scans of one schedule. */
export const alertReports: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('alert_channels').addColumn('report', 'text').execute();
    await db.schema.alterTable('alert_rules').addColumn('schedule', 'text').execute();
    await db.schema.alterTable('alert_deliveries').addColumn('report_at', 'bigint').execute();
    await sql`create unique index one_report_of_a_time on alert_deliveries (channel_id, report_at)
      where report_at is not null`.execute(db);
  },
};
