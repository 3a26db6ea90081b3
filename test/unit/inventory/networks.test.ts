/** Which networks were looked at: a row each, however many small scans there were. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { askCoverage } from '../../../src/inventory/ask-coverage.ts';
import { foldWaiting } from '../../../src/inventory/fold.ts';
import { handIn } from '../../../src/inventory/hand-in.ts';
import { openStore, type Store } from '../../../src/store/open.ts';
import { CoverageOutput } from '../../../src/tools/inventory/show-coverage.ts';
import { HOUR, START, scanLook } from '../../inventory/looks.ts';
import { thinRules } from '../../inventory/thin-rules.ts';

const NOW = START + 100 * HOUR;
let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-networks-'));
  store = await openStore(join(folder, 'portolan.db'));
}, 60_000);
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** Looks one after the other, an hour each, at these ranges. */
async function look(...ranges: [first: string, last: string][]): Promise<void> {
  for (const [at, network] of ranges.entries())
    await handIn(store, scanLook(at, [{ address: network[0], open: [22] }], { network }));
  await foldWaiting(store, thinRules);
}
const rows = async () =>
  (await askCoverage(store, undefined, NOW))
    .filter(({ aspect }) => aspect === 'host')
    .map(({ range, within, addresses, lastLook }) => [range, within, addresses, lastLook]);

it('many small looks are one row of their /24, with the newest of them', async () => {
  await look(...Array.from({ length: 12 }, (_, i): [string, string] => [`10.0.0.${i}`, `10.0.0.${i}`]));
  expect(await rows()).toEqual([['10.0.0.0/24', 12, 256, START + 11 * HOUR]]);
});

it('a small look within a large one is part of it, and neighbours stay apart', async () => {
  await look(
    ['10.1.0.0', '10.1.255.255'],
    ['10.1.7.7', '10.1.7.9'],
    ['10.2.0.0', '10.2.0.255'],
    ['10.2.1.1', '10.2.1.1'],
  );
  expect(await rows()).toEqual([
    ['10.1.0.0/16', 65_536, 65_536, START + HOUR],
    ['10.2.0.0/24', 256, 256, START + 2 * HOUR],
    ['10.2.1.0/24', 1, 256, START + 3 * HOUR],
  ]);
});

it('what lies across two is told by parts that a page can be opened of', async () => {
  await look(['10.0.1.200', '10.0.2.50']);
  expect((await rows()).map(([range]) => range)).toEqual(['10.0.1.0/24', '10.0.2.0/24']);
});

it('of IPv6 counts what was asked, and of a network that is described all there are', async () => {
  await look(['fd00::1', 'fd00::1'], ['fd00::7', 'fd00::9']);
  expect(await rows()).toEqual([['fd00::/64', 4, 4, START + HOUR]]);
  await store.sites.setNetworks('default', [
    { first: 'fd00::', last: 'fd00::ffff:ffff:ffff:ffff', name: 'lan' },
  ]);
  const [row] = await askCoverage(store, undefined, NOW);
  expect(row).toMatchObject({ network: 'lan', within: 4, addresses: Number.MAX_SAFE_INTEGER });
  // More addresses than a number counts exactly are no reason to answer nothing.
  expect(CoverageOutput.shape.addresses.safeParse(row?.addresses).success).toBe(true);
});
