/** Tasks: their rows, their states and the queue they form. Every change of state is one statement, so two processes never both win. */
import {
  type Kysely,
  type RawBuilder,
  type Selectable,
  type SqlBool,
  sql,
  type Transaction,
  type Updateable,
} from 'kysely';
import type { RunFacts } from '../core/details.ts';
import type { ErrorValue } from '../core/errors.ts';
import { type Lease, LeaseLost } from '../core/lease.ts';
import { ScanRequest } from '../core/request.ts';
import type { CoverageNote } from '../core/result.ts';
import { type HeldTask, isZoneHolder, NOBODY, type Task, TaskState, zoneHolder } from '../core/task.ts';
import { type Dialect, locked, lockedFree } from './dialect.ts';
import type { Heard } from './instances.ts';
import type { Tables } from './schema.ts';

type Row = Selectable<Tables['tasks']>;
export type FinalState = 'completed' | 'failed' | 'cancelled';

/** A task's row; with a lease only while that holds. */
export function rowOf(id: string, lease?: Lease) {
  return { id, ...(lease ? { instance_id: lease.instanceId, epoch: lease.epoch } : {}) };
}

/**
 * What the process that runs a task writes names its lease: the same statement finds out whether it still holds, and
 * throws {@link LeaseLost} when it does not.
 */
export class TaskStore {
  readonly #db: Kysely<Tables>;
  readonly #dialect: Dialect;

