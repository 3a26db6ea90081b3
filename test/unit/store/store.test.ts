import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostResult } from '../../../src/core/result.ts';
import { openStore, type Store } from '../../../src/store/open.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

const request = { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] };
const host = (address: string, ports: number[], more: Partial<HostResult> = {}): HostResult => ({
  address,
  status: 'up',
  ports: ports.map((port) => ({ port, protocol: 'tcp', state: 'open' })),
  ...more,
});

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 60_000);
afterAll(() => cluster.stop());

describe.each<[string, () => Promise<Store>]>([
  ['better-sqlite3', () => openStore(':memory:', { inNode: false })],
  ['the SQLite within Node', () => openStore(':memory:', { inNode: true })],
  ['PostgreSQL', async () => openStore(await cluster.fresh())],
])('%s', (_, open) => {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const add = (id: string, { queueLimit = 10, instance = 'me', owner = 'local', createdAt = 1 } = {}) =>
    store.tasks.insert(
      { id, owner, request, createdAt, addressesTotal: 1, coverage: [] },
      instance,
      queueLimit,
    );

  async function counters(id: string) {
    const task = await store.tasks.get(id);
    return task && [task.hostsDone, task.hostsUp, task.openPorts];
  }

  describe('sessions', () => {
    const session = (hash: string, seenAt: number, owner = 'ann') => ({
      hash,
      owner,
      sealed: `sealed ${hash}`,
      createdAt: seenAt,
      seenAt,
    });

    it('keeps what it is given, of each caller the latest used, until it is closed', async () => {
      const [a, b, c, bob] = [session('a', 1), session('b', 2), session('c', 3), session('z', 0, 'bob')];
      for (const one of [a, b, bob]) await store.sessions.open(one, 2);
      await store.sessions.seen('a', 5);
      expect(await store.sessions.find('a')).toEqual({ ...a, seenAt: 5 });
      await store.sessions.open(c, 2);
      const found = async () =>
        await Promise.all(
          ['a', 'b', 'c', 'z'].map(async (one) => (await store.sessions.find(one)) !== undefined),
        );
      expect(await found()).toEqual([true, false, true, true]);
      await store.sessions.close('a');
      expect(await found()).toEqual([false, false, true, true]);
    });

    it('gives a code out once, and not when it is too old', async () => {
      await store.sessions.addLink('code', 100);
      await store.sessions.addLink('old', 100);
      const both = await Promise.all([
        store.sessions.takeLink('code', 99),
        store.sessions.takeLink('code', 99),
      ]);
      expect(both.sort()).toEqual([false, true]);
      expect([await store.sessions.hasLink('code'), await store.sessions.hasLink('old')]).toEqual([
        false,
        true,
      ]);
      expect(await store.sessions.takeLink('old', 100)).toBe(false);
      expect(await store.sessions.takeLink('none', 1)).toBe(false);
    });

    it('deletes what is over', async () => {
      for (const one of [session('idle', 10), session('old', 5), session('live', 20)])
        await store.sessions.open(one, 9);
      await store.sessions.seen('old', 30);
      await store.sessions.addLink('gone', 49);
      await store.sessions.addLink('good', 50);
      await store.sessions.prune({ seen: 15, created: 8 }, 50);
      expect(await store.sessions.find('idle')).toBeUndefined();
      expect(await store.sessions.find('old')).toBeUndefined();
      expect(await store.sessions.find('live')).toBeDefined();
      expect(await store.sessions.takeLink('gone', 1)).toBe(false);
      expect(await store.sessions.takeLink('good', 1)).toBe(true);
    });
  });

  describe('the queue', () => {
    it('refuses a task beyond its limit and says so', async () => {
      expect(await add('a', { queueLimit: 2 })).toBe(true);
      expect(await add('b', { queueLimit: 2 })).toBe(true);
      expect(await add('c', { queueLimit: 2 })).toBe(false);
      expect(await store.tasks.get('c')).toBeUndefined();
    });

    it('gives out the oldest first, never more than may run, and only to the instance that holds it', async () => {
      await add('second', { createdAt: 2 });
      await add('first', { createdAt: 1 });
      await add('foreign', { createdAt: 0, instance: 'other' });
      expect((await store.tasks.claim('me', 1, 5))?.id).toBe('first');
      expect(await store.tasks.claim('me', 1, 5)).toBeUndefined();
      expect(await store.tasks.claim('me', 2, 5)).toMatchObject({ id: 'second', attempts: 1, startedAt: 5 });
      expect(await store.tasks.claim('me', 9, 5)).toBeUndefined();
    });

    it('goes round by owner: whoever has fewest running, then whoever was served longest ago', async () => {
      for (const [at, id] of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].entries())
        await add(id, { createdAt: at, owner: id.slice(0, 1) });
      const claimed: (string | undefined)[] = [];
      for (let now = 10; now < 16; now += 1) {
        const task = await store.tasks.claim('me', 1, now);
        claimed.push(task?.id);
        if (task) await store.tasks.finish(task.id, 'completed', now, { coverage: [] });
      }
      expect(claimed).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
      await add('x1', { owner: 'x', createdAt: 20 });
      expect((await store.tasks.claim('me', 2, 20))?.id).toBe('x1');
      await add('x2', { owner: 'x', createdAt: 21 });
      await add('a4', { owner: 'a', createdAt: 22 });
      await add('a5', { owner: 'a', createdAt: 23 });
      expect((await store.tasks.claim('me', 2, 30))?.id).toBe('a4');
      await store.tasks.finish('a4', 'completed', 31, { coverage: [] });
      // x was served before a, but has one that runs.
      expect((await store.tasks.claim('me', 2, 32))?.id).toBe('a5');
    });

    it('runs no more of one owner than its share, but for whoever has none', async () => {
      for (const id of ['a1', 'a2', 'a3', 'b1', 'local1', 'local2', 'local3'])
        await add(id, { owner: id.slice(0, -1) });
      const claimed: (string | undefined)[] = [];
      for (let now = 10; now < 17; now += 1)
        claimed.push((await store.tasks.claim('me', 9, now, { most: 1, without: 'local' }))?.id);
      expect(claimed).toEqual(['a1', 'b1', 'local1', 'local2', 'local3', undefined, undefined]);
    });

    it('stores no more of one owner than its share', async () => {
      const insert = (id: string, owner: string) =>
        store.tasks.insert({ id, owner, request, createdAt: 1, addressesTotal: 1, coverage: [] }, 'me', 3, 2);
      expect([await insert('a1', 'a'), await insert('a2', 'a'), await insert('a3', 'a')]).toEqual([
        true,
        true,
        false,
      ]);
      expect([await insert('b1', 'b'), await insert('c1', 'c')]).toEqual([true, false]);
      expect(await store.tasks.unfinishedOfOwner('a')).toBe(2);
    });

    it('lets the first ending stand', async () => {
      await add('a');
      expect(await store.tasks.finish('a', 'cancelled', 7, { coverage: [] })).toBe(true);
      expect(await store.tasks.finish('a', 'completed', 8, { coverage: [] })).toBe(false);
      expect(await store.tasks.get('a')).toMatchObject({ state: 'cancelled', endedAt: 7 });
    });

    it('moves the tasks of a dead instance to one adopter only', async () => {
      await add('a', { instance: 'dead' });
      expect(await store.tasks.strayInstances()).toEqual(['dead']);
      expect(await store.tasks.adopt('a', 'dead', 'me')).toMatchObject({ id: 'a' });
      expect(await store.tasks.adopt('a', 'dead', 'other')).toBeUndefined();
      expect((await store.tasks.unfinishedOf('me')).map((task) => task.id)).toEqual(['a']);
    });
  });

  describe('listing', () => {
    it('pages newest first without gap or repetition, also among equal times', async () => {
      for (const id of ['a', 'b', 'c', 'd', 'e']) await add(id, { createdAt: id === 'e' ? 2 : 1 });
      const seen: string[] = [];
      let before: { createdAt: number; id: string } | undefined;
      for (;;) {
        const page = await store.tasks.list({ limit: 2, ...(before ? { before } : {}) });
        seen.push(...page.map((task) => task.id));
        const last = page.at(-1);
        if (!last) break;
        before = { createdAt: last.createdAt, id: last.id };
      }
      expect(seen).toEqual(['e', 'd', 'c', 'b', 'a']);
    });

    it('shows an owner only what is theirs, and filters by state', async () => {
      await add('mine');
      await add('theirs', { owner: 'bob' });
      expect((await store.tasks.list({ owner: 'bob', limit: 9 })).map((task) => task.id)).toEqual(['theirs']);
      expect(await store.tasks.list({ state: 'running', limit: 9 })).toEqual([]);
    });
  });

  describe('hosts', () => {
    beforeEach(async () => {
      await add('t');
    });

    it('counts hosts and open ports once, however often they are stored or announced', async () => {
      await store.hosts.announce('t', [
        { address: '10.0.0.1', port: 22, protocol: 'tcp' },
        { address: '10.0.0.1', port: 22, protocol: 'tcp' },
        { address: '10.0.0.1', port: 80, protocol: 'tcp' },
      ]);
      expect(await counters('t')).toEqual([0, 0, 2]);
      await store.hosts.put('t', [host('10.0.0.1', [22, 80])]);
      expect(await counters('t')).toEqual([1, 1, 2]);
      await store.hosts.put('t', [host('10.0.0.1', [22, 80, 443])]);
      await store.hosts.announce('t', [{ address: '10.0.0.1', port: 443, protocol: 'tcp' }]);
      expect(await counters('t')).toEqual([1, 1, 3]);
    });

    it('joins two reports of one address, as of two names of a machine, and loses nothing of either', async () => {
      const first = { ...host('10.0.0.1', [22, 80]), hostnames: [{ name: 'a.lab', type: 'user' }] };
      const [ssh, web] = first.ports;
      if (!ssh || !web) throw new Error('two ports');
      const title = { ...web, scripts: [{ id: 'http-title', output: 'second' }] };
      await store.hosts.put('t', [first]);
      await store.hosts.put('t', [
        {
          ...host('10.0.0.1', []),
          status: 'down',
          ports: [title],
          hostnames: [{ name: 'b.lab', type: 'user' }],
        },
      ]);
      const [joined] = await store.hosts.page('t', { after: 0, limit: 9 });
      expect(joined?.host).toMatchObject({
        status: 'up',
        ports: [ssh, title],
        hostnames: [{ name: 'a.lab' }, { name: 'b.lab' }],
      });
      expect(await counters('t')).toEqual([1, 1, 2]);
    });

    it('joins a whole host to the part that was shown of it: nothing that was shown is taken back', async () => {
      await store.hosts.put('t', [{ ...host('10.0.0.1', [22, 80]), partial: true }]);
      expect(await counters('t')).toEqual([0, 1, 2]);
      await store.hosts.put('t', [host('10.0.0.1', [22, 443])]);
      const [whole] = await store.hosts.page('t', { after: 0, limit: 9 });
      expect(whole?.host.partial).toBeUndefined();
      expect(whole?.host.ports.map(({ port }) => port)).toEqual([22, 80, 443]);
      expect(await counters('t')).toEqual([1, 1, 3]);
    });

    it('counts a port once that an interrupted start and the next one both announce', async () => {
      await store.hosts.put('t', [{ ...host('10.0.0.1', [22, 80]), partial: true }]);
      await store.hosts.announce('t', [
        { address: '10.0.0.1', port: 22, protocol: 'tcp' },
        { address: '10.0.0.1', port: 443, protocol: 'tcp' },
      ]);
      expect(await counters('t')).toEqual([0, 1, 3]);
      await store.hosts.showAnnounced('t');
      expect(await counters('t')).toEqual([0, 1, 3]);
      const [part] = await store.hosts.page('t', { after: 0, limit: 9 });
      expect(part?.host).toEqual(host('10.0.0.1', [22, 80, 443], { partial: true }));
      await store.hosts.put('t', [host('10.0.0.1', [443])]);
      expect(await counters('t')).toEqual([1, 1, 3]);
    });

    it('takes more hosts and announced ports than one transaction holds', async () => {
      const many = Array.from({ length: 1203 }, (_, i) => host(`10.0.${i >> 8}.${i & 255}`, [80]));
      await store.hosts.announce(
        't',
        many.map(({ address }) => ({ address, port: 80, protocol: 'tcp' as const })),
      );
      await store.hosts.showAnnounced('t');
      expect(await counters('t')).toEqual([0, 1203, 1203]);
      await store.hosts.put('t', many);
      expect(await counters('t')).toEqual([1203, 1203, 1203]);
      expect(await store.hosts.page('t', { after: 0, limit: 2000 })).toHaveLength(1203);
    });

    it('shows announced ports as a partial host until the host is finished', async () => {
      await store.hosts.announce('t', [
        { address: '10.0.0.2', port: 443, protocol: 'tcp' },
        { address: '10.0.0.2', port: 22, protocol: 'tcp' },
      ]);
      await store.hosts.showAnnounced('t');
      await store.hosts.showAnnounced('t');
      const [shown] = await store.hosts.page('t', { after: 0, limit: 9 });
      expect(shown?.host).toEqual(host('10.0.0.2', [22, 443], { partial: true }));
      expect(await counters('t')).toEqual([0, 1, 2]);
      expect(await store.hosts.finishedAddresses('t')).toEqual(new Set());

      await store.hosts.put('t', [host('10.0.0.2', [22, 443])]);
      expect(await counters('t')).toEqual([1, 1, 2]);
      expect(await store.hosts.finishedAddresses('t')).toEqual(new Set(['10.0.0.2']));
      expect(await store.hosts.page('t', { after: 0, limit: 9 })).toHaveLength(1);
    });

    it('keeps down hosts out of a page unless asked, and pages by position', async () => {
      await store.hosts.put('t', [
        host('10.0.0.1', [1]),
        host('10.0.0.2', [], { status: 'down' }),
        host('10.0.0.3', [3]),
      ]);
      const first = await store.hosts.page('t', { after: 0, limit: 1 });
      const second = await store.hosts.page('t', { after: first[0]?.seq ?? 0, limit: 5 });
      expect([...first, ...second].map(({ host: { address } }) => address)).toEqual(['10.0.0.1', '10.0.0.3']);
      expect(await store.hosts.page('t', { after: 0, limit: 9, downToo: true })).toHaveLength(3);
    });

    it('keeps the place of a host that is told again; a reader who is ahead asks for what changed', async () => {
      await store.hosts.put('t', [host('10.0.0.1', []), host('10.0.0.2', [])]);
      const read = await store.hosts.page('t', { after: 0, limit: 9 });
      await new Promise((resolve) => setTimeout(resolve, 5));
      const since = Date.now();
      await store.hosts.put('t', [host('10.0.0.1', [80])]);
      expect(await store.hosts.page('t', { after: read.at(-1)?.seq ?? 0, limit: 9 })).toEqual([]);
      const changed = await store.hosts.page('t', { after: 0, limit: 9, since });
      expect(changed).toEqual([{ seq: read[0]?.seq, host: host('10.0.0.1', [80]) }]);
    });

    it('prunes old tasks with all they found, and nothing else', async () => {
      await store.hosts.put('t', [host('10.0.0.1', [1])]);
      await store.hosts.announce('t', [{ address: '10.0.0.9', port: 1, protocol: 'tcp' }]);
      await add('running');
      await store.tasks.finish('t', 'completed', 100, { coverage: [] });
      expect(await store.tasks.prune(100, 10)).toEqual({ tasks: 0, rows: 0 });
      expect(await store.tasks.prune(101, 10)).toEqual({ tasks: 1, rows: 3 });
      expect(await store.hosts.page('t', { after: 0, limit: 9 })).toEqual([]);
      expect(await store.tasks.get('running')).toBeDefined();
    });

    it('prunes in steps, through which nobody sees a part of a task, and goes on where it was left', async () => {
      await add('other');
      for (const id of ['t', 'other']) {
        await store.hosts.put(id, [host('10.0.0.1', [1]), host('10.0.0.2', [1]), host('10.0.0.3', [1])]);
        await store.tasks.finish(id, 'failed', 100, { coverage: [] });
      }
      expect(await store.tasks.prune(101, 2)).toEqual({ tasks: 1, rows: 2 });
      const [seen, ...more] = await store.tasks.list({ limit: 9 });
      expect(more).toEqual([]);
      const gone = seen?.id === 't' ? 'other' : 't';
      expect(await store.tasks.get(gone)).toBeUndefined();
      expect(await store.tasks.ranBetween(0, 1000, 9)).toEqual([]);
      expect(await store.tasks.reopen({ id: gone, owner: 'me' }, 'me', [], 9, 9)).toBe(false);
      expect((await store.hosts.lastSeen('10.0.0.3'))?.taskId).not.toBe(gone);
      expect(await store.maintenance.check()).toEqual([]);
      expect(await store.tasks.prune(101, 5)).toEqual({ tasks: 1, rows: 5 });
      expect(await store.tasks.prune(101, 5)).toEqual({ tasks: 0, rows: 1 });
      expect(await store.tasks.prune(101, 5)).toEqual({ tasks: 0, rows: 0 });
      expect(await store.tasks.list({ limit: 9 })).toEqual([]);
    });
  });
});

