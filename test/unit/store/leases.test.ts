/** Whoever has lost a task writes nothing more on it, and hears so; nobody takes from a process that has beaten since. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Lease, LeaseLost } from '../../../src/core/lease.ts';
import type { HostResult } from '../../../src/core/result.ts';
import type { Instance } from '../../../src/store/instances.ts';
import { openStore, type Store } from '../../../src/store/open.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

const request = { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] };
const port = { address: '127.0.0.1', port: 80, protocol: 'tcp' } as const;
const host: HostResult = { address: '127.0.0.2', status: 'up', ports: [] };

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 60_000);
afterAll(() => cluster.stop());

describe.each<[string, () => Promise<Store>]>([
  ['SQLite', () => openStore(':memory:')],
  ['PostgreSQL', async () => openStore(await cluster.fresh())],
])('%s', (_, open) => {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  async function claim(id: string, instance = 'me'): Promise<Lease> {
    const task = { id, owner: 'local', request, createdAt: 1, addressesTotal: 9, coverage: [] };
    await store.tasks.insert(task, instance, 99);
    const claimed = await store.tasks.claim(instance, 99, 5);
    if (!claimed) throw new Error('not claimed');
    return claimed.lease;
  }

  async function everything(id: string) {
    const hosts = await store.hosts.page(id, { after: 0, limit: 9, downToo: true });
    return {
      task: await store.tasks.get(id),
      hosts,
      announced: await store.maintenance.rows('announced', undefined, 9),
    };
  }

  const register = async (id: string): Promise<Instance> => {
    const facts = { pid: 1, start_ticks: 1, boot_id: 'b', host: 'h', pid_namespace: 'p', heartbeat_at: 1 };
    await store.instances.register({ id, ...facts });
    const [row] = (await store.instances.others('')).filter((one) => one.id === id);
    if (!row) throw new Error('not registered');
    return row;
  };

  const WRITES: Readonly<Record<string, (lease: Lease) => Promise<unknown>>> = {
    'a host': (lease) => store.hosts.put('t', [host], lease),
    'an announced port': (lease) => store.hosts.announce('t', [{ ...port, port: 81 }], lease),
    'announced ports as hosts': (lease) => store.hosts.showAnnounced('t', lease),
    progress: (lease) => store.tasks.setProgress('t', { percent: 50, phase: 'SYN Stealth Scan' }, lease),
    'what ran': (lease) => store.tasks.recordRun('t', { argv: ['-sT'] }, lease),
    'its end': (lease) => store.tasks.finish('t', 'completed', 9, { coverage: [], lease }),
    'its return into the queue': (lease) => store.tasks.requeue('t', [], lease),
  };

  it.each(Object.keys(WRITES))('the owner stores %s, and whoever was it does not', async (what) => {
    const lease = await claim('t');
    await store.hosts.announce('t', [port], lease);
    const taken = await store.tasks.adopt('t', 'me', 'other');
    expect(taken?.lease).toEqual({ instanceId: 'other', epoch: lease.epoch + 1 });
    const before = await everything('t');
    for (const stale of [lease, { ...lease, epoch: lease.epoch + 1 }, { ...lease, instanceId: 'other' }])
      await expect(WRITES[what]?.(stale)).rejects.toThrow(LeaseLost);
    expect(await everything('t')).toEqual(before);
    await WRITES[what]?.(taken?.lease ?? lease);
    expect(await everything('t')).not.toEqual(before);
  });

  it('tells whoever asks whether it still is the owner, and starts nothing again for others', async () => {
    const lease = await claim('t');
    expect(await store.tasks.cancelRequested('t', lease)).toBe(false);
    expect(await store.tasks.startAgain('t', [], lease)).toMatchObject({ attempts: 2, lease });
    await store.tasks.adopt('t', 'me', 'me');
    await expect(store.tasks.cancelRequested('t', lease)).rejects.toThrow(LeaseLost);
    expect(await store.tasks.startAgain('t', [], lease)).toBeUndefined();
    expect(await store.tasks.get('t')).toMatchObject({ attempts: 2 });
  });

  it('gives each claim a number of its own', async () => {
    const first = await claim('t');
    await store.tasks.requeue('t', [], first);
    expect((await store.tasks.claim('me', 9, 6))?.lease.epoch).toBe(first.epoch + 1);
    await expect(store.hosts.put('t', [host], first)).rejects.toThrow(LeaseLost);
  });

  it('takes nothing from an instance that has beaten since it was heard, and does not remove it', async () => {
    await claim('t');
    const heard = await register('me');
    expect(await store.instances.beat('me', heard.heartbeat_at)).toBe(true);
    expect(await store.tasks.adopt('t', 'me', 'other', { heard })).toBeUndefined();
    await store.instances.remove('me', heard);
    const [now] = await store.instances.others('other');
    expect(now).toMatchObject({ id: 'me', beat: heard.beat + 1 });
    if (!now) return;
    expect(await store.tasks.adopt('t', 'me', 'other', { heard: now, deaths: 1 })).toMatchObject({
      deaths: 1,
      state: 'running',
    });
    await store.instances.remove('me', now);
    expect(await store.instances.others('other')).toEqual([]);
  });

  it('hears a Portolan of before by the time that it tells', async () => {
    await claim('t');
    const heard = await register('me');
    await store.instances.register({ ...heard, heartbeat_at: 2 });
    expect(await store.tasks.adopt('t', 'me', 'other', { heard })).toBeUndefined();
  });

  it('tells a process that others have taken for dead, which can register again', async () => {
    await register('me');
    await store.instances.remove('me');
    expect(await store.instances.beat('me', 3)).toBe(false);
    await register('me');
    expect(await store.instances.beat('me', 4)).toBe(true);
  });
});
