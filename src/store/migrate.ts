/** Brings the tables up to date, and refuses a database that is not ours or of a newer Portolan. */
import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { PortolanError } from '../core/errors.ts';
import type { Dialect } from './dialect.ts';
import { migrations } from './migrations.ts';
import type { Tables } from './schema.ts';

/** Kysely's own table of what was done. */
const DONE = 'kysely_migration';

/**
 * Changes nothing.
 * @param schema where the tables are, in PostgreSQL.
 * @returns whether there is something to {@link migrate}
 * @throws PortolanError `storage_failed` for a database of another program or of a newer Portolan.
 */
export async function refuseOthers(db: Kysely<Tables>, dialect: Dialect, schema?: string): Promise<boolean> {
  const known = migrations(dialect);
  const done = await doneIn(db, dialect, schema);
  const newer = done.filter((name) => !(name in known));
  if (newer.length === 0) return done.length < Object.keys(known).length;
  throw new PortolanError(
    'storage_failed',
    `The database was made by a newer Portolan: it has the change ${newer.join(', ')}, which this one does not know.`,
    'Use that newer Portolan, or another database (--db, scans.database). A backup of the time before opens with this one.',
  );
}

/** Brings the tables up to date; of several processes one does it, and the others wait for it. */
export async function migrate(db: Kysely<Tables>, dialect: Dialect, schema?: string): Promise<void> {
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => migrations(dialect) },
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
  }).migrateToLatest();
  if (error !== undefined) throw error;
}

/** Names of the changes that were made to it. @throws PortolanError `storage_failed` when others made its tables */
async function doneIn(db: Kysely<Tables>, dialect: Dialect, schema = ''): Promise<string[]> {
  const { rows: tables } = await dialect.tableNames(schema).execute(db);
  if (tables.some(({ name }) => name === DONE)) {
    const { rows } = await sql<{ name: string }>`select name from ${sql.table(DONE)} order by name`.execute(
      db,
    );
    return rows.map(({ name }) => name);
  }
  const [other] = tables.filter(({ name }) => !name.startsWith('kysely_'));
  if (other === undefined) return [];
  throw new PortolanError(
    'storage_failed',
    `The database belongs to another program: it has the table "${other.name}" and none of ours.`,
    'Choose another database with --db or scans.database.',
  );
}
