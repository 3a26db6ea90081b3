/** The store over PostgreSQL, by a bounded pool of connections. */
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { PortolanError } from '../../core/errors.ts';
import { callOf, storeOf } from '../calls.ts';
import { POSTGRES } from '../dialect.ts';
import { migrate, refuseOthers } from '../migrate.ts';
import type { Tables } from '../schema.ts';
import { buildStore, type Store } from '../store.ts';
import { storageFailure } from './failures.ts';

const MOST_CONNECTIONS = 10;
const CONNECT_MS = 5000;
const DEFAULT_SCHEMA = 'portolan';

/** Types of PostgreSQL that hold what are plain numbers here: int8 (counts, times in ms) and numeric (sums). */
const NUMBERS = new Set<number>([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);

/**
 * @param address `postgres://user:password@host:port/name`, with `sslmode` and `sslrootcert` as libpq has them, and
 * `schema`, the search path of ours alone (`portolan`).
 * @param limits.callMs longest time of one statement; no limit when absent
 * @throws PortolanError `storage_failed`
 */
export async function openPostgres(address: string, limits: { callMs?: number }): Promise<Store> {
  const { connectionString, schema } = settingsOf(address);
  const pool = new pg.Pool({
    connectionString,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    ...(limits.callMs === undefined
      ? {}
      : { statement_timeout: limits.callMs, idle_in_transaction_session_timeout: limits.callMs }),
    application_name: 'portolan',
    options: `-c search_path=${schema}`,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        NUMBERS.has(oid) ? Number : pg.types.getTypeParser(oid, format ?? 'text'),
    },
  });
  // A connection that breaks while nobody uses it: the next call gets another one, or says what is wrong.
  pool.on('error', () => {});
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await sql`create schema if not exists ${sql.id(schema)}`.execute(db);
    await refuseOthers(db, POSTGRES, schema);
    await migrate(db, POSTGRES, schema);
  } catch (cause) {
    await db.destroy();
    throw storageFailure(cause);
  }
  const parts = buildStore(db, POSTGRES);
  return {
    ...storeOf(async (call, given) => {
      try {
        return await callOf(parts, call, given);
      } catch (cause) {
        throw storageFailure(cause);
      }
    }),
    close: () => db.destroy(),
  };
}

function settingsOf(address: string): { connectionString: string; schema: string } {
  const url = URL.parse(address);
  const schema = url?.searchParams.get('schema') ?? DEFAULT_SCHEMA;
  if (url === null || !/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new PortolanError(
      'invalid_config',
      'scans.database is no address of PostgreSQL.',
      'Write postgres://user@host:5432/name, with ?schema=name (small letters, digits and _) where it is not "portolan".',
    );
  }
  url.searchParams.delete('schema');
  return { connectionString: url.href, schema };
}
