/** Assets as they are read: pages by a condition, one with all that is known of it, counts of what is open. */
import { type Kysely, sql } from 'kysely';
import type { Protocol } from '../../core/result.ts';
import type { Dialect } from '../dialect.ts';
import type { Tables } from '../schema.ts';
import { addressBytes } from './address-bytes.ts';
import { type AssetHistory, assetHistory } from './asset-history.ts';
import { type AssetLine, assetLines } from './asset-lines.ts';
import { inPieces } from './bulk.ts';
import { assetsThat, type Condition, like } from './condition.ts';
import { assetsText } from './read-assets.ts';
import { findSite } from './sites.ts';

export interface AssetQuery {
  site?: string;
  /** Of these alone. */
  sites?: readonly string[];
  where?: Condition;
  /** The number of the last one that was read. */
  after?: number;
  limit: number;
}

export interface Facets {
  assets: number;
  /** Hosts by open port, commonest first. */
  ports: { protocol: Protocol; port: number; hosts: number }[];
  products: { product: string; hosts: number }[];
}

/** Entries of one facet. */
const MOST_OF_A_FACET = 100;

export class AssetStore {
  readonly #db: Kysely<Tables>;
  readonly #dialect: Dialect;
  /** By site, with the count of folds they were made of. */
  readonly #facets = new Map<string, { foldSeq: number; facets: Facets }>();

