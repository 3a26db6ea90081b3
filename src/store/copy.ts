/** Copies all that is stored from one database to another, SQLite or PostgreSQL alike. */
import { PortolanError } from '../core/errors.ts';
import { COPIED, type Copied, keyOf, type Row } from './maintenance.ts';
import type { Store } from './store.ts';

const ROWS_AT_ONCE = 500;
/** Characters of one message, so that hosts with very many ports do not pile up. */
const MOST_CHARACTERS = 4_000_000;

/**
 * Copies what the other one lacks. Broken off, it goes on where it was; run again, it takes what has come since, and anew
 * the tasks that had not ended then.
 * @param onRows told how many rows have been copied.
 * @throws PortolanError `storage_failed` when the two do not have the same number of rows afterwards
 */
export async function copyStore(from: Store, to: Store, onRows: (copied: number) => void): Promise<void> {
  const before = await to.maintenance.unfinished();
  let copied = 0;
  const copy = async (table: Copied, task?: string) => {
    // Hosts get their numbers as they come; the names of tasks are in no order of time, so all of those are looked at.
    const resumes = table === 'hosts' && task === undefined;
    let after = resumes ? await to.maintenance.lastKey(table) : undefined;
    for (let limit = ROWS_AT_ONCE; ; ) {
      const rows = await from.maintenance.rows(table, after, limit, task);
      const last = rows.at(-1);
      if (last === undefined) return;
      await to.maintenance.take(table, rows);
      after = keyOf(table).map((column) => last[column] ?? '');
      copied += rows.length;
      onRows(copied);
      const characters = rows.reduce((sum, row) => sum + sizeOf(row), 0);
      limit = characters > MOST_CHARACTERS ? Math.max(1, limit >> 1) : Math.min(ROWS_AT_ONCE, limit * 2);
    }
  };
  // What is known changes in place, so of that all is copied each time; tasks and hosts only grow.
  await to.maintenance.clearChanging();
  for (const { table } of COPIED) await copy(table);
  for (const task of before) {
    await to.maintenance.drop(task);
    for (const table of ['tasks', 'hosts', 'announced'] as const) await copy(table, task);
  }
  await to.maintenance.countOn();
  const [there, here] = [await from.maintenance.counts(), await to.maintenance.counts()];
  const wrong = COPIED.filter(({ table }) => there[table] !== here[table]);
  if (wrong.length === 0) return;
  throw new PortolanError(
    'storage_failed',
    `The copy differs: ${wrong.map(({ table }) => `${table}: ${there[table]} there, ${here[table]} here`).join(', ')}. Somebody writes into one of the two.`,
    'Stop the servers that use them and run the same command again: it copies what is lacking.',
  );
}

function sizeOf({ body }: Row): number {
  return typeof body === 'string' || body instanceof Uint8Array ? body.length : 0;
}
