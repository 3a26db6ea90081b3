/** Folds that race and folds that die: what is known at the end is what one undisturbed process knows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldWaiting, rulesOf } from '../../../src/inventory/fold.ts';
import { openStore } from '../../../src/store/open.ts';
import { everything } from '../../inventory/everything.ts';
import { startFolding } from '../../inventory/folding.ts';
import { killRounds } from '../../inventory/kill-rounds.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

let cluster: Cluster;
let folder: string;
beforeAll(async () => {
  cluster = await startCluster();
  folder = mkdtempSync(join(tmpdir(), 'portolan-races-'));
}, 60_000);
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
}, 60_000);

let files = 0;
const file = async () => {
  files += 1;
  return join(folder, `${files}.db`);
};

describe.each<[string, () => Promise<string>]>([
  ['SQLite', file],
  ['PostgreSQL', () => cluster.fresh()],
])('%s', (_, make) => {
  it('three processes that fold one site fold each look once, in order, and never mix', async () => {
    const [raced, quiet] = [await make(), await make()];
    const folded = await Promise.all([1, 2, 3].map(() => startFolding(raced, 5).done));
    expect(folded.reduce((sum, count) => sum + count, 0)).toBe(5);
    await startFolding(quiet, 5).done;
    expect(await everything(raced)).toEqual(await everything(quiet));
  }, 600_000);

  it('folds that are killed lose nothing and do nothing twice', async () => {
    const report = await killRounds(await make(), await make(), 4, 7);
    expect(report.wrong).toEqual([]);
    expect(report.killed).toBeGreaterThan(0);
  }, 600_000);

  it('a rebuild gives the same rows, also when it is broken off', async () => {
    const database = await make();
    await startFolding(database, 5).done;
    const before = await everything(database);
    const store = await openStore(database);
    expect(await store.folds.rebuild('default')).toBe(true);
    // Somebody dies after some steps, and some looks.
    for (let step = 0; step < 3; step += 1) await store.folds.goOn('default');
    const broken = new AbortController();
    await foldWaiting(store, rulesOf(), { signal: broken.signal, onFolded: () => broken.abort() });
    expect(await everything(database)).not.toEqual(before);
    await foldWaiting(store, rulesOf());
    await store.close();
    expect(await everything(database)).toEqual(before);
  }, 600_000);
});