  constructor(db: Kysely<Tables>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  /** In the order in which they were met first. Tombstones of merged ones are left out. */
  async page(query: AssetQuery): Promise<AssetLine[]> {
    let select = this.#chosen(query).selectAll('assets').select('sites.name as site');
    if (query.after !== undefined) select = select.where('assets.id', '>', query.after);
    const rows = await select.orderBy('assets.id').limit(query.limit).execute();
    return await assetLines(this.#db, this.#dialect, rows);
  }

  /** How many there are. */
  async count(query: Omit<AssetQuery, 'after' | 'limit'>): Promise<number> {
    const row = await this.#chosen(query)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  /**
   * Public ids of assets that somebody means by this: a public id (of a merged one: what it became), an address it has,
   * its MAC, its name.
   * @returns all that it may mean, the likeliest first, ten at most
   */
  async find(meant: string, sites?: readonly string[]): Promise<string[]> {
    const within = sites === undefined ? {} : { sites };
    const exact = await this.#survivor(meant);
    if (exact !== undefined) {
      const seen = await this.count({ ...within, where: { uid: [exact] } });
      return seen > 0 ? [exact] : [];
    }
    const address = bytesOf(meant);
    const text = meant.toLowerCase();
    const rows = await this.#chosen(within)
      .select('assets.uid')
      .where(({ or, eb, exists, selectFrom }) =>
        or([
          eb(eb.fn<string>('lower', ['assets.name']), '=', text),
          exists(
            selectFrom('addresses')
              .select('asset_id')
              .whereRef('addresses.site_id', '=', 'assets.site_id')
              .whereRef('addresses.asset_id', '=', 'assets.id')
              .where('addresses.addr16', '=', address ?? new Uint8Array(0))
              .where('addresses.valid_to', 'is', null),
          ),
          exists(
            selectFrom('identifiers')
              .select('asset_id')
              .whereRef('identifiers.site_id', '=', 'assets.site_id')
              .whereRef('identifiers.asset_id', '=', 'assets.id')
              .where('identifiers.type', 'in', ['mac', 'name', 'ptr', 'asked_name', 'serial'])
              .where('identifiers.value', 'in', [meant, text])
              .where('identifiers.ended_at', 'is', null),
          ),
        ]),
      )
      .orderBy('assets.last_seen', 'desc')
      .limit(10)
      .execute();
    return rows.map(({ uid }) => uid);
  }

  /** Numbers of the assets of a site that have, or once had, one of these addresses. */
  async holding(siteName: string, addresses: readonly string[]): Promise<number[]> {
    const site = await findSite(this.#db, siteName);
    const bytes = addresses.flatMap((address) => bytesOf(address) ?? []);
    if (site === undefined) return [];
    const ids = new Set<number>();
    for (const some of inPieces(bytes)) {
      const rows = await this.#db
        .selectFrom('addresses')
        .select('asset_id')
        .distinct()
        .where('site_id', '=', site)
        .where('addr16', 'in', some)
        .execute();
      for (const { asset_id } of rows) ids.add(Number(asset_id));
    }
    return [...ids];
  }

  /** One asset, whole: a text for parseAssets (read-assets.ts), empty when there is none. */
  async whole(uid: string): Promise<string> {
    const row = await this.#db.selectFrom('assets').select('id').where('uid', '=', uid).executeTakeFirst();
    return row ? await assetsText(this.#db, this.#dialect, [row.id]) : '';
  }

  async history(uid: string, span: { from?: number; to?: number } = {}): Promise<AssetHistory> {
    return await assetHistory(this.#db, uid, span);
  }

  /** Numbers of what services say of themselves, with it, whose product or name begins so: versions are compared by who asks. */
  async fingerprints(wanted: {
    name?: string;
    product?: string;
  }): Promise<{ id: number; name?: string; product?: string; version?: string }[]> {
    let query = this.#db.selectFrom('fingerprints').select(['id', 'name', 'product', 'version']);
    for (const [column, text] of Object.entries(wanted)) query = query.where(like(column, text));
    const rows = await query.orderBy('id').execute();
    return rows.map(({ id, name, product, version }) => ({
      id: Number(id),
      ...(name === null ? {} : { name }),
      ...(product === null ? {} : { product }),
      ...(version === null ? {} : { version }),
    }));
  }

  /** What is open in a site, counted. Counted once for each fold, as it takes long where much is known. */
  async facets(siteName: string): Promise<Facets> {
    const site = await findSite(this.#db, siteName);
    if (site === undefined) return { assets: 0, ports: [], products: [] };
    const { fold_seq } = await this.#db
      .selectFrom('sites')
      .select('fold_seq')
      .where('id', '=', site)
      .executeTakeFirstOrThrow();
    const before = this.#facets.get(siteName);
    if (before?.foldSeq === fold_seq) return before.facets;
    const facets = {
      assets: await this.count({ site: siteName }),
      ports: await this.#ports(site),
      products: await this.#products(site),
    };
    this.#facets.set(siteName, { foldSeq: fold_seq, facets });
    return facets;
  }

  async #ports(site: number): Promise<Facets['ports']> {
    const { rows } = await sql<{ protocol: Protocol; port: number; hosts: number }>`
      select port, protocol, count(*) as hosts from (
        select distinct port, protocol, asset_id from services where site_id = ${site} and word = 'open') as open
      group by port, protocol order by hosts desc, port, protocol limit ${MOST_OF_A_FACET}`.execute(this.#db);
    return rows.map(({ protocol, port, hosts }) => ({ protocol, port, hosts: Number(hosts) }));
  }

  async #products(site: number): Promise<Facets['products']> {
    const { rows } = await sql<{ product: string; hosts: number }>`
      select product, sum(hosts) as hosts from (
        select fingerprint_id, count(*) as hosts from (
          select distinct fingerprint_id, asset_id from services
          where site_id = ${site} and word = 'open' and fingerprint_id is not null) as open
        group by fingerprint_id) as counted
      inner join fingerprints on fingerprints.id = counted.fingerprint_id
      where product is not null
      group by product order by hosts desc, product limit ${MOST_OF_A_FACET}`.execute(this.#db);
    return rows.map(({ product, hosts }) => ({ product, hosts: Number(hosts) }));
  }

  #chosen({ site, sites, where }: Omit<AssetQuery, 'after' | 'limit'>) {
    let query = this.#db
      .selectFrom('assets')
      .innerJoin('sites', 'sites.id', 'assets.site_id')
      .where('assets.merged_into', 'is', null)
      .where('assets.stale', '=', 0);
    if (site !== undefined) query = query.where('sites.name', '=', site);
    if (sites !== undefined) query = query.where('sites.name', 'in', [...sites]);
    if (where !== undefined) query = query.where(assetsThat(where));
    return query;
  }

  async #survivor(uid: string): Promise<string | undefined> {
    const seen = new Set<string>();
    for (let at = uid; !seen.has(at); ) {
      seen.add(at);
      const row = await this.#db
        .selectFrom('assets')
        .select('merged_into')
        .where('uid', '=', at)
        .executeTakeFirst();
      if (!row) return undefined;
      if (row.merged_into === null) return at;
      at = row.merged_into;
    }
    return undefined;
  }
}

function bytesOf(text: string): Uint8Array | undefined {
  try {
    return addressBytes(text);
  } catch {
    return undefined;
  }
}