  constructor(db: Kysely<Tables>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  /**
   * Stores a pending task unless so many others, or so many of its owner, run or wait already.
   * @param task.zone any process of which may run it; only this instance when absent
   * @returns whether it was stored.
   */
  async insert(
    task: Pick<Task, 'id' | 'owner' | 'request' | 'createdAt' | 'addressesTotal' | 'coverage'> & {
      zone?: string | undefined;
    },
    instanceId: string,
    mostUnfinished: number,
    mostOfOwner: number = mostUnfinished,
  ): Promise<boolean> {
    const { id, owner, createdAt: created_at, addressesTotal: addresses_total, zone = null } = task;
    return await this.#inQueue(async (trx) => {
      const unfinished = ['pending', 'running'] as const;
      if ((await countOf(trx, unfinished)) >= mostUnfinished) return false;
      if ((await countOf(trx, unfinished, { owner })) >= mostOfOwner) return false;
      await trx
        .insertInto('tasks')
        .values({
          id,
          state: 'pending',
          owner,
          request: JSON.stringify(task.request),
          created_at,
          addresses_total,
          coverage: JSON.stringify(task.coverage),
          zone,
          instance_id: zone === null ? instanceId : zoneHolder(zone),
        })
        .execute();
      return true;
    });
  }

  /**
   * Takes a pending task of this instance, or of its zone, for running, if fewer than `maxRunning` run: over all
   * instances, or within a zone in this one. Callers take turns: first whoever has fewest running, then whoever was
   * served longest ago, and of each the oldest.
   * @param share how many of one owner run at most, and who has none.
   */
  async claim(
    instanceId: string,
    maxRunning: number,
    now: number,
    share: { most: number; without?: string; zone?: string | undefined } = { most: maxRunning },
  ): Promise<HeldTask | undefined> {
    const ofSameOwner = sql`SELECT count(*) FROM tasks AS other WHERE other.state = 'running' AND other.owner = tasks.owner`;
    const lastServed = sql<number>`(SELECT coalesce(max(started_at), 0) FROM tasks AS other WHERE other.owner = tasks.owner)`;
    const { zone } = share;
    const here = zone === undefined ? undefined : instanceId;
    const counted = here === undefined ? ofSameOwner : sql`${ofSameOwner} AND other.instance_id = ${here}`;
    return await this.#inQueue(async (trx) => {
      if ((await countOf(trx, ['running'], { instance: here })) >= maxRunning) return undefined;
      const turn = trx
        .selectFrom('tasks')
        .select('id')
        .where('state', '=', 'pending')
        .where('instance_id', 'in', holdersFor(instanceId, zone))
        .where(({ or, eb: where }) =>
          or([where('owner', '=', share.without ?? null), where(sql<number>`(${counted})`, '<', share.most)]),
        )
        .orderBy(sql`(${ofSameOwner})`)
        .orderBy(lastServed)
        .orderBy('created_at')
        .orderBy('id')
        .limit(1);
      const next = await lockedFree(this.#dialect, turn).executeTakeFirst();
      if (next === undefined) return undefined;
      const row = await trx
        .updateTable('tasks')
        .set((eb) => ({
          state: 'running',
          instance_id: instanceId,
          started_at: now,
          attempts: eb('attempts', '+', 1),
          epoch: eb('epoch', '+', 1),
        }))
        .where('id', '=', next.id)
        .where('state', '=', 'pending')
        .returningAll()
        .executeTakeFirst();
      return row && toHeld(row);
    });
  }

  async get(id: string): Promise<Task | undefined> {
    const row = await this.#db
      .selectFrom('tasks')
      .selectAll()
      .where('id', '=', id)
      .where('removed', '=', 0)
      .executeTakeFirst();
    return row && toTask(row);
  }

  /** Newest first. `before` is the position of the last task of the page before. */
  async list(filter: {
    owner?: string;
    state?: TaskState;
    since?: number;
    before?: { createdAt: number; id: string };
    limit: number;
  }): Promise<Task[]> {
    let query = this.#db.selectFrom('tasks').selectAll().where('removed', '=', 0);
    if (filter.owner !== undefined) query = query.where('owner', '=', filter.owner);
    if (filter.state !== undefined) query = query.where('state', '=', filter.state);
    if (filter.since !== undefined) query = query.where('created_at', '>=', filter.since);
    if (filter.before) {
      const { createdAt, id } = filter.before;
      query = query.where(sql<SqlBool>`(created_at, id) < (${createdAt}, ${id})`);
    }
    const rows = await query
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(filter.limit)
      .execute();
    return rows.map(toTask);
  }

  /** Tasks that ran at some time between these two (milliseconds), newest first. */
  async ranBetween(from: number, to: number, limit: number): Promise<Task[]> {
    const rows = await this.#db
      .selectFrom('tasks')
      .selectAll()
      .where('started_at', '<=', to)
      .where('removed', '=', 0)
      .where((eb) => eb.or([eb('ended_at', 'is', null), eb('ended_at', '>=', from)]))
      .orderBy('created_at', 'desc')
      .limit(limit)
      .execute();
    return rows.map(toTask);
  }

  async recordRun(
    id: string,
    run: { argv?: string[]; nmapVersion?: string; facts?: RunFacts },
    lease?: Lease,
  ): Promise<void> {
    const change: Updateable<Tables['tasks']> = {};
    if (run.argv) change.argv = JSON.stringify(run.argv);
    if (run.nmapVersion) change.nmap_version = run.nmapVersion;
    if (run.facts) change.run_facts = JSON.stringify(run.facts);
    await this.#update(id, change, lease);
  }

  /** Ends a task that is in one of the states `from`. @returns false when it was not: the first ending stands. */
  async finish(
    id: string,
    state: FinalState,
    now: number,
    more: {
      coverage: CoverageNote[];
      error?: ErrorValue;
      hostsUp?: number;
      notScanned?: number;
      lease?: Lease;
    },
    from: readonly ('pending' | 'running')[] = ['pending', 'running'],
  ): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('tasks')
      .set((eb) => ({
        state,
        ended_at: now,
        coverage: JSON.stringify(more.coverage),
        error: more.error ? JSON.stringify(more.error) : null,
        // With --open nmap lists fewer hosts than it has finished; at the end its own count is the right one.
        ...(state === 'completed' ? { hosts_done: eb('addresses_total', '-', more.notScanned ?? 0) } : {}),
        ...(more.hostsUp === undefined
          ? {}
          : { hosts_up: eb.fn(this.#dialect.greatest, ['hosts_up', eb.val(more.hostsUp)]) }),
      }))
      .where(({ and }) => and(rowOf(id, more.lease)))
      .where('state', 'in', from)
      .executeTakeFirst();
    if (more.lease && numUpdatedRows === 0n) throw new LeaseLost();
    return numUpdatedRows > 0n;
  }

  /** Asks whoever runs the task to stop it. @returns the state it was in. */
  async requestCancel(id: string): Promise<void> {
    await this.#update(id, { cancel_requested: 1 });
  }

  async cancelRequested(id: string, lease?: Lease): Promise<boolean> {
    const row = await this.#db
      .selectFrom('tasks')
      .select('cancel_requested')
      .where(({ and }) => and(rowOf(id, lease)))
      .executeTakeFirst();
    if (lease && !row) throw new LeaseLost();
    return row?.cancel_requested === 1;
  }

  /** How many tasks wait for an instance, or for any of its zone. */
  async pendingOf(instanceId: string, zone?: string): Promise<number> {
    const row = await this.#db
      .selectFrom('tasks')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('state', '=', 'pending')
      .where('instance_id', 'in', holdersFor(instanceId, zone))
      .executeTakeFirst();
    return Number(row?.count ?? 0);
  }

  /** How many tasks of an owner run or wait. */
  async unfinishedOfOwner(owner: string): Promise<number> {
    return await countOf(this.#db, ['pending', 'running'], { owner });
  }

  /** The unfinished tasks of an instance. */
  async unfinishedOf(instanceId: string): Promise<Pick<Task, 'id' | 'state'>[]> {
    const rows = await this.#db
      .selectFrom('tasks')
      .select(['id', 'state'])
      .where('instance_id', '=', instanceId)
      .where('state', 'in', ['pending', 'running'])
      .execute();
    return rows.map(({ id, state }) => ({ id, state: TaskState.parse(state) }));
  }

  /** Instances that unfinished tasks name although they are not registered any more; what waits for a zone names none. */
  async strayInstances(): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('tasks')
      .select('instance_id')
      .distinct()
      .where('state', 'in', ['pending', 'running'])
      .where('instance_id', 'not in', (eb) => eb.selectFrom('instances').select('id'))
      .execute();
    return rows.map((row) => row.instance_id).filter((holder) => !isZoneHolder(holder));
  }

  /**
   * Gives an unfinished task of one instance to another, so that nothing more is written under the lease of before.
   * @param more.heard the instance as it was when it was found dead: nothing is taken from one that has beaten since
   * @param more.deaths how many more the task has caused
   * @returns undefined when another process was first
   */
  async adopt(
    id: string,
    from: string,
    to: string,
    more: { heard?: Heard; deaths?: number } = {},
  ): Promise<HeldTask | undefined> {
    const { heard, deaths = 0 } = more;
    let move = this.#db
      .updateTable('tasks')
      .set((eb) => ({
        instance_id: to,
        epoch: eb('epoch', '+', 1),
        deaths: eb('deaths', '+', deaths),
      }))
      .where('id', '=', id)
      .where('instance_id', '=', from)
      .where('state', 'in', ['pending', 'running']);
    if (heard) {
      const beaten = this.#db
        .selectFrom('instances')
        .select('id')
        .where('id', '=', heard.id)
        .where(({ eb, or }) =>
          or([eb('beat', '!=', heard.beat), eb('heartbeat_at', '!=', heard.heartbeat_at)]),
        );
      move = move.where(({ exists, not }) => not(exists(beaten)));
    }
    const row = await move.returningAll().executeTakeFirst();
    return row && toHeld(row);
  }

  /** Puts a running task back into the queue, that of its zone where it has one, to scan what remains. */
  async requeue(id: string, coverage: CoverageNote[], lease?: Lease): Promise<void> {
    const { numUpdatedRows } = await this.#db
      .updateTable('tasks')
      .set({
        state: 'pending',
        instance_id: backTo(sql.ref('instance_id')),
        coverage: JSON.stringify(coverage),
      })
      .where(({ and }) => and(rowOf(id, lease)))
      .where('state', '=', 'running')
      .executeTakeFirst();
    if (lease && numUpdatedRows === 0n) throw new LeaseLost();
  }

  /**
   * Puts a task that was ended before its time back into the queue of this instance, unless so many others, or so many of
   * its owner, run or wait already. @returns false when it is in another state, or there is no place.
   */
  async reopen(
    { id, owner }: Pick<Task, 'id' | 'owner'>,
    instanceId: string,
    coverage: CoverageNote[],
    mostUnfinished: number,
    mostOfOwner: number,
  ): Promise<boolean> {
    return await this.#inQueue(async (trx) => {
      const unfinished = ['pending', 'running'] as const;
      if ((await countOf(trx, unfinished)) >= mostUnfinished) return false;
      if ((await countOf(trx, unfinished, { owner })) >= mostOfOwner) return false;
      const { numUpdatedRows } = await trx
        .updateTable('tasks')
        .set({
          state: 'pending',
          instance_id: backTo(sql.val(instanceId)),
          coverage: JSON.stringify(coverage),
          ended_at: null,
          error: null,
          cancel_requested: 0,
          deaths: 0,
        })
        .where('id', '=', id)
        .where('state', 'in', ['failed', 'cancelled'])
        .where('removed', '=', 0)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }

  /** A further start of a scanner for a task that runs, under the same lease. @returns undefined when it runs no more */
  async startAgain(id: string, coverage: CoverageNote[], lease: Lease): Promise<HeldTask | undefined> {
    const row = await this.#db
      .updateTable('tasks')
      .set((eb) => ({ attempts: eb('attempts', '+', 1), coverage: JSON.stringify(coverage) }))
      .where(({ and }) => and(rowOf(id, lease)))
      .where('state', '=', 'running')
      .returningAll()
      .executeTakeFirst();
    return row && toHeld(row);
  }

  async counts(): Promise<{ pending: number; running: number }> {
    const rows = await this.#db
      .selectFrom('tasks')
      .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
      .where('state', 'in', ['pending', 'running'])
      .groupBy('state')
      .execute();
    const of = (state: string) => Number(rows.find((row) => row.state === state)?.count ?? 0);
    return { pending: of('pending'), running: of('running') };
  }

  /**
   * One step of deleting tasks that ended before the given time, with all they found: up to `most` rows. A task is hidden
   * first, so that nobody sees half of one.
   * @returns how many tasks were hidden, and how many rows went; none when there is nothing left to do.
   */
  async prune(endedBefore: number, most: number): Promise<{ tasks: number; rows: number }> {
    return await this.#db.transaction().execute(async (trx) => {
      const done = { tasks: 0, rows: 0 };
      while (done.rows < most) {
        const next = (await this.#removed(trx)) ?? (await this.#hideOldest(trx, endedBefore));
        if (next === undefined) break;
        done.tasks += Number(next.hidden);
        const { rows, isEmpty } = await deleteFound(trx, next.id, most - done.rows);
        done.rows += rows;
        if (!isEmpty) break;
        await trx.deleteFrom('tasks').where('id', '=', next.id).execute();
        done.rows += 1;
      }
      return done;
    });
  }

  async anyEndedBefore(time: number): Promise<boolean> {
    const row = await this.#db
      .selectFrom('tasks')
      .select('id')
      .where('ended_at', '<', time)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** The longest time between these two (milliseconds) in which no task was asked for. */
  async longestPause(from: number, to: number): Promise<number> {
    const { rows } = await sql<{ pause: number | null; last: number | null }>`
      SELECT max(pause) AS pause, max(created_at) AS last FROM (
        SELECT created_at, created_at - lag(created_at, 1, ${from}) OVER (ORDER BY created_at) AS pause
        FROM tasks WHERE created_at BETWEEN ${from} AND ${to}) AS pauses
    `.execute(this.#db);
    const { pause, last } = rows[0] ?? {};
    return Math.max(Number(pause ?? 0), to - Number(last ?? from));
  }

  /** A task whose deletion was begun. */
  async #removed(trx: Transaction<Tables>): Promise<Hidden | undefined> {
    const rows = trx.selectFrom('tasks').select('id').where('removed', '=', 1).limit(1);
    const row = await lockedFree(this.#dialect, rows).executeTakeFirst();
    return row && { ...row, hidden: false };
  }

  async #hideOldest(trx: Transaction<Tables>, endedBefore: number): Promise<Hidden | undefined> {
    const rows = trx
      .selectFrom('tasks')
      .select('id')
      .where('ended_at', '<', endedBefore)
      .where('removed', '=', 0)
      .limit(1);
    const row = await lockedFree(this.#dialect, rows).executeTakeFirst();
    if (row === undefined) return undefined;
    await trx.updateTable('tasks').set({ removed: 1 }).where('id', '=', row.id).execute();
    return { ...row, hidden: true };
  }

  /** The queue's row is held first, so that two processes never both take the last place. */
  async #inQueue<T>(decide: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return await this.#db.transaction().execute(async (trx) => {
      await locked(
        this.#dialect,
        trx.selectFrom('queues').select('id').where('id', '=', 1),
      ).executeTakeFirstOrThrow();
      return await decide(trx);
    });
  }

  async #update(id: string, change: Updateable<Tables['tasks']>, lease?: Lease): Promise<void> {
    if (Object.keys(change).length === 0) return;
    const { numUpdatedRows } = await this.#db
      .updateTable('tasks')
      .set(change)
      .where(({ and }) => and(rowOf(id, lease)))
      .executeTakeFirst();
    if (lease && numUpdatedRows === 0n) throw new LeaseLost();
  }
}

