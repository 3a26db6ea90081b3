/** Looks: handed in part by part, waiting to be folded, and kept, as a rebuild is made from them. */
import { type Kysely, type Selectable, type SqlBool, sql } from 'kysely';
import { insertRows } from '../bulk.ts';
import type { Dialect } from '../dialect.ts';
import type { Tables } from '../schema.ts';
import type { LookHead } from './look-body.ts';
import { siteNumber } from './sites.ts';

/** A look that waits, or was folded. */
export interface StoredLook {
  id: number;
  site: string;
  hash: string;
  state: 'arriving' | 'waiting' | 'folded' | 'refused';
  vantage: string;
  kind: string;
  taskId?: string;
  startedAt: number;
  endedAt: number;
  hosts: number;
  error?: string;
}

/** A task that has ended, and when. */
export interface UntoldTask {
  id: string;
  endedAt: number;
}

export class LookStore {
  readonly #db: Kysely<Tables>;
  readonly #dialect: Dialect;

  constructor(db: Kysely<Tables>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  /**
   * Begins to take a look in. Of one that has been begun already, and was broken off, all is told once more.
   * @returns its number, or undefined when this look has been handed in before.
   */
  async begin(head: LookHead): Promise<number | undefined> {
    return await this.#db.transaction().execute(async (trx) => {
      const site = await siteNumber(trx, head.site);
      const row = {
        site_id: site,
        hash: head.hash,
        kind: head.kind,
        vantage: head.vantage,
        task_id: head.taskId ?? null,
        started_at: head.startedAt,
        ended_at: head.endedAt,
        completeness: head.completeness,
        discovery: head.discovery ?? null,
        degraded: head.degraded ?? null,
        hosts: head.hosts,
        stored_at: Date.now(),
        state: 'arriving',
      };
      await insertRows(trx, this.#dialect, 'looks', [row], { key: ['site_id', 'hash'], set: [] });
      const kept = await trx
        .selectFrom('looks')
        .select(['id', 'state'])
        .where('site_id', '=', site)
        .where('hash', '=', head.hash)
        .executeTakeFirstOrThrow();
      return kept.state === 'arriving' ? Number(kept.id) : undefined;
    });
  }

  async addPart(look: number, part: number, body: Uint8Array): Promise<void> {
    await this.#db
      .insertInto('look_parts')
      .values({ look_id: look, part, body })
      .onConflict((conflict) => conflict.columns(['look_id', 'part']).doUpdateSet({ body }))
      .execute();
  }

  /** All its parts are there: it waits to be folded from now on. */
  async ready(look: number): Promise<void> {
    await this.#db
      .updateTable('looks')
      .set({ state: 'waiting' })
      .where('id', '=', look)
      .where('state', '=', 'arriving')
      .execute();
  }

  /** The one that was observed first of those that wait, of one site or of all. @param skip the first so many */
  async next(site?: string, skip = 0): Promise<StoredLook | undefined> {
    let query = this.#all().where('looks.state', '=', 'waiting');
    if (site !== undefined) query = query.where('sites.name', '=', site);
    const row = await query
      // Those of a rebuild first, in the order in which they were folded before.
      .orderBy((eb) => eb.fn.coalesce('looks.fold_no', sql<number>`2147483647`))
      .orderBy('looks.ended_at')
      .orderBy('looks.started_at')
      .orderBy('looks.hash')
      .limit(1)
      .offset(skip)
      .executeTakeFirst();
    return row && toLook(row);
  }

  /** Sites in which looks wait, or a fold is half written. */
  async sitesToFold(): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('sites')
      .select('name')
      .where((eb) =>
        eb.or([
          eb('writing', 'is not', null),
          eb('rebuilding', '!=', 0),
          eb.exists(
            eb
              .selectFrom('looks')
              .select('looks.id')
              .whereRef('looks.site_id', '=', 'sites.id')
              .where('looks.state', '=', 'waiting'),
          ),
        ]),
      )
      .orderBy('name')
      .execute();
    return rows.map(({ name }) => name);
  }

  /** A part of it; undefined behind the last. */
  async part(look: number, part: number): Promise<Uint8Array | undefined> {
    const row = await this.#db
      .selectFrom('look_parts')
      .select('body')
      .where('look_id', '=', look)
      .where('part', '=', part)
      .executeTakeFirst();
    return row?.body;
  }

  /** The rules failed on it: it is passed over, and kept for a rebuild with better ones. */
  async refuse(look: number, error: string): Promise<void> {
    await this.#db
      .updateTable('looks')
      .set({ state: 'refused', error })
      .where('id', '=', look)
      .where('state', '=', 'waiting')
      .execute();
  }

  /** By number, newest first. */
  async list(filter: {
    site?: string;
    /** Of these alone. */
    sites?: readonly string[];
    state?: StoredLook['state'];
    task?: string;
    before?: number;
    limit: number;
  }) {
    let query = this.#all();
    if (filter.task !== undefined) query = query.where('looks.task_id', '=', filter.task);
    if (filter.site !== undefined) query = query.where('sites.name', '=', filter.site);
    if (filter.sites !== undefined) query = query.where('sites.name', 'in', [...filter.sites]);
    if (filter.state !== undefined) query = query.where('looks.state', '=', filter.state);
    if (filter.before !== undefined) query = query.where('looks.id', '<', filter.before);
    const rows = await query.orderBy('looks.id', 'desc').limit(filter.limit).execute();
    return rows.map(toLook);
  }

  /**
   * Tasks that have ended and of which no look was handed in: the inventory has yet to hear of them, oldest first. Those
   * that asked nobody never give a look, and come each time.
   * @param after the last one of the page before
   */
  async untoldTasks(limit: number, after?: { endedAt: number; id: string }): Promise<UntoldTask[]> {
    const rows = await this.#db
      .selectFrom('tasks')
      .select(['tasks.id', 'tasks.ended_at'])
      .where('tasks.ended_at', 'is not', null)
      .where(({ eb, and, or }) =>
        after === undefined
          ? sql<SqlBool>`1 = 1`
          : or([
              eb('tasks.ended_at', '>', after.endedAt),
              and([eb('tasks.ended_at', '=', after.endedAt), eb('tasks.id', '>', after.id)]),
            ]),
      )
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('looks')
              .select('looks.id')
              .whereRef('looks.task_id', '=', 'tasks.id')
              .where('looks.state', '!=', 'arriving'),
          ),
        ),
      )
      .orderBy('tasks.ended_at')
      .orderBy('tasks.id')
      .limit(limit)
      .execute();
    return rows.map(({ id, ended_at }) => ({ id, endedAt: Number(ended_at) }));
  }

  #all() {
    return this.#db
      .selectFrom('looks')
      .innerJoin('sites', 'sites.id', 'looks.site_id')
      .selectAll('looks')
      .select('sites.name as site');
  }
}

function toLook(row: Selectable<Tables['looks']> & { site: string }): StoredLook {
  return {
    id: Number(row.id),
    site: row.site,
    hash: row.hash,
    // Only this file and apply.ts write it.
    state: row.state as StoredLook['state'],
    vantage: row.vantage,
    kind: row.kind,
    ...(row.task_id === null ? {} : { taskId: row.task_id }),
    startedAt: Number(row.started_at),
    endedAt: Number(row.ended_at),
    hosts: row.hosts,
    ...(row.error === null ? {} : { error: row.error }),
  };
}
