/** Opens the database that the configuration names: a file of SQLite, or a server of PostgreSQL. */
import { isPostgres, shownDatabase } from '../core/database-address.ts';
import { PortolanError } from '../core/errors.ts';
import type { Store } from './store.ts';

export type { Store } from './store.ts';

/**
 * @param database a file, made with its folder when absent; `:memory:` for tests; or `postgres://user@host/name`.
 * @param options.inNode for tests: use the SQLite within Node, or not, whatever this Node can.
 * @throws PortolanError `storage_failed` when it cannot be opened, is not ours, or of a newer Portolan.
 */
export async function openStore(database: string, options: { inNode?: boolean } = {}): Promise<Store> {
  const name = shownDatabase(database);
  try {
    if (isPostgres(database)) return await (await import('./postgres/open.ts')).openPostgres(database);
    return await (await import('./sqlite/client.ts')).openInThread({ path: database, ...options });
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
