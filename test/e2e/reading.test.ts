/** Commands that only read change nothing in the database: not even what a dead server has left is touched. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { whereWeRun } from '../../src/nmap/machine/where-we-run.ts';
import { openStore } from '../../src/store/open.ts';
import { type Cluster, startCluster } from '../store/cluster.ts';
import { cleanEnvironment, type Home, MAIN, makeHome } from './portolan.ts';

const request = { tool: 'custom_scan', targets: ['127.0.0.1-4'], options: [{ flag: '-sT' }] };

let cluster: Cluster;
let home: Home;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());
beforeEach(() => {
  home = makeHome();
});
afterEach(() => home.remove());

type Content = Record<string, unknown[]>;

/** Rows come in no order of their own. */
const inOrder = (rows: unknown[]) =>
  rows.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

function fileContent(): Content {
  const database = new Sqlite(home.database, { readonly: true });
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  const content = Object.fromEntries(
    tables.map((name) => [String(name), inOrder(database.prepare(`SELECT * FROM "${name}"`).all())]),
  );
  database.close();
  return content;
}

async function serverContent(address: string): Promise<Content> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'portolan'",
    );
    const content: Content = {};
    for (const { name } of rows)
      content[name] = inOrder((await client.query(`SELECT * FROM portolan."${name}"`)).rows);
    return content;
  } finally {
    await client.end();
  }
}

/** A server of this machine that has ended, with one scan that ran and one that waits. */
async function leave(database: string): Promise<void> {
  const store = await openStore(database);
  const { host, bootId = '', pidNamespace = '' } = whereWeRun();
  await store.instances.register({
    id: 'dead',
    pid: spawnSync('true').pid,
    start_ticks: 1,
    boot_id: bootId,
    host,
    pid_namespace: pidNamespace,
    heartbeat_at: 1,
  });
  for (const id of ['running', 'waiting'])
    await store.tasks.insert(
      { id, owner: 'local', request, createdAt: 1, addressesTotal: 4, coverage: [] },
      'dead',
      99,
    );
  const held = await store.tasks.claim('dead', 1, 2);
  await store.hosts.put('running', [
    { address: '127.0.0.1', status: 'up', ports: [{ port: 80, protocol: 'tcp', state: 'open' }] },
  ]);
  await store.hosts.announce('running', [{ address: '127.0.0.2', port: 22, protocol: 'tcp' }]);
  expect(held?.id).toBe('running');
  await store.close();
}

const contained = ['unshare', '-Urpf', '--mount-proc'];

function portolan(before: readonly string[], words: readonly string[], database: string) {
  const all = [...before, process.execPath, MAIN, ...words, '--db', 'env:DATABASE_URL'];
  const env = { ...cleanEnvironment(home), XDG_DATA_HOME: home.folder, DATABASE_URL: database };
  return spawnSync(all[0] ?? '', all.slice(1), { env, encoding: 'utf8' });
}

describe.each<[string, () => Promise<string>, (database: string) => Promise<Content>]>([
  ['SQLite', async () => home.database, async () => fileContent()],
  ['PostgreSQL', () => cluster.fresh(), serverContent],
])('%s', (_, make, contentOf) => {
  it('is as before after each of them, here and in another PID namespace; one that acts takes over', async () => {
    const database = await make();
    await leave(database);
    const folder = join(home.folder, 'runs', 'running');
    mkdirSync(join(folder, '1'), { recursive: true });
    writeFileSync(join(folder, '1', 'scan.xml'), '<nmaprun>');
    const before = await contentOf(database);
    expect(before['instances']).toHaveLength(1);
    const copy = join(home.folder, 'copy.db');
    const reading = [
      ['tasks'],
      ['tasks', '--all', '--json'],
      ['report', 'running'],
      ['call', 'list_tasks'],
      ['call', 'get_task_status', 'task_id=running'],
      ['call', 'get_task_result', 'task_id=running'],
      ['db', 'status'],
      ['db', 'check'],
      ['db', 'backup', copy],
      ['token', 'list'],
    ];
    for (const place of [[], contained]) {
      for (const words of reading) {
        rmSync(copy, { force: true });
        const { status, stderr } = portolan(place, words, database);
        expect(status, `${words.join(' ')}: ${stderr}`).toBe(0);
        expect(await contentOf(database), words.join(' ')).toEqual(before);
      }
    }
    expect(existsSync(folder)).toBe(true);
    const { status, stderr } = portolan([], ['call', 'cancel_task', 'task_id=running'], database);
    expect(status, stderr).toBe(0);
    const after = await contentOf(database);
    expect(after['instances']).toEqual([]);
    expect(after['tasks']).toMatchObject([
      { id: 'running', state: 'cancelled' },
      { id: 'waiting', instance_id: 'nobody' },
    ]);
  }, 400_000);
});
