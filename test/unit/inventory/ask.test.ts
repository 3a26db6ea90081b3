/** What is asked of the inventory, on both databases: expectations, captures, who held an address, differences. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SEVERITIES, type Severity } from '../../../src/core/asset.ts';
import type { Look } from '../../../src/core/look.ts';
import { createInventory } from '../../../src/inventory/ask.ts';
import { foldWaiting, rulesOf } from '../../../src/inventory/fold.ts';
import { tellOverdue } from '../../../src/inventory/overdue.ts';
import type { Asker, InventoryService } from '../../../src/inventory/service.ts';
import { openStore, type Store } from '../../../src/store/open.ts';
import { HOUR, START, scanLook } from '../../inventory/looks.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 60_000);
afterAll(() => cluster.stop(), 60_000);

const ANNA: Asker = { id: 'anna', name: 'anna', mayApprove: true };
const BEN: Asker = { id: 'ben', name: 'ben', mayApprove: false };
const capture = (address: string, open: number[], hour = 5): Look =>
  scanLook(hour, [{ address, open }], {
    kind: 'capture',
    vantage: 'capture:a.pcap',
    completeness: 'positives',
    coverage: [],
  });

describe.each<[string, () => Promise<Store>]>([
  ['SQLite', () => openStore(':memory:')],
  ['PostgreSQL', async () => openStore(await cluster.fresh())],
])('%s', (_, open) => {
  let store: Store;
  let inventory: InventoryService;
  let now = START + 10 * HOUR;
  beforeEach(async () => {
    store = await open();
    now = START + 10 * HOUR;
    inventory = createInventory(async () => store, {
      site: () => 'default',
      version: '0',
      now: () => now,
      fold: async () => void (await foldWaiting(store, rulesOf())),
    });
    await inventory.handIn([
      scanLook(1, [
        { address: '10.0.0.7', open: [22, 80] },
        { address: '10.0.0.8', open: [22], closed: '443' },
        { address: '10.0.0.9' },
      ]),
    ]);
  });
  afterEach(() => store.close());

  it('tells the gravest changes first, over all pages', async () => {
    // Seven hosts lose a port each, which is no more than info; then one opens telnet.
    const hosts = Array.from({ length: 7 }, (_, at) => `10.0.0.${at + 20}`);
    await inventory.handIn([
      scanLook(
        2,
        hosts.map((address) => ({ address, open: [22, 80], closed: '23' })),
      ),
    ]);
    for (const hour of [3, 4])
      await inventory.handIn([
        scanLook(
          hour,
          hosts.map((address) => ({ address, open: [22], closed: '23,80' })),
        ),
      ]);
    await inventory.handIn([
      scanLook(
        5,
        hosts.map((address, at) => ({ address, open: at === 6 ? [22, 23] : [22], closed: '80' })),
      ),
    ]);
    const told: Severity[] = [];
    let cursor: string | undefined;
    do {
      const page = await inventory.changes(
        { since: { kind: 'moment', at: 0 }, limit: 3, ...(cursor === undefined ? {} : { cursor }) },
        ANNA,
      );
      told.push(...page.changes.map(({ event }) => event.severity));
      cursor = page.next;
    } while (cursor !== undefined);
    const ranks = told.map((severity) => SEVERITIES.indexOf(severity));
    expect(new Set(ranks).size).toBeGreaterThan(1);
    expect(told.length).toBeGreaterThan(6);
    expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
  });

  it('a capture makes no hosts of networks that nobody looked at or described', async () => {
    expect(await inventory.handIn([capture('192.0.2.7', [443])])).toBe(0);
    expect(await inventory.handIn([capture('10.0.0.7', [443])])).toBe(1);
    expect((await inventory.assets({ limit: 9 })).total).toBe(3);
    const described = { first: '192.0.2.0', last: '192.0.2.255', name: 'dmz' };
    await store.sites.setNetworks('default', [described]);
    expect(await inventory.handIn([capture('192.0.2.7', [443], 6)])).toBe(1);
  });

  it('what somebody learnt is held against what was known before, and who held the address', async () => {
    const answers = [
      { address: '10.0.0.7', protocol: 'tcp' as const, ports: '22,443,5000', at: START + 5 * HOUR },
    ];
    const told = (await inventory.learnt(answers, START + 4 * HOUR)).map(({ port, knowledge }) => [
      port,
      knowledge,
    ]);
    expect(told).toEqual([
      [443, 'contradicts'],
      [5000, 'never_asked'],
      [22, 'known'],
    ]);
    await inventory.handIn([capture('10.0.0.7', [443, 5000])]);
    const again = (await inventory.learnt(answers, START + 4 * HOUR)).map(({ port, knowledge }) => [
      port,
      knowledge,
    ]);
    expect(again).toEqual(told);
    const holders = await inventory.holders([{ address: '10.0.0.7', at: START + 5 * HOUR }]);
    expect([...holders.keys()]).toEqual(['10.0.0.7']);
  });

  it('a network that is not looked at in time is told of once, until it has been', async () => {
    const objectives = { discovery: 24 * HOUR };
    await store.sites.setNetworks('default', [
      { first: '10.0.0.0', last: '10.0.0.255', name: 'office', objectives },
    ]);
    const told = async (at: number) => {
      const all = await tellOverdue(store, START + at * HOUR);
      return all.map(({ events, closed }) => [events.map(({ after }) => after), closed.length]);
    };
    expect(await told(10)).toEqual([]);
    expect(await told(26)).toEqual([[['office host: 0 of 256 addresses within 24h'], 0]]);
    expect(await told(27)).toEqual([]);
    const [event] = await store.changes.page({ kinds: ['coverage.overdue'], limit: 9 });
    expect(event).toMatchObject({ severity: 'medium', state: 'open', rule: 'objective' });
    // A rebuild folds looks: of what none of them tells, nothing is forgotten, whether it is open or not.
    await store.folds.rebuild('default');
    await foldWaiting(store, rulesOf());
    expect(await store.changes.page({ kinds: ['coverage.overdue'], limit: 9 })).toEqual([event]);
    await inventory.handIn([scanLook(28, [{ address: '10.0.0.7', open: [22, 80] }])]);
    expect(await told(29)).toEqual([[[], 1]]);
    expect(await told(60)).toEqual([[['office host: 0 of 256 addresses within 24h'], 0]]);
    // Who says that it may be so is not asked again before it has been looked at.
    const [, second] = await store.changes.page({ kinds: ['coverage.overdue'], limit: 9 });
    await inventory.decide({ changes: [second?.uid ?? ''], decision: 'ignore' }, ANNA);
    expect(await told(61)).toEqual([]);
  });

  it('what kept silent in a weaker look is said not to have been compared', async () => {
    const some = [{ address: '10.0.0.7', open: [22, 80] }];
    await inventory.handIn([scanLook(2, some, { discovery: 'connect' })]);
    const page = await inventory.changes({ since: { kind: 'moment', at: START }, limit: 9 }, ANNA);
    expect(page.notCompared).toEqual(['2 silent in a look with weaker means than those before (downgraded)']);
    await inventory.handIn([scanLook(3, [], { degraded: 'the gateway kept silent' })]);
    const later = await inventory.changes({ since: { kind: 'moment', at: START }, limit: 9 }, ANNA);
    expect(later.notCompared.join()).toContain('silent in a look that may have been blind: the gateway');
  });

  it('only those who approve say what is expected', async () => {
    const entry = {
      selector: 'port:22',
      protocol: 'tcp' as const,
      ports: '22',
      effect: 'allow' as const,
      reason: 'ssh',
    };
    await expect(inventory.expect({ entries: [entry] }, BEN)).rejects.toMatchObject({
      code: 'needs_approval',
    });
    await expect(inventory.unexpect(['x_1'], BEN)).rejects.toMatchObject({ code: 'needs_approval' });
    await expect(
      inventory.expect({ entries: [{ ...entry, selector: 'prot:1' }] }, ANNA),
    ).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    const [kept] = await inventory.expect({ entries: [entry] }, ANNA);
    expect(kept?.entry).toMatchObject({ site: 'default', approvedBy: 'anna', approvedAt: now });
    expect(await inventory.expectations()).toHaveLength(1);
    expect(await inventory.unexpect([kept?.entry.uid ?? ''], ANNA)).toBe(1);
    expect(await inventory.unexpect([kept?.entry.uid ?? ''], ANNA)).toBe(0);
    expect(await inventory.expectations()).toEqual([]);
  });

  it('the present state is a baseline, that of a host without ports too, and an end ends it', async () => {
    const made = await inventory.expect({ present: '', reason: 'as built', expiresAt: now + HOUR }, ANNA);
    expect(made.map(({ entry }) => entry.ports)).toEqual(['22,80', '22', '']);
    expect((await inventory.drift({ limit: 9 })).total).toBe(0);
    await inventory.handIn([
      scanLook(2, [
        { address: '10.0.0.7', open: [22, 80] },
        { address: '10.0.0.8', open: [22, 443] },
        { address: '10.0.0.9', open: [23] },
      ]),
    ]);
    const drift = await inventory.drift({ limit: 9 });
    expect(drift).toMatchObject({ total: 2, hosts: 3 });
    expect(drift.drift.map(({ port, kind }) => [port, kind])).toEqual([
      [443, 'unexpected'],
      [23, 'unexpected'],
    ]);
    expect((await inventory.drift({ limit: 1 })).drift).toHaveLength(1);
    expect((await inventory.drift({ query: 'port:23', limit: 9 })).total).toBe(1);
    now += 2 * HOUR;
    expect(await inventory.drift({ limit: 9 })).toMatchObject({ total: 0, hosts: 0 });
  });

  it('hosts come in the order that is asked for, page after page', async () => {
    const order = { by: 'address', descending: true } as const;
    const first = await inventory.assets({ order, limit: 2 });
    expect(first.assets.map(({ addresses }) => addresses[0])).toEqual(['10.0.0.9', '10.0.0.8']);
    const rest = await inventory.assets({ order, limit: 2, cursor: first.next });
    expect(rest).toMatchObject({ total: 3, assets: [{ addresses: ['10.0.0.7'] }] });
    expect(rest.next).toBeUndefined();
    await expect(inventory.assets({ limit: 2, cursor: first.next })).rejects.toThrow(/not a cursor/);
  });

  it('hosts are counted by what they have in common, of one site or of those that match', async () => {
    await inventory.handIn([
      scanLook(2, [{ address: '10.0.0.7', open: [22, [443, 'nginx']] }], { site: 'branch' }),
    ]);
    const ports = async (chosen: object) =>
      (await inventory.counts({ by: ['port'], limit: 9, ...chosen })).counts[0]?.values;
    expect(await ports({})).toEqual([
      { value: '22/tcp', hosts: 3 },
      { value: '80/tcp', hosts: 1 },
      { value: '443/tcp', hosts: 1 },
    ]);
    expect(await ports({ site: 'branch' })).toMatchObject([{ value: '22/tcp' }, { value: '443/tcp' }]);
    expect(await ports({ query: 'port:80' })).toEqual([
      { value: '22/tcp', hosts: 1 },
      { value: '80/tcp', hosts: 1 },
    ]);
    const alike = await inventory.counts({ by: [], services: { product: 'nginx' }, limit: 9 });
    expect(alike.services).toMatchObject([{ port: 443, product: 'nginx', version: '1.0', hosts: 1 }]);
  });

  it('a host tells what it ever was, and what was merged into it is named by its old id', async () => {
    const uid = async (address: string) => (await inventory.asset(address)).asset.uid;
    // Both were met in one look: the id that comes first stays.
    const [old = '', other = ''] = [await uid('10.0.0.7'), await uid('10.0.0.8')].sort();
    const ask = { a: old, b: other, reason: 'two cards' };
    await inventory.constrain({ ...ask, word: 'must' }, ANNA);
    await inventory.handIn([
      scanLook(2, [
        { address: '10.0.0.7', open: [22], closed: '80' },
        { address: '10.0.0.8', open: [22] },
      ]),
      scanLook(3, [
        { address: '10.0.0.7', open: [22], closed: '80' },
        { address: '10.0.0.8', open: [22] },
      ]),
    ]);
    const past = await inventory.past('10.0.0.8');
    expect(past).toMatchObject({
      merged: [other],
      said: [{ word: 'must', by: 'anna', reason: 'two cards' }],
    });
    expect(past.asset.uid).toBe(old);
    const states = past.history.services.filter(({ port }) => port === 80).map(({ word }) => word);
    expect(states).toEqual(['closed', 'open']);
    await expect(inventory.constrain({ ...ask, word: 'must' }, ANNA)).rejects.toThrow(/the same host/);
    await inventory.constrain({ ...ask, word: 'forget' }, ANNA);
    expect((await inventory.past(old)).said).toEqual([]);
    await inventory.constrain({ ...ask, word: 'cannot' }, ANNA);
    expect((await inventory.past(old)).said).toMatchObject([{ word: 'cannot' }]);
  });

  it('each look at a part of a network is told with when it was', async () => {
    const looks = await inventory.looksOf('10.0.0.0/25');
    expect(looks.map(({ aspect, last, lastAt }) => [aspect, last, lastAt])).toEqual([
      ['host', '10.0.0.255', START + HOUR],
      ['port', '10.0.0.255', START + HOUR],
    ]);
    expect(await inventory.looksOf('10.0.1.0/24')).toEqual([]);
    await expect(inventory.looksOf('office')).rejects.toThrow(/no network/);
  });

  it('a change is judged by what held when it was seen, also by a rebuild', async () => {
    const entry = {
      selector: 'net:10.0.0.8',
      protocol: 'tcp' as const,
      ports: '443',
      effect: 'allow' as const,
      reason: 'web',
    };
    now = START + 1.5 * HOUR;
    const [kept] = await inventory.expect({ entries: [entry] }, ANNA);
    await inventory.handIn([scanLook(2, [{ address: '10.0.0.8', open: [22, 443] }])]);
    const opened = async () =>
      (
        await inventory.changes({ since: { kind: 'moment', at: 0 }, query: 'net:10.0.0.8', limit: 9 }, ANNA)
      ).changes
        .map(({ event }) => event)
        .filter(({ port }) => port === 443)
        .map(({ kind, rule, severity }) => ({ kind, rule, severity }));
    const expected = [{ kind: 'port.opened', rule: 'R17', severity: 'info' }];
    expect(await opened()).toEqual(expected);
    now = START + 3 * HOUR;
    await inventory.unexpect([kept?.entry.uid ?? ''], ANNA);
    await store.folds.rebuild('default');
    await foldWaiting(store, rulesOf());
    expect(await opened()).toEqual(expected);
  });
});
