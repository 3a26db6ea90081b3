/**
 * Nothing found is ever lost: the server, nmap or both are killed (SIGKILL) at random moments of a running scan, and
 * afterwards every host that nmap had reported must be in the result, no scanner may be left, and scanning must go on.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts, type Listener, listen } from './listeners.ts';
import { type Home, makeHome, type Portolan, startStdio } from './portolan.ts';

const ROUNDS = 51;
// Sixteen hosts in groups of two, at a rate that makes the scan last about a second: hosts are reported all along.
const PORTS = 40;
const ADDRESSES = Array.from({ length: 16 }, (_, index) => `127.0.5.${index}`);
let command: string;
let open: number[];

let listeners: Listener[];
beforeAll(async () => {
  const first = await freePorts(PORTS);
  open = [first + 3, first + 17];
  command = `-sT -Pn -n -p ${first}-${first + PORTS - 1} --max-rate 700 --max-hostgroup 2 127.0.5.0/28`;
  listeners = await Promise.all(
    ADDRESSES.slice(1).flatMap((address) => open.map((port) => listen(address, port, 'hello\r\n'))),
  );
});
afterAll(() => Promise.all(listeners.map((listener) => listener.close())));

// A seed in the log makes a failing round repeatable.
const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 100_000);
let state = seed;
function random(): number {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
  return state / 2_147_483_648;
}

describe(`kill -9 in ${ROUNDS} rounds (KILL_SEED=${seed})`, () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const victim = (['server', 'nmap', 'both'] as const)[round % 3] ?? 'server';
    const atMs = Math.floor(random() * 1400);
    it(`round ${round}: ${victim} after ${atMs} ms`, () => killRound(victim, atMs));
  }
});

async function killRound(victim: 'server' | 'nmap' | 'both', atMs: number): Promise<void> {
  const home = makeHome();
  let server = await startStdio(home);
  try {
    // Its answer never comes in the rounds that kill the server, and is not what is looked at in the others.
    const waiting = server.call('custom_scan', { command }).catch(() => undefined);
    await delay(atMs);
    const scanners = scannersOf(home);
    expect(scanners.length, 'one process tree for one task').toBeLessThanOrEqual(1);
    if (victim !== 'nmap') process.kill(server.pid, 'SIGKILL');
    if (victim !== 'server') for (const pid of scanners) killIfAlive(pid);
    let reported = reportedHosts(home);
    if (victim !== 'nmap') {
      await server.close().catch(() => {});
      // Without a server nobody reads the report any more, so this is all there will ever be of it.
      reported = reportedHosts(home);
      server = await startStdio(home);
      await settled(server, home);
      await expectKept(server, home, reported);
    } else {
      await waiting;
      await settled(server, home);
      await expectKept(server, home, reported);
    }
    // No stale row blocks what comes next.
    const next = await server.call('custom_scan', { command: `-sT -Pn -n -p ${open.join(',')} 127.0.5.1` });
    expect(next.structured).toMatchObject({ status: 'completed', result: { open_ports: open.length } });
  } finally {
    await server.close().catch(() => {});
    expect(scannersOf(home), 'no scanner may outlive its server').toEqual([]);
    home.remove();
  }
}

interface TaskLine {
  task_id: string;
  status: string;
}

/** Waits until every task has ended, and meanwhile watches that one task never has two scanners. */
async function settled(server: Portolan, home: Home): Promise<void> {
  for (let look = 0; look < 600; look += 1) {
    const { structured } = await server.call('list_tasks', {});
    const tasks = structured['tasks'] as TaskLine[];
    expect(scannersOf(home).length).toBeLessThanOrEqual(1);
    if (tasks.every(({ status }) => !['pending', 'running'].includes(status))) return;
    await delay(50);
  }
  throw new Error('a task did not end within 30 s');
}

/** All that nmap had reported is in the result, and a completed scan has every host with its open ports. */
async function expectKept(server: Portolan, home: Home, reported: ReadonlySet<string>): Promise<void> {
  const { structured } = await server.call('list_tasks', {});
  const [task] = structured['tasks'] as TaskLine[];
  // Killed before the request was stored: then nothing had been sent either.
  if (!task) {
    expect(reported.size).toBe(0);
    return;
  }
  expect(['completed', 'failed']).toContain(task.status);
  const found = await allHosts(server, task.task_id);
  for (const address of reported)
    expect(found.has(address), `${address} was reported and is lost`).toBe(true);
  if (task.status === 'completed') {
    expect([...found.keys()].sort()).toEqual([...ADDRESSES].sort());
    for (const [address, ports] of found) {
      expect(ports, address).toEqual(address === ADDRESSES[0] ? [] : open);
    }
  }
  await expect
    .poll(() => existsSync(join(home.runs, task.task_id)), {
      message: 'the files of an ended scan are removed',
    })
    .toBe(false);
}

async function allHosts(server: Portolan, taskId: string): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  let cursor: string | undefined;
  do {
    const { structured } = await server.call('get_task_result', {
      task_id: taskId,
      detail: 'full',
      ...(cursor ? { cursor } : {}),
    });
    const result = structured['result'] as {
      hosts: { address: string; ports: { port: number; state: string }[] }[];
      next_cursor?: string;
    };
    for (const { address, ports } of result.hosts) {
      found.set(
        address,
        ports.filter(({ state }) => state === 'open').map(({ port }) => port),
      );
    }
    cursor = result.next_cursor;
  } while (cursor);
  return found;
}

/** Every nmap whose environment names a run folder of this home. */
function scannersOf(home: Home): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
      const state = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.[0];
      return environment.includes(`PORTOLAN_RUN=${home.runs}`) && state !== 'Z' ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** The hosts that nmap has written whole into its report; none when the scan has ended and its files are gone. */
function reportedHosts(home: Home): Set<string> {
  try {
    const files = readdirSync(home.runs, { recursive: true, encoding: 'utf8' });
    const reports = files.filter((file) => file.endsWith('scan.xml'));
    const hosts = reports.flatMap((file) => [
      ...readFileSync(join(home.runs, file), 'utf8').matchAll(HOST_ELEMENT),
    ]);
    return new Set(hosts.map((match) => match[1] ?? ''));
  } catch {
    return new Set();
  }
}

const HOST_ELEMENT = /<host [\s\S]*?<address addr="([^"]+)"[\s\S]*?<\/host>/g;

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}
