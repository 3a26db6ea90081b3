/** The runner of command tools, with real processes. Programs of our own stand for those that misbehave. */

import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findNmap } from '../../../src/nmap/machine/install.ts';
import { isAlive } from '../../../src/nmap/machine/processes.ts';
import { type CommandLimits, runCommand, runPlainNmap } from '../../../src/nmap/run/run-command.ts';
import { type AllowedTarget, createTargetPolicy } from '../../../src/policy/allowed-target.ts';
import type { AllowedScan } from '../../../src/policy/authorize.ts';
import { DEFAULT_POLICY } from '../../defaults.ts';
import { allow } from './allow.ts';

const KIB = 1024;
let folder: string;
let target: AllowedTarget;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-command-'));
  target = await createTargetPolicy(() => DEFAULT_POLICY, {
    resolve: async () => [],
    scripts: () => Promise.reject(new Error('not asked for')),
    privileges: () => Promise.reject(new Error('not asked for')),
    interfaces: () => [],
  }).authorize('127.0.0.1');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
  return file;
}

const limits = (more: Partial<CommandLimits> = {}): CommandLimits => ({
  timeoutMs: 20_000,
  stdoutBytes: 1024 * KIB,
  stderrBytes: 256 * KIB,
  signal: new AbortController().signal,
  ...more,
});

async function gone(pid: number): Promise<boolean> {
  for (let round = 0; round < 100 && isAlive(pid); round++) await delay(50);
  return !isAlive(pid);
}

async function written(file: string): Promise<string> {
  for (let round = 0; round < 200; round++) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return text.trim();
    await delay(25);
  }
  throw new Error(`${file} was not written`);
}

test('options, then --, then the pinned address; no environment of ours', async () => {
  process.env['PORTOLAN_TEST_SECRET'] = 'do-not-inherit';
  const file = await program('show', 'printf "%s\\n" "$@"; env; echo to-stderr >&2; exit 3');
  const outcome = await runCommand({ program: file, options: ['-a', 'x y'] }, target, limits());
  expect(outcome).toMatchObject({ status: 3, signal: null, end: 'by itself', stderr: 'to-stderr\n' });
  expect(outcome.argv).toEqual([file, '-a', 'x y', '--', '127.0.0.1']);
  expect(outcome.stdout.split('\n').slice(0, 4)).toEqual(['-a', 'x y', '--', '127.0.0.1']);
  expect(outcome.stdout).not.toContain('do-not-inherit');
  delete process.env['PORTOLAN_TEST_SECRET'];
});

test('output is cut at its limits, and said so; the program is not blocked by it', async () => {
  const file = await program(
    'loud',
    'head -c 3000000 /dev/zero | tr "\\0" a; head -c 500000 /dev/zero | tr "\\0" b >&2; exit 0',
  );
  const outcome = await runCommand({ program: file, options: [] }, target, limits());
  expect(outcome).toMatchObject({ status: 0, truncatedStdout: true, truncatedStderr: true });
  expect(outcome.stdout).toBe('a'.repeat(1024 * KIB));
  expect(outcome.stderr).toBe('b'.repeat(256 * KIB));
  const exact = await program('exact', 'head -c 4096 /dev/zero | tr "\\0" a');
  const kept = await runCommand({ program: exact, options: [] }, target, limits({ stdoutBytes: 4096 }));
  expect(kept).toMatchObject({ truncatedStdout: false });
  expect(kept.stdout).toHaveLength(4096);
});

test('what it prints cannot move a terminal', async () => {
  const file = await program('evil', 'printf "\\033[2Jhello\\000\\007\\342\\200\\256world\\r\\n"');
  const { stdout } = await runCommand({ program: file, options: [] }, target, limits());
  expect(stdout).toBe('\\x1b[2Jhello\\x00\\x07\\u{202e}world\n');
});

test('when the time is over the whole group ends, and what was printed is kept', async () => {
  const pids = join(folder, 'timeout.pids');
  // Neither heeds SIGTERM, and one has left its parent.
  const file = await program(
    'slow',
    `trap "" TERM; (trap "" TERM; while :; do sleep 1; done) & echo "$$ $!" > ${pids}; echo partial; while :; do sleep 1; done`,
  );
  const outcome = await runCommand({ program: file, options: [] }, target, limits({ timeoutMs: 700 }));
  expect(outcome).toMatchObject({ end: 'timeout', stdout: 'partial\n' });
  for (const pid of (await written(pids)).split(' ')) expect(await gone(Number(pid))).toBe(true);
});

