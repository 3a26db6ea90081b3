/** What a list says of each asset: names, addresses, open ports, and how many changes wait. */
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Asset } from '../../core/asset.ts';
import type { Protocol } from '../../core/result.ts';
import type { Dialect } from '../dialect.ts';
import { inPieces } from '../pieces.ts';
import type { Tables } from '../schema.ts';
import { addressText } from './address-bytes.ts';
import { UNDECIDED } from './change-reads.ts';
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
  const open = await openPorts(db, dialect, ids);
  const prints = await namesOf(db, [...open.values()]);
  const events = await db
    .selectFrom('events')
    .select((eb) => ['asset_id', 'kind', eb.fn.countAll<number>().as('count')])
    .where('asset_id', 'in', ids)
    .where(UNDECIDED)
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
      openPorts: ports?.count ?? 0,
      changes: eventsOf(row.id).map(({ kind, count }) => ({ kind, count: Number(count) })),
    };
  });
}

interface OpenPorts {
  count: number;
  /** In order, the first of them. */
  open: [protocol: Protocol, port: number, fingerprint: number | null][];
}

/** Open ports by asset. The database gives them as two lists: to group and to count them itself takes it ten times as long. */
async function openPorts(
  db: Kysely<Tables>,
  dialect: Dialect,
  ids: readonly number[],
): Promise<Map<number, OpenPorts>> {
  const { group } = dialect.json;
  const { rows } = await sql<{ id: number; protocol: Protocol; ports: string; prints: string }>`
    select asset_id as id, protocol, cast(${group}(port) as text) as ports,
      cast(${group}(fingerprint_id) as text) as prints
    from services where asset_id in (${sql.join([...ids])}) and word = 'open'
    group by asset_id, vantage, protocol`.execute(db);
  const found = new Map<number, OpenPorts>();
  for (const [id, same] of Map.groupBy(rows, (row) => Number(row.id))) {
    const open: OpenPorts = { count: 0, open: [] };
    const byProtocol = Map.groupBy(same, ({ protocol }) => protocol);
    for (const [protocol, lists] of [...byProtocol].sort(([a], [b]) => (a < b ? -1 : 1))) {
      // Known from several vantages, it is the one that the latest service was told of.
      const prints = new Map<number, number | null>();
      for (const list of lists) {
        const told: (number | null)[] = JSON.parse(list.prints);
        const ports: number[] = JSON.parse(list.ports);
        for (const [at, port] of ports.entries()) {
          const [one, other] = [prints.get(port) ?? null, told[at] ?? null];
          prints.set(port, one === null || other === null ? (one ?? other) : Math.max(one, other));
        }
      }
      open.count += prints.size;
      const ports = [...prints].sort(([a], [b]) => a - b).slice(0, MOST_PORTS - open.open.length);
      for (const [port, print] of ports) open.open.push([protocol, port, print]);
    }
    found.set(id, open);
  }
  return found;
}

type Said = Pick<AssetLine['open'][number], 'name' | 'product' | 'version'>;

async function namesOf(db: Kysely<Tables>, listed: readonly OpenPorts[]): Promise<Map<number, Said>> {
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
