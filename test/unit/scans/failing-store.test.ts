/** A database that fails while a real nmap scans: the row stays, and nothing that was reported is lost. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PortolanError } from '../../../src/core/errors.ts';
import { createNmapFinder } from '../../../src/nmap/machine/install.ts';
import { privilegesOf } from '../../../src/nmap/machine/privileges.ts';
import { localRunner } from '../../../src/nmap/run/spawn.ts';
import { createBudget } from '../../../src/nmap/strategy/budget.ts';
import { createPolicy } from '../../../src/policy/authorize.ts';
import { localFacts } from '../../../src/policy/facts.ts';
import { DEFAULT_POLICY } from '../../../src/policy/settings.ts';
import { recoverOwn } from '../../../src/scans/recover.ts';
import type { Vantage } from '../../../src/scans/vantages.ts';
import { Watchers } from '../../../src/scans/watchers.ts';
import { createWorker } from '../../../src/scans/worker.ts';
import { openStore, type Store } from '../../../src/store/open.ts';

const nmap = createNmapFinder(() => undefined);
const privileges = async () => privilegesOf(await nmap());
const facts = localFacts({ dataDirectory: async () => (await nmap()).dataDirectory, privileges });
const here: Vantage = {
  policy: createPolicy(() => DEFAULT_POLICY, facts),
  nmap,
  privileges,
  runner: localRunner,
};
const ADDRESSES = Array.from({ length: 8 }, (_, index) => `127.0.0.${index + 1}`);
const request = {
  tool: 'custom_scan',
  targets: ['127.0.0.1-8'],
  options: [
    { flag: '-sT' },
    { flag: '-Pn' },
    { flag: '-n' },
    { flag: '-p', value: '1-5' },
    { flag: '--max-hostgroup', value: '1' },
  ],
};

let store: Store;
let runsFolder: string;
beforeEach(async () => {
  store = await openStore(':memory:');
  runsFolder = mkdtempSync(join(tmpdir(), 'portolan-failing-'));
  await store.tasks.insert(
    { id: 't', owner: 'local', request, createdAt: 1, addressesTotal: 8, coverage: [] },
    'me',
    9,
  );
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
  rmSync(runsFolder, { recursive: true, force: true });
});

const full = () => Promise.reject(new PortolanError('storage_failed', 'The disk is full.', 'Make room.'));

function run(): Promise<void> {
  const worker = createWorker({
    store: async () => store,
    vantage: async () => here,
    budget: createBudget(),
    runsFolder,
    watchers: new Watchers(),
    onDefect: () => {},
  });
  return store.tasks.claim('me', 9, 2).then((task) => {
    if (!task) throw new Error('nothing waits');
    return worker(task, new AbortController().signal);
  });
}

async function hosts(): Promise<string[]> {
  const rows = await store.hosts.page('t', { after: 0, limit: 99, downToo: true });
  return rows.map(({ host }) => host.address).sort();
}

it('keeps the row and the report of a scan whose hosts could not be stored, and goes on with them', async () => {
  const put = vi.spyOn(store.hosts, 'put').mockImplementation(full);
  await expect(run()).rejects.toMatchObject({ code: 'storage_failed' });
  expect(put.mock.calls.length).toBeGreaterThan(3);
  expect(await store.tasks.get('t')).toMatchObject({ state: 'running' });
  expect(existsSync(join(runsFolder, 't', '1', 'scan.xml'))).toBe(true);
  expect(await hosts()).toEqual([]);

  put.mockRestore();
  const parts = { store, instanceId: 'me', runs: () => false, runsFolder, now: 3 };
  const { suspects } = await recoverOwn({ ...parts, suspects: new Set() });
  expect(await recoverOwn({ ...parts, suspects })).toMatchObject({ requeued: 1 });
  const afterReplay = await hosts();
  expect(afterReplay.length).toBeGreaterThan(0);
  await run();
  expect(await store.tasks.get('t')).toMatchObject({ state: 'completed', attempts: 2, hostsDone: 8 });
  expect(await hosts()).toEqual([...ADDRESSES].sort());
});

it('stores the end of a scan as soon as that can be done', async () => {
  const finish = vi.spyOn(store.tasks, 'finish').mockImplementationOnce(full).mockImplementationOnce(full);
  await run();
  expect(finish).toHaveBeenCalledTimes(3);
  expect(await store.tasks.get('t')).toMatchObject({ state: 'completed' });
  expect(existsSync(join(runsFolder, 't'))).toBe(false);
});

it('does not try for ever what is no fault of the disk', async () => {
  vi.spyOn(store.tasks, 'finish').mockRejectedValue(new Error('a defect'));
  await expect(run()).rejects.toThrow('a defect');
});
