/** How a server ends: politely, when the patience is over, and at once. With real scans under way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cleanEnvironment, type Home, mainArguments, makeHome, startStdio } from './portolan.ts';

// 16 hosts that are finished one after another, in some four seconds.
const SLOW = '-sT -Pn -n -p 1-60 --max-rate 250 --max-hostgroup 1 127.0.0.1-16';
const ADDRESSES = Array.from({ length: 16 }, (_, index) => `127.0.0.${index + 1}`);

let home: Home;
const children = new Set<ChildProcess>();
beforeEach(() => {
  home = makeHome();
});
afterEach(() => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  children.clear();
  home.remove();
});

interface Server {
  child: ChildProcess;
  ended: Promise<{ status: number | null; signal: NodeJS.Signals | null }>;
  ask(
    path: string,
    args?: Record<string, unknown>,
  ): Promise<{ status: number; headers: Headers; body: never }>;
}

async function serve(...settings: string[]): Promise<Server> {
  const words = settings.flatMap((one) => ['--set', one]);
  const child = spawn(process.execPath, mainArguments(home, 'serve', '--port', '0', ...words), {
    env: cleanEnvironment(home),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.add(child);
  const ended = new Promise<{ status: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (status, signal) => resolve({ status, signal })),
  );
  let written = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      written += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(written)?.[0];
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error(written)));
  });
  return {
    child,
    ended,
    async ask(path, args) {
      const response = await fetch(new URL(path, url), {
        ...(args
          ? {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(args),
            }
          : {}),
      });
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as never,
      };
    },
  };
}

/** Resolves when the first host of the running scan has been found. */
async function scanning(server: Server): Promise<void> {
  await expect
    .poll(async () => (await server.ask('/tools/list_tasks/execute', {})).body, {
      timeout: 20_000,
      interval: 100,
    })
    .toMatchObject({ tasks: [{ status: 'running', hosts_up: expect.toSatisfy((up: number) => up > 0) }] });
}

function leaving(): unknown[] {
  const database = new Sqlite(home.database, { readonly: true });
  try {
    return database.prepare('SELECT leaving FROM instances').all();
  } finally {
    database.close();
  }
}

function scanners(): number {
  return readdirSync('/proc').filter((name) => {
    try {
      return readFileSync(`/proc/${name}/environ`, 'utf8').includes(`PORTOLAN_RUN=${home.runs}`);
    } catch {
      return false;
    }
  }).length;
}

/** A next server goes on with the scan and has every host in the end. */
async function expectNothingLost(): Promise<void> {
  const next = await serve();
  await expect
    .poll(async () => (await next.ask('/tools/list_tasks/execute', {})).body, {
      timeout: 60_000,
      interval: 300,
    })
    .toMatchObject({ tasks: [{ status: 'completed', hosts_done: ADDRESSES.length }] });
  const { tasks } = (await next.ask('/tools/list_tasks/execute', {})).body as {
    tasks: { task_id: string }[];
  };
  const { body } = await next.ask('/tools/get_task_result/execute', { task_id: tasks[0]?.task_id });
  const { hosts } = (body as { result: { hosts: { address: string }[] } }).result;
  expect(hosts.map(({ address }) => address).sort()).toEqual([...ADDRESSES].sort());
  next.child.kill('SIGTERM');
  expect(await next.ended).toEqual({ status: 0, signal: null });
}

it('lets a waiting call finish, and meanwhile refuses new ones with when to come back', async () => {
  const server = await serve();
  const waiting = server.ask('/tools/custom_scan/execute', { command: SLOW, timeout: 60 });
  await scanning(server);
  server.child.kill('SIGTERM');
  await expect.poll(async () => (await server.ask('/health/ready')).status).toBe(503);

  const refused = await server.ask('/tools/quick_scan/execute', { target: '127.0.0.1' });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('30');
  expect(refused.body).toMatchObject({ error: { code: 'draining' } });
  expect((await server.ask('/health/live')).status).toBe(200);

  expect((await waiting).body).toMatchObject({
    status: 'completed',
    result: { hosts_done: ADDRESSES.length },
  });
  expect(await server.ended).toEqual({ status: 0, signal: null });
  expect(scanners()).toBe(0);
});

it('ends when the patience is over; what was found is kept and the next server goes on', async () => {
  const server = await serve('server.shutdownGraceSeconds=0.5');
  server.ask('/tools/custom_scan/execute', { command: SLOW, timeout: 60 }).catch(() => {});
  await scanning(server);
  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual({ status: 0, signal: null });
  expect(scanners()).toBe(0);
  await expectNothingLost();
});

it('ends at once at the second signal; nothing goes on without it and nothing is lost', async () => {
  const server = await serve('server.shutdownGraceSeconds=3600');
  server.ask('/tools/custom_scan/execute', { command: SLOW, timeout: 60 }).catch(() => {});
  await scanning(server);
  server.child.kill('SIGTERM');
  await expect.poll(async () => (await server.ask('/health/ready')).status).toBe(503);
  // It says that it was asked to end, so that what comes now is not taken for a crash that the scan caused.
  await expect.poll(leaving).toEqual([{ leaving: 1 }]);
  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual({ status: null, signal: 'SIGTERM' });
  await expect.poll(scanners).toBe(0);
  await expectNothingLost();
});

it('answers a call that waits over stdio before it ends', async () => {
  const portolan = await startStdio(home);
  const waiting = portolan.call('custom_scan', { command: SLOW, timeout: 60 });
  await expect.poll(() => scanners(), { timeout: 20_000 }).toBe(1);
  process.kill(portolan.pid, 'SIGTERM');
  expect((await waiting).structured).toMatchObject({ status: 'completed' });
  await portolan.close();
});
