/** What there is, counted by the database: hosts by what they have in common, and services that are alike. */
import { type Expression, type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Counted } from '../../core/asset-list.ts';
import type { Protocol } from '../../core/result.ts';
import type { Tables } from '../schema.ts';
import { addressText } from './address-bytes.ts';

/** Those that count what is open. */
export const COUNTED_SERVICES: readonly Counted[] = ['port', 'service', 'product'];

export interface HostCount {
  /** A network as `10.0.0.0/24`, a port as `443/tcp`, everything else as it is kept. */
  value: string;
  hosts: number;
}

/** Which open services: all where nothing is said. */
export interface ServicesQuery {
  port?: { protocol: Protocol; port: number };
  /** As a service says it, letter by letter. */
  product?: string;
}

export interface ServiceCount {
  protocol: Protocol;
  port: number;
  name?: string;
  product?: string;
  version?: string;
  hosts: number;
}

/** Queries that give the numbers of the hosts and the sites that are meant. */
export interface Chosen {
  assets: Expression<{ id: number }>;
  sites: Expression<{ id: number }>;
  /** All hosts of the sites: what is open is then counted by its index alone. */
  all: boolean;
}
type Is = RawBuilder<SqlBool>;

/** @param limit of values; tags are counted here, so all of them are read */
export async function countHosts(
  db: Kysely<Tables>,
  chosen: Chosen,
  by: Counted,
  limit: number,
): Promise<HostCount[]> {
  switch (by) {
    case 'tag':
      return await countTags(db, chosen, limit);
    case 'net':
      return await countNetworks(db, chosen, limit);
    case 'port': {
      // A host is of one site; in the order of the index it is counted four times as fast.
      const { rows } = await sql<{ protocol: Protocol; port: number; hosts: number }>`
        select port, protocol, sum(n) as hosts from (
          select site_id, port, protocol, count(distinct asset_id) as n from services where ${openOf(chosen)}
          group by site_id, port, protocol) as of_sites
        group by port, protocol order by hosts desc, port, protocol limit ${limit}`.execute(db);
      return rows.map(({ port, protocol, hosts }) => ({
        value: `${port}/${protocol}`,
        hosts: Number(hosts),
      }));
    }
    case 'service':
    case 'product': {
      const said = sql.ref(`fingerprints.${by === 'service' ? 'name' : 'product'}`);
      return await counted(
        db,
        sql`select ${said} as value, count(distinct asset_id) as hosts from services
          inner join fingerprints on fingerprints.id = services.fingerprint_id
          where ${openOf(chosen)} and ${said} is not null`,
        limit,
      );
    }
    default: {
      const column = sql.ref(`assets.${by === 'os' ? 'os_family' : by}`);
      return await counted(
        db,
        sql`select ${column} as value, count(*) as hosts from assets
          where assets.id in (${chosen.assets}) and ${column} is not null`,
        limit,
      );
    }
  }
}

async function counted(db: Kysely<Tables>, rows: RawBuilder<unknown>, limit: number): Promise<HostCount[]> {
  const found =
    await sql<HostCount>`${rows} group by value order by hosts desc, value limit ${limit}`.execute(db);
  return found.rows.map(({ value, hosts }) => ({ value, hosts: Number(hosts) }));
}

/** Open services, by indexes that begin with the site. */
const openOf = ({ assets, sites, all }: Chosen): Is =>
  sql<SqlBool>`services.site_id in (${sites}) and services.word = 'open'
    ${all ? sql`` : sql`and services.asset_id in (${assets})`}`;

/** They lie as lists in one column: those that have the same ones are counted together. */
async function countTags(db: Kysely<Tables>, chosen: Chosen, limit: number): Promise<HostCount[]> {
  const { rows } = await sql<{ tags: string; hosts: number }>`
    select tags, count(*) as hosts from assets where id in (${chosen.assets}) and tags <> '[]' group by tags`.execute(
    db,
  );
  const hosts = new Map<string, number>();
  for (const row of rows) {
    const tags: string[] = JSON.parse(row.tags);
    for (const tag of tags) hosts.set(tag, (hosts.get(tag) ?? 0) + Number(row.hosts));
  }
  return [...hosts]
    .map(([value, count]) => ({ value, hosts: count }))
    .sort((a, b) => b.hosts - a.hosts || (a.value < b.value ? -1 : 1))
    .slice(0, limit);
}

/** A /24 of IPv4, a /64 of IPv6: what is one network in most places. */
async function countNetworks(db: Kysely<Tables>, chosen: Chosen, limit: number): Promise<HostCount[]> {
  const { rows } = await sql<{ start: Uint8Array; hosts: number }>`
    select case when substr(addr16, 1, 12) = ${MAPPED} then substr(addr16, 1, 15) else substr(addr16, 1, 8) end as start,
      count(distinct asset_id) as hosts
    from addresses where site_id in (${chosen.sites}) and valid_to is null and asset_id in (${chosen.assets})
    group by start order by hosts desc, start limit ${limit}`.execute(db);
  return rows.map(({ start, hosts }) => {
    const bytes = new Uint8Array(16);
    bytes.set(start);
    return { value: `${addressText(bytes)}/${start.length === 15 ? 24 : 64}`, hosts: Number(hosts) };
  });
}

/** How the 16 bytes of an IPv4 address begin. */
const MAPPED = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);

export async function countServices(
  db: Kysely<Tables>,
  chosen: Chosen,
  { port, product }: ServicesQuery,
  limit: number,
): Promise<ServiceCount[]> {
  const here = port ? sql`and port = ${port.port} and protocol = ${port.protocol}` : sql``;
  const such =
    product === undefined
      ? sql``
      : sql`and fingerprint_id in (select id from fingerprints where product = ${product})`;
  const { rows } = await sql<ServiceRow>`
    select port, protocol, name, product, version, count(distinct asset_id) as hosts from services
    left join fingerprints on fingerprints.id = services.fingerprint_id
    where ${openOf(chosen)} ${here} ${such}
    group by port, protocol, name, product, version
    order by hosts desc, port, protocol, product, version limit ${limit}`.execute(db);
  return rows.map(({ name, product: said, version, hosts, ...row }) => ({
    ...row,
    ...(name === null ? {} : { name }),
    ...(said === null ? {} : { product: said }),
    ...(version === null ? {} : { version }),
    hosts: Number(hosts),
  }));
}

interface ServiceRow {
  port: number;
  protocol: Protocol;
  name: string | null;
  product: string | null;
  version: string | null;
  hosts: number;
}
