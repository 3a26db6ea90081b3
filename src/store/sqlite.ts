/** SQLite as thread.ts needs it, from better-sqlite3 or, where that cannot run (thread-dialect.ts), from Node itself. */
import Sqlite from 'better-sqlite3';

/** What one statement came to. */
export interface Outcome {
  rows: unknown[];
  /** Rows that it changed, and the last row it made; absent for one that reads. */
  changes?: number;
  insertId?: bigint;
}

/** Throws errors whose `code` is the name of SQLite's result code (sqlite.org/rescode.html). */
export interface Connection {
  exec(sql: string): void;
  /** A compiled statement, to be run with the values for its question marks. */
  prepare(sql: string): (values: readonly unknown[]) => Outcome;
  close(): void;
}

/** @param inNode the SQLite within Node, instead of better-sqlite3's own. */
export function connect(path: string, inNode: boolean): Connection {
  return inNode ? builtIn(path) : addon(path);
}

function addon(path: string): Connection {
  const database = new Sqlite(path);
  return {
    exec: (sql) => void database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql);
      if (statement.reader) return (values) => ({ rows: statement.all(values) });
      return (values) => {
        const { changes, lastInsertRowid } = statement.run(values);
        return { rows: [], changes, insertId: BigInt(lastInsertRowid) };
      };
    },
    close: () => void database.close(),
  };
}

/** Primary result codes that the store tells apart (failures.ts), by their number. */
const CODES = new Map([
  [3, 'PERM'],
  [5, 'BUSY'],
  [6, 'LOCKED'],
  [7, 'NOMEM'],
  [8, 'READONLY'],
  [10, 'IOERR'],
  [11, 'CORRUPT'],
  [13, 'FULL'],
  [14, 'CANTOPEN'],
  [15, 'PROTOCOL'],
  [22, 'NOLFS'],
  [23, 'AUTH'],
  [26, 'NOTADB'],
]);

function builtIn(path: string): Connection {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = named(() => new DatabaseSync(path));
  // Preparing reads the file, which another may hold for a moment: only once thread.ts has said how long to wait for it.
  const changedStatement = () => {
    const statement = database.prepare('select changes() as changes, last_insert_rowid() as id');
    statement.setReadBigInts(true);
    return statement;
  };
  let changed: ReturnType<typeof changedStatement> | undefined;
  return {
    exec: (sql) => named(() => database.exec(sql)),
    prepare(sql) {
      const statement = named(() => database.prepare(sql));
      return (values) =>
        named(() => {
          // SQLite itself refuses a value of another type.
          const rows = statement.all(...(values as (string | number)[]));
          if (rows.length > 0) return { rows };
          changed ??= changedStatement();
          const { changes, id } = changed.get() as { changes: bigint; id: bigint };
          return { rows, changes: Number(changes), insertId: id };
        });
    },
    close: () => database.close(),
  };
}

/** Gives its errors the names that better-sqlite3 gives them. */
function named<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) {
      // The low byte is the primary code.
      const name = CODES.get(Number(error.errcode) & 0xff);
      throw Object.assign(error, { code: name === undefined ? 'SQLITE_ERROR' : `SQLITE_${name}` });
    }
    throw error;
  }
}
