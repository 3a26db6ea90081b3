/** `portolan db`: backups while a scan writes, restoring, moving to PostgreSQL and back, and what is refused. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HostResult } from '../../src/core/result.ts';
import { openStore } from '../../src/store/open.ts';
import { type Cluster, startCluster } from '../store/cluster.ts';
import { startProcess } from '../store/process.ts';
import { type Home, makeHome, runPortolan } from './portolan.ts';

const request = { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] };
const host = (address: string): HostResult => ({
  address,
  status: 'up',
  ports: [22, 80].map((port) => ({ port, protocol: 'tcp', state: 'open' })),
});

let cluster: Cluster;
let home: Home;
beforeAll(async () => {
  cluster = await startCluster();
  home = makeHome();
});
afterAll(async () => {
  home.remove();
  await cluster.stop();
});

const portolan = (args: string[], more: Record<string, string> = {}) => runPortolan(home, args, more);

/** Two ended scans and one that runs, with 1,200 hosts. */
async function fill(database: string): Promise<void> {
  const store = await openStore(database);
  for (const id of ['first', 'second', 'running']) {
    await store.tasks.insert(
      { id, owner: 'local', request, createdAt: 1, addressesTotal: 400, coverage: [] },
      'us',
      9,
    );
    await store.hosts.put(
      id,
      Array.from({ length: 400 }, (_, i) => host(`10.0.${i >> 8}.${i & 255}`)),
    );
  }
  await store.tasks.finish('first', 'completed', 5, { coverage: [] });
  await store.tasks.finish('second', 'failed', 6, { coverage: [] });
  await store.hosts.announce('running', [{ address: '10.9.9.9', port: 443, protocol: 'tcp' }]);
  await store.tokens.create({ name: 'laptop', hash: 'a'.repeat(64), scopes: ['scan:read'], createdAt: 1 }, 1);
  await store.toolStates.disable('NmapTool', 'me', 1);
  await store.close();
}

async function content(database: string) {
  const store = await openStore(database);
  try {
    const all = [];
    for (const { id, state, openPorts } of await store.tasks.list({ limit: 99 })) {
      const hosts = await store.hosts.page(id, { after: 0, limit: 5000 });
      all.push([id, state, openPorts, hosts.map(({ host: { address } }) => address).join()]);
    }
    return { all, tokens: await store.tokens.list(), off: await store.toolStates.disabled() };
  } finally {
    await store.close();
  }
}

it('a backup made while another process writes is whole, and is restored with what was there kept', async () => {
  const { database } = home;
  await fill(database);
  const writer = await startProcess(database);
  let writing = true;
  const written = (async () => {
    for (let i = 0; writing; i += 1) await writer.hosts.put('running', [host(`10.77.${i >> 8}.${i & 255}`)]);
  })();
  const file = join(home.folder, 'backup.db');
  const made = await portolan(['db', 'backup', file, '--db', database]);
  writing = false;
  await written;
  await writer.kill();
  expect(made).toMatchObject({ status: 0, stdout: expect.stringContaining('found sound') });
  const copy = await content(file);
  expect(copy.all.map(([id]) => id).sort()).toEqual(['first', 'running', 'second']);

  expect((await portolan(['db', 'backup', file, '--db', database])).stderr).toContain('is there already');
  const restored = await portolan(['db', 'restore', file, '--db', database]);
  expect(restored).toMatchObject({ status: 0 });
  expect(await content(database)).toEqual(copy);
  const kept = readdirSync(home.folder).filter((name) => name.includes('.before-'));
  expect(kept).toHaveLength(1);
  expect((await content(join(home.folder, kept[0] ?? ''))).all).toHaveLength(3);
});

