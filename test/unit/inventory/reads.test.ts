/** What is known, as it is read: pages, one asset and what it was, changes since a place, decisions, counts. Both databases. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Asset } from '../../../src/core/asset.ts';
import type { AssetOrder } from '../../../src/core/asset-list.ts';
import { foldWaiting } from '../../../src/inventory/fold.ts';
import { handIn } from '../../../src/inventory/hand-in.ts';
import { KnowledgeReader } from '../../../src/inventory/load.ts';
import { copyStore } from '../../../src/store/copy.ts';
import { assetAsOf } from '../../../src/store/inventory/asset-history.ts';
import type { Condition } from '../../../src/store/inventory/condition.ts';
import { openStore, type Store } from '../../../src/store/open.ts';
import { everything } from '../../inventory/everything.ts';
import { HOUR, type Seen, START, scanLook } from '../../inventory/looks.ts';
import { thinRules } from '../../inventory/thin-rules.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

let cluster: Cluster;
let folder: string;
beforeAll(async () => {
  cluster = await startCluster();
  folder = mkdtempSync(join(tmpdir(), 'portolan-reads-'));
}, 60_000);
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
}, 60_000);

const CERT = {
  type: 'cert',
  port: 443,
  protocol: 'tcp',
  fingerprint: 'ab',
  notAfter: START + 100 * HOUR,
} as const;

/** A web server that moves, a database whose port closes and opens again, and a network of forty. */
async function fill(store: Store): Promise<void> {
  const web = (address: string, open: Seen['open'] = [80, [443, 'nginx']]): Seen => ({
    address,
    mac: '00:11:22:33:44:55',
    open,
  });
  const many = Array.from({ length: 40 }, (_, i): Seen => ({ address: `10.0.0.${100 + i}`, open: [22] }));
  const first = scanLook(1, [
    web('10.0.0.7'),
    { address: '10.0.0.9', open: [[5432, 'PostgreSQL']] },
    ...many,
  ]);
  const [server, ...others] = first.sightings;
  await handIn(store, { ...first, sightings: server ? [{ ...server, facts: [CERT] }, ...others] : [] });
  await handIn(store, scanLook(2, [web('10.0.0.8'), { address: '10.0.0.9', closed: '5432' }, ...many]));
  await handIn(
    store,
    scanLook(3, [web('10.0.0.8', [80]), { address: '10.0.0.9', open: [5432, 23] }, ...many]),
  );
  await foldWaiting(store, thinRules);
}

