/** What a scanner reports goes into the store in batches, soon and whole. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { HostResult } from '../../../src/core/result.ts';
import { Recorder } from '../../../src/scans/recorder.ts';
import type { Batch } from '../../../src/store/hosts.ts';
import { openStore, type Store } from '../../../src/store/open.ts';

const defect = (error: unknown) => {
  throw error;
};
const ON = { stored: () => {}, stalled: defect, failed: () => defect(new Error('not stored')) };
const host = (i: number): HostResult => ({
  address: `10.0.${i >> 8}.${i & 255}`,
  status: 'up',
  ports: [{ port: 80, protocol: 'tcp', state: 'open' }],
});

let store: Store;
let recorder: Recorder;
const batches: Batch[] = [];
beforeEach(async () => {
  batches.length = 0;
  store = await openStore(':memory:');
  const request = { tool: 'quick_scan', targets: ['10.0.0.0/16'], options: [] };
  await store.tasks.insert(
    { id: 't', owner: 'local', request, createdAt: 1, addressesTotal: 65_536, coverage: [] },
    'me',
    9,
  );
  const task = await store.tasks.claim('me', 1, 2);
  if (!task) throw new Error('not claimed');
  const { record } = store.hosts;
  vi.spyOn(store.hosts, 'record').mockImplementation(async (id, batch, lease) => {
    batches.push(batch);
    await record(id, batch, lease);
  });
  recorder = new Recorder(store, task, ON, new AbortController().signal);
});
afterEach(() => store.close());

const sizes = () => batches.map(({ hosts = [], ports = [] }) => hosts.length + ports.length);
const stored = async () => (await store.hosts.page('t', { after: 0, limit: 5000 })).map((one) => one.host);

it('a full batch at once, the rest after a moment, ports and progress with them', async () => {
  for (let i = 0; i < 1100; i += 1) {
    recorder.openPort({ address: host(i).address, port: 80, protocol: 'tcp' });
    if (i % 11 === 10) for (let j = i - 10; j <= i; j += 1) recorder.host(host(j));
  }
  recorder.progress({ percent: 40, phase: 'SYN Stealth Scan' });
  await vi.waitFor(() => expect(batches.length).toBeGreaterThanOrEqual(4));
  expect(Math.max(...sizes())).toBe(500);
  await vi.waitFor(async () => expect(await stored()).toHaveLength(1100));
  expect(await stored()).toEqual(Array.from({ length: 1100 }, (_, i) => host(i)));
  expect(sizes()).toEqual([500, 500, 500, 500, 200]);
  expect(await store.tasks.get('t')).toMatchObject({
    hostsDone: 1100,
    hostsUp: 1100,
    openPorts: 1100,
    progress: { percent: 40 },
  });
});

it('what comes little by little waits for a quarter of a second, unless everything must be stored', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    for (let i = 0; i < 10; i += 1) {
      recorder.host(host(i));
      await vi.advanceTimersByTimeAsync(24);
    }
    expect(sizes()).toEqual([]);
    await vi.advanceTimersByTimeAsync(10);
    expect(sizes()).toEqual([10]);
    recorder.host(host(10));
    await recorder.drain();
    expect(sizes()).toEqual([10, 1]);
    expect(await stored()).toHaveLength(11);
  } finally {
    vi.useRealTimers();
  }
});
