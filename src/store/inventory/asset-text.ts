/**
 * Assets as one text: what they are is read where it is needed (read-assets.ts), and a text crosses to another thread many
 * times faster than the objects it tells of. Their services, by far the most rows, are made to text by the database itself.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import { inPieces } from '../pieces.ts';
import type { Tables } from '../schema.ts';
import { addressText } from './address-bytes.ts';
import { UNDECIDED } from './change-reads.ts';
import { NO_PORTS } from './intern.ts';
import type { PortsText } from './kept-services.ts';
import type { AssetText } from './read-assets.ts';

const COLUMNS = {
  ports: 'port',
  prints: 'fingerprint_id',
  changed: 'changed_at',
  since: 'since - changed_at',
  firstOpen: 'first_open - changed_at',
  confirmed: 'confirmed_at - changed_at',
} as const;
const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
/** What is read of those that are settled. */
const SETTLED = ['ports', 'prints'] as const;

/** All others are open, confirmed whenever they were asked, at the only address, with nothing against or beside it. */
const UNUSUAL = sql`(word <> 'open' or lags <> 0 or against <> 0 or more is not null or addr16 is not null)`;
/** Those of which something is pending: the others are settled. */
const PENDING = sql`(word <> 'open' or lags <> 0 or against <> 0 or addr16 is not null or more like '%"flapping":true%')`;

/** Whole, or of services that are settled only which they are. */
export type How = 'whole' | 'settled';

/** @param ids some hundreds at a time */
export async function assetsText(
  db: Kysely<Tables>,
  dialect: Dialect,
  ids: readonly number[],
  how: How = 'whole',
): Promise<string> {
  if (ids.length === 0) return '';
  const { isAmong } = dialect;
  const assets = await db.selectFrom('assets').selectAll().where(isAmong('id', ids)).orderBy('id').execute();
  const sites = await db.selectFrom('sites').select(['id', 'name']).execute();
  const identifiers = await db
    .selectFrom('identifiers')
    .selectAll()
    .where(isAmong('asset_id', ids))
    .execute();
  const addresses = await db
    .selectFrom('addresses')
    .select(['asset_id', 'addr16', 'valid_from', 'valid_to', 'look'])
    .where(isAmong('asset_id', ids))
    .orderBy('valid_from')
    .execute();
  const facts = await db
    .selectFrom('facts')
    .select(['asset_id', 'body', 'first_seen', 'last_seen', 'ended_at', 'told'])
    .where(isAmong('asset_id', ids))
    .execute();
  const tested = await db
    .selectFrom('tested')
    .innerJoin('looks', 'looks.id', 'tested.look_id')
    .leftJoin('port_sets', 'port_sets.id', 'tested.port_set_id')
    .select(['tested.asset_id', 'tested.addr16', 'tested.vantage', 'tested.aspect', 'tested.protocol'])
    .select([
      'port_set_id',
      'port_sets.ranges as ports',
      'tested.last_at',
      'tested.looks',
      'looks.hash as look',
    ])
    .where(isAmong('tested.asset_id', ids))
    .execute();
  const incidents = await db
    .selectFrom('incidents')
    .innerJoin('events', 'events.incident_id', 'incidents.id')
    .select('incidents.dedupe_key')
    .distinct()
    .where(isAmong('events.asset_id', ids))
    .where(UNDECIDED)
    .where('incidents.closed_at', 'is', null)
    .execute();
  const services =
    how === 'whole' ? await wholeServices(db, dialect, ids) : await settledServices(db, dialect, ids);
  const text = JSON.stringify({
    assets,
    site: Object.fromEntries(sites.map(({ id, name }) => [id, name])),
    identifiers,
    addresses: addresses.map(({ addr16, ...one }) => ({ ...one, address: addressText(addr16) })),
    facts,
    tested: tested.map(({ addr16, port_set_id, ports, ...one }) => ({
      ...one,
      address: addressText(addr16),
      ports: port_set_id === NO_PORTS ? null : ports,
    })),
    incidents: incidents.map(({ dedupe_key }) => dedupe_key),
  } satisfies AssetText);
  return `${text.slice(0, -1)},${services}}`;
}

