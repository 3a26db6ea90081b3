/**
 * Notes what happened to incidents, in the transaction in which it happened: whatever dies afterwards, it will be told.
 * Nothing is noted while there is no rule.
 */
import { sql, type Transaction } from 'kysely';
import type { AlertWord } from '../../core/alert.ts';
import { inPieces } from '../pieces.ts';
import type { Tables } from '../schema.ts';

/** @param by who decided it */
export async function noteIncidents(
  trx: Transaction<Tables>,
  incidents: readonly string[],
  word: AlertWord,
  at: number,
  by?: string,
): Promise<void> {
  if (incidents.length === 0 || !(await isAnyRule(trx))) return;
  for (const some of inPieces([...new Set(incidents)], 250))
    await trx
      .insertInto('alert_outbox')
      .values(some.map((incident) => ({ incident, word, by: by ?? null, at })))
      .execute();
}

async function isAnyRule(trx: Transaction<Tables>): Promise<boolean> {
  const row = await trx
    .selectFrom('alert_rules')
    .select(sql<number>`1`.as('one'))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
