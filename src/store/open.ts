/** Opens the database: SQLite in write-ahead mode, tables brought up to date. */
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { PortolanError } from '../core/errors.ts';
import { HostStore } from './hosts.ts';
import { InstanceStore } from './instances.ts';
import { MIGRATIONS, type Tables } from './schema.ts';
import { TaskStore } from './tasks.ts';
import { threadDialect } from './thread-dialect.ts';
import { TokenStore } from './tokens.ts';
import { ToolStateStore } from './tool-states.ts';

export interface Store {
  tasks: TaskStore;
  hosts: HostStore;
  instances: InstanceStore;
  tokens: TokenStore;
  toolStates: ToolStateStore;
  close(): Promise<void>;
}

/**
 * @param path the database file, created with its folder when absent; `:memory:` for tests.
 * @param options.inNode for tests: use the SQLite within Node, or not, whatever this Node can.
 * @throws PortolanError `storage_failed` when the file cannot be opened or is not ours.
 */
export async function openStore(path: string, options: { inNode?: boolean } = {}): Promise<Store> {
  const db = new Kysely<Tables>({ dialect: threadDialect({ path, ...options }) });
  try {
    await migrate(db);
  } catch (cause) {
    await db.destroy();
    if (cause instanceof PortolanError && cause.code === 'storage_failed') {
      throw new PortolanError(cause.code, `${path}: ${cause.message}`, cause.next, { cause });
    }
    throw new PortolanError(
      'storage_failed',
      `The database ${path} could not be opened: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Check that its folder is writable and has space, or choose another file with --db or scans.database.',
      { cause },
    );
  }
  return {
    tasks: new TaskStore(db),
    hosts: new HostStore(db),
    instances: new InstanceStore(db),
    tokens: new TokenStore(db),
    toolStates: new ToolStateStore(db),
    close: () => db.destroy(),
  };
}

async function migrate(db: Kysely<Tables>): Promise<void> {
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => MIGRATIONS },
  }).migrateToLatest();
  if (error) throw error;
}
