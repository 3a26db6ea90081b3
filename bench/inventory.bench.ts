/**
 * What it costs to remember: 10,000 assets with a million open services, on both databases. Folds of one network and of
 * everything with one service in a hundred changed, pages, single assets, counts, and how large the database is.
 *
 *   node bench/inventory.bench.ts [--assets 10000] [--ports 100] [sqlite|postgres …]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Look } from '../src/core/look.ts';
import { foldWaiting, rulesOf } from '../src/inventory/fold.ts';
import { handIn } from '../src/inventory/hand-in.ts';
import { KnowledgeReader } from '../src/inventory/load.ts';
import { openStore, type Store } from '../src/store/open.ts';
import { type Seen, scanLook } from '../test/inventory/looks.ts';
import { startCluster } from '../test/store/cluster.ts';
import { median, quantile } from './side-by-side.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { assets: { type: 'string', default: '10000' }, ports: { type: 'string', default: '100' } },
});
const wants = (name: string) => positionals.length === 0 || positionals.includes(name);
const rules = rulesOf();
const HOSTS = 250;
const PORTS = Number(values.ports);
const NETWORKS = Math.ceil(Number(values.assets) / HOSTS);
/** Products that services have, each in some versions. */
const PRODUCTS = 400;

/** One network at some hour; of every hundred services one is another version each hour. */
function networkLook(network: number, hour: number): Look {
  const hosts = Array.from({ length: HOSTS }, (_, i): Seen => {
    const host = network * HOSTS + i;
    return {
      address: `10.${network >> 8}.${network & 255}.${i + 1}`,
      mac: `00:11:22:${hex(host >> 16)}:${hex(host >> 8)}:${hex(host)}`,
      open: Array.from({ length: PORTS }, (__, at) => {
        // The hour at which its turn came last.
        const changed = Math.max(0, hour - ((host * PORTS + at + hour) % 100));
        return [1 + at * 7, `product ${(host * 31 + at * 17) % PRODUCTS} ${changed}`] as const;
      }).map(([port, product]): [number, string] => [port, product]),
      closed: '9000-9100',
    };
  });
  const base = `10.${network >> 8}.${network & 255}`;
  return scanLook(hour, hosts, {
    network: [`${base}.0`, `${base}.255`],
    asked: `1-${1 + PORTS * 7},9000-9100`,
  });
}

const hex = (byte: number) => (byte & 255).toString(16).padStart(2, '0');

const inWords = (all: readonly number[]) => all.map((ms) => ms.toFixed(0)).join(' ');

/** Milliseconds of all threads: unlike those of the clock, hardly more when others use the machine. */
function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function timed(what: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await what();
  return performance.now() - from;
}

async function p99(what: (round: number) => Promise<unknown>, rounds = 300): Promise<string> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) taken.push(await timed(() => what(round)));
  return `${median(taken).toFixed(1)} (p99 ${quantile(taken, 0.99).toFixed(1)}) ms`;
}

async function run(
  name: string,
  database: string,
  settle: (store: Store) => Promise<unknown>,
): Promise<void> {
  const say = (text: string) => console.log(`${name}: ${text}`);
  const store = await openStore(database, { patient: true });
  const fold = async (networks: readonly number[], hour: number) => {
    for (const network of networks) await handIn(store, networkLook(network, hour));
    return await timed(() => foldWaiting(store, rules));
  };
  const all = Array.from({ length: NETWORKS }, (_, i) => i);
  let built = 0;
  for (const network of all) built += await fold([network], 0);
  await settle(store);
  const { bytes, rows } = await store.maintenance.status();
  say(
    `${rows.assets} assets, ${rows.services} services, ${(bytes / 1e6).toFixed(0)} MB; first folds ${(built / 1000).toFixed(1)} s`,
  );

  const one: number[] = [];
  const busy: number[] = [];
  for (let hour = 1; hour <= 7; hour += 1) {
    const before = process.cpuUsage();
    one.push(await fold([1 % NETWORKS], hour));
    busy.push(cpuSince(before));
  }
  say(
    `fold of ${HOSTS} hosts x ${PORTS} ports, 1 % changed: ${median(one).toFixed(0)} ms (${inWords(one)}), with the handing in ${median(busy).toFixed(0)} ms of CPU (${inWords(busy)})`,
  );
  const parts = await partsOf(store, networkLook(3, 50));
  say(`  of it: read ${parts.read.toFixed(0)} ms, rules ${parts.rules.toFixed(0)} ms`);
  // The first brings the other networks up to its hour: much of it is new.
  await fold(all, 8);
  const everything: number[] = [];
  for (let hour = 9; hour < 12; hour += 1) everything.push(await fold(all, hour));
  say(
    `fold of everything, 1 % changed: ${(median(everything) / 1000).toFixed(2)} s (${everything.map((ms) => (ms / 1000).toFixed(2)).join(' ')})`,
  );

  const assets = rows.assets;
  const after = (round: number) => (round * 7919) % assets;
  say(
    `page of 50 assets ${await p99((round) => store.assets.page({ site: 'default', after: after(round), limit: 50 }))}`,
  );
  say(
    `page of 50 with port 1 open ${await p99((round) => store.assets.page({ site: 'default', where: { port: 1 }, after: after(round), limit: 50 }))}`,
  );
  const reader = new KnowledgeReader(store);
  say(`one asset, whole ${await p99((round) => reader.assets([1 + after(round)]))}`);
  const uids = (await store.assets.page({ site: 'default', limit: 200 })).map(({ uid }) => uid);
  say(`its history ${await p99((round) => store.assets.history(uids[round % uids.length] ?? ''))}`);
  const events = (await store.maintenance.counts()).events;
  say(
    `page of 50 changes of ${events} ${await p99((round) => store.changes.page({ after: (round * 7919) % events, limit: 50 }))}`,
  );
  const counts = async () => {
    for (const by of ['port', 'product'] as const) await store.assets.countBy({ site: 'default' }, by, 100);
  };
  const counted: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    await fold([round], 30 + round);
    counted.push(await timed(() => counts()));
  }
  say(
    `counts of ports and products ${median(counted).toFixed(0)} ms after a fold, ${await p99(() => counts())} until the next`,
  );
  await settle(store);
  const after100 = await store.maintenance.status();
  say(
    `${(after100.bytes / 1e6).toFixed(0)} MB after ${after100.rows.looks} looks, ${after100.rows.service_history} rows of history`,
  );
  await store.close();
}

async function partsOf(store: Store, look: Look): Promise<{ read: number; rules: number }> {
  const reader = new KnowledgeReader(store);
  await reader.read(look);
  let known: Awaited<ReturnType<typeof reader.read>>;
  const read = await timed(async () => {
    known = await reader.read(look);
  });
  return { read, rules: await timed(async () => known && rules(known, look)) };
}

const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-inventory-'));
try {
  if (wants('sqlite')) await run('SQLite', join(folder, 'inventory.db'), async () => {});
  if (wants('postgres')) {
    const cluster = await startCluster();
    try {
      await run('PostgreSQL (fsync off)', await cluster.fresh(), (store) => store.maintenance.compact());
    } finally {
      await cluster.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
