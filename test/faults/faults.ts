/** The faults there are: each happens to a running scan and is mended again. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type { Home, Portolan } from '../e2e/portolan.ts';
import { fill } from '../e2e/server-on-disk.ts';
import { killIfAlive, scannersOf } from './world.ts';

export interface Scene {
  home: Home;
  server: Portolan;
  random: () => number;
  /** Starts the server anew on the same database. */
  restart(): Promise<void>;
}

export interface Fault {
  happen(scene: Scene): Promise<void>;
  /** The error code with which the scan may end; absent: it must complete. */
  mayFail?: string;
}

const seconds = (random: () => number, most: number) => delay(200 + random() * most * 1000);

async function ended({ server, restart }: Scene): Promise<void> {
  for (let look = 0; look < 200 && existsSync(`/proc/${server.pid}`); look += 1) await delay(100);
  await server.close().catch(() => {});
  await restart();
}

/** Stops processes as a suspended machine does, and lets them go on. */
async function suspend(pids: readonly number[], random: () => number): Promise<void> {
  for (const pid of pids) killIfAlive(pid, 'SIGSTOP');
  await seconds(random, 5);
  for (const pid of pids) killIfAlive(pid, 'SIGCONT');
}

async function limit(pid: number, what: string, random: () => number): Promise<void> {
  const prlimit = (...words: string[]) =>
    execFileSync('prlimit', ['--pid', String(pid), ...words], { encoding: 'utf8' });
  const before = prlimit(`--${what}`, '--raw', '--noheadings', '--output', 'SOFT').trim();
  prlimit(`--${what}=${Math.floor(20 + random() * 30)}:`);
  await seconds(random, 4);
  if (!existsSync(`/proc/${pid}`)) throw new Error('the server died of it');
  prlimit(`--${what}=${before}:`);
}

/** The clock that `env` of run.ts gives the server. */
export const clockOf = ({ folder }: Home) => join(folder, 'clock');

async function setClock({ home, random }: Scene, by: string): Promise<void> {
  writeFileSync(clockOf(home), by);
  await seconds(random, 3);
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  'kill the server': {
    async happen(scene) {
      process.kill(scene.server.pid, 'SIGKILL');
      await ended(scene);
    },
  },
  'kill nmap': {
    mayFail: 'interrupted',
    async happen({ home }) {
      for (const pid of scannersOf(home)) killIfAlive(pid);
    },
  },
  'kill both': {
    async happen(scene) {
      const scanners = scannersOf(scene.home);
      process.kill(scene.server.pid, 'SIGKILL');
      for (const pid of scanners) killIfAlive(pid);
      await ended(scene);
    },
  },
  'end the server': {
    async happen(scene) {
      process.kill(scene.server.pid, 'SIGTERM');
      await ended(scene);
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
      process.kill(scene.server.pid, 'SIGKILL');
      makeRoom();
      await ended(scene);
    },
  },
  'lock the database': {
    async happen({ home, random }) {
      const database = new Sqlite(home.database, { timeout: 10_000 });
      database.exec('BEGIN EXCLUSIVE');
      await seconds(random, 12);
      database.exec('ROLLBACK');
      database.close();
    },
  },
  'suspend the server': {
    happen: ({ server, random }) => suspend([server.pid], random),
  },
  'suspend all': {
    happen: ({ home, server, random }) => suspend([server.pid, ...scannersOf(home)], random),
  },
  'set the clock back': {
    happen: (scene) => setClock(scene, '-1h'),
  },
  'set the clock ahead': {
    happen: (scene) => setClock(scene, '+95d'),
  },
  'few open files': {
    mayFail: 'resource_exhausted',
    happen: ({ server, random }) => limit(server.pid, 'nofile', random),
  },
};
