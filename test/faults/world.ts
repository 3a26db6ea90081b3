/** What a fault is tried on: real listeners, a real server on a database of its own, and what its nmap has reported so far. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../e2e/listeners.ts';
import type { Home, Portolan } from '../e2e/portolan.ts';

/** Draws numbers that a seed repeats. */
export function randomOf(seed: number): () => number {
  let state = seed % 2_147_483_648;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

export function pick<T>(random: () => number, from: readonly T[]): T {
  const one = from[Math.floor(random() * from.length)];
  if (one === undefined) throw new Error('nothing to draw from');
  return one;
}

/** Services on some addresses, which count who connects. */
export interface Field {
  /** The first of `ports` ports in a row, some of them open on every address but the first. */
  first: number;
  ports: number;
  addresses: string[];
  open: number[];
  /** Connections that each address has had. */
  connections: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

const PORTS = 40;
const OPEN = [3, 9, 17, 31];

/** @param network the first three numbers of sixteen loopback addresses */
export async function openField(network: string): Promise<Field> {
  const first = await freePorts(PORTS);
  const addresses = Array.from({ length: 16 }, (_, index) => `${network}.${index}`);
  const open = OPEN.map((offset) => first + offset);
  const connections = new Map<string, number>();
  const sockets = new Set<Socket>();
  const servers = await Promise.all(
    addresses.slice(1).flatMap((address) =>
      open.map((port) =>
        listening(address, port, (socket) => {
          connections.set(address, (connections.get(address) ?? 0) + 1);
          sockets.add(socket);
          socket.once('close', () => sockets.delete(socket));
        }),
      ),
    ),
  );
  return {
    first,
    ports: PORTS,
    addresses,
    open,
    connections,
    close: async () => {
      const closed = servers.map((server) => new Promise((done) => server.close(done)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

function listening(address: string, port: number, connected: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    connected(socket);
    socket.on('error', () => {});
    socket.end('220 field ESMTP\r\n');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve(server));
  });
}

/** Kinds of scans that last some seconds and report all along, with the settings that make them so slow. */
export const SCANS = {
  plain: {
    settings: [],
    call: (field: Field) => ({
      tool: 'custom_scan',
      args: { command: `-sT -Pn -n -p ${range(field)} --max-rate 250 --max-hostgroup 2 ${network(field)}` },
    }),
  },
  versions: {
    settings: [],
    call: (field: Field) => ({
      tool: 'custom_scan',
      args: {
        command: `-sT -sV -Pn -n -p ${range(field)} --max-rate 250 --max-hostgroup 4 ${network(field)}`,
      },
    }),
  },
  phases: {
    settings: ['security.maxRate=150'],
    call: (field: Field) => ({
      tool: 'scan_network',
      args: { target: network(field), port_range: range(field) },
    }),
  },
  /** Of two addresses all ports there are, whatever else listens on this machine. */
  full: {
    settings: ['security.maxRate=12000'],
    addresses: (field: Field) => field.addresses.slice(1, 3),
    call: (field: Field) => ({
      tool: 'full_scan',
      args: { target: field.addresses.slice(1, 3) },
    }),
  },
} satisfies Record<string, ScanOfField>;
export type ScanKind = keyof typeof SCANS;

export interface ScanOfField {
  settings: string[];
  /** The ones of the field that are scanned; absent: all. */
  addresses?: (field: Field) => string[];
  call: (field: Field) => { tool: string; args: Record<string, unknown> };
}

const range = ({ first, ports }: Field) => `${first}-${first + ports - 1}`;
const network = ({ addresses }: Field) => `${addresses[0]}/28`;

/** What nmap had written by then. */
export interface Reported {
  /** Hosts that were finished: whole in a report of a plain scan, logged by one in phases. */
  hosts: Set<string>;
  /** `address port` of every open port, announced or reported. */
  open: Set<string>;
}

/** Read from the files of the runs, as a recovery would. @param field ports outside of it come and go, and do not count */
export function reported(home: Home, field?: Field): Reported {
  const found: Reported = { hosts: new Set(), open: new Set() };
  const add = (address: string, port: string) => {
    if (!field || isOf(field, Number(port))) found.open.add(`${address} ${port}`);
  };
  for (const file of filesBelow(home.runs)) {
    const text = readNow(join(home.runs, file));
    if (file.endsWith('stdout.txt')) {
      for (const [, port = '', address = ''] of text.matchAll(/^Discovered open port (\d+)\/tcp on (\S+)$/gm))
        add(address, port);
    }
    if (file.endsWith('hosts.jsonl')) {
      for (const [, address = ''] of text.matchAll(/^\{"address":"([^"]+)".*\}$/gm)) found.hosts.add(address);
    }
    if (!file.endsWith('scan.xml')) continue;
    for (const [host, address = ''] of text.matchAll(HOST_ELEMENT)) {
      if (!file.includes('phase-')) found.hosts.add(address);
      for (const [, port = ''] of host.matchAll(/portid="(\d+)"><state state="open"/g)) add(address, port);
    }
  }
  return found;
}

const HOST_ELEMENT = /<host [\s\S]*?<address addr="([^"]+)"[\s\S]*?<\/host>/g;

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
}

function readNow(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Every scanner whose environment names a run folder of this home. */
export function scannersOf(home: Home): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const environment = readNow(`/proc/${name}/environ`);
    const state = readNow(`/proc/${name}/stat`).split(') ')[1]?.[0];
    const ours = environment.includes(`PORTOLAN_RUN=${home.runs}`) && state !== undefined && state !== 'Z';
    return ours ? [Number(name)] : [];
  });
}

