/**
 * Who owns a running scan, with real servers in PID namespaces of their own (as two containers on one volume are):
 * nothing is taken from or killed of one that lives, and what one leaves that died is taken over. All at the same time,
 * as most of it is waiting.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type Field,
  incomplete,
  killIfAlive,
  missing,
  openField,
  openPorts,
  type Reported,
  reported,
  SCANS,
  scannersOf,
  settled,
  tasksOf,
} from '../faults/world.ts';
import { type Home, makeHome, type Portolan, startStdio, withSettings } from './portolan.ts';

/** After the last beat half a minute, and what a look every three seconds adds on a machine that is busy. */
const TAKEN_WITHIN_MS = 45_000;
const LONG = 300_000;

let field: Field;
beforeAll(async () => {
  field = await openField('127.0.12');
});
afterAll(() => field.close());

type Inside = (argv: string[]) => [string, ...string[]];

const here: Inside = ([program = '', ...rest]) => [program, ...rest];
/** In a PID namespace of its own, all of which ends with it. */
const contained: Inside = (argv) => ['unshare', '-Urpf', '--mount-proc', '--kill-child', ...argv];

/** A database, and the servers that a test starts on it. */
class Scene {
  readonly home: Home = makeHome();
  readonly #servers: Portolan[] = [];

