/** Whether what is known holds together: what `portolan db check` says of the inventory. */
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../schema.ts';

/** What belongs to an asset, a site or a look that is not there. */
const BELONGS = [
  ['services', 'asset_id', 'assets'],
  ['service_history', 'asset_id', 'assets'],
  ['identifiers', 'asset_id', 'assets'],
  ['addresses', 'asset_id', 'assets'],
  ['facts', 'asset_id', 'assets'],
  ['tested', 'asset_id', 'assets'],
  ['events', 'asset_id', 'assets'],
  ['assets', 'site_id', 'sites'],
  ['looks', 'site_id', 'sites'],
  ['coverage', 'look_id', 'looks'],
  ['look_parts', 'look_id', 'looks'],
] as const;

/** In words; nothing when it is sound. */
export async function inventoryFaults(db: Kysely<Tables>): Promise<string[]> {
  const wrong: string[] = [];
  for (const [table, column, owner] of BELONGS) {
    const lost = await count(
      db,
      sql`select count(*) as count from ${sql.table(table)} where ${sql.ref(column)} is not null
        and ${sql.ref(column)} not in (select id from ${sql.table(owner)})`,
    );
    if (lost > 0) wrong.push(`${lost} rows of ${table} belong to ${owner} that are not there`);
  }
  const bodiless = await count(
    db,
    sql`select count(*) as count from looks where state != 'arriving'
      and not exists (select 1 from look_parts where look_id = looks.id)`,
  );
  if (bodiless > 0) wrong.push(`${bodiless} looks have no body, so that a rebuild would lack them`);
  const twice = await count(
    db,
    sql`select count(*) as count from (select site_id, dedupe_key from incidents where closed_at is null
      group by site_id, dedupe_key having count(*) > 1) as doubled`,
  );
  if (twice > 0) wrong.push(`${twice} incidents are open twice`);
  return wrong;
}

async function count(db: Kysely<Tables>, query: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await sql<{ count: number }>`${query}`.execute(db);
  return Number(rows[0]?.count ?? 0);
}
