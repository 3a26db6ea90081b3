/** A process that folds a look in which something changes and sends what is due, to be killed at any moment. */
import { type ChildProcess, fork } from 'node:child_process';
import { deliverDue } from '../../src/alerts/deliver.ts';
import { foldWaiting, rulesOf } from '../../src/inventory/fold.ts';
import { handIn } from '../../src/inventory/hand-in.ts';
import { openStore } from '../../src/store/open.ts';
import { scanLook } from '../inventory/looks.ts';
import { surroundings } from './scene.ts';

export interface Round {
  child: ChildProcess;
  ready: Promise<void>;
  done: Promise<void>;
}

/** In the n-th look three hosts open the port 100 + n. */
export const portOf = (n: number): number => 100 + (n % 800);
export const lookOf = (n: number) =>
  scanLook(
    n,
    [1, 2, 3].map((i) => {
      const port = portOf(n);
      return {
        address: `10.0.0.${i}`,
        open: n === 0 ? [22] : [22, port],
        closed: closedBut(n === 0 ? 22 : port),
      };
    }),
  );
const closedBut = (port: number) => (port === 22 ? '1-21,23-1000' : `1-21,23-${port - 1},${port + 1}-1000`);

export function startRound(database: string, n: number): Round {
  const child = fork(import.meta.filename, [database, `${n}`]);
  const ready = new Promise<void>((resolve) => {
    child.on('message', (said) => said === 'ready' && resolve());
    child.once('exit', () => resolve());
  });
  const done = new Promise<void>((resolve, reject) => {
    child.once('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`ended with ${signal ?? code}`)),
    );
  });
  done.catch(() => {});
  return { child, ready, done };
}

const [, started, database = '', round = '0'] = process.argv;
if (process.send !== undefined && started === import.meta.filename) {
  const store = await openStore(database, { patient: true });
  const instanceId = `round-${round}-${process.pid}`;
  // Whoever was here before is dead: a server finds that out by itself (scans/recover.ts).
  for (const other of await store.instances.others(instanceId)) await store.instances.remove(other.id);
  const nothing = { start_ticks: null, boot_id: 'boot', host: null, pid_namespace: null, heartbeat_at: 0 };
  await store.instances.register({ id: instanceId, pid: process.pid, ...nothing });
  process.send('ready');
  await handIn(store, lookOf(Number(round)));
  await foldWaiting(store, rulesOf());
  await deliverDue({
    store,
    around: surroundings('/nonexistent'),
    instanceId,
    underWay: new Set(),
    now: () => Date.now(),
  });
  await store.close();
  process.disconnect();
}