async function wholeServices(db: Kysely<Tables>, dialect: Dialect, ids: readonly number[]): Promise<string> {
  const { array, group } = dialect.json;
  const of = dialect.isAmong('asset_id', ids);
  const { rows } = await sql<Lists>`select ${columnsOf(dialect, NAMES)} from services
    where ${of} group by asset_id, vantage, protocol`.execute(db);
  const { rows: unusual } = await sql<{ rows: string | null }>`
    select cast(${group}(${array}(asset_id, vantage, protocol, port, word, lags, strong, against, more,
      ${dialect.hex('addr16')})) as text) as rows
    from services where ${of} and ${UNUSUAL}`.execute(db);
  return `"services":${listsText(rows)},"unusual":${unusual[0]?.rows ?? '[]'}`;
}

/** One pass tells which they are, and of which assets some are pending: of those few they are read. */
async function settledServices(
  db: Kysely<Tables>,
  dialect: Dialect,
  ids: readonly number[],
): Promise<string> {
  const { rows } = await sql<Lists & { pending: number }>`
    select ${columnsOf(dialect, SETTLED)}, sum(case when ${PENDING} then 1 else 0 end) as pending from services
    where ${dialect.isAmong('asset_id', ids)} group by asset_id, vantage, protocol`.execute(db);
  const some = new Set(rows.flatMap(({ asset, pending }) => (Number(pending) > 0 ? [asset] : [])));
  const pending =
    some.size === 0
      ? '[]'
      : await rowsText(db, dialect, sql`${dialect.isAmong('asset_id', [...some])} and ${PENDING}`);
  return `"services":${listsText(rows)},"pending":${pending}`;
}

/** The lists as texts. */
type Lists = Pick<PortsText, 'asset' | 'vantage' | 'protocol'> &
  Partial<Record<keyof typeof COLUMNS, string>>;

const columnsOf = (dialect: Dialect, names: readonly (keyof typeof COLUMNS)[]): RawBuilder<unknown> =>
  sql`asset_id as asset, vantage, protocol, ${sql.join(
    names.map(
      (name) => sql`cast(${dialect.json.group}(${sql.raw(COLUMNS[name])}) as text) as ${sql.ref(name)}`,
    ),
  )}`;

function listsText(rows: readonly Lists[]): string {
  const texts = rows.map((row) => {
    const { asset, vantage, protocol } = row;
    const lists = NAMES.flatMap((name) => (row[name] === undefined ? [] : [`"${name}":${row[name]}`]));
    return `${JSON.stringify({ asset, vantage, protocol }).slice(0, -1)},${lists.join(',')}}`;
  });
  return `[${texts.join(',')}]`;
}

async function rowsText(db: Kysely<Tables>, dialect: Dialect, where: RawBuilder<unknown>): Promise<string> {
  const { array, group } = dialect.json;
  const { rows } = await sql<{ rows: string | null }>`
    select cast(${group}(${array}(asset_id, vantage, protocol, port, word, lags, strong, against, more,
      ${dialect.hex('addr16')}, fingerprint_id, changed_at, since, first_open, confirmed_at)) as text) as rows
    from services where ${where}`.execute(db);
  return rows[0]?.rows ?? '[]';
}

const AT_ONCE = 250;

/** Services that are settled and yet wanted: all of some assets, and single ones. */
export interface WantedServices {
  whole: number[];
  single: [asset: number, vantage: string, protocol: string, port: number][];
}

/** @returns JSON of ServiceText */
export async function wantedServices(
  db: Kysely<Tables>,
  dialect: Dialect,
  { whole, single }: WantedServices,
): Promise<string> {
  const texts: string[] = [];
  for (const ids of inPieces(whole, AT_ONCE))
    texts.push(await rowsText(db, dialect, dialect.isAmong('asset_id', ids)));
  for (const keys of inPieces(single, AT_ONCE)) {
    const values = keys.map(
      ([asset, vantage, protocol, port]) =>
        sql`(cast(${asset} as integer), ${vantage}, ${protocol}, cast(${port} as integer))`,
    );
    const where = sql`(asset_id, vantage, protocol, port) in (values ${sql.join(values)})`;
    texts.push(await rowsText(db, dialect, where));
  }
  const lists = texts.filter((text) => text !== '[]').map((text) => text.slice(1, -1));
  return `[${lists.join(',')}]`;
}
