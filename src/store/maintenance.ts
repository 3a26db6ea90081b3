/** The database as a whole: what is in it, whether it is sound, its copy. */
import { type Kysely, sql } from 'kysely';
import { ALERT_TABLES } from './alerts/tables.ts';
import type { Dialect } from './dialect.ts';
import { inventoryFaults } from './inventory/faults.ts';
import { COUNTED_TABLES, INVENTORY_TABLES } from './inventory/table-keys.ts';
import type { Tables } from './schema.ts';

/** What is copied from one database to another, in the order in which rows refer to each other, each with its key. */
export const COPIED = [
  { table: 'tokens', key: ['hash'] },
  { table: 'disabled_tools', key: ['name'] },
  { table: 'tasks', key: ['id'] },
  { table: 'hosts', key: ['seq'] },
  { table: 'announced', key: ['task_id', 'address', 'protocol', 'port'] },
  { table: 'schedules', key: ['id'] },
  { table: 'schedule_runs', key: ['schedule_id', 'due_at'] },
  ...INVENTORY_TABLES,
  ...ALERT_TABLES,
] as const;
const COUNTED_ALERTS = ALERT_TABLES.map(({ table }) => ({ table, column: 'id' }));
export type Copied = (typeof COPIED)[number]['table'];

export type Value = string | number | Uint8Array;
export type Row = Readonly<Record<string, Value | null>>;

export interface DatabaseStatus {
  engine: Dialect['name'];
  /** Size, and how much of it is empty. */
  bytes: number;
  freeBytes: number;
  /** The last change that was made to its tables. */
  version: string;
  rows: Record<Copied, number>;
  /** Tasks by their state. */
  tasks: Record<string, number>;
}

/** The room that a database takes on a disk of this machine (sqlite/room.ts). */
export interface Room {
  make(): boolean;
  giveBack(pages: number): void;
  shorten(): void;
}

export class MaintenanceStore {
  readonly #db: Kysely<Tables>;
  readonly #dialect: Dialect;
  readonly #room: Room | undefined;

  constructor(db: Kysely<Tables>, dialect: Dialect, room?: Room) {
    this.#db = db;
    this.#dialect = dialect;
    this.#room = room;
  }

