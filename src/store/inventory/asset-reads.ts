/** Assets as they are read: pages by a condition, one with all that is known of it, counts of what is open. */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { AssetOrder, Counted } from '../../core/asset-list.ts';
import type { Dialect } from '../dialect.ts';
import { inPieces } from '../pieces.ts';
import type { Tables } from '../schema.ts';
import { addressBytes } from './address-bytes.ts';
import {
  type Chosen,
  COUNTED_SERVICES,
  countHosts,
  countServices,
  type HostCount,
  type ServiceCount,
  type ServicesQuery,
} from './asset-counts.ts';
import { type AssetHistory, assetHistory, withMerged } from './asset-history.ts';
import { type AssetLine, assetLines } from './asset-lines.ts';
import { assetsText } from './asset-text.ts';
import { assetsThat, type Condition, like } from './condition.ts';
import { findSite } from './sites.ts';

export interface AssetQuery {
  site?: string;
  /** Of these alone. */
  sites?: readonly string[];
  where?: Condition;
  /** The number of the last one that was read. */
  after?: number;
  /** Otherwise in the order in which they were met first. */
  order?: AssetOrder;
  /** How many to pass over: of an order, where there is no number to go on from. */
  skip?: number;
  limit: number;
}

/** Which assets. */
type Which = Pick<AssetQuery, 'site' | 'sites' | 'where'>;

/** Answers of counts that are kept. */
const MOST_KEPT = 200;

export class AssetStore {
  readonly #db: Kysely<Tables>;
  readonly #dialect: Dialect;
  /** Counts of what is open on all hosts, until the next fold: where much is known they take a second. */
  readonly #counts = new Map<string, { folds: number; answer: Promise<unknown> }>();

  constructor(db: Kysely<Tables>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  /** Tombstones of merged ones are left out. What an order does not tell apart is in the order in which it was met first. */
  async page(query: AssetQuery): Promise<AssetLine[]> {
    const { after, order, skip = 0 } = query;
    let select = this.#chosen(query).selectAll('assets').select('sites.name as site');
    if (after !== undefined) select = select.where('assets.id', '>', after);
    if (order)
      select = select.orderBy(SORTED[order.by], (to) =>
        (order.descending ? to.desc() : to.asc()).nullsLast(),
      );
    const rows = await select.orderBy('assets.id').limit(query.limit).offset(skip).execute();
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

  /** One asset, whole: a text for parseWhole (read-assets.ts), empty when there is none. */
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

  /** Its own id, and those of what was merged into it. */
  async idsOf(uid: string): Promise<string[]> {
    return (await withMerged(this.#db, uid)).map((one) => one.uid);
  }

  /** Hosts by what they have in common, the most first. */
  async countBy(query: Which, by: Counted, limit: number): Promise<HostCount[]> {
    const count = async () => await countHosts(this.#db, this.#meant(query), by, limit);
    return COUNTED_SERVICES.includes(by) ? await this.#kept(query, [by, limit], count) : await count();
  }

  /** Open services that are alike, and on how many hosts they are; the most first. */
  async countServices(query: Which, services: ServicesQuery, limit: number): Promise<ServiceCount[]> {
    return await this.#kept(
      query,
      [services, limit],
      async () => await countServices(this.#db, this.#meant(query), services, limit),
    );
  }

  /** Services change by folds alone. What else a query asks of hosts may change at any time. */
  async #kept<T>(query: Which, asked: readonly unknown[], count: () => Promise<T>): Promise<T> {
    if (query.where !== undefined) return await count();
    const { folds } = await this.#db
      .selectFrom('sites')
      .select((eb) => eb.fn.sum<number>('fold_seq').as('folds'))
      .executeTakeFirstOrThrow();
    const key = JSON.stringify([query.site, query.sites, ...asked]);
    const before = this.#counts.get(key);
    // What is kept under a key is what its `count` gave: the key says all that it depends on.
    if (before?.folds === Number(folds)) return (await before.answer) as T;
    const answer = count();
    if (this.#counts.size >= MOST_KEPT) this.#counts.clear();
    this.#counts.set(key, { folds: Number(folds), answer });
    answer.catch(() => this.#counts.delete(key));
    return await answer;
  }

  #meant(query: Which): Chosen {
    const { site, sites, where } = query;
    let of = this.#db.selectFrom('sites').select('id');
    if (site !== undefined) of = of.where('name', '=', site);
    if (sites !== undefined) of = of.where('name', 'in', [...sites]);
    return { assets: this.#chosen(query).select('assets.id'), sites: of, all: where === undefined };
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

/** What each order compares. */
const SORTED: Readonly<Record<AssetOrder['by'], RawBuilder<unknown>>> = {
  address: sql`(select addr16 from addresses where addresses.asset_id = assets.id and valid_to is null
    order by addr16 limit 1)`,
  name: sql`lower(assets.name)`,
  vendor: sql`lower(assets.vendor)`,
  os: sql`assets.os_family`,
  class: sql`assets.class`,
  state: sql`assets.state`,
  first_seen: sql`assets.first_seen`,
  last_seen: sql`assets.last_seen`,
};

function bytesOf(text: string): Uint8Array | undefined {
  try {
    return addressBytes(text);
  } catch {
    return undefined;
  }
}