/** What was to be shown could not be: nothing was hit. A failure of its own. */
export class VoidRound extends Error {
  constructor(why: string) {
    super(`a void round: ${why}`);
  }
}

/** Resolves once a scanner runs and has reported that much. Rejects when that moment never comes: a void round. */
export async function moment(home: Home, when: (now: Reported) => boolean, field?: Field): Promise<Reported> {
  // On a machine without other work it comes within seconds.
  for (const until = performance.now() + 90_000; performance.now() < until; ) {
    const now = reported(home, field);
    if (when(now) && scannersOf(home).length > 0) return now;
    await delay(10);
  }
  throw new VoidRound('the moment never came');
}

export function killIfAlive(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended by itself in between
  }
}

export interface TaskLine {
  task_id: string;
  status: string;
  phase?: string;
  error?: { code: string; message: string; limit?: string };
}

export async function tasksOf(server: Pick<Portolan, 'call'>): Promise<TaskLine[]> {
  const { structured, text } = await server.call('list_tasks', {});
  if (structured['tasks'] === undefined) throw new Error(`list_tasks: ${text}`);
  return structured['tasks'] as TaskLine[];
}

/** Waits until every task has ended, and meanwhile watches that no scan is started beside one that still runs. */
export async function settled(server: Portolan, home: Home, looks = 900): Promise<TaskLine[]> {
  for (let look = 0; look < looks; look += 1) {
    const tasks = await tasksOf(server);
    const starts = startsOf(home);
    if (starts.size > 1) throw new Error(`two scans at once: ${[...starts].join(', ')}`);
    if (tasks.length > 0 && tasks.every(({ status }) => !['pending', 'running'].includes(status)))
      return tasks;
    await delay(100);
  }
  throw new Error(`a task did not end: ${JSON.stringify(await tasksOf(server))}`);
}

/** What of a task runs: of each start of its scan a folder, in which phases may have several scanners. */
function startsOf(home: Home): Set<string> {
  const folders = scannersOf(home).map((pid) => {
    const environment = readNow(`/proc/${pid}/environ`);
    const [, start] = environment.match(/(?:^|\0)PORTOLAN_RUN=([^\0]*)/)?.[1]?.split(home.runs) ?? [];
    return start?.split('/').slice(0, 3).join('/') ?? '';
  });
  return new Set(folders.filter((folder) => folder !== ''));
}

/** Open ports by address, all pages of the result. */
export async function openPorts(
  server: Pick<Portolan, 'call'>,
  taskId: string,
): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  let cursor: string | undefined;
  do {
    const { structured, text } = await server.call('get_task_result', {
      task_id: taskId,
      detail: 'full',
      ...(cursor ? { cursor } : {}),
    });
    const result = structured['result'] as
      | { hosts: { address: string; ports: { port: number; state: string }[] }[]; next_cursor?: string }
      | undefined;
    if (!result) throw new Error(`no result: ${text}`);
    for (const { address, ports } of result.hosts) {
      const open = ports.filter(({ state }) => state === 'open').map(({ port }) => port);
      found.set(address, [...(found.get(address) ?? []), ...open]);
    }
    cursor = result.next_cursor;
  } while (cursor);
  return found;
}

/** What of it a result does not have. */
export function missing({ hosts, open }: Reported, found: ReadonlyMap<string, number[]>): string[] {
  return [
    ...[...hosts].filter((address) => !found.has(address)),
    ...[...open].filter((one) => {
      const [address = '', port] = one.split(' ');
      return !found.get(address)?.includes(Number(port));
    }),
  ];
}

/** What a complete result of the field, or of those `scanned` of it, lacks or has wrong. Other ports are not looked at. */
export function incomplete(
  field: Field,
  found: ReadonlyMap<string, number[]>,
  scanned: readonly string[] = field.addresses,
): string[] {
  return scanned.filter((address) => {
    const ports = found.get(address)?.filter((port) => isOf(field, port));
    const open = address === field.addresses[0] ? [] : field.open;
    return ports === undefined || open.join() !== ports.sort((a, b) => a - b).join();
  });
}

const isOf = ({ first, ports }: Field, port: number) => port >= first && port < first + ports;

/** What a scan of this kind looks at. */
export function scannedBy(kind: ScanKind, field: Field): string[] {
  const { addresses }: ScanOfField = SCANS[kind];
  return addresses?.(field) ?? field.addresses;
}

/** How many open ports it finds there. */
export const openThere = (kind: ScanKind, field: Field) =>
  scannedBy(kind, field).filter((address) => address !== field.addresses[0]).length * field.open.length;

/** The program with the words put before it, for a server in a namespace of its own. */
export function withoutLeash(argv: string[]): [string, ...string[]] {
  const setpriv = execFileSync('which', ['setpriv'], { encoding: 'utf8' }).trim();
  const script = 'mount --bind /dev/null "$1" && shift && exec "$@"';
  return ['unshare', '-m', 'sh', '-c', script, 'sh', setpriv, ...argv];
}
