/** The store over PostgreSQL, by a bounded pool of connections. */
import { Socket } from 'node:net';
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
/** How long after its time the server's own word that a statement took too long may come. */
const LATE_MS = 2000;
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
  const { callMs } = limits;
  const pool = new pg.Pool({
    connectionString,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    ...(callMs === undefined
      ? {}
      : {
          statement_timeout: callMs,
          idle_in_transaction_session_timeout: callMs,
          stream: () => socketThatGivesUp(callMs + LATE_MS),
        }),
    application_name: 'portolan',
    options: `-c search_path=${schema}`,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        NUMBERS.has(oid) ? Number : pg.types.getTypeParser(oid, format ?? 'text'),
    },
  });
  // A connection that breaks while nobody uses it: the next call gets another one, or says what is wrong. Of one that is in
  // use, between two statements, the pool does not hear: without a listener that would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await createSchema(db, schema);
    if (await refuseOthers(db, POSTGRES, schema)) await migrate(db, POSTGRES, schema);
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

/**
 * A socket that ends when nothing has come or gone for so long. The server itself ends what takes longer (statement_timeout)
 * and the pool what nobody uses, so nothing comes from there any more: a firewall has forgotten the connection, or the
 * machine is gone. TCP alone would wait for a quarter of an hour (tcp(7), tcp_retries2), and the call with it.
 */
function socketThatGivesUp(ms: number): Socket {
  const socket = new Socket();
  return socket.setTimeout(ms, () => {
    const silent = new Error(`nothing came from the server for ${ms / 1000} seconds`);
    socket.destroy(Object.assign(silent, { code: 'ETIMEDOUT' }));
  });
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

/** `23505`, unique_violation: two that create the same schema at a time both find it missing (PostgreSQL, appendix A). */
const MADE_MEANWHILE = '23505';

async function createSchema(db: Kysely<Tables>, schema: string): Promise<void> {
  const create = sql`create schema if not exists ${sql.id(schema)}`;
  try {
    await create.execute(db);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === MADE_MEANWHILE)) throw error;
    await create.execute(db);
  }
}