/** A task that is being deleted; whether it could be seen until now. */
interface Hidden {
  id: string;
  hidden: boolean;
}

/** Deletes up to `most` rows of what a task found. */
async function deleteFound(
  trx: Transaction<Tables>,
  taskId: string,
  most: number,
): Promise<{ rows: number; isEmpty: boolean }> {
  const hosts = await trx
    .deleteFrom('hosts')
    .where('seq', 'in', (eb) =>
      eb.selectFrom('hosts').select('seq').where('task_id', '=', taskId).limit(most),
    )
    .executeTakeFirst();
  const room = most - Number(hosts.numDeletedRows);
  if (room === 0) return { rows: most, isEmpty: false };
  const { rows: announced } = await sql<{ port: number }>`
    delete from announced where task_id = ${taskId} and (address, protocol, port) in (
      select address, protocol, port from announced where task_id = ${taskId} limit ${sql.lit(room)})
    returning port`.execute(trx);
  const rows = most - room + announced.length;
  return { rows, isEmpty: announced.length < room };
}

async function countOf(
  db: Kysely<Tables>,
  states: readonly ('pending' | 'running')[],
  of: { owner?: string; instance?: string | undefined } = {},
): Promise<number> {
  let query = db
    .selectFrom('tasks')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', 'in', states)
    // What waits for a server to come back takes no place.
    .where('instance_id', '!=', NOBODY);
  if (of.owner !== undefined) query = query.where('owner', '=', of.owner);
  if (of.instance !== undefined) query = query.where('instance_id', '=', of.instance);
  const { count } = await query.executeTakeFirstOrThrow();
  return Number(count);
}

