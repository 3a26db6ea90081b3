/** SQLite as kysely takes it, from better-sqlite3 or, where that cannot run (client.ts), from Node itself. */
import Sqlite from 'better-sqlite3';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** Throws errors whose `code` is the name of SQLite's result code (sqlite.org/rescode.html). */
export interface Connection extends SqliteDatabase {
  exec(sql: string): void;
}

/** Compiled statements that are kept. The store has some dozens; lists of bound values make a few more. */
const MOST_STATEMENTS = 200;

/** @param inNode the SQLite within Node, instead of better-sqlite3's own. */
export function connect(path: string, inNode: boolean): Connection {
  const connection = inNode ? builtIn(path) : addon(path);
  const known = new Map<string, SqliteStatement>();
  return {
    ...connection,
    prepare(sql) {
      const before = known.get(sql);
      if (before) return before;
      const statement = connection.prepare(sql);
      const [oldest] = known.keys();
      if (known.size >= MOST_STATEMENTS && oldest !== undefined) known.delete(oldest);
      known.set(sql, statement);
      return statement;
    },
  };
}

function addon(path: string): Connection {
  const database = new Sqlite(path);
  return {
    exec: (sql) => void database.exec(sql),
    prepare: (sql) => database.prepare(sql),
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

/** Node before 22.16 does not tell it of a statement. */
const GIVES_ROWS = /^\s*(select|with|pragma)\b|\breturning\b/i;

function builtIn(path: string): Connection {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = named(() => new DatabaseSync(path));
  return {
    exec: (sql) => named(() => database.exec(sql)),
    prepare(sql) {
      const statement = named(() => database.prepare(sql));
      // SQLite itself refuses a value of another type.
      const bound = (values: readonly unknown[]) => values as (string | number)[];
      return {
        reader: GIVES_ROWS.test(sql),
        all: (values) => named(() => statement.all(...bound(values))),
        run: (values) => named(() => statement.run(...bound(values))),
        iterate: (values) => named(() => statement.iterate(...bound(values))),
      };
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
