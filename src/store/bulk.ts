/** Many rows in few statements. The texts are written out here: building them node by node takes longer than the rows. */
import { CompiledQuery, type Insertable, type Transaction } from 'kysely';
import type { Dialect } from './dialect.ts';
import type { Tables } from './schema.ts';

/** Rows of one statement: with all columns of the widest table well below what either database binds. */
const MOST_ROWS = 256;

/**
 * Inserts rows.
 * @param onConflict of rows that are there already: the key they are told apart by, and what is set anew (a list of
 * columns, or expressions by column in which `excluded` is the new row); nothing set keeps the row that is there.
 */
export async function insertRows<T extends keyof Tables>(
  trx: Transaction<Tables>,
  dialect: Dialect,
  table: T,
  given: readonly Insertable<Tables[T]>[],
  onConflict?: {
    key: readonly (keyof Tables[T] & string)[];
    set: readonly (keyof Tables[T] & string)[];
    how?: Partial<Record<keyof Tables[T] & string, string>>;
  },
): Promise<void> {
  // No statement of PostgreSQL takes two rows of one key; the later one holds.
  const rows = onConflict && onConflict.set.length > 0 ? lastOfEach(given, onConflict.key) : given;
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first);
  const end = onConflict ? conflictText(onConflict) : '';
  for (let at = 0; at < rows.length; at += MOST_ROWS) {
    const some = rows.slice(at, at + MOST_ROWS);
    const values: unknown[] = [];
    const groups = some.map((row) => {
      const marks = columns.map((column) => {
        values.push(Reflect.get(row, column) ?? null);
        return dialect.placeholder(values.length);
      });
      return `(${marks.join(',')})`;
    });
    const text = `insert into ${table} (${columns.map(quoted).join(',')}) values ${groups.join(',')}${end}`;
    await trx.executeQuery(CompiledQuery.raw(text, values));
  }
}

function lastOfEach<Row extends object>(rows: readonly Row[], key: readonly string[]): readonly Row[] {
  const last = new Map<string, Row>();
  for (const row of rows) last.set(key.map((column) => keyPart(Reflect.get(row, column))).join('\0'), row);
  return last.size === rows.length ? rows : [...last.values()];
}

const keyPart = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);

function conflictText(given: {
  key: readonly string[];
  set: readonly string[];
  how?: Partial<Record<string, string>>;
}): string {
  const target = ` on conflict (${given.key.map(quoted).join(',')})`;
  const set = given.set.map(
    (column) => `${quoted(column)}=${given.how?.[column] ?? `excluded.${quoted(column)}`}`,
  );
  return set.length === 0 ? `${target} do nothing` : `${target} do update set ${set.join(',')}`;
}

const quoted = (column: string) => `"${column}"`;
