/**
 * Whether scans take longer while a server tells of ten thousand changes: the same scan before them, while their messages
 * are made and sent, and afterwards, by one server.
 *
 *   node bench/alert-flood.bench.ts [scans=8]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../src/app/app.ts';
import { defaultConfig } from '../src/config/load.ts';
import { LOCAL_CALLER } from '../src/core/caller.ts';
import { foldWaiting, rulesOf } from '../src/inventory/fold.ts';
import { handIn } from '../src/inventory/hand-in.ts';
import { createLogger } from '../src/observe/log.ts';
import { openStore } from '../src/store/open.ts';
import { office } from '../test/alerts/flood.ts';
import { startReceiver } from '../test/alerts/receiver.ts';
import { HOUR, START, scanLook } from '../test/inventory/looks.ts';
import { median } from './side-by-side.ts';

const SCANS = Number(process.argv[2] ?? 8);
const COMMAND = '-sT -Pn -n -T4 --max-retries 1 -p 20001-20100 127.0.1.0/24';
const home = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
const receiver = await startReceiver();
const config = defaultConfig();
config.scans.database = join(home, 'portolan.db');
config.rateLimit.scansPerMinute = 0;
config.rateLimit.readsPerMinute = 0;
config.alerts.allowedNetworks = ['127.0.0.0/8'];
const store = await openStore(config.scans.database);
const app = createApp(config, { log: createLogger({ level: 'silent', format: 'text' }), adopts: true });
/** Lately, so that addresses are still those of the same hosts. */
const hour = Math.floor((Date.now() - START) / HOUR);
const more = { asked: '1-60000', site: 'branch' };

async function scan(): Promise<number> {
  const start = performance.now();
  const outcome = await app.call('custom_scan', { command: COMMAND }, LOCAL_CALLER);
  if (!outcome.ok) throw new Error(outcome.text);
  return performance.now() - start;
}

async function several(): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < SCANS; n += 1) times.push(await scan());
  return median(times);
}

try {
  const made = { madeBy: 'bench', madeAt: START };
  const hook = { name: 'hook', kind: 'webhook', config: { url: receiver.url }, minSeverity: 'info' as const };
  await store.alertSettings.putChannel({ ...hook, ...made });
  const timing = { digest: 'each' as const, most: 6 };
  await store.alertSettings.putRule({
    ...{ name: 'all', query: 'site:branch', channels: ['hook'], enabled: true, timing },
    ...made,
  });
  await handIn(store, scanLook(hour - 1, office(250, 0), more));
  await foldWaiting(store, rulesOf());
  await scan();
  await app.start();
  const before = await several();
  await handIn(store, scanLook(hour, office(250, 40), more));
  await foldWaiting(store, rulesOf());
  const waiting = (await store.deliveries.outbox(20_000)).length;
  const during = await several();
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(200))
    if ((await store.deliveries.outbox(1)).length === 0) break;
  const after = await several();
  console.log(
    `${waiting} entries of the outbox, ${receiver.taken.length} messages. A scan before ${before.toFixed(0)} ms, while they were told ${during.toFixed(0)} ms (${(during / before).toFixed(2)} times), afterwards ${after.toFixed(0)} ms (medians of ${SCANS})`,
  );
} finally {
  await app.close();
  await store.close();
  await receiver.close();
  rmSync(home, { recursive: true, force: true });
}
