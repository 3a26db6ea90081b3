/** Where SQLite and PostgreSQL differ: all of it. What is not in this table is one code for both. */
import type { ColumnDefinitionBuilder, SelectQueryBuilder } from 'kysely';
import type { Tables } from './schema.ts';

export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** A column that the database counts up by itself, as primary key. */
  readonly identity: {
    type: 'integer' | 'bigserial';
    build: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
  };
  /** The function that gives the larger of two values. */
  readonly greatest: 'max' | 'greatest';
  /**
   * Whether several transactions write at the same time, so that rows which a decision rests on are to be locked first.
   * SQLite has one writer at a time, and every transaction of ours begins as that writer.
   */
  readonly manyWriters: boolean;
  /** Values that one statement can bind. */
  readonly mostValues: number;
}

export const SQLITE: Dialect = {
  name: 'sqlite',
  identity: { type: 'integer', build: (column) => column.primaryKey().autoIncrement() },
  greatest: 'max',
  manyWriters: false,
  mostValues: 32_766,
};

export const POSTGRES: Dialect = {
  name: 'postgres',
  identity: { type: 'bigserial', build: (column) => column.primaryKey() },
  greatest: 'greatest',
  manyWriters: true,
  mostValues: 65_535,
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
