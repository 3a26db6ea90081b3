/** Looks become knowledge, on both databases: once each, in their order, and a rebuild gives the same again. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Look } from '../../../src/core/look.ts';
import { whole } from '../../../src/core/settled.ts';
import { foldWaiting } from '../../../src/inventory/fold.ts';
import { handIn } from '../../../src/inventory/hand-in.ts';
import { KnowledgeReader } from '../../../src/inventory/load.ts';
import { openStore, type Store } from '../../../src/store/open.ts';
import { START, scanLook } from '../../inventory/looks.ts';
import { thinRules } from '../../inventory/thin-rules.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 60_000);
afterAll(() => cluster.stop(), 60_000);

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

  const known = async (look: Look = scanLook(99, [])) => {
    const read = await new KnowledgeReader(store).read(look, 'whole');
    if (!read) throw new Error('a fold is half written');
    return read;
  };

  it('keeps a look whole', async () => {
    const look = scanLook(1, [{ address: '10.0.0.7', mac: '00:11:22:33:44:55', open: [22, [80, 'nginx']] }]);
    expect(await handIn(store, look)).toBe(true);
    expect(await handIn(store, look)).toBe(false);
    const told: Look[] = [];
    await foldWaiting(store, (before, now) => {
      told.push(now);
      return thinRules(before, now);
    });
    expect(told).toEqual([look]);
  });

  it('knows afterwards what was seen', async () => {
    await handIn(store, scanLook(1, [{ address: '10.0.0.7', open: [22, [80, 'nginx']], closed: '443' }]));
    expect(await foldWaiting(store, thinRules)).toBe(1);
    const { assets, tested, asked, memory, newest } = await known();
    const at = START + 3_600_000;
    expect(assets).toMatchObject([
      {
        site: 'default',
        state: 'present',
        firstSeen: at,
        addresses: [{ address: '10.0.0.7', from: at }],
        services: [
          { port: 22, word: 'open', confirmedAt: at, since: at, firstOpen: at },
          { port: 80, word: 'open', service: { product: 'nginx', version: '1.0', method: 'probed' } },
        ],
      },
    ]);
    expect(tested.map(({ aspect, ports, lastAt, looks }) => [aspect, ports, lastAt, looks])).toEqual(
      expect.arrayContaining([
        ['host', undefined, at, 1],
        ['port', '1-1000', at, 1],
      ]),
    );
    expect(asked).toHaveLength(2);
    expect(asked).toContainEqual(
      expect.objectContaining({
        first: '10.0.0.0',
        last: '10.0.0.255',
        aspect: 'port',
        ports: '1-1000',
        looks: 1,
      }),
    );
    expect(memory).toEqual({ 'looks of local': 1 });
    expect(newest).toBe(at);
  });

  it('has confirmed a service whenever its port was asked and not denied, without a write', async () => {
    await handIn(store, scanLook(1, [{ address: '10.0.0.7', open: [22, 80] }]));
    await handIn(store, scanLook(5, [{ address: '10.0.0.7', open: [22, 80] }]));
    // 80 was not asked this time.
    await handIn(store, scanLook(9, [{ address: '10.0.0.7', open: [22] }], { asked: '1-30' }));
    expect(await foldWaiting(store, thinRules)).toBe(3);
    const [asset] = (await known()).assets;
    const hours = asset?.services.map(({ port, confirmedAt }) => [port, (confirmedAt - START) / 3_600_000]);
    expect(hours).toEqual([
      [22, 9],
      [80, 5],
    ]);
  });

  it('does not take for confirmed what a look asked and the rules did not believe', async () => {
    await handIn(store, scanLook(1, [{ address: '10.0.0.7', open: [22] }]));
    await foldWaiting(store, thinRules);
    await handIn(store, scanLook(5, [{ address: '10.0.0.7', closed: '1-1000' }]));
    await foldWaiting(store, (before, look) => {
      const { assets, ...folded } = thinRules(before, look);
      const [old] = before.assets.map(whole);
      return { ...folded, assets: assets.map((asset) => ({ ...asset, services: old?.services ?? [] })) };
    });
    const [asset] = (await known()).assets;
    expect(asset?.services[0]?.confirmedAt).toBe(START + 3_600_000);
  });

  it('folds in the order in which looks were observed, whatever the order they came in', async () => {
    for (const hour of [3, 1, 2]) await handIn(store, scanLook(hour, [{ address: '10.0.0.7' }]));
    const order: number[] = [];
    await foldWaiting(store, thinRules, {
      onFolded: ({ endedAt }) => order.push((endedAt - START) / 3_600_000),
    });
    expect(order).toEqual([1, 2, 3]);
  });

  it('finds a host by its mark, wherever it is, and by nothing across sites', async () => {
    const mac = '00:11:22:33:44:55';
    await handIn(store, scanLook(1, [{ address: '10.0.0.7', mac }]));
    const elsewhere: [string, string] = ['10.9.0.0', '10.9.0.255'];
    await handIn(store, scanLook(2, [{ address: '10.9.0.7', mac }], { network: elsewhere }));
    await handIn(store, scanLook(3, [{ address: '10.0.0.7', mac }], { site: 'other' }));
    await foldWaiting(store, thinRules);
    const there = (await known(scanLook(9, [], { network: elsewhere }))).assets;
    expect(there.map(({ addresses }) => addresses.map(({ address }) => address))).toEqual([
      ['10.0.0.7', '10.9.0.7'],
    ]);
    expect((await known()).assets).toEqual([]);
    expect((await known(scanLook(9, [], { site: 'other' }))).assets).toHaveLength(1);
  });

  it('keeps IPv6 apart from IPv4, in the order of addresses', async () => {
    const network: [string, string] = ['fd00::', 'fd00::ffff'];
    await handIn(store, scanLook(1, [{ address: 'fd00::7' }], { network }));
    await handIn(store, scanLook(2, [{ address: '10.0.0.7' }]));
    await foldWaiting(store, thinRules);
    const at = async (first: string, last: string) =>
      (await known(scanLook(9, [], { network: [first, last] }))).assets.map(
        ({ addresses }) => addresses[0]?.address,
      );
    expect(await at('fd00::', 'fd00::7')).toEqual(['fd00::7']);
    expect(await at('fd00::8', 'fd00::ffff')).toEqual([]);
    expect(await at('0.0.0.0', '255.255.255.255')).toEqual(['10.0.0.7']);
  });

  it('counts as asked what was reached, and nothing of a look that was cut off', async () => {
    const gaps = ['10.0.0.64', '10.0.0.65', '10.0.0.66'].map((address) => ({
      address,
      aspect: 'host' as const,
      why: 'withheld' as const,
    }));
    await handIn(store, scanLook(1, [{ address: '10.0.0.7' }], { gaps }));
    await handIn(store, scanLook(2, [{ address: '10.0.0.7' }], { completeness: 'partial' }));
    await foldWaiting(store, thinRules);
    const spans = (await known()).asked.map(({ first, last, aspect, looks }) => [aspect, first, last, looks]);
    expect(spans.sort()).toEqual([
      ['host', '10.0.0.0', '10.0.0.63', 1],
      ['host', '10.0.0.67', '10.0.0.255', 1],
      ['port', '10.0.0.0', '10.0.0.63', 1],
      ['port', '10.0.0.67', '10.0.0.255', 1],
    ]);
  });

  it('passes over a look that the rules fail on, and says why', async () => {
    await handIn(store, scanLook(1, [{ address: '10.0.0.1' }]));
    await handIn(store, scanLook(2, [{ address: '10.0.0.2' }]));
    const failing: typeof thinRules = (before, look) => {
      if (look.sightings[0]?.address === '10.0.0.1') throw new Error('no rule for it');
      return thinRules(before, look);
    };
    expect(await foldWaiting(store, failing)).toBe(1);
    expect(await store.looks.list({ limit: 9 })).toMatchObject([
      { state: 'folded' },
      { state: 'refused', error: 'no rule for it' },
    ]);
  });

  it('refuses a fold when another one of the site went between, and folds again', async () => {
    for (const hour of [1, 2]) await handIn(store, scanLook(hour, [{ address: `10.0.0.${hour}` }]));
    const [late, early] = await store.looks.list({ limit: 9 });
    const { foldSeq } = await known();
    const body = JSON.stringify({
      assets: [],
      tested: [],
      coverage: [],
      asked: [],
      gaps: [],
      events: [],
      closed: [],
      suppressed: [],
      notes: [],
      memory: {},
    });
    expect(await store.folds.apply(early?.id ?? 0, foldSeq, body)).toBe(true);
    expect(await store.folds.apply(late?.id ?? 0, foldSeq, body)).toBe(false);
    expect(await store.folds.apply(early?.id ?? 0, foldSeq + 1, body)).toBe(false);
    expect(await store.folds.apply(late?.id ?? 0, foldSeq + 1, body)).toBe(true);
  });

  it('knows of which scans it has not heard, and keeps what a deleted scan found', async () => {
    const request = { tool: 'quick_scan', targets: ['10.0.0.7'], options: [] };
    for (const id of ['told', 'untold']) {
      const task = { id, owner: 'local', request, createdAt: 1, addressesTotal: 1, coverage: [] };
      await store.tasks.insert(task, 'me', 9);
      await store.tasks.finish(id, 'completed', id === 'told' ? 5 : 6, { coverage: [] });
    }
    expect((await store.looks.untoldTasks(9)).map(({ id }) => id)).toEqual(['told', 'untold']);
    const [first] = await store.looks.untoldTasks(1);
    expect((await store.looks.untoldTasks(9, first)).map(({ id }) => id)).toEqual(['untold']);
    await handIn(store, scanLook(1, [{ address: '10.0.0.7', open: [22] }], { taskId: 'told' }));
    expect((await store.looks.untoldTasks(9)).map(({ id }) => id)).toEqual(['untold']);
    expect((await store.tasks.prune(6, 10)).tasks).toBe(1);
    expect(await store.tasks.get('told')).toBeUndefined();
    expect(await store.tasks.get('untold')).toBeDefined();
    // What it found is known although the scan is gone, and can be folded anew.
    expect(await foldWaiting(store, thinRules)).toBe(1);
    expect((await known()).assets).toHaveLength(1);
  });

  it('writes a fold of very many hosts in parts, each once', async () => {
    const hosts = Array.from({ length: 1203 }, (__, i) => ({
      address: `10.0.${i >> 8}.${i & 255}`,
      open: [22],
    }));
    const network: [string, string] = ['10.0.0.0', '10.0.255.255'];
    await handIn(store, scanLook(1, hosts, { network }));
    expect(await foldWaiting(store, thinRules)).toBe(1);
    await handIn(store, scanLook(2, hosts, { network }));
    expect(await foldWaiting(store, thinRules)).toBe(1);
    const { assets, tested, memory } = await known(scanLook(9, [], { network }));
    expect(assets).toHaveLength(1203);
    expect(assets.every(({ services }) => services.length === 1)).toBe(true);
    expect(tested.every(({ looks }) => looks === 2)).toBe(true);
    expect(memory).toEqual({ 'looks of local': 2 });
  }, 60_000);
});
