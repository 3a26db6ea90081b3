/** Sites and what users say of them and their assets: networks, objectives, names, constraints; and how fresh knowledge is. */
import { type Kysely, sql } from 'kysely';
import type { Constraint, Network } from '../../core/fold.ts';
import type { Aspect } from '../../core/look.ts';
import type { Protocol } from '../../core/result.ts';
import type { Tables } from '../schema.ts';
import { addressBytes, addressText } from './address-bytes.ts';
import { NO_PORTS } from './intern.ts';
import { findSite, siteNumber } from './sites.ts';
import type { Fixed } from './write-assets.ts';

export interface SiteNetwork extends Network {
  /** Whose looks it expects. */
  vantage?: string;
  /** How old what is known of it may grow, in ms. */
  objectives?: Readonly<Record<string, number>>;
}

/** What a user says of an asset; null takes a word back, and the next look tells again. */
export interface AssetEdit {
  name?: string | null | undefined;
  class?: 'always_on' | 'normal' | 'may_sleep' | 'ephemeral' | undefined;
  criticality?: 'normal' | 'high' | undefined;
  static?: boolean | undefined;
  owner?: string | null | undefined;
  tags?: readonly string[] | undefined;
}

/** A range, and when it was last asked for something. */
export interface Covered {
  vantage: string;
  first: string;
  last: string;
  aspect: Aspect;
  protocol?: Protocol;
  ports?: string;
  firstAt: number;
  lastAt: number;
  looks: number;
}

export class SiteStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async list(): Promise<{ name: string; uid: string; assets: number; newest?: number }[]> {
    const { rows } = await sql<{ name: string; uid: string; newest: number | null; assets: number }>`
      select name, uid, newest, (select count(*) from assets
        where assets.site_id = sites.id and merged_into is null and stale = 0) as assets
      from sites order by name`.execute(this.#db);
    return rows.map(({ name, uid, newest, assets }) => ({
      name,
      uid,
      assets: Number(assets),
      ...(newest === null ? {} : { newest: Number(newest) }),
    }));
  }

