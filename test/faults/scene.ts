/** Where a fault happens, what a fault is, and what several of them do. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Home, Portolan } from '../e2e/portolan.ts';
import type { Cluster } from '../store/cluster.ts';
import { VoidRound } from './world.ts';

/** Which database the server is on. */
export type Engine = 'sqlite' | 'postgres';

export interface Scene {
  home: Home;
  server: Portolan;
  /** The PostgreSQL of the tests, whether the server is on it or not. */
  cluster: Cluster;
  random: () => number;
  /** Starts the server anew on the same database. */
  restart(): Promise<void>;
}

export interface Fault {
  happen(scene: Scene): Promise<void>;
  /** Ends what was to last until the scan has ended. */
  after?: () => void;
  /** The databases it can happen to; absent: both. */
  on?: Engine;
  /** The error code with which the scan may end; absent: it must complete. */
  mayFail?: string;
  /** It must end so. */
  fails?: boolean;
}

/** Between one second, in which something is surely written, and that many more. */
export const seconds = (random: () => number, most: number) => delay(1000 + random() * most * 1000);

/** Ends the server and waits until it is gone. */
export async function end({ server }: Scene, signal: NodeJS.Signals): Promise<void> {
  hit(server.pid, signal);
  for (let look = 0; existsSync(`/proc/${server.pid}`); look += 1) {
    if (look === 200) throw new Error(`the server did not end after ${signal}`);
    await delay(100);
  }
  await server.close().catch(() => {});
}

/** Sends a signal to a process that must be there. */
export function hit(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    throw new VoidRound(`process ${pid} had ended before the ${signal}`);
  }
}

/** Stops processes as a suspended machine does, and lets them go on. */
export async function suspend(pids: readonly number[], wait: () => Promise<void>): Promise<void> {
  for (const pid of pids) hit(pid, 'SIGSTOP');
  try {
    await wait();
  } finally {
    for (const pid of pids) hit(pid, 'SIGCONT');
  }
}
