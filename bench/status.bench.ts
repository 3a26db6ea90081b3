/**
 * get_task_status in process, with 100,000 stored hosts, against the same call with one host: the status must not
 * depend on what has been found.
 *
 *   node bench/status.bench.ts [hosts=100000] [calls=2000]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../src/app/app.ts';
import { defaultConfig } from '../src/config/load.ts';
import { LOCAL_CALLER } from '../src/core/caller.ts';
import type { HostResult } from '../src/core/result.ts';
import { createLogger } from '../src/observe/log.ts';
import { openStore } from '../src/store/open.ts';
import { inTurn, quantile } from './side-by-side.ts';

const hosts = Number(process.argv[2] ?? 100_000);
const calls = Number(process.argv[3] ?? 2000);
const home = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
const config = defaultConfig();
config.scans.database = join(home, 'portolan.db');

config.rateLimit.readsPerMinute = 0;
const store = await openStore(config.scans.database);
await fill('many', hosts);
await fill('one', 1);
await store.close();

const app = createApp(config, { log: createLogger({ level: 'silent', format: 'text' }), adopts: false });
const timed = (task_id: string) => async () => {
  const start = performance.now();
  const outcome = await app.call('get_task_status', { task_id }, LOCAL_CALLER);
  if (!outcome.ok) throw new Error(outcome.text);
  return performance.now() - start;
};
try {
  const pairs = await inTurn(calls, timed('many'), timed('one'));
  const many = pairs.map(({ a }) => a);
  const one = pairs.map(({ b }) => b);
  for (const [name, share] of [
    ['median', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [large, small] = [quantile(many, share), quantile(one, share)];
    console.log(
      `${name.padEnd(6)} ${hosts} hosts: ${large.toFixed(2)} ms, 1 host: ${small.toFixed(2)} ms, ratio ${(large / small).toFixed(2)}`,
    );
  }
  console.log('p99 at most 5 ms');
} finally {
  await app.close();
  rmSync(home, { recursive: true, force: true });
}

async function fill(id: string, count: number): Promise<void> {
  await store.tasks.insert(
    {
      id,
      owner: LOCAL_CALLER.name,
      request: { tool: 'quick_scan', targets: ['10.0.0.0/8'], options: [] },
      createdAt: Date.now(),
      addressesTotal: count,
      coverage: [],
    },
    'bench',
    10,
  );
  for (let first = 0; first < count; first += 1000) {
    const batch = Array.from({ length: Math.min(1000, count - first) }, (_, index) => hostOf(first + index));
    await store.hosts.put(id, batch);
  }
  await store.tasks.finish(id, 'completed', Date.now(), { coverage: [] });
}

function hostOf(index: number): HostResult {
  return {
    address: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
    status: 'up',
    ports: [22, 80, 443].map((port) => ({ port, protocol: 'tcp', state: 'open', service: 'unknown' })),
  };
}