function holdersFor(instanceId: string, zone: string | undefined): string[] {
  return zone === undefined ? [instanceId] : [instanceId, zoneHolder(zone)];
}

/** Whom a task waits for that no longer runs: any process of its zone, or the instance named. */
function backTo(instance: RawBuilder<string>) {
  return sql<string>`CASE WHEN zone IS NULL THEN ${instance} ELSE ${zoneHolder('')} || zone END`;
}

function toHeld(row: Row): HeldTask {
  return { ...toTask(row), lease: { instanceId: row.instance_id, epoch: row.epoch } };
}

function toTask(row: Row): Task {
  // The request decides what may be scanned, so it is parsed again; the other columns only describe.
  const request = ScanRequest.parse(JSON.parse(row.request));
  const { correlationId } = request;
  return {
    id: row.id,
    state: TaskState.parse(row.state),
    owner: row.owner,
    request,
    createdAt: Number(row.created_at),
    addressesTotal: row.addresses_total,
    hostsDone: row.hosts_done,
    hostsUp: row.hosts_up,
    openPorts: row.open_ports,
    attempts: row.attempts,
    deaths: row.deaths,
    coverage: JSON.parse(row.coverage),
    ...(row.started_at === null ? {} : { startedAt: Number(row.started_at) }),
    ...(row.ended_at === null ? {} : { endedAt: Number(row.ended_at) }),
    ...(row.argv === null ? {} : { argv: JSON.parse(row.argv) }),
    ...(row.nmap_version === null ? {} : { nmapVersion: row.nmap_version }),
    ...(row.run_facts === null ? {} : { run: JSON.parse(row.run_facts) }),
    ...(row.progress === null ? {} : { progress: JSON.parse(row.progress) }),
    ...(row.error === null
      ? {}
      : {
          error: {
            ...JSON.parse(row.error),
            ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
          },
        }),
  };
}
