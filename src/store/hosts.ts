/** What scans found, host by host, and the counters on the task that follow from it. */
import type { Kysely, Transaction } from 'kysely';
import { joinHosts } from '../core/join-hosts.ts';
import { type HostResult, Protocol } from '../core/result.ts';
import type { Tables } from './schema.ts';

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
  /** Only those stored at this moment or later, milliseconds since the epoch. */
  since?: number;
}

export class HostStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** Stores finished hosts in one transaction; a host stored again replaces what was known of it. */
  async put(taskId: string, hosts: readonly HostResult[]): Promise<void> {
    if (hosts.length === 0) return;
    await this.#db.transaction().execute(async (trx) => {
      let done = 0;
      let up = 0;
      let open = 0;
      for (const one of hosts) {
        const before = await forget(trx, taskId, one.address);
        // Told whole before: another name of the same machine. What a scan began again has found takes the place of a part.
        const host = before.host ? joinHosts(before.host, one) : one;
        const openPorts = countOpen(host);
        await insertHost(trx, taskId, host, openPorts);
        done += 1 - before.done;
        up += Number(isUp(host)) - before.up;
        open += openPorts - before.open;
      }
      await bump(trx, taskId, { done, up, open });
    });
  }

  /** Stores open ports of hosts that are still being scanned. */
  async announce(taskId: string, ports: readonly AnnouncedPort[]): Promise<void> {
    if (ports.length === 0) return;
    await this.#db.transaction().execute(async (trx) => {
      let open = 0;
      for (const { address, port, protocol } of ports) {
        // A late line about a host that is already stored would count its port twice.
        const finished = await trx
          .selectFrom('hosts')
          .select('seq')
          .where('task_id', '=', taskId)
          .where('address', '=', address)
          .where('partial', '=', 0)
          .executeTakeFirst();
        if (finished) continue;
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto('announced')
          .values({ task_id: taskId, address, port, protocol })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        open += Number(numInsertedOrUpdatedRows ?? 0n);
      }
      await bump(trx, taskId, { done: 0, up: 0, open });
    });
  }

  /** Makes hosts marked `partial` of all ports announced so far, so that they are read like any other. */
  async showAnnounced(taskId: string): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const rows = await trx.selectFrom('announced').selectAll().where('task_id', '=', taskId).execute();
      for (const [address, announced] of Map.groupBy(rows, (row) => row.address)) {
        const ports = announced
          .map((row) => ({ port: row.port, protocol: Protocol.parse(row.protocol), state: 'open' as const }))
          .sort((a, b) => a.protocol.localeCompare(b.protocol) || a.port - b.port);
        const { numDeletedRows } = await trx
          .deleteFrom('hosts')
          .where('task_id', '=', taskId)
          .where('address', '=', address)
          .executeTakeFirst();
        await insertHost(trx, taskId, { address, status: 'up', ports, partial: true }, ports.length);
        await bump(trx, taskId, { done: 0, up: 1 - Number(numDeletedRows), open: 0 });
      }
    });
  }

  /** A page of hosts in the order they were stored, after the given position. */
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
}

async function insertHost(trx: Transaction<Tables>, taskId: string, host: HostResult, openPorts: number) {
  await trx
    .insertInto('hosts')
    .values({
      task_id: taskId,
      address: host.address,
      up: Number(isUp(host)),
      partial: Number(host.partial === true),
      open_ports: openPorts,
      stored_at: Date.now(),
      body: JSON.stringify(host),
    })
    .execute();
}

/** Removes what was known of a host. @returns what it had added to the counters, and the host if it was whole. */
async function forget(
  trx: Transaction<Tables>,
  taskId: string,
  address: string,
): Promise<{ done: number; up: number; open: number; host?: HostResult }> {
  const announced = await trx
    .deleteFrom('announced')
    .where('task_id', '=', taskId)
    .where('address', '=', address)
    .executeTakeFirst();
  const row = await trx
    .deleteFrom('hosts')
    .where('task_id', '=', taskId)
    .where('address', '=', address)
    .returning(['up', 'partial', 'open_ports', 'body'])
    .executeTakeFirst();
  const announcedOpen = Number(announced.numDeletedRows);
  if (!row) return { done: 0, up: 0, open: announcedOpen };
  return row.partial
    ? { done: 0, up: row.up, open: announcedOpen }
    : {
        done: 1,
        up: row.up,
        open: row.open_ports + announcedOpen,
        host: JSON.parse(row.body),
      };
}

async function bump(
  trx: Transaction<Tables>,
  taskId: string,
  by: { done: number; up: number; open: number },
) {
  await trx
    .updateTable('tasks')
    .set((eb) => ({
      hosts_done: eb('hosts_done', '+', by.done),
      hosts_up: eb('hosts_up', '+', by.up),
      open_ports: eb('open_ports', '+', by.open),
    }))
    .where('id', '=', taskId)
    .execute();
}

function isUp(host: HostResult): boolean {
  return host.status === 'up' || host.ports.length > 0;
}

function countOpen(host: HostResult): number {
  return host.ports.filter((port) => port.state === 'open').length;
}
