/** What scans found, host by host, and the counters on the task that follow from it. */
import type { Kysely, NotNull, Transaction } from 'kysely';
import { type Lease, LeaseLost } from '../core/lease.ts';
import { countTold } from '../core/port-sum.ts';
import { type HostResult, Protocol } from '../core/result.ts';
import { type Dialect, locked } from './dialect.ts';
import { joinHosts } from './join-hosts.ts';
import type { Tables } from './schema.ts';
import { rowOf } from './tasks.ts';

export interface AnnouncedPort {
  address: string;
  port: number;
  protocol: Protocol;
}

/** Which hosts of a task are read, from where on. */
export interface HostQuery {
  /** The position of the last one that was read. */
  after: number;
  limit: number;
  /** Those that are down, too. */
  downToo?: boolean;
  /** Only those with open ports, or only those without. */
  open?: boolean;
  /** Only those stored, or changed, at this moment or later, milliseconds since the epoch. */
  since?: number;
}

/** Hosts, or announced ports, in one transaction: each is one call, and holds others up for some milliseconds. */
export const MOST_AT_ONCE = 500;

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

  /** Stores finished hosts, {@link MOST_AT_ONCE} to a transaction, joined with what was known of them. */
  async put(taskId: string, hosts: readonly HostResult[], lease?: Lease): Promise<void> {
    for (const some of inPieces(hosts))
      await this.#inTask(taskId, lease, (trx) => putHosts(trx, taskId, some));
  }

  /** Stores open ports of hosts that are still being scanned. */
  async announce(taskId: string, ports: readonly AnnouncedPort[], lease?: Lease): Promise<void> {
    for (const some of inPieces(ports))
      await this.#inTask(taskId, lease, (trx) => announcePorts(trx, taskId, some));
  }

  /** Makes hosts marked `partial` of all ports announced so far, so that they are read like any other. */
  async showAnnounced(taskId: string, lease?: Lease): Promise<void> {
    const any = await this.#db
      .selectFrom('announced')
      .select('port')
      .where('task_id', '=', taskId)
      .limit(1)
      .executeTakeFirst();
    if (any) await this.#inTask(taskId, lease, (trx) => putAnnounced(trx, taskId));
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
    if (page.open !== undefined) query = query.where('open_ports', page.open ? '>' : '=', 0);
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
    write: (trx: Transaction<Tables>) => Promise<Counted>,
  ): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const task = trx
        .selectFrom('tasks')
        .select('id')
        .where(({ and }) => and(rowOf(taskId, lease)));
      const row = await locked(this.#dialect, task).executeTakeFirst();
      if (!row) throw lease ? new LeaseLost() : new Error(`There is no task ${taskId}.`);
      const by = await write(trx);
      if (by.done === 0 && by.up === 0 && by.open === 0) return;
      await trx
        .updateTable('tasks')
        .set((eb) => ({
          hosts_done: eb('hosts_done', '+', by.done),
          hosts_up: eb('hosts_up', '+', by.up),
          open_ports: eb('open_ports', '+', by.open),
        }))
        .where('id', '=', taskId)
        .execute();
    });
  }
}

/** By how much the counters of the task change. */
interface Counted {
  done: number;
  up: number;
  open: number;
}

type Known = Pick<Tables['hosts'], 'address' | 'up' | 'partial' | 'open_ports' | 'body'>;

async function putHosts(
  trx: Transaction<Tables>,
  taskId: string,
  told: readonly HostResult[],
): Promise<Counted> {
  const addresses = [...new Set(told.map(({ address }) => address))];
  const known = await knownOf(trx, taskId, addresses);
  const announced = await announcedOf(trx, taskId, addresses);
  const hosts = new Map<string, HostResult>();
  for (const one of told) {
    const row = known.get(one.address);
    const before = hosts.get(one.address) ?? (row && readHost(row));
    hosts.set(one.address, joined(before, withAnnounced(one, announced.get(one.address) ?? [])));
  }
  if (announced.size > 0)
    await trx
      .deleteFrom('announced')
      .where('task_id', '=', taskId)
      .where('address', 'in', addresses)
      .execute();
  const counted = await store(trx, taskId, [...hosts.values()], known);
  for (const ports of announced.values()) counted.open -= ports.length;
  return counted;
}

async function announcePorts(
  trx: Transaction<Tables>,
  taskId: string,
  ports: readonly AnnouncedPort[],
): Promise<Counted> {
  const known = await knownOf(trx, taskId, [...new Set(ports.map(({ address }) => address))]);
  // A late line about a port that is already stored with its host would count it twice.
  const stored = new Map(
    [...known].map(([address, row]) => [address, row.partial ? keysOf(readHost(row)) : ALL]),
  );
  const fresh = ports.filter((port) => stored.get(port.address)?.has(keyOf(port)) !== true);
  if (fresh.length === 0) return { done: 0, up: 0, open: 0 };
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('announced')
    .values(fresh.map(({ address, port, protocol }) => ({ task_id: taskId, address, port, protocol })))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return { done: 0, up: 0, open: Number(numInsertedOrUpdatedRows ?? 0n) };
}

