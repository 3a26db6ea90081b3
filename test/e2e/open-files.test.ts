/** Few open files (ulimit -n): what the limit allows is done, the rest is said before it fails. With a real nmap. */
import { spawn, spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { sharesOf } from '../../src/nmap/machine/open-files.ts';
import { type Field, incomplete, openField, openPorts, SCANS, scannersOf, tasksOf } from '../faults/world.ts';
import {
  cleanEnvironment,
  type Home,
  mainArguments,
  makeHome,
  originOf,
  startStdio,
  terminate,
} from './portolan.ts';

let field: Field;
let home: Home;
beforeAll(async () => {
  field = await openField('127.0.10');
});
afterAll(() => field.close());
beforeEach(() => {
  home = makeHome();
});
afterEach(() => home.remove());

const limited = (files: number) => (argv: string[]) =>
  ['prlimit', `--nofile=${files}:${files}`, '--', ...argv] as [string, ...string[]];

it('shares of a limit never come to more than the limit', () => {
  for (let limit = 1; limit < 70_000; limit += 13) {
    const { scanners, connections } = sharesOf(limit);
    if (limit >= 52) expect(scanners, String(limit)).toBeGreaterThan(0);
    if (scanners > 0) expect(40 + scanners * 6 + connections, String(limit)).toBeLessThanOrEqual(limit);
  }
});

it('with 64 runs as many scans at a time as fit, and all of them to their end', async () => {
  const server = await startStdio(home, '2026-07-28', limited(64));
  try {
    const { tool, args } = SCANS.versions.call(field);
    let most = 0;
    const looking = setInterval(() => {
      most = Math.max(most, scannersOf(home).length);
    }, 200);
    const answers = await Promise.all([1, 2, 3, 4].map(() => server.call(tool, { ...args, timeout: 100 })));
    clearInterval(looking);
    for (const { structured } of answers) expect(structured).toMatchObject({ status: 'completed' });
    for (const { task_id } of await tasksOf(server))
      expect(incomplete(field, await openPorts(server, task_id))).toEqual([]);
    expect(most).toBeLessThanOrEqual(2);
  } finally {
    await server.close();
  }
});

it('with 40 says so in the answer, in the health and in doctor, and answers all the while', async () => {
  const [program, ...words] = limited(40)([process.execPath, ...mainArguments(home, 'serve', '--port', '0')]);
  const child = spawn(program ?? '', words, {
    env: cleanEnvironment(home),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const origin = await originOf(child);
    const refused = await fetch(`${origin}/tools/quick_scan/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ target: '127.0.10.1' }),
    });
    expect(await refused.json()).toMatchObject({
      error: { code: 'resource_exhausted', message: expect.stringContaining('40 files') },
    });
    const health = (await (await fetch(`${origin}/health`)).json()) as { checks: object[] };
    expect(health.checks).toContainEqual(
      expect.objectContaining({
        name: 'open_files',
        ok: false,
        message: expect.stringContaining('no scan can run'),
      }),
    );
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
  } finally {
    await terminate(child);
  }
  const [again, ...more] = limited(40)([process.execPath, ...mainArguments(home, 'doctor')]);
  const doctor = spawnSync(again, more, { env: cleanEnvironment(home), encoding: 'utf8' });
  expect(doctor.stdout).toMatch(/open files +at most 40 open files: no scan can run/);
});
