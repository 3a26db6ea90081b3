/** A database that fails while a real nmap scans: the row stays, and nothing that was reported is lost. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PortolanError } from '../../../src/core/errors.ts';
import type { ScanRequest } from '../../../src/core/request.ts';
import type { Task } from '../../../src/core/task.ts';
import { createNmapFinder } from '../../../src/nmap/machine/install.ts';
import { privilegesOf } from '../../../src/nmap/machine/privileges.ts';
import { localRunner } from '../../../src/nmap/run/start-scanner.ts';
import { createBudget } from '../../../src/nmap/strategy/budget.ts';
import { createPolicy } from '../../../src/policy/authorize.ts';
import { localFacts } from '../../../src/policy/facts.ts';
import { recoverOwn } from '../../../src/scans/recover.ts';
import { Stalls } from '../../../src/scans/stalls.ts';
import type { Vantage } from '../../../src/scans/vantages.ts';
import { Watchers } from '../../../src/scans/watchers.ts';
import { createWorker } from '../../../src/scans/worker.ts';
import { openStore, type Store } from '../../../src/store/open.ts';
import { DEFAULT_POLICY } from '../../defaults.ts';

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
let stalls: Stalls;
beforeEach(async () => {
  stalls = new Stalls();
  store = await openStore(':memory:');
  runsFolder = mkdtempSync(join(tmpdir(), 'portolan-failing-'));
  await insert('t', request);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
  rmSync(runsFolder, { recursive: true, force: true });
});

function insert(id: string, asked: ScanRequest): Promise<boolean> {
  const task = { id, owner: 'local', request: asked, createdAt: 1, addressesTotal: 8, coverage: [] };
  return store.tasks.insert(task, 'me', 9);
}

const FULL = { code: 'storage_failed', message: 'The disk is full.' };
const full = () => Promise.reject(new PortolanError('storage_failed', 'The disk is full.', 'Make room.'));

async function seen(): Promise<Task | undefined> {
  const task = await store.tasks.get('t');
  return task && stalls.seen(task);
}

function run(signal: AbortSignal = new AbortController().signal): Promise<void> {
  const worker = createWorker({
    store: async () => store,
    vantage: async () => here,
    budget: createBudget(),
    runsFolder,
    watchers: new Watchers(),
    stalls,
    onDefect: () => {},
  });
  return store.tasks.claim('me', 9, 2).then((task) => {
    if (!task) throw new Error('nothing waits');
    return worker(task, signal);
  });
}

async function hosts(): Promise<string[]> {
  const rows = await store.hosts.page('t', { after: 0, limit: 99, downToo: true });
  return rows.map(({ host }) => host.address).sort();
}

it('waits for a store that fails, says so meanwhile, and goes on by itself with nothing lost', async () => {
  const put = vi.spyOn(store.hosts, 'put').mockImplementation(full);
  const ended = run();
  await vi.waitFor(async () => expect(await seen()).toMatchObject({ state: 'running', error: FULL }), 30_000);
  expect((await seen())?.progress?.phase).toContain('Waiting for the disk');
  expect(await hosts()).toEqual([]);

  put.mockRestore();
  await ended;
  expect(await store.tasks.get('t')).toMatchObject({ state: 'completed', hostsDone: 8 });
  expect((await seen())?.error).toBeUndefined();
  expect(await hosts()).toEqual([...ADDRESSES].sort());
  expect(existsSync(join(runsFolder, 't'))).toBe(false);
});

it('leaves the row and the files to the next process when this one ends while the store fails', async () => {
  const put = vi.spyOn(store.hosts, 'put').mockImplementation(full);
  const stop = new AbortController();
  const ended = run(stop.signal);
  await vi.waitFor(async () => expect(await seen()).toMatchObject({ error: FULL }), 30_000);
  stop.abort('shutdown');
  await expect(ended).rejects.toMatchObject({ code: 'storage_failed' });
  expect(await store.tasks.get('t')).toMatchObject({ state: 'running' });
  expect(existsSync(join(runsFolder, 't', '1', 'scan.xml'))).toBe(true);

  put.mockRestore();
  const parts = { store, instanceId: 'me', runs: () => false, runsFolder, now: 3 };
  const { suspects } = await recoverOwn({ ...parts, suspects: new Map(), at: 0 });
  expect(await recoverOwn({ ...parts, suspects, at: 60_000 })).toMatchObject({ requeued: 1 });
  expect((await hosts()).length).toBeGreaterThan(0);
  await run();
  expect(await store.tasks.get('t')).toMatchObject({ state: 'completed', hostsDone: 8 });
  expect(await hosts()).toEqual([...ADDRESSES].sort());
});

it('stops a scan that waits for its store when that is asked for', async () => {
  const put = vi.spyOn(store.hosts, 'put').mockImplementation(full);
  await store.tasks.finish('t', 'cancelled', 1, { coverage: [] });
  const options = [...request.options, { flag: '--max-rate', value: '2' }];
  await insert('slow', { ...request, options });
  const stop = new AbortController();
  const ended = run(stop.signal);
  const slow = async () => stalls.seen((await store.tasks.get('slow')) as Task);
  await vi.waitFor(async () => expect(await slow()).toMatchObject({ error: FULL }), 30_000);
  stop.abort('cancelled');
  put.mockRestore();
  await ended;
  expect(await slow()).toMatchObject({ state: 'cancelled', hostsDone: expect.toSatisfy((done) => done > 0) });
  expect((await slow()).error).toBeUndefined();
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
