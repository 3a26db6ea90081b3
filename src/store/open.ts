/** Opens the database that the configuration names: a file of SQLite, or a server of PostgreSQL. */
import { isPostgres, shownDatabase } from '../core/database-address.ts';
import { PortolanError } from '../core/errors.ts';
import type { Store } from './store.ts';

export type { Store } from './store.ts';

/** Well above the time that a lock is waited for: past this the disk, or the server, hangs. */
const CALL_MS = 10_000;
const PATIENT_MS = 3_600_000;

/**
 * @param database a file, made with its folder when absent; `:memory:` for tests; or `postgres://user@host/name`.
 * @param options.inNode for tests: use the SQLite within Node, or not, whatever this Node can.
 * @param options.patient wait for calls that take minutes, as copies of a large database do.
 * @throws PortolanError `storage_failed` when it cannot be opened, is not ours, or of a newer Portolan.
 */
export async function openStore(
  database: string,
  options: { inNode?: boolean; patient?: boolean } = {},
): Promise<Store> {
  const name = shownDatabase(database);
  try {
    const { patient = false, ...data } = options;
    if (isPostgres(database))
      return await (await import('./postgres/open.ts')).openPostgres(
        database,
        patient ? {} : { callMs: CALL_MS },
      );
    const { openInThread } = await import('./sqlite/client.ts');
    return await openInThread({ path: database, ...data }, patient ? PATIENT_MS : CALL_MS);
  } catch (cause) {
    if (cause instanceof PortolanError) {
      throw new PortolanError(cause.code, `${name}: ${cause.message}`, cause.next, { cause });
    }
    throw new PortolanError(
      'storage_failed',
      `The database ${name} could not be opened: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Check that its folder is writable and has space, or choose another file with --db or scans.database.',
      { cause },
    );
  }
}
