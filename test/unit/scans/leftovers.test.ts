/** Folders that a crash left are removed once what they hold is stored, and no others. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeLeftovers } from '../../../src/scans/leftovers.ts';
import { openStore, type Store } from '../../../src/store/open.ts';

let store: Store;
let runs: string;
beforeEach(async () => {
  store = await openStore(':memory:');
  runs = mkdtempSync(join(tmpdir(), 'portolan-leftovers-'));
});
afterEach(async () => {
  await store.close();
  rmSync(runs, { recursive: true, force: true });
});

async function add(id: string, ...attempts: number[]): Promise<void> {
  const request = { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] };
  const task = { id, owner: 'local', request, createdAt: 1, addressesTotal: 1, coverage: [] };
  await store.tasks.insert(task, 'me', 99);
  await store.tasks.claim('me', 99, 2);
  leave(id, ...attempts);
}

function leave(id: string, ...attempts: number[]): void {
  for (const attempt of attempts) {
    mkdirSync(join(runs, id, String(attempt)), { recursive: true });
    writeFileSync(join(runs, id, String(attempt), 'scan.xml'), '<nmaprun>');
  }
}

it('goes by how the task ended, and spares a run that begins meanwhile', async () => {
  for (const [id, end] of [
    ['done', 'completed'],
    ['broken', 'failed'],
    ['stopped', 'cancelled'],
  ] as const) {
    await add(id, 1);
    await store.tasks.finish(id, end, 3, { coverage: [] });
  }
  await add('running', 1);
  await add('resumed', 1, 2);
  await store.tasks.finish('resumed', 'failed', 3, { coverage: [] });
  leave('of-another-database', 1);

  expect(await removeLeftovers(store, runs)).toBe(4);
  expect(readdirSync(runs).sort()).toEqual(['of-another-database', 'resumed', 'running']);
  expect(readdirSync(join(runs, 'resumed'))).toEqual(['2']);
  expect(existsSync(join(runs, 'running', '1', 'scan.xml'))).toBe(true);
  expect(await removeLeftovers(store, join(runs, 'absent'))).toBe(0);
});
