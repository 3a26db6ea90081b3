/** Writes what a scanner reported of one task, within the transaction that holds the task's row (hosts.ts). */
import type { Transaction } from 'kysely';
import type { HostResult, Progress } from '../core/result.ts';
import { insertRows } from './bulk.ts';
import type { Dialect } from './dialect.ts';
import {
  type AnnouncedPort,
  announcedHost,
  type HostRow,
  hostRowOf,
  portKey,
  portKeys,
  readHost,
  withAnnounced,
} from './host-row.ts';
import { joinHosts } from './join-hosts.ts';
import { inPieces } from './pieces.ts';
import type { Tables } from './schema.ts';

/** Hosts and announced ports of one transaction: each is one call, and holds others up for some milliseconds. */
export const MOST_AT_ONCE = 500;

/** What was reported since the batch before. */
export interface Batch {
  hosts?: readonly HostRow[] | undefined;
  ports?: readonly AnnouncedPort[] | undefined;
  progress?: Progress | undefined;
}

/** By how much the counters of the task change, and where its scan is now. */
export interface Counted {
  done: number;
  up: number;
  open: number;
  progress?: Progress | undefined;
}

type Known = Pick<Tables['hosts'], 'address' | 'up' | 'partial' | 'open_ports' | 'body'>;
type Ports = ReadonlyMap<string, { port: number; protocol: string }[]>;

/** The transaction that writes, and the task whose row it holds. */
export interface Writing {
  trx: Transaction<Tables>;
  dialect: Dialect;
  taskId: string;
}

export async function putBatch(
  writing: Writing,
  { hosts = [], ports = [], progress }: Batch,
): Promise<Counted> {
  const addresses = distinct([...hosts, ...ports]);
  const known = addresses.length === 0 ? NOTHING : await knownOf(writing, addresses);
  // A late line about a port that is already stored with its host would count it twice.
  const stored = new Map(
    [...known].map(([address, row]) => [address, row.partial ? portKeys(readHost(row)) : ALL]),
  );
  const fresh = ports.filter((port) => stored.get(port.address)?.has(portKey(port)) !== true);
  // Announcements of hosts that are told in this very batch need no row of their own.
  const told = new Set(hosts.map(({ address }) => address));
  const just = Map.groupBy(
    fresh.filter(({ address }) => told.has(address)),
    ({ address }) => address,
  );
  const announced = await announce(
    writing,
    fresh.filter(({ address }) => !told.has(address)),
  );
  const put = await putHosts(writing, hosts, known, just);
  return { ...put, open: put.open + announced, progress };
}

/** Makes partial hosts of all that was announced. */
export async function putAnnounced(writing: Writing): Promise<Counted> {
  const { trx, taskId } = writing;
  const rows = await trx.selectFrom('announced').selectAll().where('task_id', '=', taskId).execute();
  const sum: Counted = { done: 0, up: 0, open: 0 };
  for (const some of inPieces([...Map.groupBy(rows, ({ address }) => address)], MOST_AT_ONCE)) {
    const known = await knownOf(
      writing,
      some.map(([address]) => address),
    );
    const hosts = some.map(([address, announced]) => {
      const row = known.get(address);
      return hostRowOf(joined(row && readHost(row), announcedHost(address, announced)));
    });
    const { done, up, open } = await store(writing, hosts, known);
    sum.done += done;
    sum.up += up;
    sum.open += open;
  }
  await trx.deleteFrom('announced').where('task_id', '=', taskId).execute();
  // They were counted when they were announced.
  return { ...sum, open: sum.open - rows.length };
}

/** @returns how many of them are new */
async function announce({ trx, taskId }: Writing, ports: readonly AnnouncedPort[]): Promise<number> {
  if (ports.length === 0) return 0;
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('announced')
    .values(ports.map(({ address, port, protocol }) => ({ task_id: taskId, address, port, protocol })))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return Number(numInsertedOrUpdatedRows ?? 0n);
}

/** @param just ports that were announced in the same batch, and are in no row. */
async function putHosts(
  writing: Writing,
  told: readonly HostRow[],
  known: ReadonlyMap<string, Known>,
  just: Ports,
): Promise<Counted> {
  if (told.length === 0) return { done: 0, up: 0, open: 0 };
  const addresses = distinct(told);
  const announced = await takeAnnounced(writing, addresses);
  const rows = new Map<string, HostRow>();
  for (const row of told) {
    const { address } = row;
    const before = rows.get(address) ?? known.get(address);
    const open = [...(announced.get(address) ?? []), ...(just.get(address) ?? [])];
    // Most hosts are told once, whole: their text is stored as it came.
    const alone = before === undefined && open.length === 0;
    rows.set(
      address,
      alone ? row : hostRowOf(joined(before && readHost(before), withAnnounced(readHost(row), open))),
    );
  }
  const counted = await store(writing, [...rows.values()], known);
  for (const ports of announced.values()) counted.open -= ports.length;
  return counted;
}

/** Writes whole rows, in the place that a host has. */
async function store(
  { trx, dialect, taskId }: Writing,
  hosts: readonly HostRow[],
  known: ReadonlyMap<string, Known>,
): Promise<Counted> {
  const counted: Counted = { done: 0, up: 0, open: 0 };
  const now = Date.now();
  for (const row of hosts) {
    const before = known.get(row.address);
    counted.done += Number(row.partial === 0) - Number(before?.partial === 0);
    counted.up += row.up - (before?.up ?? 0);
    counted.open += row.open_ports - (before?.open_ports ?? 0);
  }
  const rows = hosts.map((row) => ({ ...row, task_id: taskId, stored_at: now }));
  await insertRows(trx, dialect, 'hosts', rows, { key: ['task_id', 'address'], set: KEPT });
  return counted;
}

async function knownOf(
  { trx, dialect, taskId }: Writing,
  addresses: readonly string[],
): Promise<Map<string, Known>> {
  const rows = await trx
    .selectFrom('hosts')
    .select(['address', 'up', 'partial', 'open_ports', 'body'])
    .where('task_id', '=', taskId)
    .where(dialect.isAmong('address', addresses))
    .execute();
  return new Map(rows.map((row) => [row.address, row]));
}

/** The announced ports of these hosts, which are told with the hosts from now on. */
async function takeAnnounced(
  { trx, dialect, taskId }: Writing,
  addresses: readonly string[],
): Promise<Ports> {
  const rows = await trx
    .deleteFrom('announced')
    .where('task_id', '=', taskId)
    .where(dialect.isAmong('address', addresses))
    .returning(['address', 'port', 'protocol'])
    .execute();
  return Map.groupBy(rows, ({ address }) => address);
}

/** `later` joined to what was known; whole as soon as it was told whole once. */
function joined(before: HostResult | undefined, later: HostResult): HostResult {
  if (before === undefined) return later;
  const { partial: _, ...host } = joinHosts(before, later);
  return before.partial === true && later.partial === true ? { ...host, partial: true } : host;
}

const distinct = (told: readonly { address: string }[]) => [...new Set(told.map(({ address }) => address))];

/** What a host that is told again has anew. */
const KEPT = ['up', 'partial', 'open_ports', 'told_ports', 'stored_at', 'body'] as const;

const NOTHING: ReadonlyMap<string, Known> = new Map();

/** Of a host that is stored whole: every port is. */
const ALL = { has: () => true };
