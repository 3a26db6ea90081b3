/**
 * A program for disks that only a mount namespace sees: fills a store with an ended scan of 3,000 hosts and one that runs,
 * holds it open until its input ends, writes once more, and prints what is in it then. With `look` it only prints.
 */
import { text } from 'node:stream/consumers';
import type { HostResult } from '../../src/core/result.ts';
import { openStore, type Store } from '../../src/store/open.ts';

const HOSTS = 3000;
const request = { tool: 'quick_scan', targets: ['10.0.0.0/16'], options: [] };

function host(i: number): HostResult {
  const ports = Array.from({ length: 20 }, (_, port) => ({
    port: port + 1,
    protocol: 'tcp' as const,
    state: 'open' as const,
    product: `a product with a long name, number ${i * port}`,
  }));
  return { address: `10.0.${i >> 8}.${i & 255}`, status: 'up', ports };
}

/** An ended scan of so many hosts and one that runs, about 7 MB. */
export async function fillStore(store: Store): Promise<void> {
  for (const id of ['old', 'running']) {
    const task = { id, owner: 'local', request, createdAt: 1, addressesTotal: HOSTS, coverage: [] };
    await store.tasks.insert(task, 'us', 9);
  }
  await store.hosts.put(
    'old',
    Array.from({ length: HOSTS }, (_, i) => host(i)),
  );
  await store.hosts.put('running', [host(1)]);
  await store.tasks.finish('old', 'completed', 5, { coverage: [] });
}

export interface Seen {
  tasks: string[];
  hostsOfRunning: number | undefined;
  wrong: string[];
}

async function look(store: Store): Promise<Seen> {
  const tasks = (await store.tasks.list({ limit: 9 })).map(({ id }) => id).sort();
  const hostsOfRunning = (await store.tasks.get('running'))?.hostsDone;
  return { tasks, hostsOfRunning, wrong: await store.maintenance.check() };
}

const [, started, file = '', what] = process.argv;
if (started === import.meta.filename) {
  const store = await openStore(file);
  if (what !== 'look') {
    await fillStore(store);
    console.log('filled');
    await text(process.stdin);
    await store.hosts.put('running', [host(2)]);
  }
  console.log(JSON.stringify(await look(store)));
  await store.close();
}
