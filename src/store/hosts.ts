/** What scans found, host by host, and the counters on the task that follow from it. */
import type { Kysely, NotNull } from 'kysely';
import { type Lease, LeaseLost } from '../core/lease.ts';
import type { HostResult } from '../core/result.ts';
import { type Dialect, locked } from './dialect.ts';
import { type AnnouncedPort, hostRowOf } from './host-row.ts';
import { inPieces } from './pieces.ts';
import {
  type Batch,
  type Counted,
  MOST_AT_ONCE,
  putAnnounced,
  putBatch,
  type Writing,
} from './record-batch.ts';
import type { Tables } from './schema.ts';
import { rowOf } from './tasks.ts';

export type { AnnouncedPort, Batch };

/** Which hosts of a task are read, from where on. */
export interface HostQuery {
  /** The position of the last one that was read. */
  after: number;
  limit: number;
  /** Those that are down, too. */
  downToo?: boolean;
  /** Only those with open ports, or only those without. */
  open?: boolean;
  /** With those without open ports: also those that have some and were told behind this position. */
  openBehind?: number;
  /** Only those stored, or changed, at this moment or later, milliseconds since the epoch. */
  since?: number;
}

/**
 * A host has one row and keeps its place, however often it is told: a reader who pages through a running scan meets
 * each once, and asks with `since` for what changed behind them. What was told of it is joined and never taken back.
 */
export class HostStore {
  readonly #db: Kysely<Tables>;
  readonly #dialect: Dialect;

  constructor(db: Kysely<Tables>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  /** Stores what was reported, in one transaction: no more than MOST_AT_ONCE hosts and ports of them. */
  async record(taskId: string, batch: Batch, lease?: Lease): Promise<void> {
    await this.#inTask(taskId, lease, (writing) => putBatch(writing, batch));
  }

  /** The same of a batch that came as JSON. */
  async recordText(taskId: string, batch: string, lease?: Lease): Promise<void> {
    await this.record(taskId, JSON.parse(batch), lease);
  }

  /** Stores finished hosts, some hundreds to a transaction, joined with what was known of them. */
  async put(taskId: string, hosts: readonly HostResult[], lease?: Lease): Promise<void> {
    for (const some of inPieces(hosts, MOST_AT_ONCE))
      await this.record(taskId, { hosts: some.map(hostRowOf) }, lease);
  }

  /** Stores open ports of hosts that are still being scanned. */
  async announce(taskId: string, ports: readonly AnnouncedPort[], lease?: Lease): Promise<void> {
    for (const some of inPieces(ports, MOST_AT_ONCE)) await this.record(taskId, { ports: some }, lease);
  }

  /** Makes hosts marked `partial` of all ports announced so far, so that they are read like any other. */
  async showAnnounced(taskId: string, lease?: Lease): Promise<void> {
    const any = await this.#db
      .selectFrom('announced')
      .select('port')
      .where('task_id', '=', taskId)
      .limit(1)
      .executeTakeFirst();
    if (any) await this.#inTask(taskId, lease, putAnnounced);
  }

  /** A page of hosts in the order in which each was first told, after the given position. */
  async page(taskId: string, page: HostQuery): Promise<{ seq: number; host: HostResult }[]> {
    const rows = await this.bodies(taskId, page);
    return rows.map(({ seq, body }) => ({ seq, host: JSON.parse(body) }));
  }

  /** The same unread, for those who read it elsewhere. */
  async bodies(taskId: string, page: HostQuery): Promise<{ seq: number; body: string }[]> {
    let query = this.#db
      .selectFrom('hosts')
      .select(['seq', 'body'])
      .where('task_id', '=', taskId)
      .where('seq', '>', page.after);
    if (!page.downToo) query = query.where('up', '=', 1);
    const { open, openBehind } = page;
    if (open === true) query = query.where('open_ports', '>', 0);
    if (open === false)
      query = query.where((where) =>
        where.or([
          where('open_ports', '=', 0),
          ...(openBehind === undefined ? [] : [where('seq', '>', openBehind)]),
        ]),
      );
    if (page.since !== undefined) query = query.where('stored_at', '>=', page.since);
    return await query.orderBy('seq').limit(page.limit).execute();
  }

  /** What the newest scan that saw this address found of it, and when it began. */
  async lastSeen(
    address: string,
  ): Promise<{ host: HostResult; taskId: string; startedAt: number } | undefined> {
    const row = await this.#db
      .selectFrom('hosts')
      .innerJoin('tasks', 'tasks.id', 'hosts.task_id')
      .select(['hosts.body', 'hosts.task_id', 'tasks.started_at'])
      .where('hosts.address', '=', address)
      .where('hosts.up', '=', 1)
      .where('tasks.removed', '=', 0)
      .orderBy('hosts.seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && { host: JSON.parse(row.body), taskId: row.task_id, startedAt: Number(row.started_at) };
  }

  /** The hosts that are up of which not just so many ports are told, with how many are. */
  async toldOtherThan(taskId: string, asked: number): Promise<{ address: string; told: number }[]> {
    const rows = await this.#db
      .selectFrom('hosts')
      .select(['address', 'told_ports as told'])
      .where('task_id', '=', taskId)
      .where('up', '=', 1)
      .where('told_ports', '!=', asked)
      .$narrowType<{ told: NotNull }>()
      .orderBy('seq')
      .execute();
    return rows;
  }

  /** The addresses that nmap has finished. */
  async finishedAddresses(taskId: string): Promise<Set<string>> {
    const rows = await this.#db
      .selectFrom('hosts')
      .select('address')
      .where('task_id', '=', taskId)
      .where('partial', '=', 0)
      .execute();
    return new Set(rows.map((row) => row.address));
  }

  /**
   * The task's row is held first: of several writers each then sees what the one before it did, and places are given in order.
   * @throws LeaseLost when the task is another's by then
   */
  async #inTask(
    taskId: string,
    lease: Lease | undefined,
    write: (writing: Writing) => Promise<Counted>,
  ): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const task = trx
        .selectFrom('tasks')
        .select('id')
        .where(({ and }) => and(rowOf(taskId, lease)));
      const row = await locked(this.#dialect, task).executeTakeFirst();
      if (!row) throw lease ? new LeaseLost() : new Error(`There is no task ${taskId}.`);
      const { done, up, open, progress } = await write({ trx, dialect: this.#dialect, taskId });
      if (done === 0 && up === 0 && open === 0 && progress === undefined) return;
      await trx
        .updateTable('tasks')
        .set((eb) => ({
          hosts_done: eb('hosts_done', '+', done),
          hosts_up: eb('hosts_up', '+', up),
          open_ports: eb('open_ports', '+', open),
          ...(progress === undefined ? {} : { progress: JSON.stringify(progress) }),
        }))
        .where('id', '=', taskId)
        .execute();
    });
  }
}
