/** What a list says of each asset: names, addresses, open ports, and how many changes wait. */
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Asset } from '../../core/asset.ts';
import type { Protocol } from '../../core/result.ts';
import type { Dialect } from '../dialect.ts';
import type { Tables } from '../schema.ts';
import { addressText } from './address-bytes.ts';
import { inPieces } from './bulk.ts';
import { headOf } from './read-assets.ts';

export interface AssetLine extends Omit<Asset, 'identifiers' | 'addresses' | 'services' | 'facts'> {
  id: number;
  /** Those it has now. */
  addresses: string[];
  mac?: string;
  /** Open from anywhere, in order; the first {@link MOST_PORTS} of them. */
  open: { protocol: Protocol; port: number; name?: string; product?: string; version?: string }[];
  openPorts: number;
  /** Open events by kind. */
  changes: { kind: string; count: number }[];
}

/** More than that no list shows; who wants all asks for the asset. */
const MOST_PORTS = 16;

export async function assetLines(
  db: Kysely<Tables>,
  dialect: Dialect,
  rows: readonly (Selectable<Tables['assets']> & { site: string })[],
): Promise<AssetLine[]> {
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return [];
  const { array, group } = dialect.json;
  const addresses = await db
    .selectFrom('addresses')
    .select(['asset_id', 'addr16'])
    .where('asset_id', 'in', ids)
    .where('valid_to', 'is', null)
    .orderBy('addr16')
    .execute();
  const macs = await db
    .selectFrom('identifiers')
    .select(['asset_id', 'value'])
    .where('asset_id', 'in', ids)
    .where('type', '=', 'mac')
    .where('ended_at', 'is', null)
    .orderBy('last_seen')
    .execute();
  const { rows: services } = await sql<{ id: number; ports: number; open: string | null }>`
    select id,
      (select count(*) from (select distinct protocol, port from services
        where asset_id = assets.id and word = 'open') as counted) as ports,
      (select cast(${group}(${array}(protocol, port, print)) as text) from (
        select protocol, port, max(fingerprint_id) as print from services
        where asset_id = assets.id and word = 'open'
        group by protocol, port order by protocol, port limit ${MOST_PORTS}) as listed) as open
    from assets where id in (${sql.join(ids)})`.execute(db);
  const open = new Map(services.map((row) => [Number(row.id), { ...row, open: readOpen(row.open) }]));
  const prints = await namesOf(db, [...open.values()]);
  const events = await db
    .selectFrom('events')
    .select((eb) => ['asset_id', 'kind', eb.fn.countAll<number>().as('count')])
    .where('asset_id', 'in', ids)
    .where('state', '=', 'open')
    .groupBy(['asset_id', 'kind'])
    .orderBy('kind')
    .execute();
  const of = <T extends { asset_id: number | null }>(list: readonly T[]) => {
    const grouped = Map.groupBy(list, ({ asset_id }) => Number(asset_id));
    return (id: number) => grouped.get(id) ?? [];
  };
  const [addressesOf, macsOf, eventsOf] = [of(addresses), of(macs), of(events)];
  return rows.map(({ site, ...row }) => {
    const [mac] = macsOf(row.id).toReversed();
    const ports = open.get(Number(row.id));
    return {
      ...headOf(row, site),
      id: Number(row.id),
      addresses: addressesOf(row.id).map(({ addr16 }) => addressText(addr16)),
      ...(mac ? { mac: mac.value } : {}),
      open: (ports?.open ?? []).map(([protocol, port, print]) => ({
        protocol,
        port,
        ...(print === null ? {} : prints.get(print)),
      })),
      openPorts: Number(ports?.ports ?? 0),
      changes: eventsOf(row.id).map(({ kind, count }) => ({ kind, count: Number(count) })),
    };
  });
}

type OpenText = [protocol: Protocol, port: number, fingerprint: number | null];

const readOpen = (text: string | null): OpenText[] => (text === null ? [] : JSON.parse(text));

type Said = Pick<AssetLine['open'][number], 'name' | 'product' | 'version'>;

async function namesOf(
  db: Kysely<Tables>,
  listed: readonly { open: OpenText[] }[],
): Promise<Map<number, Said>> {
  const ids = new Set(listed.flatMap(({ open }) => open.flatMap(([, , print]) => print ?? [])));
  const names = new Map<number, Said>();
  for (const some of inPieces([...ids])) {
    const rows = await db
      .selectFrom('fingerprints')
      .select(['id', 'name', 'product', 'version'])
      .where('id', 'in', some)
      .execute();
    for (const { id, name, product, version } of rows)
      names.set(Number(id), {
        ...(name === null ? {} : { name }),
        ...(product === null ? {} : { product }),
        ...(version === null ? {} : { version }),
      });
  }
  return names;
}
