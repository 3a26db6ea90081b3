/** Three processes on one database: whoever is first wins, once, and a reader beside two writers misses nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostResult } from '../../../src/core/result.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';
import { type StoreProcess, startProcess } from '../../store/process.ts';

const ROUNDS = 60;
const request = { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] };
const host = (address: string): HostResult => ({
  address,
  status: 'up',
  ports: [{ port: 80, protocol: 'tcp', state: 'open' }],
});

const LOST = 'LeaseLost: Another process of Portolan has taken the task over.';
const outcomeOf = (write: Promise<unknown>): Promise<string> =>
  write.then(
    () => 'stored',
    (error: Error) => error.message,
  );

let cluster: Cluster;
let folder: string;
beforeAll(async () => {
  cluster = await startCluster();
  folder = mkdtempSync(join(tmpdir(), 'portolan-concurrency-'));
}, 60_000);
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

let files = 0;
const file = () => {
  files += 1;
  return join(folder, `${files}.db`);
};

describe.each<[string, () => Promise<string>]>([
  ['SQLite', async () => file()],
  ['PostgreSQL', () => cluster.empty()],
])('%s', (_, make) => {
  let all: [StoreProcess, StoreProcess, StoreProcess];
  beforeEach(async () => {
    const database = await make();
    // All three find it empty: one makes the tables, the others wait for it.
    all = await Promise.all([startProcess(database), startProcess(database), startProcess(database)]);
  }, 60_000);
  afterEach(() => Promise.all(all.map((one) => one.kill())));

  const add = (one: StoreProcess, id: string, most = 1000) =>
    one.tasks.insert(
      { id, owner: 'local', request, createdAt: 1, addressesTotal: 1, coverage: [] },
      'us',
      most,
    );

  it('gives out each task once', async () => {
    const [first] = all;
    for (let round = 0; round < ROUNDS; round += 1) await add(first, `t${round}`);
    const claimed: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const got = await Promise.all(all.map((one) => one.tasks.claim('us', 1000, 5)));
      claimed.push(...got.flatMap((task) => task?.id ?? []));
    }
    expect(claimed).toHaveLength(ROUNDS);
    expect(new Set(claimed).size).toBe(ROUNDS);
  }, 60_000);

  it('of a zone each process takes what waits, each task once, and no more than it has places', async () => {
    const [first] = all;
    for (let n = 0; n < 30; n += 1)
      await first.tasks.insert(
        {
          id: `z${n}`,
          owner: 'local',
          request,
          createdAt: n,
          addressesTotal: 1,
          coverage: [],
          zone: 'harbour',
        },
        'first',
        1000,
      );
    await add(first, 'alone');
    const names = ['one', 'two', 'three'] as const;
    const claimed = new Map<string, string[]>(names.map((name) => [name, []]));
    for (let round = 0; round < 8; round += 1)
      await Promise.all(
        all.map(async (one, at) => {
          const name = names[at] ?? '';
          const task = await one.tasks.claim(name, 4, 5, { most: 4, zone: 'harbour' });
          if (task) claimed.get(name)?.push(task.id);
        }),
      );
    expect([...claimed.values()].map((ids) => ids.length)).toEqual([4, 4, 4]);
    expect(new Set([...claimed.values()].flat()).size).toBe(12);
    // What is given back is anybody's again; what is nobody's of the zone is not theirs.
    const [id = ''] = claimed.get('one') ?? [];
    await first.tasks.requeue(id, []);
    expect(await first.tasks.strayInstances()).toEqual(expect.not.arrayContaining(['zone:harbour']));
    const again = await all[1].tasks.claim('four', 4, 6, { most: 4, zone: 'harbour' });
    expect(again?.id).toBe(id);
    expect(await all[1].tasks.claim('five', 4, 6, { most: 4, zone: 'other' })).toBeUndefined();
    expect((await first.tasks.get('alone'))?.state).toBe('pending');
  }, 60_000);

  it('never runs more than may run', async () => {
    const [first] = all;
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all(['a', 'b', 'c'].map((name) => add(first, `${name}${round}`)));
      const got = await Promise.all(all.map((one) => one.tasks.claim('us', 2, 5)));
      expect(got.filter((task) => task !== undefined)).toHaveLength(2);
      for (const name of ['a', 'b', 'c'])
        await first.tasks.finish(`${name}${round}`, 'completed', 9, { coverage: [] });
    }
  }, 60_000);

  it('never stores more than may wait', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const stored = await Promise.all(
        all.flatMap((one, who) => [add(one, `${round}-${who}-a`, 4), add(one, `${round}-${who}-b`, 4)]),
      );
      expect(stored.filter(Boolean)).toHaveLength(4);
      for (const who of [0, 1, 2])
        for (const name of ['a', 'b'])
          await all[0].tasks.finish(`${round}-${who}-${name}`, 'cancelled', 9, { coverage: [] });
    }
  }, 60_000);

  it('lets one process take over, one ending stand, and a cancelled task end once', async () => {
    const [first] = all;
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = `t${round}`;
      await add(first, id);
      const taken = await Promise.all(all.map((one, who) => one.tasks.adopt(id, 'us', `taker ${who}`)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      const [completed, failed] = await Promise.all([
        all[0].tasks.finish(id, 'completed', 9, { coverage: [] }),
        all[1].tasks.finish(id, 'failed', 9, { coverage: [] }),
        all[2].tasks.requestCancel(id),
      ]);
      expect([completed, failed].filter(Boolean)).toHaveLength(1);
      expect((await first.tasks.get(id))?.state).toBe(completed ? 'completed' : 'failed');
    }
  }, 60_000);

  it('of an owner and two takers one holds the task in the end, and what only that one writes is stored', async () => {
    const [owner, ...takers] = all;
    const instance = { id: 'owner', pid: 1, start_ticks: 1, boot_id: 'b', host: 'h', pid_namespace: null };
    await owner.instances.register({ ...instance, heartbeat_at: 1 });
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = `t${round}`;
      const task = { id, owner: 'local', request, createdAt: 1, addressesTotal: 9, coverage: [] };
      await owner.tasks.insert(task, 'owner', 1000);
      const held = await owner.tasks.claim('owner', 1000, 5);
      const [heard] = await takers[0].instances.others('nobody');
      if (!held || !heard) throw new Error('not claimed');
      const { lease } = held;
      const beats = round % 3;
      if (beats === 2) await owner.instances.beat('owner', 1);
      const [wrote, , ...taken] = await Promise.all([
        outcomeOf(owner.hosts.put(id, [host('10.0.0.1')], lease)),
        beats === 1 && owner.instances.beat('owner', 1),
        ...takers.map((one, who) => one.tasks.adopt(id, 'owner', `taker ${who}`, { heard, deaths: 1 })),
      ]);
      const takings = taken.filter((one) => one !== undefined);
      // A beat that came first keeps both off; one at the same time may.
      expect(takings.length).toBeLessThanOrEqual(beats === 2 ? 0 : 1);
      expect(takings.length).toBeGreaterThanOrEqual(beats === 0 ? 1 : 0);
      const [taking] = takings;
      expect(await owner.hosts.page(id, { after: 0, limit: 9 })).toHaveLength(wrote === 'stored' ? 1 : 0);
      const late = await outcomeOf(owner.hosts.put(id, [host('10.0.0.2')], lease));
      const ended = await outcomeOf(owner.tasks.finish(id, 'completed', 9, { coverage: [], lease }));
      expect([late, ended]).toEqual(taking ? [LOST, LOST] : ['stored', 'stored']);
      if (taking) {
        expect(taking.lease.epoch).toBe(lease.epoch + 1);
        await takers[0].hosts.put(id, [host('10.0.0.3')], taking.lease);
        await takers[1].tasks.finish(id, 'failed', 9, { coverage: [], lease: taking.lease });
      }
      const { state, hostsDone, deaths } = (await owner.tasks.get(id)) ?? {};
      const stored = Number(wrote === 'stored') + 1;
      expect([state, hostsDone, deaths]).toEqual(taking ? ['failed', stored, 1] : ['completed', 9, 0]);
    }
  }, 120_000);

  it('shows a reader every host once, in their order, beside two writers; pruning disturbs neither', async () => {
    const [one, two, reader] = all;
    await add(one, 't');
    for (let round = 0; round < 20; round += 1) {
      await add(one, `old${round}`);
      await one.hosts.put(`old${round}`, [host('10.9.9.9')]);
      await one.tasks.finish(`old${round}`, 'completed', 100, { coverage: [] });
    }
    let writing = true;
    const write = async (store: StoreProcess, net: number) => {
      for (let at = 0; at < 1000; at += 1 + (at % 7)) {
        const some = Array.from({ length: 1 + (at % 7) }, (__, i) => host(`10.${net}.${at + i}.1`));
        await store.hosts.put('t', some);
      }
    };
    const written = Promise.all([write(one, 1), write(two, 2)]).finally(() => {
      writing = false;
    });
    const seen: string[] = [];
    let after = 0;
    const read = async () => {
      const page = await reader.hosts.page('t', { after, limit: 50 });
      seen.push(...page.map(({ host: { address } }) => address));
      after = page.at(-1)?.seq ?? after;
      return page.length;
    };
    while (writing) {
      await read();
      await reader.tasks.prune(101, 2);
    }
    await written;
    while ((await read()) > 0);
    const stored = (await reader.hosts.page('t', { after: 0, limit: 5000 })).map(
      ({ host: { address } }) => address,
    );
    expect(seen).toEqual(stored);
    expect(new Set(seen).size).toBe(seen.length);
    const task = await reader.tasks.get('t');
    expect([task?.hostsDone, task?.openPorts]).toEqual([seen.length, seen.length]);
    expect((await reader.tasks.list({ limit: 99 })).map(({ id }) => id)).toEqual(['t']);
  }, 60_000);
});
