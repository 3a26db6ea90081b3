/** What a list says of each asset: names, addresses, open ports, and how many changes wait. */
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Asset } from '../../core/asset.ts';
import type { Protocol } from '../../core/result.ts';
import type { Tables } from '../schema.ts';
import { addressText } from './address-bytes.ts';
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

const MOST_PORTS = 100;

export async function assetLines(
  db: Kysely<Tables>,
  rows: readonly (Selectable<Tables['assets']> & { site: string })[],
): Promise<AssetLine[]> {
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return [];
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
  const { rows: services } = await sql<Open>`
    select asset_id, protocol, port, name, product, version, ports from (
      select asset_id, protocol, port, max(fingerprint_id) as fingerprint,
        count(*) over (partition by asset_id) as ports,
        row_number() over (partition by asset_id order by protocol, port) as place
      from services where asset_id in (${sql.join(ids)}) and word = 'open'
      group by asset_id, protocol, port) as listed
    left join fingerprints on fingerprints.id = listed.fingerprint
    where place <= ${MOST_PORTS} order by asset_id, protocol, port`.execute(db);
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
  const [addressesOf, macsOf, servicesOf, eventsOf] = [of(addresses), of(macs), of(services), of(events)];
  return rows.map(({ site, ...row }) => {
    const [mac] = macsOf(row.id).toReversed();
    const open = servicesOf(row.id);
    return {
      ...headOf(row, site),
      id: Number(row.id),
      addresses: addressesOf(row.id).map(({ addr16 }) => addressText(addr16)),
      ...(mac ? { mac: mac.value } : {}),
      open: open.map(toOpen),
      openPorts: Number(open[0]?.ports ?? 0),
      changes: eventsOf(row.id).map(({ kind, count }) => ({ kind, count: Number(count) })),
    };
  });
}

interface Open {
  asset_id: number;
  protocol: Protocol;
  port: number;
  name: string | null;
  product: string | null;
  version: string | null;
  ports: number;
}

function toOpen({ protocol, port, name, product, version }: Open): AssetLine['open'][number] {
  return {
    protocol,
    port,
    ...(name === null ? {} : { name }),
    ...(product === null ? {} : { product }),
    ...(version === null ? {} : { version }),
  };
}
