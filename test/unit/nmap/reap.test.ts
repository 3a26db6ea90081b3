import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { HostResult } from '../../../src/core/result.ts';
import { findExecutable } from '../../../src/nmap/machine/ask-program.ts';
import { findNmap } from '../../../src/nmap/machine/install.ts';
import { isGone, isOfOurNamespace } from '../../../src/nmap/machine/processes.ts';
import { readRun } from '../../../src/nmap/recovery/replay.ts';
import {
  endOrphans,
  findOrphans,
  isAlive,
  killTree,
  processStartTicks,
  writeOwner,
} from '../../../src/nmap/run/reap.ts';
import type { Heard } from '../../lab/in-lab.ts';

const IN_LAB = fileURLToPath(new URL('../../lab/in-lab.ts', import.meta.url));
const SLOW = ['-n', '-Pn', '-p', '1-500', '--max-rate', '1000', '--max-hostgroup', '1', '--', '127.0.0.1-10'];

let runs: string;
let nmap: string;
const started: { pid: number; startTicks: number }[] = [];

beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'portolan-reap-'));
  nmap = (await findNmap()).path;
});
afterEach(async () => {
  for (const { pid, startTicks } of started.splice(0)) await killTree(pid, startTicks);
  await rm(runs, { recursive: true, force: true });
});

/** A process that starts a real nmap as runNmap does, notes itself as the owner, and then is gone. */
async function orphan(
  taskId: string,
  environment: 'marked' | 'bare',
): Promise<{ pid: number; startTicks: number }> {
  const directory = join(runs, taskId);
  await mkdir(directory);
  const script = `
    const { spawn } = await import('node:child_process');
    const { writeOwner } = await import(${JSON.stringify(new URL('../../../src/nmap/run/reap.ts', import.meta.url))});
    await writeOwner(${JSON.stringify(directory)}, ${JSON.stringify(taskId)});
    const child = spawn(${JSON.stringify(nmap)}, ['-oX', ${JSON.stringify(join(directory, 'scan.xml'))}, ...${JSON.stringify(SLOW)}], {
      detached: true, stdio: 'ignore', env: ${environment === 'marked' ? JSON.stringify({ PORTOLAN_RUN: directory }) : '{}'},
    });
    child.once('spawn', () => { console.log(child.pid); process.exit(0); });`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [[words]] = (await Promise.all([once(parent.stdout, 'data'), once(parent, 'exit')])) as [
    [Buffer],
    unknown,
  ];
  const pid = Number(words.toString());
  const startTicks = processStartTicks(pid);
  if (startTicks === undefined) throw new Error('the orphan ended at once');
  started.push({ pid, startTicks });
  return { pid, startTicks };
}

test.each(['marked', 'bare'] as const)(
  'an orphan with a %s environment is found and ended',
  async (environment) => {
    const { pid, startTicks } = await orphan('task-a', environment);
    expect(await findOrphans({ runsDirectory: runs })).toEqual([
      { pid, startTicks, directory: join(runs, 'task-a'), taskId: 'task-a' },
    ]);
    expect(await findOrphans({ runsDirectory: join(runs, 'elsewhere') })).toEqual([]);
    expect(await findOrphans({ taskId: 'task-b' })).toEqual([]);
    expect(await endOrphans('task-a')).toBe(true);
    expect(isAlive(pid, startTicks)).toBe(false);
    expect(await findOrphans({ runsDirectory: runs })).toEqual([]);
  },
);

test('the scanner of a Portolan that lives is left alone', async () => {
  const { pid, startTicks } = await orphan('task-c', 'marked');
  await writeOwner(join(runs, 'task-c'), 'task-c'); // this very process, which lives
  expect(await findOrphans({ runsDirectory: runs })).toEqual([]);
  expect(await endOrphans('task-c')).toBe(true);
  expect(isAlive(pid, startTicks)).toBe(true);
});

