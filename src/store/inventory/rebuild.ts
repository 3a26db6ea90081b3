/**
 * A rebuild: all that was made of the looks of a site is taken away, and they are folded anew in the order in which they
 * were. What users said stays, and so do the numbers of assets and events, which bookmarks and links hold: rows are
 * marked as stale, met again by their public ids, and those that nothing came back to are removed at the end.
 */
import { sql, type Transaction } from 'kysely';
import { NO_LOOK } from '../../core/asset.ts';
import type { Tables } from '../schema.ts';
import { emptyAssets } from './write-assets.ts';

/** Assets that are emptied in one step. */
const ASSETS = 100;

/** Begins it. The site is locked by the caller, and no fold of it is half written. */
export async function beginRebuild(trx: Transaction<Tables>, site: number): Promise<void> {
  await trx
    .updateTable('sites')
    .set((eb) => ({ rebuilding: 1, newest: null, fold_seq: eb('fold_seq', '+', 1) }))
    .where('id', '=', site)
    .execute();
  await trx
    .updateTable('looks')
    .set({ state: 'waiting', folded_at: null, error: null })
    .where('site_id', '=', site)
    .where('state', 'in', ['folded', 'refused'])
    .execute();
  await trx.updateTable('assets').set({ stale: 1 }).where('site_id', '=', site).execute();
  // Looks tell nothing of their own absence: such events stay as they are.
  await trx
    .updateTable('events')
    .set({ stale: 1 })
    .where('site_id', '=', site)
    .where('look_after', '!=', NO_LOOK)
    .execute();
  await trx
    .updateTable('incidents')
    .set((eb) => ({ stale: 1, closed_at: eb.fn.coalesce('closed_at', 'last_at') }))
    .where('site_id', '=', site)
    .where('id', 'not in', (eb) =>
      eb
        .selectFrom('events')
        .select('incident_id')
        .where('site_id', '=', site)
        .where('look_after', '=', NO_LOOK)
        .where('incident_id', 'is not', null)
        .$narrowType<{ incident_id: number }>(),
    )
    .execute();
  for (const table of ['asked', 'site_memory', 'identity_log'] as const)
    await trx.deleteFrom(table).where('site_id', '=', site).execute();
  await sql`delete from suppressed where look_id in (select id from looks where site_id = ${site})`.execute(
    trx,
  );
}

/** Takes away what was known of some assets. @returns true, as there is more to do: at least the folds */
export async function rebuildStep(trx: Transaction<Tables>, site: number): Promise<true> {
  const rows = await trx
    .selectFrom('assets')
    .select('id')
    .where('site_id', '=', site)
    .where('stale', '=', 1)
    .orderBy('id')
    .limit(ASSETS)
    .execute();
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) {
    await trx.updateTable('sites').set({ rebuilding: 2 }).where('id', '=', site).execute();
    return true;
  }
  await emptyAssets(trx, ids);
  await trx.updateTable('assets').set({ stale: 2 }).where('id', 'in', ids).execute();
  return true;
}

/** Ends it, when all looks that had been folded before are folded again. @returns whether it did */
export async function finishRebuild(trx: Transaction<Tables>, site: number): Promise<boolean> {
  const left = await trx
    .selectFrom('looks')
    .select('id')
    .where('site_id', '=', site)
    .where('state', '=', 'waiting')
    .where('fold_no', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  if (left) return false;
  await trx.deleteFrom('assets').where('site_id', '=', site).where('stale', '=', 2).execute();
  // What somebody decided is kept with the reason, even if today's rules would not tell of it.
  await trx
    .deleteFrom('events')
    .where('site_id', '=', site)
    .where('stale', '=', 1)
    .where('decided_by', 'is', null)
    .execute();
  await trx
    .updateTable('events')
    .set({ stale: 0 })
    .where('site_id', '=', site)
    .where('stale', '=', 1)
    .execute();
  await sql`delete from incidents where site_id = ${site} and stale = 1
    and not exists (select 1 from events where events.incident_id = incidents.id)`.execute(trx);
  await trx
    .updateTable('incidents')
    .set({ stale: 0 })
    .where('site_id', '=', site)
    .where('stale', '=', 1)
    .execute();
  await trx.updateTable('sites').set({ rebuilding: 0 }).where('id', '=', site).execute();
  return true;
}
