/** Databases of earlier versions, with data in them, are opened by the store of today; those of others and of later ones are not. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tokenIdentity } from '../../../src/core/caller.ts';
import { openStore } from '../../../src/store/open.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-migrate-'));
  path = join(folder, 'p.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(text: string): void {
  const raw = new Database(path);
  raw.exec(text);
  raw.close();
}

/** Tasks of a name became those of its token with the change 2026-11-28-token-owners; later ones were stored so. */
const OWNERS: Readonly<Record<string, string>> = { '09f6b8d.sql': tokenIdentity('laptop', '1'.repeat(64)) };

describe.each(readdirSync(FIXTURES))('a database of %s', (name) => {
  it('keeps all it has', async () => {
    run(readFileSync(join(FIXTURES, name), 'utf8'));
    const store = await openStore(path);
    try {
      expect(await store.tasks.get('done')).toMatchObject({
        state: 'completed',
        owner: OWNERS[name] ?? 'laptop',
        request: { targets: ['10.0.0.0/30'], options: [{ flag: '-sT' }, { flag: '-p', value: '22,80' }] },
        coverage: [{ kind: 'filtered' }],
        createdAt: 1_700_000_001_000,
        endedAt: 1_700_000_009_000,
        hostsUp: 2,
        openPorts: 3,
      });
      const hosts = await store.hosts.page('done', { after: 0, limit: 9, downToo: true });
      expect(hosts.map(({ host }) => [host.address, host.status, host.ports.length])).toEqual([
        ['10.0.0.1', 'up', 2],
        ['10.0.0.2', 'down', 0],
        ['10.0.0.3', 'up', 1],
      ]);
      expect(hosts[2]?.host.hostnames).toEqual([{ name: 'a.lab.internal', type: 'PTR' }]);
      expect((await store.tokens.list()).map((token) => [token.name, token.revokedAt])).toEqual([
        ['laptop', undefined],
        ['old', 1_695_000_000_000],
      ]);
      expect(await store.toolStates.disabled()).toEqual(['NmapTool']);
      expect((await store.tasks.unfinishedOf('gone')).map(({ id, state }) => [id, state]).sort()).toEqual([
        ['half', 'running'],
        ['waiting', 'pending'],
      ]);
      // What was scanned before there was an inventory waits to be told to it.
      expect((await store.looks.untoldTasks(9)).map(({ id }) => id)).toEqual(['done']);
      expect(await store.sites.list()).toEqual([]);
      expect(await store.maintenance.check()).toEqual([]);
      // What was announced then is joined with what is told now.
      await store.hosts.showAnnounced('half');
      await store.hosts.put('half', [{ address: '10.0.0.2', status: 'up', ports: [] }]);
      const half = await store.hosts.page('half', { after: 0, limit: 9 });
      expect(half.map(({ host }) => host.ports.map(({ port }) => port))).toEqual([[22], [22, 443]]);
      expect(await store.tasks.get('half')).toMatchObject({ hostsDone: 2, hostsUp: 2, openPorts: 3 });
    } finally {
      await store.close();
    }
  });
});

const refused = (words: string) => ({
  code: 'storage_failed',
  message: expect.stringContaining(words),
  next: expect.stringContaining('scans.database'),
});

it('a database of a newer Portolan is refused as that, and is not changed', async () => {
  await (await openStore(path)).close();
  run("INSERT INTO kysely_migration VALUES ('2031-01-01-inventory', '2031-01-01T00:00:00Z')");
  const before = readFileSync(path);
  await expect(openStore(path)).rejects.toMatchObject(refused('newer Portolan'));
  expect(readFileSync(path).equals(before)).toBe(true);
});

it('a database of another program is refused as that, and is not changed', async () => {
  run('CREATE TABLE bookmarks (url text)');
  const before = readFileSync(path);
  await expect(openStore(path)).rejects.toMatchObject(
    refused('another program: it has the table "bookmarks"'),
  );
  expect(readFileSync(path).equals(before)).toBe(true);
});

/** Of the database as a whole, whoever uses it. */
const OF_NOBODY = new Set([
  'instances',
  'queues',
  'disabled_tools',
  'sqlite_sequence',
  // What many rows share, and how far each caller has read.
  'port_sets',
  'fingerprints',
  'bookmarks',
]);
/** Each leads to a row that has one. */
const LEADS = ['org', 'task_id', 'site_id', 'look_id', 'asset_id'];

it('every table has an organisation, belongs to a task that has one, or is of nobody in particular', async () => {
  await (await openStore(path)).close();
  const raw = new Database(path);
  const tables = raw.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all().map(String);
  const columns = (table: string) => raw.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table);
  const undecided = tables.filter(
    (table) =>
      !table.startsWith('kysely_') &&
      !OF_NOBODY.has(table) &&
      !columns(table).some((column) => LEADS.includes(String(column))),
  );
  expect(undecided).toEqual([]);
  for (const table of ['tasks', 'tokens', 'sites', 'looks', 'assets'])
    expect(
      raw.prepare("SELECT dflt_value FROM pragma_table_info(?) WHERE name = 'org'").pluck().get(table),
    ).toBe('1');
  raw.close();
});

describe('PostgreSQL', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  async function ask(address: string, text: string): Promise<void> {
    const client = new pg.Client({ connectionString: address });
    await client.connect();
    await client.query(text);
    await client.end();
  }

  it('a newer one and one of another program are refused', async () => {
    const newer = await cluster.fresh();
    await ask(newer, "INSERT INTO portolan.kysely_migration VALUES ('2031-01-01-inventory', 'then')");
    await expect(openStore(newer)).rejects.toMatchObject(refused('newer Portolan'));
    const other = await cluster.empty();
    await ask(other, 'CREATE SCHEMA portolan; CREATE TABLE portolan.bookmarks (url text)');
    await expect(openStore(other)).rejects.toMatchObject(refused('bookmarks'));
  });

  it('keeps to its own schema, beside another Portolan in another one', async () => {
    const address = await cluster.empty();
    await ask(address, 'CREATE TABLE tasks (of_somebody_else text)');
    const [one, two] = await Promise.all([openStore(address), openStore(`${address}?schema=second`)]);
    await one.toolStates.disable('quick_scan', 'me', 1);
    expect([await one.toolStates.disabled(), await two.toolStates.disabled()]).toEqual([['quick_scan'], []]);
    await Promise.all([one.close(), two.close()]);
  });

  it('says what is wrong when it cannot be reached, or lets nobody in, without the password', async () => {
    const address = new URL(await cluster.empty());
    address.password = 'geheim';
    const lost = new URL(address);
    lost.port = '1';
    const opening = openStore(lost.href);
    await expect(opening).rejects.toMatchObject(refused('cannot be reached'));
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining('geheim') });
    const absent = new URL(address);
    absent.pathname = '/nobody';
    await expect(openStore(absent.href)).rejects.toMatchObject(refused('does not let us in'));
  });
});
