/**
 * What the store costs: whole sweeps against nmap alone, hosts taken in a second, tools that read beside a million hosts,
 * the start on stdio, and the races of several processes. Figures of both databases are from one run; the sweeps are run
 * in turn, A B A B. nmap alone gets `-n` too: it must not wait for a resolver that Portolan does not ask.
 *
 *   node bench/store.bench.ts [sweep|ingest|read|start|races …]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../src/app/app.ts';
import { defaultConfig } from '../src/config/load.ts';
import { LOCAL_CALLER } from '../src/core/caller.ts';
import type { HostResult } from '../src/core/result.ts';
import { createLogger } from '../src/observe/log.ts';
import { openStore, type Store } from '../src/store/open.ts';
import { startCluster } from '../test/store/cluster.ts';
import { inTurn, median, quantile } from './side-by-side.ts';

const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js');
const request = { tool: 'quick_scan', targets: ['10.0.0.0/8'], options: [] };
const asked = process.argv.slice(2);
const wants = (name: string) => asked.length === 0 || asked.includes(name);
const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-store-'));

const addressOf = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
const host = (i: number): HostResult => ({
  address: addressOf(i),
  status: 'up',
  reason: 'syn-ack',
  ports: [22, 80, 443, 3306, 8080].map((port) => ({
    port,
    protocol: 'tcp',
    state: 'open',
    reason: 'syn-ack',
    service: 'http',
    product: 'nginx',
    version: '1.22.1',
    method: 'probed',
  })),
});
const hosts = (from: number, count: number) => Array.from({ length: count }, (_, i) => host(from + i));

async function addTask(store: Store, id: string, createdAt = 1): Promise<void> {
  const task = { id, owner: LOCAL_CALLER.name, request, createdAt, addressesTotal: 1_000_000, coverage: [] };
  await store.tasks.insert(task, 'bench', 1_000_000);
}

async function ingest(name: string, database: string): Promise<void> {
  const store = await openStore(database);
  await addTask(store, 'one');
  await addTask(store, 'many');
  let next = 0;
  const rate = async (task: string, batch: number, seconds: number) => {
    const before = next;
    const until = performance.now() + seconds * 1000;
    const from = performance.now();
    while (performance.now() < until) {
      await store.hosts.put(task, hosts(next, batch));
      next += batch;
    }
    return ((next - before) / (performance.now() - from)) * 1000;
  };
  await rate('one', 500, 1);
  const rounds = await inTurn(
    5,
    () => rate('one', 1, 1),
    () => rate('many', 500, 2),
  );
  const [single, batched] = [median(rounds.map(({ a }) => a)), median(rounds.map(({ b }) => b))];
  console.log(
    `${name}: ${batched.toFixed(0)} hosts/s in batches of 500, ${single.toFixed(0)} one by one, ${(batched / single).toFixed(1)} times`,
  );
  await store.close();
}

/** As a caller sees it: the whole way from the tool's name to its answer. */
async function read(name: string, database: string): Promise<void> {
  const store = await openStore(database);
  for (let i = 0; i < 10_000; i += 1) await addTask(store, `t${i}`, i);
  for (let i = 0; i < 10_000; i += 1) {
    await store.hosts.put(`t${i}`, hosts(100 * i, 100));
    await store.tasks.finish(`t${i}`, 'completed', 5, { coverage: [] });
  }
  await store.close();
  const config = defaultConfig();
  config.scans.database = database;
  config.scans.keepDays = 1_000_000;
  config.rateLimit.readsPerMinute = 0;
  config.logging.audit = false;
  const app = createApp(config, { log: createLogger({ level: 'silent', format: 'text' }), adopts: false });
  const times = async (tool: string, args: (i: number) => Record<string, unknown>) => {
    const taken: number[] = [];
    for (let i = -50; i < 1000; i += 1) {
      const from = performance.now();
      const outcome = await app.call(tool, args(i), LOCAL_CALLER);
      if (!outcome.ok) throw new Error(outcome.text);
      if (i >= 0) taken.push(performance.now() - from);
    }
    return `${tool} ${quantile(taken, 0.99).toFixed(1)} ms`;
  };
  const task = (i: number) => ({ task_id: `t${(i + 5000) % 10_000}` });
  console.log(
    `${name}, 10,000 tasks and 1 million hosts, 99th percentile of 1,000 calls: ${await times('list_tasks', () => ({}))}, ` +
      `${await times('get_task_status', task)}, ${await times('get_task_result', task)}`,
  );
  await app.close();
}

/** A program of ours that prints its own figures. */
function also(args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  console.log(stdout.trim().split('\n').slice(-12).join('\n'));
  if (status !== 0) console.log(stderr.trim());
}

function seconds(program: string, args: readonly string[]): number {
  const from = performance.now();
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return (performance.now() - from) / 1000;
}

/** Each has a database of its own: in that of a sweep a quick scan would first fold 16,384 hosts that were left to it. */
let run = 0;

async function sweep(name: string, nmap: readonly string[], portolan: readonly string[]): Promise<void> {
  const rounds = await inTurn(
    7,
    async () => seconds('nmap', [...nmap, '-oX', join(folder, 'nmap.xml')]),
    async () => {
      run += 1;
      const settings = ['--db', join(folder, `${run}.db`), '--set', 'security.maxAddresses=20000'];
      return seconds(process.execPath, [MAIN, ...portolan, ...settings]);
    },
  );
  const [alone, ours] = [median(rounds.map(({ a }) => a)), median(rounds.map(({ b }) => b))];
  console.log(
    `${name}: nmap alone ${alone.toFixed(2)} s, portolan ${ours.toFixed(2)} s, ${(ours / alone).toFixed(2)} times; less 0.3 s for the start ${((ours - 0.3) / alone).toFixed(2)}`,
  );
}

const cluster = await startCluster();
try {
  if (wants('sweep')) {
    const loopback = ['-sn', '-n', '-T4', '127.0.0.0/18'];
    const ours = ['scan', '--options', '-sn -n -T4', '127.0.0.0/18'];
    await sweep('16,384 hosts of a loopback sweep', loopback, ours);
    const quick = ['-T4', '-n', '--top-ports', '100', '127.0.1.0/24'];
    await sweep('quick scan of 127.0.1.0/24', quick, ['scan', '127.0.1.0/24']);
  }
  if (wants('ingest')) {
    await ingest('SQLite', join(folder, 'ingest.db'));
    await ingest('PostgreSQL (fsync off)', await cluster.fresh());
  }
  if (wants('read')) {
    await read('SQLite', join(folder, 'read.db'));
    await read('PostgreSQL (fsync off)', await cluster.fresh());
  }
  if (wants('start')) also([join(import.meta.dirname, 'startup.bench.ts')]);
  if (wants('races')) {
    const vitest = join(import.meta.dirname, '..', 'node_modules', 'vitest', 'vitest.mjs');
    also([vitest, 'run', '--project', 'unit', 'test/unit/store/concurrency.test.ts']);
  }
} finally {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
}
