/**
 * The dashboard in a real browser over 10,000 hosts with a million open services: how long until the first rows, how long a
 * filter takes beside the server's own time, what blocks while one scrolls, and whether memory stays flat under events.
 *
 *   npm run build && node bench/dashboard.bench.ts [--hosts 10000] [--ports 100] [--events 3600] [--only-memory]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CDPSession, Page } from 'playwright-core';
import { z } from 'zod';
import { foldWaiting, rulesOf } from '../src/inventory/fold.ts';
import { handIn } from '../src/inventory/hand-in.ts';
import { openStore } from '../src/store/open.ts';
import { startDashboard } from '../test/e2e/dashboard/browser.ts';
import type { Home } from '../test/e2e/portolan.ts';
import { HOUR, START, scanLook } from '../test/inventory/looks.ts';
import { median } from './side-by-side.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10000' },
    ports: { type: 'string', default: '100' },
    events: { type: 'string', default: '3600' },
    /** Without the times, which want 10,000 hosts. */
    'only-memory': { type: 'boolean', default: false },
  },
});
const A_NETWORK = 250;
const NETWORKS = Math.ceil(Number(values.hosts) / A_NETWORK);
const PORTS = Number(values.ports);
const ROUNDS = 5;
const TWELFTHS = 12;
/** How much slower than this processor one is to be: Chromium's throttling. */
const SLOWER = 4;

const Heap = z.looseObject({ usedSize: z.number() });
const COUNT_LONG_TASKS = `globalThis.longest = 0;
  new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) longest = Math.max(longest, duration); })
    .observe({ type: 'longtask', buffered: true });`;

const dashboard = await startDashboard(['rateLimit.readsPerMinute=0'], fill);
try {
  for (const slower of values['only-memory'] ? [] : [1, SLOWER]) {
    const page = await dashboard.person({ viewport: { width: 1440, height: 900 } });
    await page.addInitScript(COUNT_LONG_TASKS);
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
    console.log(`processor ${slower === 1 ? 'as it is' : `${slower} times slower`}:`);
    console.log(`  first rows: ${await firstRows(page)}`);
    console.log(`  filter: ${await filter(page)}`);
    console.log(`  longest task while scrolling: ${await scroll(page)} ms`);
    await page.context().close();
  }
  const page = await dashboard.person();
  console.log(`memory: ${await memory(page, await page.context().newCDPSession(page))}`);
} finally {
  await dashboard.close();
}

/** Looks at whole networks, each an hour of its own. */
async function fill(home: Home): Promise<void> {
  const store = await openStore(join(home.folder, 'portolan.db'), { patient: true });
  const rules = rulesOf();
  const now = Math.floor((Date.now() - START) / HOUR);
  for (let network = 0; network < NETWORKS; network += 1) {
    const prefix = `10.${network >> 8}.${network & 255}`;
    const hosts = Array.from({ length: A_NETWORK }, (_, at) => ({
      address: `${prefix}.${at + 1}`,
      open: Array.from({ length: PORTS }, (__, port): [number, string] => [
        1 + port * 7,
        `product ${(at * 31 + port * 17) % 400} ${at % 10}`,
      ]),
    }));
    const look = scanLook(now - NETWORKS + network, hosts, {
      network: [`${prefix}.0`, `${prefix}.255`],
      asked: `1-${1 + PORTS * 7}`,
    });
    await handIn(store, look);
    await foldWaiting(store, rules);
  }
  await store.close();
}

function firstRow(page: Page) {
  return page.locator('[data-asset]').first();
}

async function firstRows(page: Page): Promise<string> {
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const from = performance.now();
    await page.goto(`${dashboard.origin}/assets`);
    await firstRow(page).waitFor();
    taken.push(performance.now() - from);
  }
  return `${inMs(taken)}`;
}

/** From Enter to the new rows; and how long the server took of that, as the browser saw it. */
async function filter(page: Page): Promise<string> {
  const all: number[] = [];
  const server: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // The last ones: none of them is among the first rows.
    const network = `10.0.${NETWORKS - 1 - (round % NETWORKS)}`;
    await page.getByLabel('Which hosts').fill(`net:${network}.0/24`);
    const answered = page.waitForResponse((response) => response.url().includes('find_assets'));
    const from = performance.now();
    await page.keyboard.press('Enter');
    const response = await answered;
    await response.finished();
    const { requestStart, responseEnd } = response.request().timing();
    await page
      .locator('[data-asset]', { hasText: `${network}.1` })
      .first()
      .waitFor();
    all.push(performance.now() - from);
    server.push(responseEnd - requestStart);
  }
  return `${inMs(all)}, of which the server ${inMs(server)}`;
}

async function scroll(page: Page): Promise<number> {
  await page.goto(`${dashboard.origin}/assets`);
  await firstRow(page).waitFor();
  await page.waitForTimeout(2000);
  await page.evaluate('longest = 0');
  await page.getByRole('region', { name: 'Hosts' }).hover();
  for (let step = 0; step < 60; step += 1) {
    await page.mouse.wheel(0, 700);
    await page.waitForTimeout(40);
  }
  await page.waitForTimeout(1000);
  return Math.round(Number(await page.evaluate('longest')));
}

/**
 * As many events as an hour has seconds, one after the other while the list of hosts is open, which reads itself anew for
 * them; after each twelfth (five minutes of that hour), what is in use after a collection. The first twelfths fill caches.
 */
async function memory(page: Page, session: CDPSession): Promise<string> {
  await page.goto(`${dashboard.origin}/assets?query=net:10.0.0.0/24`);
  await firstRow(page).waitFor();
  let heard = 0;
  page.on('response', (response) => {
    if (response.url().includes('find_assets')) heard += 1;
  });
  await session.send('HeapProfiler.enable');
  const used: number[] = [];
  const events = Number(values.events);
  const begun = performance.now();
  for (let twelfth = 0; twelfth < TWELFTHS; twelfth += 1) {
    for (let event = 0; event < events / TWELFTHS; event += 1)
      await dashboard.call('edit_asset', { asset: '10.0.0.1', tags: [`t${event % 2}`] });
    await page.waitForTimeout(1000);
    await session.send('HeapProfiler.collectGarbage');
    used.push(Heap.parse(await session.send('Runtime.getHeapUsage')).usedSize / 1e6);
  }
  const seconds = Math.round((performance.now() - begun) / 1000);
  return [
    `${used.map((one) => one.toFixed(2)).join(' ')} MB after each twelfth of ${events} events in ${seconds} s,`,
    `for which the list was read ${heard} times;`,
    `slope from the fourth on: ${(slope(used.slice(3)) * 1000).toFixed(1)} kB a twelfth`,
  ].join(' ');
}

/** Of the straight line that fits these best, a step each. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const over = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0);
  return over / values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
}

function inMs(taken: readonly number[]): string {
  return `${Math.round(median(taken))} (${Math.round(Math.min(...taken))} to ${Math.round(Math.max(...taken))}) ms`;
}