  async status(): Promise<DatabaseStatus> {
    const { rows: changes } = await sql<{ name: string }>`
      select name from kysely_migration order by name desc limit 1`.execute(this.#db);
    const states = await this.#db
      .selectFrom('tasks')
      .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
      .where('removed', '=', 0)
      .groupBy('state')
      .execute();
    return {
      engine: this.#dialect.name,
      ...(await this.size()),
      version: changes[0]?.name ?? '',
      rows: await this.counts(),
      tasks: Object.fromEntries(states.map(({ state, count }) => [state, Number(count)])),
    };
  }

  /** Bytes of it, and how many of them are empty; PostgreSQL does not tell those. */
  async size(): Promise<{ bytes: number; freeBytes: number }> {
    if (this.#dialect.name === 'postgres') {
      const { rows } = await sql<{ bytes: number }>`
        select pg_database_size(current_database()) as bytes`.execute(this.#db);
      return { bytes: Number(rows[0]?.bytes ?? 0), freeBytes: 0 };
    }
    const pragma = async (name: string) => {
      const { rows } = await sql<Record<string, number>>`pragma ${sql.raw(name)}`.execute(this.#db);
      return Object.values(rows[0] ?? {})[0] ?? 0;
    };
    const [pages, free, size] = [
      await pragma('page_count'),
      await pragma('freelist_count'),
      await pragma('page_size'),
    ];
    return { bytes: pages * size, freeBytes: free * size };
  }

  /** On a full disk: gives up what was held back for deleting. @returns false when nothing was */
  async makeRoom(): Promise<boolean> {
    return this.#room?.make() ?? false;
  }

  /** Gives up to so many empty pages back to the disk. @returns whether some were */
  async giveBack(pages: number): Promise<boolean> {
    if (!this.#room) return false;
    const { freeBytes } = await this.size();
    if (freeBytes === 0) return false;
    this.#room.giveBack(pages);
    return (await this.size()).freeBytes < freeBytes;
  }

  /** Shortens the files to what is in use, and holds something back again for deleting. */
  async shorten(): Promise<void> {
    this.#room?.shorten();
  }

  /** How many rows each table has that is copied. */
  async counts(): Promise<Record<Copied, number>> {
    const counts = await Promise.all(
      COPIED.map(async ({ table }) => {
        const row = await this.#db
          .selectFrom(table)
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow();
        return [table, Number(row.count)] as const;
      }),
    );
    return Object.fromEntries(counts) as Record<Copied, number>;
  }

  /** What is wrong with it, in words; nothing when it is sound. */
  async check(): Promise<string[]> {
    const wrong = this.#dialect.name === 'sqlite' ? await this.#integrity() : [];
    const { rows } = await sql<{ id: string; counted: number; stored: number }>`
      select id, open_ports as counted, coalesce((select sum(open_ports) from hosts where task_id = tasks.id), 0)
        + (select count(*) from announced where task_id = tasks.id) as stored
      from tasks where removed = 0`.execute(this.#db);
    for (const { id, counted, stored } of rows)
      if (counted !== Number(stored))
        wrong.push(`task ${id} counts ${counted} open ports, and has ${Number(stored)}`);
    return [...wrong, ...(await inventoryFaults(this.#db))];
  }

  /** Rows of a table, or of one task in it, behind the one with this key, in the order of the keys. */
  async rows(
    table: Copied,
    after: readonly Value[] | undefined,
    limit: number,
    task?: string,
  ): Promise<Row[]> {
    const columns = sql.join(keyOf(table).map((column) => sql.ref(column)));
    const chosen = [
      ...(after === undefined ? [] : [sql`(${columns}) > (${sql.join([...after])})`]),
      ...(task === undefined ? [] : [sql`${sql.ref(table === 'tasks' ? 'id' : 'task_id')} = ${task}`]),
    ];
    const behind = chosen.length === 0 ? sql`` : sql`where ${sql.join(chosen, sql` and `)}`;
    const { rows } = await sql<Row>`
      select * from ${sql.table(table)} ${behind} order by ${columns} limit ${sql.lit(limit)}`.execute(
      this.#db,
    );
    return rows;
  }

  /** The last key that a table has. */
  async lastKey(table: Copied): Promise<Value[] | undefined> {
    const key = keyOf(table);
    const order = sql.join(key.map((column) => sql`${sql.ref(column)} desc`));
    const { rows } = await sql<Row>`
      select ${sql.join(key.map((column) => sql.ref(column)))} from ${sql.table(table)}
      order by ${order} limit 1`.execute(this.#db);
    const [last] = rows;
    return last && key.map((column) => last[column] ?? '');
  }

  /** Adds rows of another database; those that are there already stay. */
  async take(table: Copied, rows: readonly Row[]): Promise<void> {
    const [first] = rows;
    if (first === undefined) return;
    const columns = Object.keys(first);
    const values = rows.map((row) => sql`(${sql.join(columns.map((column) => row[column] ?? null))})`);
    await sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
      values ${sql.join(values)} on conflict do nothing`.execute(this.#db);
  }

  /** Tasks that have not ended. */
  async unfinished(): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('tasks')
      .select('id')
      .where('state', 'in', ['pending', 'running'])
      .orderBy('id')
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Removes a task, with all it found. */
  async drop(task: string): Promise<void> {
    await this.#db.deleteFrom('tasks').where('id', '=', task).execute();
  }

  /** Forgets the inventory, the schedules and the alerts: they change in place, so a copy is taken of them as a whole. */
  async clearChanging(): Promise<void> {
    for (const { table } of [
      { table: 'schedule_runs' },
      { table: 'schedules' },
      ...INVENTORY_TABLES,
      ...ALERT_TABLES,
    ])
      await sql`delete from ${sql.table(table)}`.execute(this.#db);
  }

  /** After rows were taken: the next host, or asset, gets a place behind all of them. */
  async countOn(): Promise<void> {
    if (this.#dialect.name !== 'postgres') return;
    for (const { table, column } of [
      { table: 'hosts', column: 'seq' },
      { table: 'schedules', column: 'id' },
      ...COUNTED_TABLES,
      ...COUNTED_ALERTS,
    ])
      await sql`select setval(pg_get_serial_sequence(${table}, ${column}),
        (select coalesce(max(${sql.ref(column)}), 1) from ${sql.table(table)}))`.execute(this.#db);
  }

  /** Writes a whole copy into a new file, as the database is at one moment, while others go on writing (SQLite alone). */
  async copyInto(file: string): Promise<void> {
    await sql`vacuum into ${file}`.execute(this.#db);
  }

  /** Gives empty pages back to the disk. */
  async compact(): Promise<void> {
    // A database of before there was this setting takes it with the next vacuum.
    if (this.#dialect.name === 'sqlite') await sql`pragma auto_vacuum = incremental`.execute(this.#db);
    await sql`vacuum`.execute(this.#db);
  }

  async #integrity(): Promise<string[]> {
    const { rows } = await sql<Record<string, string>>`pragma integrity_check`.execute(this.#db);
    const said = rows.flatMap((row) => Object.values(row)).filter((text) => text !== 'ok');
    const { rows: lost } = await sql<{ table: string }>`pragma foreign_key_check`.execute(this.#db);
    return [...said, ...lost.map(({ table }) => `a row of ${table} belongs to a task that is not there`)];
  }
}

/** The columns that tell its rows apart. */
export function keyOf(table: Copied): readonly string[] {
  return COPIED.find((one) => one.table === table)?.key ?? [];
}
