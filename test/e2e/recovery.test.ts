/** What becomes of the scans of a process that is gone, told apart by how it went. With real servers, real nmap and a real database. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { processStartTicks } from '../../src/nmap/machine/processes.ts';
import {
  type Field,
  incomplete,
  killIfAlive,
  missing,
  moment,
  openField,
  openPorts,
  reported,
  SCANS,
  scannersOf,
  settled,
  tasksOf,
  withoutLeash,
} from '../faults/world.ts';
import {
  cleanEnvironment,
  type Home,
  mainArguments,
  makeHome,
  type Portolan,
  startStdio,
  withSettings,
} from './portolan.ts';

let field: Field;
let home: Home;
beforeAll(async () => {
  field = await openField('127.0.6');
});
afterAll(() => field.close());
beforeEach(() => {
  home = makeHome();
});
const servers = new Set<Portolan>();
afterEach(async () => {
  for (const server of servers) await server.close().catch(() => {});
  servers.clear();
  for (const pid of scannersOf(home)) killIfAlive(pid);
  home.remove();
});

async function start(inside = withSettings('server.shutdownGraceSeconds=0.1')): Promise<Portolan> {
  const server = await startStdio(home, '2026-07-28', inside);
  servers.add(server);
  return server;
}

/** The plain scan of the field, three times as slow. */
const slow = () => String(SCANS.plain.call(field).args['command']).replace('--max-rate 250', '--max-rate 80');

/** Begins the slow scan of the field. @returns when `hosts` of them have been reported */
async function begin(server: Portolan, hosts: number): Promise<string> {
  server.call('custom_scan', { command: slow(), timeout: 5 }).catch(() => undefined);
  await moment(home, (now) => now.hosts.size >= hosts);
  const [task] = await tasksOf(server);
  return task?.task_id ?? '';
}

async function end(server: Portolan, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  process.kill(server.pid, signal);
  await expect.poll(() => processStartTicks(server.pid), { timeout: 20_000 }).toBeUndefined();
  await server.close().catch(() => {});
  servers.delete(server);
}

/** As if the dead server had been asked to end before (shutdown.test.ts sees that it says so). */
function wasLeaving(): void {
  const database = new Sqlite(home.database);
  const { changes } = database.prepare('UPDATE instances SET leaving = 1').run();
  database.close();
  expect(changes).toBe(1);
}

/** Waits until the task is being scanned again. */
const goingOn = () => expect.poll(() => scannersOf(home).length, { timeout: 30_000 }).toBe(1);

it('gives a scan up at which Portolan died three times, and keeps what it had found', async () => {
  let server = await start();
  await begin(server, 1);
  for (let death = 1; death <= 3; death += 1) {
    await end(server, 'SIGKILL');
    server = await start();
    if (death < 3) await goingOn();
  }
  const [task] = await settled(server, home);
  expect(task).toMatchObject({
    status: 'failed',
    error: { code: 'interrupted', message: expect.stringContaining('3 times') },
  });
  expect((await openPorts(server, task?.task_id ?? '')).size).toBeGreaterThan(0);
  // Whoever reads the audit alone learns of its end too.
  await expect
    .poll(() => readFileSync(join(home.folder, 'audit.jsonl'), 'utf8'))
    .toMatch(new RegExp(`"kind":"scan_ended"[^\\n]*"${task?.task_id}"`));
});

it('does not count planned ends: four of them and two crashes later a scan completes', async () => {
  let server = await start();
  const taskId = await begin(server, 1);
  for (const how of ['SIGTERM', 'SIGKILL', 'impatient', 'impatient', 'SIGKILL', 'SIGTERM'] as const) {
    await end(server, how === 'impatient' ? 'SIGKILL' : how);
    if (how === 'impatient') wasLeaving();
    server = await start();
    await expect
      .poll(async () => scannersOf(home).length > 0 || (await tasksOf(server))[0]?.status === 'completed', {
        timeout: 30_000,
      })
      .toBe(true);
  }
  expect(await settled(server, home)).toMatchObject([{ task_id: taskId, status: 'completed' }]);
  expect(incomplete(field, await openPorts(server, taskId))).toEqual([]);
});

it('ends a scanner that outlived its server before it goes on', async () => {
  let server = await start(withoutLeash);
  const taskId = await begin(server, 2);
  const [orphan = 0] = scannersOf(home);
  process.kill(server.pid, 'SIGKILL');
  await server.close().catch(() => {});
  servers.delete(server);
  expect(scannersOf(home), 'without its leash it lives on').toContain(orphan);
  process.kill(orphan, 'SIGSTOP');
  const before = reported(home);
  const connections = () => [...before.hosts].map((address) => field.connections.get(address));
  const done = connections();
  server = await start();
  await expect.poll(() => scannersOf(home).includes(orphan), { timeout: 20_000 }).toBe(false);
  expect(await settled(server, home)).toMatchObject([{ task_id: taskId, status: 'completed' }]);
  const found = await openPorts(server, taskId);
  expect(missing(before, found)).toEqual([]);
  expect(incomplete(field, found)).toEqual([]);
  expect(done.length).toBeGreaterThan(1);
  expect(connections(), 'what was finished is not scanned again').toEqual(done);
});