describe.each<[string, () => Promise<string>]>([
  ['SQLite', async () => join(folder, 'reads.db')],
  ['PostgreSQL', () => cluster.fresh()],
])('%s', (_, make) => {
  let database: string;
  let store: Store;
  beforeAll(async () => {
    database = await make();
    store = await openStore(database);
    await fill(store);
  }, 60_000);
  afterAll(() => store.close());

  const uidOf = async (meant: string) => (await store.assets.find(meant))[0] ?? '';
  const whole = async (uid: string): Promise<Asset> => {
    const [line] = await store.assets.page({ where: { uid: [uid] }, limit: 1 });
    const { assets } = await new KnowledgeReader(store).assets([line?.id ?? 0]);
    if (!assets[0]) throw new Error(`no asset ${uid}`);
    return assets[0];
  };
  const found = async (where: Condition) => {
    const lines = await store.assets.page({ where, limit: 100 });
    return lines.map(({ addresses }) => addresses[0]);
  };

  it('pages through all assets, each once, with what is open on them', async () => {
    const seen: string[] = [];
    for (let after = 0; ; ) {
      const page = await store.assets.page({ site: 'default', after, limit: 7 });
      if (page.length === 0) break;
      seen.push(...page.map(({ uid }) => uid));
      after = page.at(-1)?.id ?? 0;
    }
    expect(seen).toHaveLength(42);
    expect(new Set(seen).size).toBe(42);
    expect(await store.assets.count({ site: 'default' })).toBe(42);
    const [line] = await store.assets.page({ where: { mac: '00:11:22:33:44:55' }, limit: 1 });
    expect(line).toMatchObject({
      addresses: ['10.0.0.8'],
      mac: '00:11:22:33:44:55',
      openPorts: 2,
      open: [
        { protocol: 'tcp', port: 80 },
        { protocol: 'tcp', port: 443, product: 'nginx', version: '1.0' },
      ],
    });
  });

  it('pages in the order that is asked for, what has no value last', async () => {
    const addresses = async (order: AssetOrder, skip: number) =>
      (await store.assets.page({ order, skip, limit: 2 })).map((line) => line.addresses[0]);
    expect(await addresses({ by: 'address', descending: false }, 0)).toEqual(['10.0.0.8', '10.0.0.9']);
    expect(await addresses({ by: 'address', descending: true }, 40)).toEqual(['10.0.0.9', '10.0.0.8']);
    const named = await uidOf('10.0.0.120');
    await store.sites.edit(named, { name: 'Zoe' });
    for (const descending of [true, false])
      expect((await addresses({ by: 'name', descending }, 0))[0]).toBe('10.0.0.120');
    await store.sites.edit(named, { name: null });
  });

  it('finds assets by what is asked of them, and what is joined', async () => {
    expect(await found({ port: 5432 })).toEqual(['10.0.0.9']);
    expect(await found({ port: 20, last: 23, protocol: 'tcp' })).toHaveLength(41);
    expect(await found({ port: 20, last: 23, protocol: 'udp' })).toEqual([]);
    expect(await found({ net: { first: '10.0.0.0', last: '10.0.0.15' } })).toEqual(['10.0.0.8', '10.0.0.9']);
    expect(
      await found({ all: [{ port: 22 }, { net: { first: '10.0.0.100', last: '10.0.0.101' } }] }),
    ).toHaveLength(2);
    expect(await found({ any: [{ port: 80 }, { port: 5432 }] })).toEqual(['10.0.0.8', '10.0.0.9']);
    expect(await found({ not: { port: 22 } })).toEqual(['10.0.0.8', '10.0.0.9']);
    expect(await found({ mac: '00:11:22' })).toEqual(['10.0.0.8']);
    expect(await found({ certEnds: START + 101 * HOUR })).toEqual(['10.0.0.8']);
    expect(await found({ certEnds: START + 99 * HOUR })).toEqual([]);
    expect(await found({ kind: 'port.' })).toEqual(['10.0.0.9']);
    expect(await found({ severity: 'medium' })).toHaveLength(42);
    expect(await found({ severity: 'high' })).toEqual([]);
    expect(await found({ firstSeen: { from: START + 2 * HOUR } })).toEqual([]);
    expect(await found({ lastSeen: { before: START + 9 * HOUR } })).toHaveLength(42);
    const nginx = await store.assets.fingerprints({ product: 'NGI' });
    expect(nginx).toMatchObject([{ product: 'nginx', version: '1.0' }]);
    expect(await found({ fingerprints: nginx.map(({ id }) => id) })).toEqual(['10.0.0.8']);
    expect(await found({ all: [] })).toHaveLength(42);
    expect(await found({ any: [] })).toEqual([]);
  });

  it('takes no sign of a name or a product for a pattern of the database', async () => {
    expect(await store.assets.fingerprints({ product: '%' })).toEqual([]);
    expect(await store.assets.fingerprints({ product: 'n_inx' })).toEqual([]);
    expect(await found({ name: "x' or 1=1 --" })).toEqual([]);
    expect(await found({ mac: '%' })).toEqual([]);
    expect(await found({ mac: '*33:44*' })).toEqual(['10.0.0.8']);
  });

  it('finds one asset by its address, MAC or public id', async () => {
    const uid = await uidOf('10.0.0.8');
    expect(await store.assets.find('00:11:22:33:44:55')).toEqual([uid]);
    expect(await store.assets.find(uid)).toEqual([uid]);
    expect(await store.assets.find('10.0.0.7')).toEqual([]);
    expect(await store.assets.find('nothing')).toEqual([]);
  });

  it('tells what an asset was at any date', async () => {
    const asset = await whole(await uidOf('10.0.0.9'));
    const history = await store.assets.history(asset.uid);
    const words = (at: number) =>
      assetAsOf(asset, history, START + at * HOUR)?.services.map(({ port, word }) => `${port} ${word}`);
    expect(words(0.5)).toBeUndefined();
    expect(words(1)).toEqual(['5432 open']);
    expect(words(2.5)).toEqual(['5432 closed']);
    expect(words(3)).toEqual(['23 open', '5432 open']);
    expect(
      history.services.filter(({ port }) => port === 5432).map(({ word, to }) => [word, to !== undefined]),
    ).toEqual([
      ['open', false],
      ['closed', true],
      ['open', true],
    ]);
    const web = await whole(await uidOf('10.0.0.8'));
    const moved = await store.assets.history(web.uid);
    expect(assetAsOf(web, moved, START + 1.5 * HOUR)?.addresses.map(({ address }) => address)).toEqual([
      '10.0.0.7',
    ]);
    expect(assetAsOf(web, moved, START + 2.5 * HOUR)?.addresses.map(({ address }) => address)).toEqual([
      '10.0.0.8',
    ]);
  });

  it('tells what changed since a place, a time, of an asset; and what stands open', async () => {
    const all = await store.changes.page({ site: 'default', limit: 100 });
    expect(all).toHaveLength(45);
    const place = all.at(-3)?.id ?? 0;
    const later = await store.changes.page({ after: place, limit: 10 });
    expect(later.map(({ kind, port }) => `${kind} ${port}`).sort()).toEqual([
      'port.opened 23',
      'port.opened 5432',
    ]);
    expect(await store.changes.page({ since: START + 3 * HOUR, limit: 9 })).toEqual(later);
    const uid = await uidOf('10.0.0.9');
    const own = await store.changes.page({ asset: uid, newestFirst: true, limit: 9 });
    expect(own.map(({ kind, state }) => `${kind} ${state}`).at(-1)).toBe('host.new open');
    expect(own.find(({ kind }) => kind === 'port.closed')?.state).toBe('closed');
    expect(own[0]).toMatchObject({ asset: uid, address: '10.0.0.9', protocol: 'tcp', repeats: 1 });
    expect(await store.changes.counts({ kinds: ['port.opened'] })).toEqual([
      { kind: 'port.opened', severity: 'medium', count: 2 },
    ]);
    const [quarter, ...others] = await store.changes.quarters({ kinds: ['port.opened'] });
    expect([quarter, others]).toEqual([{ at: expect.any(Number), severity: 'medium', count: 2 }, []]);
    expect((quarter?.at ?? Number.NaN) % 900_000).toBe(0);
    expect(await store.changes.page({ assets: { port: 5432 }, states: ['open'], limit: 9 })).toHaveLength(3);
  });

  it('keeps a place for each caller, and never puts it back', async () => {
    expect(await store.changes.bookmark('laptop', 'changes')).toBe(0);
    await store.changes.setBookmark('laptop', 'changes', 7, 1);
    await store.changes.setBookmark('laptop', 'changes', 5, 2);
    await store.changes.setBookmark('other', 'changes', 3, 2);
    expect(await store.changes.bookmark('laptop', 'changes')).toBe(7);
    expect(await store.changes.bookmark('other', 'changes')).toBe(3);
  });

  it('counts what is open, anew after each fold', async () => {
    const ports = () => store.assets.countBy({ site: 'default' }, 'port', 2);
    expect(await ports()).toEqual([
      { value: '22/tcp', hosts: 40 },
      { value: '23/tcp', hosts: 1 },
    ]);
    expect(await store.assets.countBy({}, 'product', 9)).toContainEqual({ value: 'nginx', hosts: 1 });
    expect(await store.assets.countBy({ site: 'elsewhere' }, 'port', 9)).toEqual([]);
    expect(await store.assets.countBy({ where: { port: 80 } }, 'port', 9)).toEqual([
      { value: '80/tcp', hosts: 1 },
      { value: '443/tcp', hosts: 1 },
    ]);
    expect(await store.assets.countServices({}, { port: { port: 443, protocol: 'tcp' } }, 9)).toEqual([
      { port: 443, protocol: 'tcp', name: 'http', product: 'nginx', version: '1.0', hosts: 1 },
    ]);
    expect(await store.assets.countServices({}, { product: 'Apache' }, 9)).toEqual([]);
    expect((await store.assets.countBy({}, 'net', 9))[0]).toEqual({ value: '10.0.0.0/24', hosts: 42 });
    const [web] = await store.assets.find('10.0.0.8');
    await store.sites.edit(web ?? '', { tags: ['prod', 'web'] });
    expect(await store.assets.countBy({}, 'tag', 9)).toEqual([
      { value: 'prod', hosts: 1 },
      { value: 'web', hosts: 1 },
    ]);
    await store.sites.edit(web ?? '', { tags: [] });
    await handIn(
      store,
      scanLook(20, [{ address: '10.3.0.1', open: [22] }], { network: ['10.3.0.0', '10.3.0.255'] }),
    );
    await foldWaiting(store, thinRules);
    expect((await ports())[0]?.hosts).toBe(41);
  });

  it('says what was asked, and when', async () => {
    const covered = await store.sites.covered('default', { first: '10.0.0.9', last: '10.0.0.9' });
    expect(covered).toMatchObject([
      { aspect: 'host', first: '10.0.0.0', last: '10.0.0.255', looks: 3, lastAt: START + 3 * HOUR },
      { aspect: 'port', ports: '1-1000', looks: 3 },
    ]);
    expect(await store.sites.covered('default', { first: '10.1.0.0', last: '10.1.0.255' })).toEqual([]);
    expect(await store.sites.list()).toMatchObject([{ name: 'default' }]);
  });

  it('keeps the word of a user through folds and a rebuild, decisions and places too', async () => {
    const uid = await uidOf('10.0.0.9');
    expect(await store.sites.edit(uid, { name: 'db2', class: 'always_on', tags: ['prod'] })).toBe(true);
    expect(await store.sites.edit('a_nobody', { name: 'x' })).toBe(false);
    const [opened] = await store.changes.page({ asset: uid, kinds: ['port.opened'], limit: 1 });
    const decision = { state: 'accepted', by: 'me', at: START, reason: 'planned' } as const;
    expect(await store.changes.decide([opened?.uid ?? ''], decision)).toBe(1);
    await handIn(store, scanLook(30, [{ address: '10.0.0.9', open: [5432, 23] }]));
    await foldWaiting(store, thinRules);
    const before = await everything(database);
    await store.folds.rebuild('default');
    await foldWaiting(store, thinRules);
    expect(await whole(uid)).toMatchObject({
      name: 'db2',
      nameSource: 'user',
      class: 'always_on',
      tags: ['prod'],
    });
    expect(await found({ name: 'DB' })).toEqual(['10.0.0.9']);
    expect(await found({ tag: 'prod' })).toEqual(['10.0.0.9']);
    const [again] = await store.changes.page({ asset: uid, kinds: ['port.opened'], limit: 1 });
    expect(again).toMatchObject({ id: opened?.id, state: 'accepted', decidedBy: 'me', reason: 'planned' });
    const [kept, made] = [before, await everything(database)].map(({ assets, events }) => ({
      assets,
      events,
    }));
    expect(made).toEqual(kept);
  });

  it('lists the first open ports of a host in order, each once, from wherever they were seen', async () => {
    const address = '10.9.0.1';
    const ports = Array.from({ length: 20 }, (_, at) => 1000 + at);
    const site = 'lined';
    const near: Seen['open'] = [443, [80, 'nginx'], ...ports];
    await handIn(store, scanLook(5, [{ address, open: near }], { site }));
    const far: Seen[] = [{ address, open: [80, [22, 'OpenSSH']], closed: '443' }];
    await handIn(store, scanLook(6, far, { site, vantage: 'far' }));
    await foldWaiting(store, thinRules);
    const [line] = await store.assets.page({ site, limit: 1 });
    expect(line?.openPorts).toBe(23);
    expect(line?.open.slice(0, 3)).toEqual([
      { protocol: 'tcp', port: 22, name: 'http', product: 'OpenSSH', version: '1.0' },
      { protocol: 'tcp', port: 80, name: 'http', product: 'nginx', version: '1.0' },
      { protocol: 'tcp', port: 443 },
    ]);
    expect(line?.open.map(({ port }) => port).slice(3)).toEqual(ports.slice(0, 13));
  });

  it('a copy in another database is the same, also taken twice', async () => {
    for (const target of [join(folder, `${_}-copy.db`), await cluster.empty()]) {
      const to = await openStore(target);
      await copyStore(store, to, () => {});
      await handIn(store, scanLook(40, [{ address: '10.0.0.9', open: [23] }], { site: target }));
      await foldWaiting(store, thinRules);
      await copyStore(store, to, () => {});
      expect(await to.maintenance.check()).toEqual([]);
      expect(await everything(target)).toEqual(await everything(database));
      // It goes on from there: new assets get numbers of their own.
      await handIn(to, scanLook(50, [{ address: '10.0.0.77', open: [22] }]));
      await foldWaiting(to, thinRules);
      expect(await to.assets.count({ where: { net: { first: '10.0.0.77', last: '10.0.0.77' } } })).toBe(1);
      await to.close();
    }
  }, 60_000);
});
