/** A full disk, a locked database, a disk that hangs: each real, under the real server, while a real nmap scans. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyFiles } from '../../src/observe/audit-chain.ts';
import { freePorts, listen } from './listeners.ts';
import { type Answer, fill, lockDatabase, type ServerOnDisk, serveOnDisk } from './server-on-disk.ts';

// 24 hosts that are finished one after another, in some six seconds.
const SLOW = '-sT -Pn -n -p 1-60 --max-rate 250 --max-hostgroup 1 127.0.0.1-24';
const ADDRESSES = Array.from({ length: 24 }, (_, index) => `127.0.0.${index + 1}`);

const WAIT = { timeout: 60_000, interval: 100 };

let server: ServerOnDisk;
afterEach(() => server.stop());

async function startSlow(): Promise<string> {
  const { body } = await server.execute('custom_scan', { command: SLOW, timeout: 5 });
  expect(['running', 'completed']).toContain(body['status']);
  return String(body['task_id']);
}

async function ended(taskId: string): Promise<Record<string, unknown>> {
  let last: Answer | undefined;
  for (let look = 0; look < 300; look += 1) {
    last = await server.execute('get_task_status', { task_id: taskId });
    if (['completed', 'failed', 'cancelled'].includes(String(last.body['status']))) return last.body;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the task did not end: ${JSON.stringify(last)}\n${server.stderr().slice(-4000)}`);
}

async function hostsOf(taskId: string): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await server.execute('get_task_result', {
      task_id: taskId,
      detail: 'full',
      ...(cursor ? { cursor } : {}),
    });
    const result = body['result'] as { hosts: { address: string }[]; next_cursor?: string };
    found.push(...result.hosts.map(({ address }) => address));
    cursor = result.next_cursor;
  } while (cursor);
  return found;
}

const errorOf = ({ body }: Answer) => body['error'] as { code: string; message: string; next: string };

async function expectWell(): Promise<void> {
  const answer = await server.execute('quick_scan', { target: '127.0.0.1' });
  expect(answer.body, server.stderr().slice(-2000)).toMatchObject({ status: 'completed' });
}

describe('a full disk', () => {
  it('is said, loses nothing that was stored, and is got over without a restart', async () => {
    server = await serveOnDisk('tmpfs');
    const taskId = await startSlow();
    const before = await hostsOf(taskId);
    expect(before.length).toBeGreaterThan(0);
    const makeRoom = fill(server.folder);

    const refused = await server.execute('quick_scan', { target: '127.0.0.1' });
    expect(refused.status).toBe(503);
    expect(errorOf(refused)).toMatchObject({ code: 'storage_failed' });
    expect(errorOf(refused).message).toContain('full');
    expect(await hostsOf(taskId)).toEqual(expect.arrayContaining(before));

    makeRoom();
    const status = await ended(taskId);
    // nmap could not write its report for a while: what it lost is scanned again.
    expect(status).toMatchObject({ status: 'completed', hosts_done: ADDRESSES.length });
    expect((await hostsOf(taskId)).sort()).toEqual([...ADDRESSES].sort());
    await expectWell();
    expect((await server.get('/tasks')).status).toBe(200);
    // The audit could not be written either; it is whole, and knows of the call that was refused.
    const audit = join(server.folder, 'audit.jsonl');
    await expect.poll(() => readFileSync(audit, 'utf8'), { timeout: 15_000 }).toContain('storage_failed');
    expect(await verifyFiles(audit)).toMatchObject({ ok: true });
  });
});

describe('a full disk under a full_scan', () => {
  it('is its state meanwhile, read all the while, and what had been reported is there in the end', async () => {
    const first = await freePorts(60);
    const ports = Array.from({ length: 30 }, (_, index) => first + 2 * index);
    const listeners = await Promise.all(ports.map((port) => listen('127.0.7.1', port, 'hello\r\n')));
    try {
      server = await serveOnDisk('roomy', ['rateLimit.readsPerMinute=0']);
      void server.execute('full_scan', { target: '127.0.7.1', timeout: 5 }).catch(() => {});
      let taskId = '';
      await expect
        .poll(async () => {
          const { body } = await server.execute('list_tasks', {});
          const [task] = body['tasks'] as { task_id: string; open_ports: number }[];
          taskId = task?.task_id ?? '';
          return task?.open_ports;
        }, WAIT)
        .toBeGreaterThan(0);
      const makeRoom = fill(server.folder);

      await expect
        .poll(
          async () => {
            const read = await server.execute('get_task_result', { task_id: taskId });
            expect(read.status, JSON.stringify(read.body)).toBeLessThan(300);
            return (await server.execute('get_task_status', { task_id: taskId })).body;
          },
          { timeout: 60_000, interval: 500 },
        )
        .toMatchObject({
          status: 'running',
          phase: expect.stringContaining('Waiting for the disk'),
          error: { code: 'storage_failed', message: expect.stringContaining('full') },
        });
      expect(await server.metric('circuit_breaker_state{name="get_task_result"}')).toBe(0);

      makeRoom();
      expect(await ended(taskId)).toMatchObject({ status: 'completed', hosts_done: 1 });
      const whole = await server.execute('get_task_result', { task_id: taskId, detail: 'full' });
      const { hosts } = whole.body['result'] as { hosts: { ports: { port: number; state: string }[] }[] };
      const open = hosts[0]?.ports.flatMap(({ port, state }) => (state === 'open' ? [port] : []));
      expect(open).toEqual(expect.arrayContaining(ports));
    } finally {
      await Promise.all(listeners.map((listener) => listener.close()));
    }
  });
});

describe('a locked database', () => {
  it('is said while everything else is answered, and the end of a scan is stored when it is free again', async () => {
    server = await serveOnDisk('tmpfs', ['health.intervalSeconds=1']);
    const taskId = await startSlow();
    const unlock = await lockDatabase(server);

    const [refused, live] = await Promise.all([
      server.execute('quick_scan', { target: '127.0.0.1' }),
      server.get('/health/live'),
    ]);
    expect(live.status).toBe(200);
    expect(errorOf(refused)).toMatchObject({ code: 'storage_failed' });
    expect(errorOf(refused).message).toContain('locked');
    await expect
      .poll(async () => (await server.get('/health')).body, { timeout: 15_000, interval: 500 })
      .toMatchObject({
        checks: expect.arrayContaining([expect.objectContaining({ name: 'store', ok: false })]),
      });
    // Nothing can be served without it.
    expect((await server.get('/health/ready')).status).toBe(503);
    // Longer than the scan lasts.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    await unlock();

    expect(await ended(taskId)).toMatchObject({ status: 'completed', hosts_done: ADDRESSES.length });
    expect((await hostsOf(taskId)).sort()).toEqual([...ADDRESSES].sort());
    await expectWell();
    await expect.poll(async () => (await server.get('/health/ready')).status, { timeout: 5000 }).toBe(200);
  });
});

describe('a disk that hangs', () => {
  it('is said while everything else is answered, and everything goes on when it answers again', async () => {
    server = await serveOnDisk('ext4');
    const taskId = await startSlow();
    server.freeze();

    const [refused, live] = await Promise.all([
      server.execute('quick_scan', { target: '127.0.0.1' }),
      server.get('/health/live'),
    ]);
    expect(live.status).toBe(200);
    expect(errorOf(refused)).toMatchObject({ code: 'storage_failed' });
    expect(errorOf(refused).message).toContain('has not answered');
    server.thaw();

    expect(await ended(taskId)).toMatchObject({ status: 'completed', hosts_done: ADDRESSES.length });
    expect((await hostsOf(taskId)).sort()).toEqual([...ADDRESSES].sort());
    await expectWell();
  });
});
