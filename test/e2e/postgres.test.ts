/** Portolan on PostgreSQL, as its users meet it: the commands, two servers on one database, and no password shown. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../store/cluster.ts';
import { type Home, makeHome, runPortolan } from './portolan.ts';

const PASSWORD = 'kl4bautermann';

let cluster: Cluster;
let home: Home;
let address: string;
beforeAll(async () => {
  cluster = await startCluster();
  home = makeHome();
  const url = new URL(await cluster.empty());
  url.password = PASSWORD;
  address = url.href;
});
afterAll(async () => {
  home.remove();
  await cluster.stop();
});

const portolan = (...args: string[]) => runPortolan(home, args, { DATABASE_URL: address });

it('scans, lists, reports and prunes; another process sees it all', async () => {
  const listener = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const at = listener.address();
  const port = typeof at === 'object' && at !== null ? at.port : 0;
  const db = ['--db', 'env:DATABASE_URL'];
  try {
    const scan = await portolan('scan', '127.0.0.1', '--options', `-Pn -p ${port}`, '--json', ...db);
    expect(scan).toMatchObject({ status: 0 });
    const { task_id: id } = JSON.parse(scan.stdout) as { task_id: string };
    const tasks = await portolan('tasks', ...db);
    expect(tasks.stdout).toContain(id);
    const report = await portolan('report', id, '--format', 'lines', ...db);
    expect(report.stdout).toContain(`${port}/tcp`);
    const pruned = await portolan('prune', '--days', '0', '--yes', ...db);
    expect(pruned.stdout).toContain('Deleted 1 ended scans');
    expect((await portolan('tasks', ...db)).stdout).not.toContain(id);
  } finally {
    listener.close();
  }
});

it('never shows the password, wherever the address was said', async () => {
  const file = join(home.folder, 'portolan.yaml');
  writeFileSync(file, `scans:\n  database: ${address}\n`, { mode: 0o600 });
  const shown = await portolan('check-config', '--config', file);
  expect(shown).toMatchObject({ status: 0 });
  expect(shown.stdout).toContain('postgres://portolan@127.0.0.1');
  const wrong = new URL(address);
  wrong.port = '1';
  writeFileSync(file, `scans:\n  database: ${wrong.href}\n`, { mode: 0o600 });
  const lost = await portolan('tasks', '--config', file);
  expect(lost.status).not.toBe(0);
  expect(lost.stderr).toContain('PostgreSQL cannot be reached');
  const onLine = await portolan('tasks', '--db', address);
  expect(onLine.stderr).toContain('would show the secret');
  for (const { stdout, stderr } of [shown, lost, onLine]) expect(stdout + stderr).not.toContain(PASSWORD);
});
