/** What is stored of a scan's progress: the last word before a silence, and never less than before. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
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
const request = {
  tool: 'custom_scan',
  targets: ['127.0.0.1-4'],
  options: [{ flag: '-n' }, { flag: '-p', value: '1-5' }, { flag: '--max-hostgroup', value: '1' }],
};

const defect = (error: unknown) => {
  throw error;
};

const ON = { stored: () => {}, stalled: defect, failed: () => defect(new Error('not stored')) };

let store: Store;
let runsFolder: string;
beforeEach(async () => {
  store = await openStore(':memory:');
  runsFolder = mkdtempSync(join(tmpdir(), 'portolan-progress-'));
  await store.tasks.insert(
    { id: 't', owner: 'local', request, createdAt: 1, addressesTotal: 4, coverage: [] },
    'me',
    9,
  );
});
afterEach(async () => {
  await store.close();
  rmSync(runsFolder, { recursive: true, force: true });
});

it('the last word before a long silence is stored, though it came right after another', async () => {
  const task = await store.tasks.claim('me', 1, 2);
  if (!task) throw new Error('not claimed');
  const recorder = new Recorder(store, task, ON, new AbortController().signal);
  recorder.progress({ percent: 10, phase: 'SYN Stealth Scan' });
  await recorder.drain();
  recorder.progress({ percent: 60, phase: 'SYN Stealth Scan' });
  recorder.progress({ percent: 60, phase: 'Service scan' });
  expect((await store.tasks.get('t'))?.progress).toEqual({ percent: 10, phase: 'SYN Stealth Scan' });
  await delay(700);
  expect((await store.tasks.get('t'))?.progress).toEqual({ percent: 60, phase: 'Service scan' });
});

it('a scan that goes on after an interruption goes on from the percentage it had, and is at 100 at its end alone', async () => {
  await store.tasks.claim('me', 1, 2);
  await store.tasks.setProgress('t', { percent: 40, phase: 'SYN Stealth Scan' });
  await store.tasks.requeue('t', []);
  expect((await store.tasks.get('t'))?.progress?.percent).toBe(40);
  const task = await store.tasks.claim('me', 1, 3);
  const percents: number[] = [];
  const run = createWorker({
    store: async () => store,
    vantage: async () => ({
      policy: createPolicy(() => DEFAULT_POLICY, facts),
      nmap,
      privileges,
      runner: localRunner,
    }),
    budget: createBudget(),
    runsFolder,
    watchers: new Watchers(),
    stalls: new Stalls(),
    observer: {
      changed: () => {},
      ran: () => {},
      host: () => {},
      openPort: () => {},
      progress: (_, { percent }) => percents.push(percent),
    },
    onDefect: defect,
  });
  if (!task) throw new Error('not claimed');
  await run(task, new AbortController().signal);
  expect((await store.tasks.get('t'))?.state).toBe('completed');
  expect(percents.length).toBeGreaterThan(3);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  expect(percents[0]).toBeGreaterThanOrEqual(40);
  expect(percents.at(-1)).toBe(99);
});
