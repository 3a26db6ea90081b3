/** Who is taken for dead at once, and whose tasks are left alone: only a pid of this very namespace proves anything. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { monotonicMs } from '../../../src/core/monotonic.ts';
import { NOBODY } from '../../../src/core/task.ts';
import { processStartTicks } from '../../../src/nmap/machine/processes.ts';
import { whereWeRun } from '../../../src/nmap/machine/where-we-run.ts';
import { recover } from '../../../src/scans/recover.ts';
import { LONGEST_PAUSE_MS, Silence } from '../../../src/scans/silence.ts';
import type { Instance } from '../../../src/store/instances.ts';
import { openStore, type Store } from '../../../src/store/open.ts';

const request = { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] };
const { host, bootId = '', pidNamespace = '' } = whereWeRun();
const living = spawn('sleep', ['600'], { stdio: 'ignore' });
afterAll(() => living.kill('SIGKILL'));

let store: Store;
let runsFolder: string;
beforeEach(async () => {
  store = await openStore(':memory:');
  runsFolder = mkdtempSync(join(tmpdir(), 'portolan-recover-'));
});
afterEach(async () => {
  await store.close();
  rmSync(runsFolder, { recursive: true, force: true });
});

/** A process of ours that has ended. */
function dead(): Pick<Instance, 'pid' | 'start_ticks'> {
  return { pid: spawnSync('true').pid, start_ticks: 1 };
}

const alive = () => ({ pid: living.pid ?? 0, start_ticks: processStartTicks(living.pid ?? 0) ?? 0 });

const HERE = { host, boot_id: bootId, pid_namespace: pidNamespace };

async function other(id: string, facts: Partial<Instance>): Promise<void> {
  await store.instances.register({ id, ...HERE, ...dead(), heartbeat_at: 1, ...facts });
  const task = { id, owner: 'local', request, createdAt: 1, addressesTotal: 1, coverage: [] };
  await store.tasks.insert(task, id, 99);
  await store.tasks.claim(id, 99, 2);
}

const look = (silence = new Silence(), adopter = 'me') =>
  recover({ store, instanceId: 'me', adopter, silence, runsFolder, now: 3 });

it.each<[string, () => Partial<Instance>, 'taken' | 'left']>([
  ['has ended here', () => ({}), 'taken'],
  ['had the pid that another has now', () => ({ ...alive(), start_ticks: 1 }), 'taken'],
  ['lives here', alive, 'left'],
  ['has ended, in another PID namespace', () => ({ pid_namespace: 'pid:[1]' }), 'left'],
  ['has ended, in a namespace that it did not know', () => ({ pid_namespace: null }), 'left'],
  ['has ended, on another machine', () => ({ host: 'elsewhere' }), 'left'],
  ['has ended, before this start of the machine', () => ({ boot_id: 'another' }), 'left'],
  ['has no known start', () => ({ start_ticks: null }), 'left'],
])('the tasks of one that %s', async (_, facts, what) => {
  await other('one', facts());
  const found = await look();
  const taken = what === 'taken';
  expect(found).toEqual({ adopted: 0, requeued: Number(taken), failed: 0 });
  expect(await store.tasks.get('one')).toMatchObject(
    taken ? { state: 'pending', deaths: 1 } : { state: 'running', deaths: 0 },
  );
  expect(await store.tasks.unfinishedOf(taken ? 'me' : 'one')).toHaveLength(1);
  expect(await store.instances.others('me')).toHaveLength(taken ? 0 : 1);
});

it.each<[string, Partial<Instance>, number]>([
  ['of another container on this machine, which counts as a crash', { pid_namespace: 'pid:[1]' }, 1],
  ['of another machine, which does not', { boot_id: 'another', host: 'elsewhere' }, 0],
])('one that is silent for too long is taken for dead: %s', async (_, facts, deaths) => {
  await other('one', facts);
  const silence = new Silence();
  const now = monotonicMs();
  const heard = await store.instances.others('me');
  // As if this process had looked all the time.
  for (let ago = 33_000; ago >= 0; ago -= LONGEST_PAUSE_MS / 2) silence.look(heard, now - ago);
  expect(await look(silence)).toMatchObject({ requeued: 1 });
  expect(await store.tasks.get('one')).toMatchObject({ state: 'pending', deaths });
});

it('stores what the files of a dead one say and removes them, and leaves those of one that may live', async () => {
  await other('gone', {});
  await other('elsewhere', { pid_namespace: 'pid:[1]' });
  for (const id of ['gone', 'elsewhere']) {
    mkdirSync(join(runsFolder, id, '1'), { recursive: true });
    writeFileSync(
      join(runsFolder, id, '1', 'scan.xml'),
      '<nmaprun><host><status state="up"/><address addr="127.0.0.1" addrtype="ipv4"/></host>\n',
    );
  }
  await look();
  expect(await store.tasks.get('gone')).toMatchObject({ hostsDone: 1 });
  expect([existsSync(join(runsFolder, 'gone')), existsSync(join(runsFolder, 'elsewhere'))]).toEqual([
    false,
    true,
  ]);
});

it('a command gives what it takes over to nobody, and a server takes it from there', async () => {
  await other('one', {});
  expect(await look(new Silence(), NOBODY)).toMatchObject({ requeued: 1 });
  expect(await store.tasks.unfinishedOf(NOBODY)).toHaveLength(1);
  expect(await look()).toMatchObject({ adopted: 1 });
  expect(await store.tasks.unfinishedOf('me')).toEqual([{ id: 'one', state: 'pending' }]);
});
