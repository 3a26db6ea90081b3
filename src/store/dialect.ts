/** Where SQLite and PostgreSQL differ: all of it. What is not in this table is one code for both. */
import {
  type ColumnDefinitionBuilder,
  type RawBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import type { Tables } from './schema.ts';

export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** A column that the database counts up by itself, as primary key. */
  readonly identity: {
    type: 'integer' | 'bigserial';
    build: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
  };
  /** The functions that give the larger and the smaller of two values. */
  readonly greatest: 'max' | 'greatest';
  readonly least: 'min' | 'least';
  /**
   * Whether several transactions write at the same time, so that rows which a decision rests on are to be locked first.
   * SQLite has one writer at a time, and every transaction of ours begins as that writer.
   */
  readonly manyWriters: boolean;
  /** Values that one statement can bind. */
  readonly mostValues: number;
  /** How a statement that is written out names its n-th value, from 1. */
  readonly placeholder: (n: number) => string;
  /** The type of bytes, which both compare from the first on. */
  readonly bytes: 'blob' | 'bytea';
  /** What makes a table that lies in the order of its primary key; PostgreSQL has none, and keeps an index beside it. */
  readonly keyedTable: RawBuilder<unknown> | undefined;
  /** The functions that make a JSON array of values, and of the rows of a group. */
  readonly json: { array: RawBuilder<unknown>; group: RawBuilder<unknown> };
  /** Whether a column is one of many values, which are bound as one: a statement with one for each is slow to write. */
  readonly isAmong: (column: string, values: readonly string[] | readonly number[]) => RawBuilder<SqlBool>;
  /** The names of all tables; those of a schema where there are schemas. */
  readonly tableNames: (schema: string) => RawBuilder<{ name: string }>;
  /** A column of bytes in hexadecimal, null where it has none. */
  readonly hex: (column: string) => RawBuilder<string | null>;
}

export const SQLITE: Dialect = {
  name: 'sqlite',
  identity: { type: 'integer', build: (column) => column.primaryKey().autoIncrement() },
  greatest: 'max',
  least: 'min',
  manyWriters: false,
  mostValues: 32_766,
  placeholder: () => '?',
  bytes: 'blob',
  keyedTable: sql`without rowid`,
  json: { array: sql`json_array`, group: sql`json_group_array` },
  isAmong: (column, values) =>
    sql`${sql.ref(column)} in (select value from json_each(${JSON.stringify(values)}))`,
  tableNames: () =>
    sql`select name from sqlite_master where type in ('table', 'view') and name not glob 'sqlite_*' order by name`,
  // Its hex() makes an empty text of null.
  hex: (column) => sql`case when ${sql.ref(column)} is not null then hex(${sql.ref(column)}) end`,
};

export const POSTGRES: Dialect = {
  name: 'postgres',
  identity: { type: 'bigserial', build: (column) => column.primaryKey() },
  greatest: 'greatest',
  least: 'least',
  manyWriters: true,
  mostValues: 65_535,
  placeholder: (n) => `$${n}`,
  bytes: 'bytea',
  keyedTable: undefined,
  json: { array: sql`json_build_array`, group: sql`json_agg` },
  isAmong: (column, values) => sql`${sql.ref(column)} = any(${values})`,
  tableNames: (schema) =>
    sql`select table_name as name from information_schema.tables where table_schema = ${schema} order by table_name`,
  hex: (column) => sql`encode(${sql.ref(column)}, 'hex')`,
};

/** A query whose rows stay as they are until the transaction ends. */
export function locked<T extends keyof Tables, O>(
  dialect: Dialect,
  query: SelectQueryBuilder<Tables, T, O>,
): SelectQueryBuilder<Tables, T, O> {
  return dialect.manyWriters ? query.forUpdate() : query;
}

/** The same, passing over rows that somebody else has locked. */
export function lockedFree<T extends keyof Tables, O>(
  dialect: Dialect,
  query: SelectQueryBuilder<Tables, T, O>,
): SelectQueryBuilder<Tables, T, O> {
  return dialect.manyWriters ? query.forUpdate().skipLocked() : query;
}