test('what a program leaves behind in its group ends with it', async () => {
  const pids = join(folder, 'left.pids');
  const file = await program('leaves', `sleep 300 & echo $! > ${pids}; echo done`);
  const outcome = await runCommand({ program: file, options: [] }, target, limits());
  expect(outcome).toMatchObject({ status: 0, stdout: 'done\n' });
  expect(await gone(Number(await written(pids)))).toBe(true);
});

test('a caller who goes ends it', async () => {
  const controller = new AbortController();
  const pids = join(folder, 'cancel.pids');
  const file = await program('wait', `echo $$ > ${pids}; echo so-far; exec sleep 300`);
  const running = runCommand({ program: file, options: [] }, target, limits({ signal: controller.signal }));
  const pid = Number(await written(pids));
  controller.abort();
  expect(await running).toMatchObject({ end: 'cancelled', signal: 'SIGTERM', stdout: 'so-far\n' });
  expect(await gone(pid)).toBe(true);
  const before = await runCommand(
    { program: file, options: [] },
    target,
    limits({ signal: controller.signal }),
  );
  expect(before).toMatchObject({ end: 'cancelled', status: null, stdout: '' });
});

test('kill -9 of Portolan ends it too', async () => {
  const pids = join(folder, 'death.pids');
  const file = await program('orphan', `echo $$ > ${pids}; exec sleep 300`);
  const script = join(folder, 'owner.ts');
  const from = (path: string) => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);
  await writeFile(
    script,
    `import { runCommand } from ${from('nmap/run/run-command.ts')};
import { createTargetPolicy } from ${from('policy/allowed-target.ts')};
import { DEFAULT_POLICY } from ${from('../test/defaults.ts')};
const target = await createTargetPolicy(() => DEFAULT_POLICY, { interfaces: () => [] } as never).authorize('127.0.0.1');
await runCommand({ program: ${JSON.stringify(file)}, options: [] }, target, { timeoutMs: 300_000, stdoutBytes: 1, stderrBytes: 1, signal: new AbortController().signal });
`,
  );
  const owner = spawn(process.execPath, [script], { stdio: 'ignore' });
  const pid = Number(await written(pids));
  expect(isAlive(pid)).toBe(true);
  owner.kill('SIGKILL');
  expect(await gone(pid)).toBe(true);
});

test('a program that is not there, or may not be run, is said so', async () => {
  await expect(
    runCommand({ program: 'no-such-program', package: 'its-package', options: [] }, target, limits()),
  ).rejects.toMatchObject({ code: 'command_not_found', next: expect.stringContaining('its-package') });
  const file = join(folder, 'broken');
  await writeFile(file, '#!/no/such/interpreter\n');
  await chmod(file, 0o755);
  // Through setpriv it is that program that fails to become ours; without it the system refuses to start it.
  const ended = await runCommand({ program: file, options: [] }, target, limits()).catch((error) => error);
  expect([ended.status, ended.code]).toContainEqual(
    expect.toSatisfy((value) => value === 127 || value === 'command_crashed'),
  );
});

test('only what the policy allowed is run', async () => {
  const file = await program('never', `touch ${join(folder, 'ran')}`);
  const forged = { asked: 'x', family: 4, address: '8.8.8.8' } as AllowedTarget;
  await expect(runCommand({ program: file, options: [] }, forged, limits())).rejects.toThrow(TypeError);
  await expect(readFile(join(folder, 'ran'))).rejects.toThrow('ENOENT');
  const scan = {
    family: 4,
    options: [],
    targets: ['8.8.8.8'],
    privileges: { how: 'root' },
  } as unknown as AllowedScan;
  await expect(runPlainNmap(scan, await findNmap(), limits())).rejects.toThrow(TypeError);
});

test('nmap prints as it does for its users', async () => {
  const scan = await allow('-sT -Pn -n -p 1 127.0.0.1');
  const { argv, stdout, status } = await runPlainNmap(scan, await findNmap(), limits());
  expect(status).toBe(0);
  expect(argv.slice(-2)).toEqual(['--', '127.0.0.1']);
  expect(stdout).toMatch(/^1\/tcp\s+(closed|open)/m);
  expect(stdout).not.toContain('<?xml');
});