/** Makes the dead server look like a living process, but for what `as` says of its row. */
async function disguise(as: string): Promise<() => void> {
  const other = spawn('sleep', ['600'], { stdio: 'ignore' });
  await once(other, 'spawn');
  const database = new Sqlite(home.database);
  const ticks = processStartTicks(other.pid ?? -1);
  const { changes } = database
    .prepare(`UPDATE instances SET pid = ?, start_ticks = ?, ${as}`)
    .run(other.pid, ticks);
  database.close();
  expect(changes).toBe(1);
  return () => other.kill('SIGKILL');
}

it('takes over from a process that it cannot look at when that has been silent for half a minute', async () => {
  let server = await start();
  const taskId = await begin(server, 1);
  await end(server, 'SIGKILL');
  const reveal = await disguise("boot_id = 'another'");
  try {
    server = await start();
    await delay(20_000);
    expect(await tasksOf(server)).toMatchObject([{ status: 'running' }]);
    await goingOn();
    expect(await settled(server, home)).toMatchObject([{ task_id: taskId, status: 'completed' }]);
  } finally {
    reveal();
  }
});

it('does not take over from a process that lives', async () => {
  let server = await start();
  await begin(server, 1);
  await end(server, 'SIGKILL');
  const reveal = await disguise('leaving = leaving');
  try {
    server = await start();
    await delay(3000);
    expect(await tasksOf(server)).toMatchObject([{ status: 'running' }]);
    expect(scannersOf(home)).toEqual([]);
  } finally {
    reveal();
  }
});

function portolan(...words: string[]) {
  const options = { env: cleanEnvironment(home), encoding: 'utf8', timeout: 100_000 } as const;
  return spawnSync(process.execPath, mainArguments(home, ...words), options);
}

it('ends the scan of a killed command line, runs it for nobody, and resumes it by name', async () => {
  const command = slow();
  const target = command.split(' ').at(-1) ?? '';
  const options = command.slice(0, -target.length - 1);
  const child = spawn(process.execPath, mainArguments(home, 'scan', target, '--options', options), {
    env: cleanEnvironment(home),
    stdio: 'ignore',
  });
  const before = await moment(home, ({ hosts }) => hosts.size >= 3);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const server = await start();
  const [task] = await settled(server, home);
  expect(task).toMatchObject({ status: 'failed', error: { code: 'interrupted' } });
  const kept = await openPorts(server, task?.task_id ?? '');
  expect(missing(before, kept)).toEqual([]);
  await delay(2000);
  expect(scannersOf(home)).toEqual([]);
  await server.close();

  const touched = field.connections.get(field.addresses[1] ?? '');
  const resumed = portolan('resume', task?.task_id ?? '', '--json');
  expect(resumed.status, resumed.stderr).toBe(0);
  expect(JSON.parse(resumed.stdout)).toMatchObject({ task_id: task?.task_id, status: 'completed' });
  expect(field.connections.get(field.addresses[1] ?? '')).toBe(touched);
  const again = await start();
  expect(incomplete(field, await openPorts(again, task?.task_id ?? ''))).toEqual([]);
  const refused = portolan('resume', task?.task_id ?? '', '--json');
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain('is completed');
});

const COPIED =
  'state, owner, request, created_at, started_at, ended_at, argv, nmap_version, progress, addresses_total, hosts_done, ' +
  'hosts_up, open_ports, coverage, error, attempts, instance_id, cancel_requested, run_facts, deaths';

it('gives no place to the scans of a server that is gone while only command lines run', async () => {
  const server = await start();
  await begin(server, 1);
  await end(server, 'SIGKILL');
  const database = new Sqlite(home.database);
  const copy = database.prepare(
    `INSERT INTO tasks (id, ${COPIED}) SELECT 'copy' || ?, ${COPIED} FROM tasks LIMIT 1`,
  );
  // As many as could run and wait.
  for (let number = 0; number < 110; number += 1) copy.run(number);
  const scan = portolan('scan', '127.0.6.1', '--options', `-sT -Pn -n -p ${field.open[0]}`, '--json');
  expect(scan.status, scan.stderr).toBe(0);
  expect(database.prepare("SELECT count(*) AS n FROM tasks WHERE state = 'pending'").get()).toEqual({
    n: 111,
  });
  database.close();
});

it('says on standard error why a scan with --json did not complete', async () => {
  const refused = portolan('scan', '192.0.2.1', '--json');
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain('out_of_scope');
  expect(JSON.parse(refused.stdout)).toBeDefined();
  const child = spawn(
    process.execPath,
    mainArguments(home, 'scan', '127.0.6.0/28', '--options', '-sT -Pn -n -p 1-60 --max-rate 50', '--json'),
    { env: cleanEnvironment(home), stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  await expect.poll(() => scannersOf(home).length, { timeout: 30_000 }).toBe(1);
  for (const pid of scannersOf(home)) killIfAlive(pid);
  const [status] = await once(child, 'exit');
  expect(status).toBe(1);
  expect(said).toMatch(/failed: interrupted: nmap was killed from outside/);
});