  constructor(finished: typeof onTestFinished) {
    finished(async () => {
      for (const { pid } of this.#servers) killIfAlive(pid, 'SIGCONT');
      for (const server of this.#servers) await server.close().catch(() => {});
      for (const pid of scannersOf(this.home)) killIfAlive(pid);
      this.home.remove();
    });
  }

  async start(inside: Inside): Promise<Portolan> {
    const quick = withSettings('server.shutdownGraceSeconds=0.1', 'rateLimit.readsPerMinute=0');
    const server = await startStdio(this.home, '2026-07-28', (argv) => inside(quick(argv)));
    this.#servers.push(server);
    return server;
  }

  /** Begins a scan of the field that lasts so long. @returns once some hosts have been reported */
  async begin(server: Portolan, seconds: number): Promise<string> {
    const rate = Math.round((field.addresses.length * field.ports) / seconds);
    const command = String(SCANS.plain.call(field).args['command']).replace(
      '--max-rate 250',
      `--max-rate ${rate}`,
    );
    server.call('custom_scan', { command, timeout: 5 }).catch(() => undefined);
    const hosts = () => reported(this.home).hosts.size;
    await expect.poll(hosts, { timeout: 90_000, interval: 100 }).toBeGreaterThanOrEqual(2);
    const [task] = await tasksOf(server);
    return task?.task_id ?? '';
  }

  /** Stops a server where it is. One that just writes holds SQLite's lock, and would keep everybody from writing. */
  async suspend({ pid }: Portolan): Promise<void> {
    for (let tries = 0; tries < 50; tries += 1) {
      killIfAlive(pid, 'SIGSTOP');
      if (this.#isUnlocked()) return;
      killIfAlive(pid, 'SIGCONT');
      await delay(50);
    }
    throw new Error('the database is always locked');
  }

  #isUnlocked(): boolean {
    const database = new Sqlite(this.home.database, { timeout: 1000 });
    try {
      database.exec('BEGIN IMMEDIATE; ROLLBACK');
      return true;
    } catch {
      return false;
    } finally {
      database.close();
    }
  }

  row(): { attempts: number; epoch: number; state: string } {
    const database = new Sqlite(this.home.database, { readonly: true });
    const found = database.prepare('SELECT attempts, epoch, state FROM tasks ORDER BY created_at').get();
    database.close();
    return found as { attempts: number; epoch: number; state: string };
  }

  async takenOver(): Promise<void> {
    await expect.poll(() => this.row().attempts, { timeout: TAKEN_WITHIN_MS, interval: 200 }).toBe(2);
  }

  /** Waits for the end of the one scan, and looks whether everything is there. */
  async completes(server: Portolan, taskId: string, before: Reported): Promise<void> {
    expect(await settled(server, this.home, 2000)).toMatchObject([{ task_id: taskId, status: 'completed' }]);
    await this.isWhole(server, taskId, before);
  }

  async isWhole(server: Portolan, taskId: string, before: Reported): Promise<void> {
    const found = await openPorts(server, taskId);
    expect(missing(before, found), 'was reported and is lost').toEqual([]);
    const wrong = incomplete(field, found).map((address) => `${address}: ${found.get(address)}`);
    expect(wrong, `not as ${field.open}`).toEqual([]);
  }
}

describe.concurrent('the owner of a running scan', () => {
  it(
    'keeps it beside a server in another PID namespace, which takes over when the owner is killed',
    async () => {
      const scene = new Scene(onTestFinished);
      const first = await scene.start(contained);
      const taskId = await scene.begin(first, 40);
      const [scanner] = scannersOf(scene.home);
      const second = await scene.start(contained);
      expect(await tasksOf(second)).toMatchObject([{ task_id: taskId, status: 'running' }]);
      await delay(7000);
      expect(scannersOf(scene.home)).toEqual([scanner]);
      expect(scene.row()).toMatchObject({ attempts: 1, epoch: 1, state: 'running' });

      killIfAlive(first.pid);
      await expect.poll(() => scannersOf(scene.home), { timeout: 10_000 }).toEqual([]);
      const before = reported(scene.home);
      expect(before.hosts.size).toBeGreaterThan(2);
      await scene.takenOver();
      await scene.completes(second, taskId, before);
    },
    LONG,
  );

  it(
    'keeps it beside a server that was suspended itself, and whose clock was set',
    async () => {
      const scene = new Scene(onTestFinished);
      const first = await scene.start(contained);
      const taskId = await scene.begin(first, 100);
      const [scanner] = scannersOf(scene.home);
      const clock = join(scene.home.folder, 'clock');
      writeFileSync(clock, '+0');
      const second = await scene.start((argv) => [
        'env',
        'LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1',
        `FAKETIME_TIMESTAMP_FILE=${clock}`,
        'FAKETIME_NO_CACHE=1',
        'FAKETIME_DONT_FAKE_MONOTONIC=1',
        ...argv,
      ]);
      await tasksOf(second);
      await delay(4000);
      await scene.suspend(second);
      writeFileSync(clock, '+95d');
      await delay(35_000);
      killIfAlive(second.pid, 'SIGCONT');
      await delay(8000);
      expect(await tasksOf(second)).toMatchObject([{ task_id: taskId, status: 'running' }]);
      expect(scannersOf(scene.home)).toEqual([scanner]);
      expect(scene.row()).toMatchObject({ attempts: 1, epoch: 1 });
    },
    LONG,
  );

  it(
    'has lost nothing when it wakes from a long suspension, writes nothing more, and can scan again',
    async () => {
      const scene = new Scene(onTestFinished);
      const first = await scene.start(here);
      const taskId = await scene.begin(first, 75);
      await scene.suspend(first);
      const before = reported(scene.home);
      const [scanner] = scannersOf(scene.home);
      // From inside its namespace it sees neither of them.
      const second = await scene.start(contained);
      await tasksOf(second);
      await scene.takenOver();
      expect(scannersOf(scene.home), 'the scanner of another namespace is not killed').toContain(scanner);

      killIfAlive(first.pid, 'SIGCONT');
      await expect.poll(() => scannersOf(scene.home).includes(scanner ?? 0), { timeout: 15_000 }).toBe(false);
      await scene.completes(second, taskId, before);
      expect(scene.row()).toMatchObject({ attempts: 2, epoch: 3 });
      await scene.isWhole(first, taskId, before);
      const command = `-sT -Pn -n -p ${field.open[0]} ${field.addresses[1]}`;
      const again = await first.call('custom_scan', { command, timeout: 60 });
      expect(again.structured).toMatchObject({ status: 'completed' });
    },
    LONG,
  );

  it(
    'that is suspended in the same namespace: its scanner ends before another goes on',
    async () => {
      const scene = new Scene(onTestFinished);
      const first = await scene.start(here);
      const taskId = await scene.begin(first, 75);
      await scene.suspend(first);
      const [scanner] = scannersOf(scene.home);
      const second = await scene.start(here);
      await tasksOf(second);
      await scene.takenOver();
      expect(scannersOf(scene.home)).not.toContain(scanner);
      await scene.completes(second, taskId, { hosts: new Set(), open: new Set() });
      killIfAlive(first.pid, 'SIGCONT');
      expect(await tasksOf(first)).toMatchObject([{ task_id: taskId, status: 'completed' }]);
    },
    LONG,
  );
});
