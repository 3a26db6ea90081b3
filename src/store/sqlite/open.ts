/** The SQLite database, opened in write-ahead mode, for kysely. Its calls wait for the disk: only thread.ts may make them. */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Kysely,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { monotonicMs } from '../../core/monotonic.ts';
import { type Connection, connect } from './connection.ts';

/** How long another process may hold the database while it writes. */
const BUSY_TIMEOUT_MS = 3000;
const BUSY_PAUSE_MS = 10;
/** Nobody ever wakes it: to wait on it is to sleep. */
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** Opens it, and changes nothing. @param path the file, made when absent; `:memory:` for tests. @param inNode with Node's own SQLite */
export function openSqlite(path: string, inNode: boolean): Connection {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const sqlite = connect(path, inNode);
  try {
    sqlite.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/** Makes it ours: to be called once it is known that it is no database of others. */
export function settle(sqlite: Connection, path: string): void {
  // Results tell where the weak spots of a network are: for the owner's eyes only.
  if (path !== ':memory:') chmodSync(path, 0o600);
  // Only a new file takes it: what prune deletes is given back to the disk in steps (incremental_vacuum).
  sqlite.exec('pragma auto_vacuum = INCREMENTAL');
  enterWriteAheadMode(sqlite);
  // FULL, not NORMAL: what was reported must also survive the machine's own death. Measured at 0.2 ms a commit.
  sqlite.exec('pragma synchronous = FULL');
  sqlite.exec('pragma foreign_keys = ON');
  sqlite.exec('pragma cache_size = -32768');
}

/** Of two that do this to a new file at the same time SQLite lets one fail at once, as waiting would block both. */
function enterWriteAheadMode(sqlite: Connection): void {
  const until = monotonicMs() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      sqlite.exec('pragma journal_mode = WAL');
      return;
    } catch (error) {
      const busy = error instanceof Error && 'code' in error && `${error.code}`.startsWith('SQLITE_BUSY');
      if (!busy || monotonicMs() > until) throw error;
      Atomics.wait(PAUSE, 0, 0, BUSY_PAUSE_MS);
    }
  }
}

export function sqliteDialect(open: () => Connection): Dialect {
  return {
    createAdapter: () => new Adapter(),
    createDriver: () => new Driver({ database: async () => open() }),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** SQLite can change tables within a transaction, so a process that is killed meanwhile leaves none half made. */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class Driver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // Immediate: every transaction here writes, and one that only then finds the database locked cannot wait for it.
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw('rollback'));
    } catch (error) {
      // A full or failing disk makes SQLite roll back by itself (sqlite.org/lang_transaction.html): why is known already.
      if (!(error instanceof Error && error.message.includes('no transaction is active'))) throw error;
    }
  }
}
