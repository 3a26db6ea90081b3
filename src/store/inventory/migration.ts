/** The tables of the inventory: what is known of each site, since when, and what was looked at. tables.ts says what is in them. */
import type { ColumnDefinitionBuilder, CreateTableBuilder, Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from '../dialect.ts';

const must = (column: ColumnDefinitionBuilder) => column.notNull();
const zero = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(0);
const one = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(1);
const unique = (column: ColumnDefinitionBuilder) => column.notNull().unique();

export const inventoryTables = (dialect: Dialect): Migration => ({
  async up(db: Kysely<unknown>) {
    const { identity, bytes } = dialect;
    const counted = (name: string) =>
      db.schema.createTable(name).addColumn('id', identity.type, identity.build);
    /** Rows in the order of their key, so that what belongs to one asset lies together. */
    const keyed = <T extends string>(
      name: string,
      columns: (table: CreateTableBuilder<string, never>) => CreateTableBuilder<string, T>,
      key: readonly T[],
    ) => {
      const table = columns(db.schema.createTable(name)).addPrimaryKeyConstraint(`one_of_${name}`, [...key]);
      return (dialect.keyedTable ? table.modifyEnd(dialect.keyedTable) : table).execute();
    };
    const index = (name: string, table: string, columns: string[]) =>
      db.schema.createIndex(name).on(table).columns(columns);

    await counted('sites')
      .addColumn('org', 'integer', one)
      .addColumn('uid', 'text', unique)
      .addColumn('name', 'text', must)
      .addColumn('fold_seq', 'integer', zero)
      .addColumn('writing', 'integer')
      .addColumn('attempt', 'text')
      .addColumn('rebuilding', 'integer', zero)
      .addColumn('newest', 'bigint')
      .addColumn('objectives', 'text')
      .addUniqueConstraint('one_site_of_a_name', ['org', 'name'])
      .execute();
    await counted('networks')
      .addColumn('site_id', 'integer', must)
      .addColumn('first16', bytes, must)
      .addColumn('last16', bytes, must)
      .addColumn('name', 'text')
      .addColumn('kind', 'text')
      .addColumn('gateway', 'text')
      .addColumn('vantage', 'text')
      .addColumn('objectives', 'text')
      .addUniqueConstraint('one_network_of_a_range', ['site_id', 'first16', 'last16'])
      .execute();

    await counted('looks')
      .addColumn('org', 'integer', one)
      .addColumn('site_id', 'integer', must)
      .addColumn('hash', 'text', must)
      .addColumn('kind', 'text', must)
      .addColumn('vantage', 'text', must)
      .addColumn('task_id', 'text')
      .addColumn('started_at', 'bigint', must)
      .addColumn('ended_at', 'bigint', must)
      .addColumn('completeness', 'text', must)
      .addColumn('discovery', 'text')
      .addColumn('degraded', 'text')
      .addColumn('hosts', 'integer', must)
      .addColumn('stored_at', 'bigint', must)
      .addColumn('state', 'text', must)
      .addColumn('fold_no', 'integer')
      .addColumn('folded_at', 'bigint')
      .addColumn('error', 'text')
      .addUniqueConstraint('one_look_of_a_content', ['site_id', 'hash'])
      .execute();
    await index('looks_waiting', 'looks', ['site_id', 'ended_at', 'id'])
      .where('state', '=', 'waiting')
      .execute();
    await index('looks_in_order', 'looks', ['site_id', 'fold_no']).execute();
    await index('looks_by_task', 'looks', ['task_id']).execute();
    await keyed(
      'look_parts',
      (table) =>
        table
          .addColumn('look_id', 'integer', must)
          .addColumn('part', 'integer', must)
          .addColumn('body', bytes, must),
      ['look_id', 'part'],
    );
    await keyed(
      'fold_parts',
      (table) =>
        table
          .addColumn('look_id', 'integer', must)
          .addColumn('attempt', 'text', must)
          .addColumn('part', 'integer', must)
          .addColumn('body', 'text', must),
      ['look_id', 'attempt', 'part'],
    );

    await counted('port_sets')
      .addColumn('hash', 'text', unique)
      .addColumn('ranges', 'text', must)
      .addColumn('count', 'integer', must)
      .execute();
    await counted('fingerprints')
      .addColumn('hash', 'text', unique)
      .addColumn('name', 'text')
      .addColumn('product', 'text')
      .addColumn('version', 'text')
      .addColumn('body', 'text', must)
      .execute();

    await keyed(
      'coverage',
      (table) =>
        table
          .addColumn('look_id', 'integer', must)
          .addColumn('first16', bytes, must)
          .addColumn('last16', bytes, must)
          .addColumn('aspect', 'text', must)
          .addColumn('protocol', 'text', must)
          .addColumn('port_set_id', 'integer', must)
          .addColumn('technique', 'text', must)
          .addColumn('site_id', 'integer', must)
          .addColumn('at', 'bigint', must),
      ['look_id', 'first16', 'last16', 'aspect', 'protocol', 'port_set_id', 'technique'],
    );
    await keyed(
      'coverage_gaps',
      (table) =>
        table
          .addColumn('look_id', 'integer', must)
          .addColumn('first16', bytes, must)
          .addColumn('last16', bytes, must)
          .addColumn('aspect', 'text', must)
          .addColumn('why', 'text', must),
      ['look_id', 'first16', 'last16', 'aspect'],
    );
    await keyed(
      'asked',
      (table) =>
        table
          .addColumn('site_id', 'integer', must)
          .addColumn('first16', bytes, must)
          .addColumn('last16', bytes, must)
          .addColumn('vantage', 'text', must)
          .addColumn('aspect', 'text', must)
          .addColumn('protocol', 'text', must)
          .addColumn('port_set_id', 'integer', must)
          .addColumn('technique', 'text', must)
          .addColumn('first_at', 'bigint', must)
          .addColumn('last_at', 'bigint', must)
          .addColumn('looks', 'integer', must)
          .addColumn('look_id', 'integer', must),
      ['site_id', 'first16', 'last16', 'vantage', 'aspect', 'protocol', 'port_set_id', 'technique'],
    );
    await keyed(
      'tested',
      (table) =>
        table
          .addColumn('asset_id', 'integer', must)
          .addColumn('addr16', bytes, must)
          .addColumn('vantage', 'text', must)
          .addColumn('aspect', 'text', must)
          .addColumn('protocol', 'text', must)
          .addColumn('port_set_id', 'integer', must)
          .addColumn('last_at', 'bigint', must)
          .addColumn('looks', 'integer', must)
          .addColumn('look_id', 'integer', must),
      ['asset_id', 'addr16', 'vantage', 'aspect', 'protocol', 'port_set_id'],
    );

    await counted('assets')
      .addColumn('org', 'integer', one)
      .addColumn('site_id', 'integer', must)
      .addColumn('uid', 'text', unique)
      .addColumn('name', 'text')
      .addColumn('name_source', 'text')
      .addColumn('class', 'text', must)
      .addColumn('state', 'text', must)
      .addColumn('criticality', 'text', must)
      .addColumn('is_static', 'integer', must)
      .addColumn('owner', 'text')
      .addColumn('tags', 'text', must)
      .addColumn('vendor', 'text')
      .addColumn('os_family', 'text')
      .addColumn('os', 'text')
      .addColumn('first_seen', 'bigint', must)
      .addColumn('last_seen', 'bigint', must)
      .addColumn('state_since', 'bigint', must)
      .addColumn('misses', 'integer', must)
      .addColumn('seen_by', 'text')
      .addColumn('flags', 'text', must)
      .addColumn('merged_into', 'text')
      .addColumn('confidence', 'real', must)
      .addColumn('why', 'text')
      .addColumn('memo', 'text')
      .addColumn('fixed', 'text')
      .addColumn('stale', 'integer', zero)
      .execute();
    await index('assets_of_a_site', 'assets', ['site_id', 'id']).execute();
    await index('assets_by_name', 'assets', ['site_id', 'name']).execute();
    await keyed(
      'asset_history',
      (table) =>
        table
          .addColumn('asset_id', 'integer', must)
          .addColumn('field', 'text', must)
          .addColumn('valid_from', 'bigint', must)
          .addColumn('valid_to', 'bigint')
          .addColumn('value', 'text')
          .addColumn('look_id', 'integer', must),
      ['asset_id', 'field', 'valid_from'],
    );
    await keyed(
      'identifiers',
      (table) =>
        table
          .addColumn('asset_id', 'integer', must)
          .addColumn('type', 'text', must)
          .addColumn('value', 'text', must)
          .addColumn('detail', 'text', must)
          .addColumn('site_id', 'integer', must)
          .addColumn('worth', 'text', must)
          .addColumn('said', 'text', must)
          .addColumn('first_seen', 'bigint', must)
          .addColumn('last_seen', 'bigint', must)
          .addColumn('ended_at', 'bigint'),
      ['asset_id', 'type', 'value', 'detail'],
    );
    await index('identifiers_by_value', 'identifiers', ['site_id', 'type', 'value']).execute();
    await keyed(
      'addresses',
      (table) =>
        table
          .addColumn('site_id', 'integer', must)
          .addColumn('addr16', bytes, must)
          .addColumn('asset_id', 'integer', must)
          .addColumn('valid_from', 'bigint', must)
          .addColumn('valid_to', 'bigint')
          .addColumn('look', 'text', must),
      ['site_id', 'addr16', 'asset_id', 'valid_from'],
    );
    await index('addresses_of_an_asset', 'addresses', ['asset_id']).execute();

    await keyed(
      'services',
      (table) =>
        table
          .addColumn('asset_id', 'integer', must)
          .addColumn('vantage', 'text', must)
          .addColumn('protocol', 'text', must)
          .addColumn('port', 'integer', must)
          .addColumn('site_id', 'integer', must)
          .addColumn('word', 'text', must)
          .addColumn('addr16', bytes)
          .addColumn('fingerprint_id', 'integer')
          .addColumn('since', 'bigint', must)
          .addColumn('first_open', 'bigint')
          .addColumn('changed_at', 'bigint', must)
          .addColumn('confirmed_at', 'bigint', must)
          .addColumn('lags', 'integer', must)
          .addColumn('strong', 'integer', must)
          .addColumn('against', 'integer', must)
          .addColumn('more', 'text'),
      ['asset_id', 'vantage', 'protocol', 'port'],
    );
    await index('services_by_port', 'services', ['site_id', 'port', 'protocol', 'asset_id'])
      .where('word', '=', 'open')
      .execute();
    await index('services_by_fingerprint', 'services', ['site_id', 'fingerprint_id', 'asset_id'])
      .where('word', '=', 'open')
      .execute();
    await keyed(
      'service_history',
      (table) =>
        table
          .addColumn('asset_id', 'integer', must)
          .addColumn('vantage', 'text', must)
          .addColumn('protocol', 'text', must)
          .addColumn('port', 'integer', must)
          .addColumn('valid_from', 'bigint', must)
          .addColumn('valid_to', 'bigint', must)
          .addColumn('word', 'text', must)
          .addColumn('fingerprint_id', 'integer')
          .addColumn('look_id', 'integer', must),
      ['asset_id', 'vantage', 'protocol', 'port', 'valid_from'],
    );
    await keyed(
      'facts',
      (table) =>
        table
          .addColumn('asset_id', 'integer', must)
          .addColumn('hash', 'text', must)
          .addColumn('site_id', 'integer', must)
          .addColumn('type', 'text', must)
          .addColumn('protocol', 'text', must)
          .addColumn('port', 'integer', must)
          .addColumn('body', 'text', must)
          .addColumn('expires_at', 'bigint')
          .addColumn('first_seen', 'bigint', must)
          .addColumn('last_seen', 'bigint', must)
          .addColumn('ended_at', 'bigint')
          .addColumn('told', 'integer'),
      ['asset_id', 'hash'],
    );
    await index('facts_that_expire', 'facts', ['site_id', 'expires_at'])
      .where('expires_at', 'is not', null)
      .execute();

    await counted('incidents')
      .addColumn('uid', 'text', unique)
      .addColumn('site_id', 'integer', must)
      .addColumn('dedupe_key', 'text', must)
      .addColumn('kind', 'text', must)
      .addColumn('severity', 'text', must)
      .addColumn('opened_at', 'bigint', must)
      .addColumn('last_at', 'bigint', must)
      .addColumn('closed_at', 'bigint')
      .addColumn('closed_why', 'text')
      .addColumn('count', 'integer', must)
      .addColumn('stale', 'integer', zero)
      .execute();
    await index('incidents_open', 'incidents', ['site_id', 'dedupe_key'])
      .unique()
      .where('closed_at', 'is', null)
      .execute();
    await counted('events')
      .addColumn('org', 'integer', one)
      .addColumn('uid', 'text', unique)
      .addColumn('site_id', 'integer', must)
      .addColumn('at', 'bigint', must)
      .addColumn('seen_at', 'bigint', must)
      .addColumn('asset_id', 'integer')
      .addColumn('addr16', bytes)
      .addColumn('protocol', 'text')
      .addColumn('port', 'integer')
      .addColumn('kind', 'text', must)
      .addColumn('severity', 'text', must)
      .addColumn('before', 'text')
      .addColumn('after', 'text')
      .addColumn('rule', 'text', must)
      .addColumn('look_before', 'text')
      .addColumn('look_after', 'text', must)
      .addColumn('vantage', 'text', must)
      .addColumn('hosts', 'integer')
      .addColumn('sample', 'text')
      .addColumn('dedupe_key', 'text', must)
      .addColumn('part_of', 'text')
      .addColumn('expected', 'integer', must)
      .addColumn('incident_id', 'integer')
      .addColumn('state', 'text', must)
      .addColumn('until', 'bigint')
      .addColumn('decided_by', 'text')
      .addColumn('decided_at', 'bigint')
      .addColumn('reason', 'text')
      .addColumn('stale', 'integer', zero)
      .execute();
    await index('events_of_a_site', 'events', ['site_id', 'id']).execute();
    await index('events_by_time', 'events', ['site_id', 'seen_at']).execute();
    await index('events_of_an_asset', 'events', ['asset_id', 'id']).execute();
    await index('events_of_an_incident', 'events', ['incident_id']).execute();
    await index('events_of_a_look', 'events', ['site_id', 'look_after']).execute();

    await counted('expectations')
      .addColumn('uid', 'text', unique)
      .addColumn('site_id', 'integer', must)
      .addColumn('selector', 'text', must)
      .addColumn('protocol', 'text')
      .addColumn('ports', 'text')
      .addColumn('product', 'text')
      .addColumn('effect', 'text', must)
      .addColumn('reason', 'text', must)
      .addColumn('approved_by', 'text', must)
      .addColumn('approved_at', 'bigint', must)
      .addColumn('expires_at', 'bigint')
      .addColumn('review_at', 'bigint')
      .execute();
    await keyed(
      'bookmarks',
      (table) =>
        table
          .addColumn('caller', 'text', must)
          .addColumn('what', 'text', must)
          .addColumn('event_id', 'integer', must)
          .addColumn('at', 'bigint', must),
      ['caller', 'what'],
    );
    await counted('identity_log')
      .addColumn('site_id', 'integer', must)
      .addColumn('look_id', 'integer', must)
      .addColumn('at', 'bigint', must)
      .addColumn('asset_uid', 'text')
      .addColumn('rung', 'text', must)
      .addColumn('body', 'text', must)
      .execute();
    await index('identity_log_of_an_asset', 'identity_log', ['asset_uid', 'id']).execute();
    await index('identity_log_by_time', 'identity_log', ['at']).execute();
    await keyed(
      'identity_constraints',
      (table) =>
        table
          .addColumn('site_id', 'integer', must)
          .addColumn('a', 'text', must)
          .addColumn('b', 'text', must)
          .addColumn('word', 'text', must)
          .addColumn('made_by', 'text', must)
          .addColumn('made_at', 'bigint', must)
          .addColumn('reason', 'text', must),
      ['site_id', 'a', 'b'],
    );
    await keyed(
      'suppressed',
      (table) =>
        table
          .addColumn('look_id', 'integer', must)
          .addColumn('subject', 'text', must)
          .addColumn('rule', 'text', must)
          .addColumn('why', 'text', must)
          .addColumn('count', 'integer', must),
      ['look_id', 'subject', 'rule', 'why'],
    );
    await keyed(
      'site_memory',
      (table) =>
        table
          .addColumn('site_id', 'integer', must)
          .addColumn('key', 'text', must)
          .addColumn('body', 'text', must),
      ['site_id', 'key'],
    );
  },
});