test('a scanner in another PID namespace is none of ours, whatever its files say of its owner', async () => {
  const directory = join(runs, 'task-n', '1');
  await mkdir(directory, { recursive: true });
  // The owner of that namespace: here its pid is that of nobody.
  await writeFile(join(directory, 'owner.json'), JSON.stringify({ taskId: 'task-n', pid: 999_999_999 }));
  const inside = ['-Urpf', '--mount-proc', '--kill-child', 'sleep', '600'];
  const other = spawn('unshare', inside, {
    stdio: 'ignore',
    env: { ...process.env, PORTOLAN_RUN: directory },
  });
  try {
    const pid = await vi.waitFor(() => {
      const [child] = readFileSync(`/proc/${other.pid}/task/${other.pid}/children`, 'utf8').trim().split(' ');
      expect(readFileSync(`/proc/${child}/cmdline`, 'utf8')).toContain('sleep');
      return Number(child);
    }, 10_000);
    expect([isOfOurNamespace('self'), isOfOurNamespace(pid)]).toEqual([true, false]);
    // What made that namespace is still in ours, and goes with it.
    expect((await findOrphans({ runsDirectory: runs })).map((one) => one.pid)).toEqual([other.pid]);
    const startTicks = processStartTicks(pid) ?? 0;
    process.kill(other.pid ?? 0, 'SIGSTOP');
    expect((await findOrphans({ taskId: 'task-n' })).map((one) => one.pid)).not.toContain(pid);
    expect(isAlive(pid, startTicks)).toBe(true);
  } finally {
    other.kill('SIGKILL');
  }
});

test('that a process has ended is known of one that answers not, or began at another time', () => {
  const own = processStartTicks(process.pid) ?? 0;
  expect(isGone(process.pid, own)).toBe(false);
  expect(isGone(process.pid, own + 1)).toBe(true);
  expect(isGone(spawnSync('true').pid, own)).toBe(true);
});

test('a pid that has been given to another process is not killed', async () => {
  const { pid, startTicks } = await orphan('task-d', 'marked');
  expect(await killTree(pid, startTicks + 1)).toBe(true);
  expect(isAlive(pid, startTicks)).toBe(true);
  expect(isAlive(pid, startTicks + 1)).toBe(false);
  expect(await killTree(1, 0)).toBe(false);
  expect(await killTree(process.pid, processStartTicks(process.pid) ?? 0)).toBe(false);
});

test('kill -9 of Portolan: nmap ends, and every host it had reported is read again', async () => {
  const directory = join(runs, 'task-e');
  const job = { command: `${SLOW.filter((word) => word !== '--').join(' ')}`, directory, taskId: 'task-e' };
  const portolan = spawn(process.execPath, [IN_LAB, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { scanner, hosts } = await killAfterFirstHost(portolan);
  started.push(scanner);
  // With setpriv the kernel ends it, without it is an orphan to be found.
  if ((await findExecutable('setpriv')) === undefined) await endOrphans('task-e');
  await expect.poll(() => isAlive(scanner.pid, scanner.startTicks), { timeout: 5000 }).toBe(false);
  const again: HostResult[] = [];
  const left = await readRun(directory, { host: (host) => again.push(host) });
  expect(left.truncated).toBe(true);
  expect(again.slice(0, hosts.length)).toEqual(hosts);
});

async function killAfterFirstHost(portolan: ChildProcess & { stdout: NodeJS.ReadableStream }) {
  const hosts: HostResult[] = [];
  const exited = once(portolan, 'exit');
  let scanner: { pid: number; startTicks: number } | undefined;
  for await (const line of createInterface({ input: portolan.stdout })) {
    const heard = JSON.parse(line) as Heard;
    if (heard.event === 'started') scanner = { pid: heard.pid, startTicks: heard.startTicks ?? 0 };
    if (heard.event === 'host') {
      hosts.push(heard.host);
      portolan.kill('SIGKILL');
    }
  }
  await exited;
  if (!scanner) throw new Error('the scan did not start');
  return { scanner, hosts };
}
