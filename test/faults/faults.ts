/** The faults there are: each happens to a running scan and is mended again. One that hits nothing throws: a void round. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Home } from '../e2e/portolan.ts';
import { fill } from '../e2e/server-on-disk.ts';
import { DATABASE_FAULTS } from './database-faults.ts';
import { end, type Fault, hit, type Scene, seconds, suspend } from './scene.ts';
import { scannersOf, VoidRound } from './world.ts';

/** Between two phases of a scan there is none for a moment: the next is waited for. */
async function killScanners(home: Home, before = () => {}, missed = () => {}): Promise<void> {
  for (const until = performance.now() + 10_000; performance.now() < until; await delay(5)) {
    if (scannersOf(home).length === 0) continue;
    before();
    const scanners = scannersOf(home);
    for (const pid of scanners) hit(pid, 'SIGKILL');
    if (scanners.length > 0) return;
    missed();
  }
  throw new VoidRound('no scanner to kill');
}

/** So few that nothing more can be opened, which a call shows. */
async function fewFiles({ server, random }: Scene): Promise<void> {
  const { pid } = server;
  const prlimit = (...words: string[]) =>
    execFileSync('prlimit', ['--pid', String(pid), ...words], { encoding: 'utf8' });
  const before = prlimit('--nofile', '--raw', '--noheadings', '--output', 'SOFT').trim();
  const open = readdirSync(`/proc/${pid}/fd`).length;
  prlimit(`--nofile=${Math.floor(open * (0.5 + random() / 2))}:`);
  const { structured } = await server.call('quick_scan', { target: '127.0.0.1', timeout: 5 });
  const { code, message = '' } = (structured['error'] ?? {}) as { code?: string; message?: string };
  if (code === undefined) throw new VoidRound('a scan could be made all the same');
  if (code !== 'resource_exhausted' && !message.includes('open files'))
    throw new Error(`a scan was refused as ${JSON.stringify(structured)}`);
  await seconds(random, 4);
  if (!existsSync(`/proc/${pid}`)) throw new Error('the server died of it');
  prlimit(`--nofile=${before}:`);
}

/** The clock that `env` of run.ts gives the server. */
export const clockOf = ({ folder }: Home) => join(folder, 'clock');

async function setClock({ home, server, random }: Scene, by: string): Promise<void> {
  if (!readFileSync(`/proc/${server.pid}/maps`, 'utf8').includes('libfaketime'))
    throw new VoidRound('the server does not look at this clock');
  writeFileSync(clockOf(home), by);
  await seconds(random, 3);
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  'kill the server': {
    async happen(scene) {
      await end(scene, 'SIGKILL');
      await scene.restart();
    },
  },
  'kill nmap': {
    mayFail: 'interrupted',
    fails: true,
    async happen({ home }) {
      await killScanners(home);
    },
  },
  'kill both': {
    async happen(scene) {
      const { home, server, restart } = scene;
      // The server first: it must not see how nmap ends.
      await killScanners(
        home,
        () => hit(server.pid, 'SIGSTOP'),
        () => hit(server.pid, 'SIGCONT'),
      );
      await end(scene, 'SIGKILL');
      await restart();
    },
  },
  'end the server': {
    async happen(scene) {
      await end(scene, 'SIGTERM');
      await scene.restart();
    },
  },
  'fill the disk': {
    async happen({ home, random }) {
      const makeRoom = fill(home.folder);
      await seconds(random, 12);
      makeRoom();
    },
  },
  'fill the disk and kill the server': {
    async happen(scene) {
      const makeRoom = fill(scene.home.folder);
      await seconds(scene.random, 5);
      await end(scene, 'SIGKILL');
      makeRoom();
      await scene.restart();
    },
  },
  'suspend the server': {
    happen: ({ server, random }) => suspend([server.pid], () => seconds(random, 5)),
  },
  'suspend all': {
    happen: ({ home, server, random }) =>
      suspend([server.pid, ...scannersOf(home)], () => seconds(random, 5)),
  },
  'set the clock back': {
    happen: (scene) => setClock(scene, '-1h'),
  },
  'set the clock ahead': {
    happen: (scene) => setClock(scene, '+95d'),
  },
  'few open files': {
    mayFail: 'resource_exhausted',
    happen: fewFiles,
  },
  ...DATABASE_FAULTS,
};
