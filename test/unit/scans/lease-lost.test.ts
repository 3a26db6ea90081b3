/** A scan that another process has taken over while a real nmap runs here: it is stopped, and nothing more is written. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LeaseLost } from '../../../src/core/lease.ts';
import type { HeldTask } from '../../../src/core/task.ts';
import { createNmapFinder } from '../../../src/nmap/machine/install.ts';
import { privilegesOf } from '../../../src/nmap/machine/privileges.ts';
import { localRunner } from '../../../src/nmap/run/start-scanner.ts';
import { createBudget } from '../../../src/nmap/strategy/budget.ts';
import { createPolicy } from '../../../src/policy/authorize.ts';
import { localFacts } from '../../../src/policy/facts.ts';
import { Recorder } from '../../../src/scans/recorder.ts';
import { Stalls } from '../../../src/scans/stalls.ts';
import { Watchers } from '../../../src/scans/watchers.ts';
import { createWorker } from '../../../src/scans/worker.ts';
import { openStore, type Store } from '../../../src/store/open.ts';
import { DEFAULT_POLICY } from '../../defaults.ts';

const nmap = createNmapFinder(() => undefined);
const privileges = async () => privilegesOf(await nmap());
const facts = localFacts({ dataDirectory: async () => (await nmap()).dataDirectory, privileges });
const here = { policy: createPolicy(() => DEFAULT_POLICY, facts), nmap, privileges, runner: localRunner };
// Ten seconds a host.
const options = ['-sT', '-Pn', '-n', '-p 1-5', '--max-hostgroup 1', '--max-rate 1'].map((words) => {
  const [flag = '', value] = words.split(' ');
  return value === undefined ? { flag } : { flag, value };
});
const request = { tool: 'custom_scan', targets: ['127.0.0.1-8'], options };

let store: Store;
let runsFolder: string;
let task: HeldTask;
beforeEach(async () => {
  store = await openStore(':memory:');
  runsFolder = mkdtempSync(join(tmpdir(), 'portolan-lost-'));
  const asked = { id: 't', owner: 'local', request, createdAt: 1, addressesTotal: 8, coverage: [] };
  await store.tasks.insert(asked, 'me', 9);
  const claimed = await store.tasks.claim('me', 9, 2);
  if (!claimed) throw new Error('not claimed');
  task = claimed;
});
afterEach(async () => {
  await store.close();
  rmSync(runsFolder, { recursive: true, force: true });
});

it('stops its nmap within moments, leaves row and files to the other, and is told', async () => {
  const onLost = vi.fn();
  const ended = createWorker({
    store: async () => store,
    vantage: async () => ({ ...here, sources: async () => ['127.0.0.1/8'] }),
    budget: createBudget(),
    runsFolder,
    watchers: new Watchers(),
    stalls: new Stalls(),
    onLost,
    onDefect: (error) => {
      throw error;
    },
  })(task, new AbortController().signal);
  const report = join(runsFolder, 't', '1', 'scan.xml');
  await vi.waitFor(() => expect(existsSync(report)).toBe(true), 15_000);
  expect(await store.tasks.adopt('t', 'me', 'other')).toBeDefined();
  const before = await store.tasks.get('t');
  await ended;
  expect(onLost).toHaveBeenCalledExactlyOnceWith(task);
  expect(await store.tasks.get('t')).toEqual(before);
  expect(await store.tasks.unfinishedOf('other')).toEqual([{ id: 't', state: 'running' }]);
  expect(existsSync(report)).toBe(true);
});

it('stores nothing of what is reported after that, and tries no second time', async () => {
  const failed = vi.fn();
  const on = { stored: () => {}, stalled: () => {}, failed };
  const recorder = new Recorder(store, task, on, new AbortController().signal);
  recorder.host({ address: '127.0.0.1', status: 'up', ports: [] });
  await recorder.drain();
  await store.tasks.adopt('t', 'me', 'other');
  const before = await store.tasks.get('t');
  recorder.host({ address: '127.0.0.2', status: 'up', ports: [] });
  recorder.openPort({ address: '127.0.0.3', port: 80, protocol: 'tcp' });
  recorder.progress({ percent: 50, phase: 'Connect Scan' });
  await expect(recorder.drain()).rejects.toThrow(LeaseLost);
  expect(failed).toHaveBeenCalledOnce();
  expect(await store.tasks.get('t')).toEqual(before);
  expect(await store.hosts.page('t', { after: 0, limit: 9 })).toHaveLength(1);
});