  async networks(siteName: string): Promise<SiteNetwork[]> {
    const site = await findSite(this.#db, siteName);
    if (site === undefined) return [];
    const rows = await this.#db
      .selectFrom('networks')
      .selectAll()
      .where('site_id', '=', site)
      .orderBy('first16')
      .orderBy('last16')
      .execute();
    return rows.map(({ first16, last16, name, kind, gateway, vantage, objectives }) => ({
      first: addressText(first16),
      last: addressText(last16),
      ...(name === null ? {} : { name }),
      ...(kind === null ? {} : { kind: kind as NonNullable<Network['kind']> }),
      ...(gateway === null ? {} : { gateway }),
      ...(vantage === null ? {} : { vantage }),
      ...(objectives === null ? {} : { objectives: JSON.parse(objectives) }),
    }));
  }

  /** All networks of a site, in place of those it had. */
  async setNetworks(siteName: string, networks: readonly SiteNetwork[]): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const site = await siteNumber(trx, siteName);
      await trx.deleteFrom('networks').where('site_id', '=', site).execute();
      for (const one of networks)
        await trx
          .insertInto('networks')
          .values({
            site_id: site,
            first16: addressBytes(one.first),
            last16: addressBytes(one.last),
            name: one.name ?? null,
            kind: one.kind ?? null,
            gateway: one.gateway ?? null,
            vantage: one.vantage ?? null,
            objectives: one.objectives ? JSON.stringify(one.objectives) : null,
          })
          .execute();
      await this.#stir(trx, site);
    });
  }

  /** What was asked of a site, or of a part of it, and when last. */
  async covered(siteName: string, part?: { first: string; last: string }): Promise<Covered[]> {
    const site = await findSite(this.#db, siteName);
    if (site === undefined) return [];
    let query = this.#db
      .selectFrom('asked')
      .leftJoin('port_sets', 'port_sets.id', 'asked.port_set_id')
      .selectAll('asked')
      .select('port_sets.ranges')
      .where('asked.site_id', '=', site);
    if (part)
      query = query
        .where('asked.first16', '<=', addressBytes(part.last))
        .where('asked.last16', '>=', addressBytes(part.first));
    const rows = await query
      .orderBy('first16')
      .orderBy('last16')
      .orderBy('vantage')
      .orderBy('aspect')
      .execute();
    return rows.map((row) => ({
      vantage: row.vantage,
      first: addressText(row.first16),
      last: addressText(row.last16),
      aspect: row.aspect as Aspect,
      ...(row.protocol === '' ? {} : { protocol: row.protocol as Protocol }),
      ...(row.port_set_id === NO_PORTS || row.ranges === null ? {} : { ports: row.ranges }),
      firstAt: row.first_at,
      lastAt: row.last_at,
      looks: row.looks,
    }));
  }

  /** Writes what a user says of an asset. @returns whether there is such an asset */
  async edit(uid: string, edit: AssetEdit): Promise<boolean> {
    return await this.#db.transaction().execute(async (trx) => {
      const row = await trx
        .selectFrom('assets')
        .select(['id', 'fixed'])
        .where('uid', '=', uid)
        .executeTakeFirst();
      if (!row) return false;
      const before: Fixed = row.fixed === null ? {} : JSON.parse(row.fixed);
      const said = columnsOf(edit);
      const { name, owner, ...others } = { ...before, ...said };
      const fixed: Fixed = {
        ...others,
        ...(name === null || name === undefined ? {} : { name, name_source: 'user' }),
        ...(owner === null || owner === undefined ? {} : { owner }),
      };
      if (name === null) delete fixed.name_source;
      await trx
        .updateTable('assets')
        .set({
          ...said,
          // A name that was taken back is nobody's: the next look may give it one.
          ...(name === undefined ? {} : { name_source: name === null ? null : 'user' }),
          fixed: JSON.stringify(fixed),
        })
        .where('id', '=', row.id)
        .execute();
      return true;
    });
  }

  /** One host or two (`cannot`): the next look, and a rebuild, obey. Null takes it back. */
  async constrain(
    siteName: string,
    a: string,
    b: string,
    given: { word: Constraint['word']; by: string; at: number; reason: string } | null,
  ): Promise<void> {
    const [first, second] = a < b ? [a, b] : [b, a];
    await this.#db.transaction().execute(async (trx) => {
      const site = await siteNumber(trx, siteName);
      await trx
        .deleteFrom('identity_constraints')
        .where('site_id', '=', site)
        .where('a', '=', first)
        .where('b', '=', second)
        .execute();
      if (given) {
        const { word, by: made_by, at: made_at, reason } = given;
        await trx
          .insertInto('identity_constraints')
          .values({ site_id: site, a: first, b: second, word, made_by, made_at, reason })
          .execute();
      }
      await this.#stir(trx, site);
    });
  }

  /** What was said of pairs of which one is among these. */
  async constraints(
    uids: readonly string[],
  ): Promise<(Constraint & { by: string; at: number; reason: string })[]> {
    const rows = await this.#db
      .selectFrom('identity_constraints')
      .selectAll()
      .where(({ or, eb }) => or([eb('a', 'in', [...uids]), eb('b', 'in', [...uids])]))
      .orderBy('made_at', 'desc')
      .execute();
    return rows.map(({ a, b, word, made_by: by, made_at: at, reason }) => ({
      a,
      b,
      word: word as Constraint['word'],
      by,
      at: Number(at),
      reason,
    }));
  }

  /** Whoever folds right now read what has changed: they are to read again. */
  async #stir(trx: Kysely<Tables>, site: number): Promise<void> {
    await trx
      .updateTable('sites')
      .set((eb) => ({ fold_seq: eb('fold_seq', '+', 1) }))
      .where('id', '=', site)
      .execute();
  }

  /** Removes what is kept for a time alone, some rows of each kind. @returns how many */
  async prune(before: { suppressed: number; notes: number; events: number }, limit: number): Promise<number> {
    const { rows: looks } = await sql<{ id: number }>`
      select id from looks where folded_at is not null and ended_at < ${before.suppressed}
        and exists (select 1 from suppressed where look_id = looks.id) limit ${limit}`.execute(this.#db);
    let removed = 0;
    const counted = (numbers: { numDeletedRows: bigint }) => {
      removed += Number(numbers.numDeletedRows);
    };
    const ids = looks.map(({ id }) => id);
    if (ids.length > 0)
      counted(await this.#db.deleteFrom('suppressed').where('look_id', 'in', ids).executeTakeFirstOrThrow());
    const old = (table: 'identity_log' | 'events') =>
      this.#db
        .selectFrom(table)
        .select('id')
        .where(table === 'events' ? 'seen_at' : 'at', '<', table === 'events' ? before.events : before.notes)
        .limit(limit);
    counted(
      await this.#db
        .deleteFrom('identity_log')
        .where('id', 'in', old('identity_log'))
        .executeTakeFirstOrThrow(),
    );
    counted(
      await this.#db
        .deleteFrom('events')
        .where('id', 'in', old('events').where('state', '!=', 'open'))
        .executeTakeFirstOrThrow(),
    );
    return removed;
  }
}

function columnsOf(edit: AssetEdit): Fixed {
  return {
    ...(edit.name === undefined ? {} : { name: edit.name }),
    ...(edit.class === undefined ? {} : { class: edit.class }),
    ...(edit.criticality === undefined ? {} : { criticality: edit.criticality }),
    ...(edit.static === undefined ? {} : { is_static: Number(edit.static) }),
    ...(edit.owner === undefined ? {} : { owner: edit.owner }),
    ...(edit.tags === undefined ? {} : { tags: JSON.stringify(edit.tags) }),
  };
}