async function putAnnounced(trx: Transaction<Tables>, taskId: string): Promise<Counted> {
  const rows = await trx.selectFrom('announced').selectAll().where('task_id', '=', taskId).execute();
  const sum: Counted = { done: 0, up: 0, open: 0 };
  for (const some of inPieces([...Map.groupBy(rows, ({ address }) => address)])) {
    const known = await knownOf(
      trx,
      taskId,
      some.map(([address]) => address),
    );
    const hosts = some.map(([address, announced]) => {
      const row = known.get(address);
      const part: HostResult = { address, status: 'up', ports: openPortsOf(announced), partial: true };
      return joined(row && readHost(row), part);
    });
    const { done, up, open } = await store(trx, taskId, hosts, known);
    sum.done += done;
    sum.up += up;
    sum.open += open;
  }
  await trx.deleteFrom('announced').where('task_id', '=', taskId).execute();
  // They were counted when they were announced.
  return { ...sum, open: sum.open - rows.length };
}

/** Writes whole rows, in the place that a host has. */
async function store(
  trx: Transaction<Tables>,
  taskId: string,
  hosts: readonly HostResult[],
  known: ReadonlyMap<string, Known>,
): Promise<Counted> {
  const counted: Counted = { done: 0, up: 0, open: 0 };
  const now = Date.now();
  const rows = hosts.map((host) => {
    const before = known.get(host.address);
    const row = {
      task_id: taskId,
      address: host.address,
      up: Number(isUp(host)),
      partial: Number(host.partial === true),
      open_ports: countOpen(host),
      stored_at: now,
      told_ports: countTold(host),
      body: JSON.stringify(host),
    };
    counted.done += Number(row.partial === 0) - Number(before?.partial === 0);
    counted.up += row.up - (before?.up ?? 0);
    counted.open += row.open_ports - (before?.open_ports ?? 0);
    return row;
  });
  await trx
    .insertInto('hosts')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['task_id', 'address']).doUpdateSet((eb) => ({
        up: eb.ref('excluded.up'),
        partial: eb.ref('excluded.partial'),
        open_ports: eb.ref('excluded.open_ports'),
        stored_at: eb.ref('excluded.stored_at'),
        told_ports: eb.ref('excluded.told_ports'),
        body: eb.ref('excluded.body'),
      })),
    )
    .execute();
  return counted;
}

async function knownOf(
  trx: Transaction<Tables>,
  taskId: string,
  addresses: readonly string[],
): Promise<Map<string, Known>> {
  const rows = await trx
    .selectFrom('hosts')
    .select(['address', 'up', 'partial', 'open_ports', 'body'])
    .where('task_id', '=', taskId)
    .where('address', 'in', addresses)
    .execute();
  return new Map(rows.map((row) => [row.address, row]));
}

async function announcedOf(trx: Transaction<Tables>, taskId: string, addresses: readonly string[]) {
  const rows = await trx
    .selectFrom('announced')
    .select(['address', 'port', 'protocol'])
    .where('task_id', '=', taskId)
    .where('address', 'in', addresses)
    .execute();
  return Map.groupBy(rows, ({ address }) => address);
}

/** `later` joined to what was known; whole as soon as it was told whole once. */
function joined(before: HostResult | undefined, later: HostResult): HostResult {
  if (before === undefined) return later;
  const { partial: _, ...host } = joinHosts(before, later);
  return before.partial === true && later.partial === true ? { ...host, partial: true } : host;
}

/** A port that was announced and is not listed was seen by a start of the scan that was cut off. */
function withAnnounced(host: HostResult, rows: readonly { port: number; protocol: string }[]): HostResult {
  if (rows.length === 0) return host;
  const listed = keysOf(host);
  const lost = openPortsOf(rows).filter((port) => !listed.has(keyOf(port)));
  return lost.length === 0 ? host : { ...host, ports: [...host.ports, ...lost].sort(inOrder) };
}

function openPortsOf(rows: readonly { port: number; protocol: string }[]): HostResult['ports'] {
  return rows
    .map(({ port, protocol }) => ({ port, protocol: Protocol.parse(protocol), state: 'open' as const }))
    .sort(inOrder);
}

function inOrder(a: HostResult['ports'][number], b: HostResult['ports'][number]): number {
  return a.protocol.localeCompare(b.protocol) || a.port - b.port;
}

const keyOf = ({ protocol, port }: { protocol: string; port: number }) => `${protocol} ${port}`;

const keysOf = ({ ports }: HostResult): ReadonlySet<string> => new Set(ports.map(keyOf));

/** Of a host that is stored whole: every port is. */
const ALL = { has: () => true };

const readHost = ({ body }: Pick<Known, 'body'>): HostResult => JSON.parse(body);

function isUp(host: HostResult): boolean {
  return host.status === 'up' || host.ports.length > 0;
}

function countOpen(host: HostResult): number {
  return host.ports.filter((port) => port.state === 'open').length;
}

function* inPieces<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += MOST_AT_ONCE) yield all.slice(at, at + MOST_AT_ONCE);
}
