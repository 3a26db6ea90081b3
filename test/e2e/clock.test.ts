/** A clock on the wall that is set while we run, or is wrong when we start: nobody waits for it, and nothing is deleted. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { moment, scannersOf, tasksOf } from '../faults/world.ts';
import {
  cleanEnvironment,
  type Home,
  mainArguments,
  makeHome,
  type Portolan,
  startStdio,
} from './portolan.ts';

const LIBRARY = '/usr/$LIB/faketime/libfaketime.so.1';

let home: Home;
let server: Portolan | undefined;
beforeEach(() => {
  home = makeHome();
});
afterEach(async () => {
  await server?.close().catch(() => {});
  server = undefined;
  home.remove();
});

/** @param by as faketime(1) says it: `-1h`, `+95d` */
function setClock(by: string): void {
  writeFileSync(join(home.folder, 'clock'), by);
}

/** As the real clocks of a machine: the one on the wall can be set, the monotonic one cannot. */
const clock = () => ({
  LD_PRELOAD: LIBRARY,
  FAKETIME_TIMESTAMP_FILE: join(home.folder, 'clock'),
  FAKETIME_NO_CACHE: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
});

async function start(): Promise<Portolan> {
  const words = Object.entries(clock()).map(([name, value]) => `${name}=${value}`);
  server = await startStdio(home, '2026-07-28', (argv) => ['env', ...words, ...argv]);
  return server;
}

it('answers a call in time when the clock is set back by an hour while it waits', async () => {
  setClock('+0');
  const portolan = await start();
  const answer = portolan.call('custom_scan', {
    command: '-sT -Pn -n -p 1-60 --max-rate 5 --max-hostgroup 1 127.0.8.0/28',
    timeout: 5,
  });
  await moment(home, () => true);
  setClock('-1h');
  const late = delay(60_000).then(() => 'not answered within a minute');
  expect(await Promise.race([answer, late])).toMatchObject({ structured: { status: 'running' } });
  expect(scannersOf(home)).toHaveLength(1);
});

it('deletes nothing because of a clock that is 95 days ahead, not even after scans under it', async () => {
  setClock('+0');
  const quick = { command: '-sT -Pn -n -p 1-5 127.0.8.1' };
  let portolan = await start();
  expect((await portolan.call('custom_scan', quick)).structured).toMatchObject({ status: 'completed' });
  await portolan.close();
  for (const scans of [2, 3]) {
    setClock('+95d');
    portolan = await start();
    expect((await portolan.call('custom_scan', quick)).structured).toMatchObject({ status: 'completed' });
    // Old tasks are looked for a moment after the start.
    await delay(2000);
    expect(await tasksOf(portolan)).toHaveLength(scans);
    await portolan.close();
  }
  const env = { ...cleanEnvironment(home), ...clock() };
  const prune = (...words: string[]) =>
    spawnSync(process.execPath, mainArguments(home, 'prune', ...words), { env, encoding: 'utf8' });
  const asked = prune();
  expect(asked.status).toBe(2);
  expect(asked.stderr).toMatch(
    /no scan was asked for in (?:89|90) of the last 90 days.*the clock .* is wrong/,
  );
  expect(prune('--yes').stdout).toMatch(/^Deleted 1 /);
});
