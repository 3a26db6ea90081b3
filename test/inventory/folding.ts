/** A process that hands in looks of a small story and folds what waits, to be killed at any moment, or to race with others. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Look } from '../../src/core/look.ts';
import { foldWaiting, rulesOf } from '../../src/inventory/fold.ts';
import { handIn } from '../../src/inventory/hand-in.ts';
import { openStore } from '../../src/store/open.ts';
import { type Seen, scanLook } from './looks.ts';

/** The n-th look: every fourth is of so many hosts that it is written in parts; ports and addresses change from look to look. */
export function storyLook(n: number): Look {
  const count = n % 4 === 0 ? 620 : 12;
  const hosts = Array.from({ length: count }, (_, i): Seen => {
    // One host in seven has another address each time.
    const at = i % 7 === 0 ? i + 1000 + ((n * 13 + i) % 200) : i;
    return {
      address: `10.0.${at >> 8}.${at & 255}`,
      mac: `00:11:22:33:${hex(i >> 8)}:${hex(i & 255)}`,
      open: [22, [80, `nginx ${(n + i) % 3}`]],
      closed: (n + i) % 5 === 0 ? '8080' : '',
      ...((n + i) % 5 === 1 ? { open: [22, 8080] } : {}),
    };
  });
  return scanLook(n, hosts, { network: ['10.0.0.0', '10.0.15.255'] });
}

const hex = (byte: number) => byte.toString(16).padStart(2, '0');

export interface Folding {
  child: ChildProcess;
  /** When it has opened its database. */
  ready: Promise<void>;
  /** How many looks it folded; rejects when it is killed. */
  done: Promise<number>;
}

/** @param looks it hands in those from the first to this one, then folds */
export function startFolding(database: string, looks: number): Folding {
  const child = fork(import.meta.filename, [database, `${looks}`]);
  const ready = new Promise<void>((resolve) => {
    child.on('message', (said) => said === 'ready' && resolve());
    child.once('exit', () => resolve());
  });
  const done = new Promise<number>((resolve, reject) => {
    child.on('message', (said) => typeof said === 'number' && resolve(said));
    child.once('exit', (code, signal) => reject(new Error(`ended with ${signal ?? code}`)));
  });
  done.catch(() => {});
  return { child, ready, done };
}

const [, started, database = '', looks = '0'] = process.argv;
if (process.send !== undefined && started === import.meta.filename) {
  // Patient, as tests share the machine with others.
  const store = await openStore(database, { patient: true });
  process.send('ready');
  for (let n = 1; n <= Number(looks); n += 1) await handIn(store, storyLook(n));
  const folded = await foldWaiting(store, rulesOf());
  process.send(folded);
  await store.close();
  process.disconnect();
}