it('moves to PostgreSQL, goes on where it was broken off, takes what has come since, and moves back', async () => {
  const from = join(home.folder, 'from.db');
  await fill(from);
  const to = await cluster.empty();
  const env = { TO: to };
  const first = await portolan(['db', 'migrate', '--db', from, '--to', 'env:TO'], env);
  expect(first).toMatchObject({ status: 0, stdout: expect.stringContaining('both have the same rows') });
  expect(await content(to)).toEqual(await content(from));

  const store = await openStore(from);
  await store.hosts.put('running', [host('10.0.0.1'), host('10.88.0.1')]);
  await store.tasks.finish('running', 'completed', 9, { coverage: [] });
  await store.tasks.insert(
    { id: 'a-new', owner: 'local', request, createdAt: 2, addressesTotal: 1, coverage: [] },
    'us',
    9,
  );
  await store.hosts.put('a-new', [host('10.1.1.1')]);
  await store.close();
  expect(await portolan(['db', 'migrate', '--db', from, '--to', 'env:TO'], env)).toMatchObject({ status: 0 });
  expect(await content(to)).toEqual(await content(from));

  // The next host gets a place of its own.
  const there = await openStore(to);
  await there.hosts.put('a-new', [host('10.1.1.2')]);
  await there.close();
  const back = join(home.folder, 'back.db');
  expect(await portolan(['db', 'migrate', '--db', 'env:TO', '--to', back], env)).toMatchObject({ status: 0 });
  expect(await content(back)).toEqual(await content(to));

  const kept = join(home.folder, 'from-postgres.db');
  expect(await portolan(['db', 'backup', kept, '--db', 'env:TO'], env)).toMatchObject({ status: 0 });
  expect(await content(kept)).toEqual(await content(to));
  const status = await portolan(['db', 'status', '--json', '--db', 'env:TO'], env);
  expect(JSON.parse(status.stdout)).toMatchObject({ engine: 'postgres', rows: { tasks: 4, hosts: 1203 } });
});

it('check says what is wrong; compact gives room back', async () => {
  const file = join(home.folder, 'checked.db');
  await fill(file);
  expect(await portolan(['db', 'check', '--db', file])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('is sound'),
  });
  const before = JSON.parse((await portolan(['db', 'status', '--json', '--db', file])).stdout) as {
    bytes: number;
  };
  await portolan(['prune', '--days', '0', '--yes', '--db', file]);
  expect(await portolan(['db', 'compact', '--db', file])).toMatchObject({ status: 0 });
  const after = JSON.parse((await portolan(['db', 'status', '--json', '--db', file])).stdout) as {
    bytes: number;
    freeBytes: number;
  };
  expect(after.bytes).toBeLessThan(before.bytes);
  expect(after.freeBytes).toBe(0);

  const raw = new Database(file);
  raw.exec("UPDATE tasks SET open_ports = open_ports + 1 WHERE id = 'running'");
  raw.close();
  const wrong = await portolan(['db', 'check', '--db', file]);
  expect(wrong).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('task running counts 802 open ports, and has 801'),
  });
});

it('check and migrate look at the audit, too, and say where it stays', async () => {
  const other = makeHome();
  const { database, folder } = other;
  const run = (...args: string[]) => runPortolan(other, args, { TO: join(folder, 'new', 'to.db') });
  try {
    expect(await run('scan', '127.0.0.1', '--db', database)).toMatchObject({ status: 0 });
    const check = await run('db', 'check', '--db', database);
    expect(check).toMatchObject({ status: 0, stdout: expect.stringMatching(/The audit is whole: [1-9]/) });
    const moved = await run('db', 'migrate', '--db', database, '--to', 'env:TO');
    expect(moved.stdout).toMatch(/both have the same rows\.\nThe audit is whole/);
    expect(moved.stdout).toContain(`stays: ${join(folder, 'audit.jsonl')}`);

    const audit = join(folder, 'audit.jsonl');
    writeFileSync(audit, readFileSync(audit, 'utf8').replace('127.0.0.1', '127.0.0.9'));
    const wrong = await run('db', 'check', '--db', database);
    expect(wrong).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('the audit is not whole: line 1 '),
    });
    expect(wrong.stdout).toContain('is sound.');
    const again = await run('db', 'migrate', '--db', database, '--to', 'env:TO');
    expect(again).toMatchObject({ status: 1, stdout: expect.stringContaining('the audit is not whole') });
  } finally {
    other.remove();
  }
});

it('refuses what is no backup, and a database that is not there', async () => {
  const file = join(home.folder, 'letter.txt');
  writeFileSync(file, 'Dear Sir, this is no database.'.repeat(40));
  const { database } = home;
  const before = await content(database);
  expect(await portolan(['db', 'restore', file, '--db', database])).toMatchObject({ status: 1 });
  expect(await content(database)).toEqual(before);
  for (const words of [['status'], ['check'], ['compact'], ['backup', join(home.folder, 'x')]]) {
    const absent = await portolan(['db', ...words, '--db', join(home.folder, 'absent.db')]);
    expect(absent.stderr).toContain('There is no database');
    expect(absent.status).toBe(2);
  }
});
