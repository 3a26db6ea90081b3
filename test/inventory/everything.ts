/**
 * All that is known, with names in place of numbers and without the times of writing: two databases that were told the
 * same have the same rows.
 */
import Database from 'better-sqlite3';
import pg from 'pg';

type Row = Record<string, unknown>;
type Rows = Record<string, string[]>;

const TABLES = [
  'sites',
  'looks',
  'coverage',
  'coverage_gaps',
  'asked',
  'tested',
  'assets',
  'asset_history',
  'identifiers',
  'addresses',
  'services',
  'service_history',
  'facts',
  'events',
  'incidents',
  'identity_log',
  'suppressed',
  'site_memory',
  'fold_parts',
];
/** Numbers that stand for a row of another table, and what names that row. */
const NAMED: Readonly<Record<string, [table: string, name: string]>> = {
  site_id: ['sites', 'name'],
  look_id: ['looks', 'hash'],
  asset_id: ['assets', 'uid'],
  fingerprint_id: ['fingerprints', 'body'],
  port_set_id: ['port_sets', 'ranges'],
  incident_id: ['incidents', 'uid'],
};
/** What differs from one run to the next and means nothing. */
const WRITTEN = new Set(['id', 'stored_at', 'folded_at', 'fold_no', 'fold_seq', 'refolds', 'fixed']);

export async function everything(database: string): Promise<Rows> {
  const read = await reader(database);
  try {
    const names = new Map<string, Map<unknown, unknown>>();
    for (const [column, [table, name]] of Object.entries(NAMED)) {
      const rows = await read.all(`select id, ${name} as name from ${read.schema}${table}`);
      names.set(column, new Map(rows.map((row) => [Number(row['id']), row['name']])));
    }
    const rows: Rows = {};
    for (const table of TABLES) {
      const found = await read.all(`select * from ${read.schema}${table}`);
      rows[table] = found.map((row) => shown(table, row, names)).sort();
    }
    return rows;
  } finally {
    await read.close();
  }
}

function shown(table: string, row: Row, names: ReadonlyMap<string, ReadonlyMap<unknown, unknown>>): string {
  const fields = Object.entries(row).flatMap(([column, value]): [string, unknown][] => {
    if (WRITTEN.has(column) || (table === 'sites' && column === 'uid')) return [];
    const named = names.get(column);
    if (named && value !== null) return [[column, named.get(Number(value)) ?? Number(value)]];
    if (value instanceof Uint8Array) return [[column, Buffer.from(value).toString('hex')]];
    return [[column, value]];
  });
  return JSON.stringify(Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1))));
}

async function reader(database: string) {
  if (!database.startsWith('postgres:')) {
    const sqlite = new Database(database, { readonly: true });
    return {
      schema: '',
      all: async (text: string) => sqlite.prepare<[], Row>(text).all(),
      close: async () => void sqlite.close(),
    };
  }
  const types = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format ?? 'text'),
  };
  const client = new pg.Client({ connectionString: database, types });
  await client.connect();
  return {
    schema: 'portolan.',
    all: async (text: string): Promise<Row[]> => (await client.query(text)).rows,
    close: () => client.end(),
  };
}