describe.each([
  ['better-sqlite3', false],
  ['the SQLite within Node', true],
])('the file of %s', (_, inNode) => {
  it('is readable by its owner only and survives being closed', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'portolan-store-')), 'deep', 'p.db');
    const first = await openStore(path, { inNode });
    await first.tasks.insert(
      { id: 'x', owner: 'local', request, createdAt: 1, addressesTotal: 1, coverage: [] },
      'me',
      1,
    );
    await first.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const second = await openStore(path, { inNode });
    expect(await second.tasks.get('x')).toMatchObject({ id: 'x', request });
    await second.close();
  });

  it('is made whole or not at all, whenever its maker is killed, and by whoever comes first', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'portolan-store-')), 'p.db');
    const module = new URL('../../../src/store/open.ts', import.meta.url).href;
    const script = `const { openStore } = await import(${JSON.stringify(module)}); console.log('loaded'); await openStore(process.argv[1], { inNode: ${inNode} });`;
    for (let round = 0; round < 12; round += 1) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await new Promise((resolve) => setTimeout(resolve, 20 + round * 5));
      child.kill('SIGKILL');
      await ended;
      const [one, two] = await Promise.all([openStore(path, { inNode }), openStore(path, { inNode })]);
      expect(await one.tasks.counts()).toEqual({ pending: 0, running: 0 });
      await Promise.all([one.close(), two.close()]);
      for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    }
  }, 120_000);

  it('that is not a database is refused with what to do', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'portolan-store-')), 'p.db');
    writeFileSync(path, 'not a database at all, but long enough to be looked at'.repeat(50));
    await expect(openStore(path, { inNode })).rejects.toMatchObject({
      code: 'storage_failed',
      next: expect.stringContaining('--db'),
    });
  });
});
