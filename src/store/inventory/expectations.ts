/** What somebody said to expect. An entry is never deleted: it is taken back at a time, so that a rebuild judges alike. */
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Effect, Expectation, NewExpectation } from '../../core/expectation.ts';
import type { Protocol } from '../../core/result.ts';
import { insertRows } from '../bulk.ts';
import type { Dialect } from '../dialect.ts';
import { inPieces } from '../pieces.ts';
import type { Tables } from '../schema.ts';
import { newUid, siteNumber } from './sites.ts';

export class ExpectationStore {
  readonly #db: Kysely<Tables>;
  readonly #dialect: Dialect;

  constructor(db: Kysely<Tables>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  /** Those that were not taken back, also those that have ended; oldest first. */
  async list(
    chosen: { site?: string; sites?: readonly string[]; uids?: readonly string[] } = {},
  ): Promise<Expectation[]> {
    let select = selectOf(this.#db).where('expectations.removed_at', 'is', null);
    if (chosen.site !== undefined) select = select.where('sites.name', '=', chosen.site);
    if (chosen.sites !== undefined) select = select.where('sites.name', 'in', [...chosen.sites]);
    if (chosen.uids !== undefined) select = select.where('expectations.uid', 'in', [...chosen.uids]);
    return (await select.execute()).map(toExpectation);
  }

  /** All or none. @returns them with their ids */
  async add(entries: readonly NewExpectation[]): Promise<Expectation[]> {
    return await this.#db.transaction().execute((trx) => writeExpectations(trx, this.#dialect, entries));
  }

  /** @returns how many of them held until now */
  async remove(uids: readonly string[], { by, at }: { by: string; at: number }): Promise<number> {
    return await this.#db.transaction().execute(async (trx) => {
      let removed = 0;
      for (const some of inPieces(uids)) {
        const { numUpdatedRows } = await trx
          .updateTable('expectations')
          .set({ removed_at: at, removed_by: by })
          .where('uid', 'in', some)
          .where('removed_at', 'is', null)
          .executeTakeFirst();
        removed += Number(numUpdatedRows);
      }
      return removed;
    });
  }
}

export async function writeExpectations(
  trx: Parameters<typeof insertRows>[0],
  dialect: Dialect,
  entries: readonly NewExpectation[],
): Promise<Expectation[]> {
  const made = entries.map((entry): Expectation => ({ uid: newUid('x'), ...entry }));
  const sites = new Map<string, number>();
  for (const { site } of made) if (!sites.has(site)) sites.set(site, await siteNumber(trx, site));
  await insertRows(
    trx,
    dialect,
    'expectations',
    made.map((entry) => ({
      uid: entry.uid,
      site_id: sites.get(entry.site) ?? 0,
      selector: entry.selector,
      protocol: entry.protocol,
      ports: entry.ports,
      product: entry.product ?? null,
      effect: entry.effect,
      reason: entry.reason,
      approved_by: entry.approvedBy,
      approved_at: entry.approvedAt,
      expires_at: entry.expiresAt ?? null,
      change_uid: entry.change ?? null,
    })),
  );
  return made;
}

/** What a decision about changes said before is taken back: by undoing it, or by deciding anew. */
export async function removeOfChanges(
  trx: Kysely<Tables>,
  changes: readonly string[],
  { by, at }: { by: string; at: number },
): Promise<void> {
  for (const some of inPieces(changes))
    await trx
      .updateTable('expectations')
      .set({ removed_at: at, removed_by: by })
      .where('change_uid', 'in', some)
      .where('removed_at', 'is', null)
      .execute();
}

/** All of a site, also those taken back: a look is judged by what held in its time. */
export async function expectationsOf(db: Kysely<Tables>, site: number): Promise<Expectation[]> {
  return (await selectOf(db).where('expectations.site_id', '=', site).execute()).map(toExpectation);
}

const selectOf = (db: Kysely<Tables>) =>
  db
    .selectFrom('expectations')
    .innerJoin('sites', 'sites.id', 'expectations.site_id')
    .selectAll('expectations')
    .select(sql<string>`sites.name`.as('site'))
    .orderBy('expectations.id');

function toExpectation(row: Selectable<Tables['expectations']> & { site: string }): Expectation {
  return {
    uid: row.uid,
    site: row.site,
    selector: row.selector,
    // These words are written above alone.
    protocol: (row.protocol ?? 'tcp') as Protocol,
    ports: row.ports ?? '',
    ...(row.product === null ? {} : { product: row.product }),
    effect: row.effect as Effect,
    reason: row.reason,
    approvedBy: row.approved_by,
    approvedAt: Number(row.approved_at),
    ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
    ...(row.change_uid === null ? {} : { change: row.change_uid }),
    ...(row.removed_at === null ? {} : { removedAt: Number(row.removed_at) }),
  };
}
