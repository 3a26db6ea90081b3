/**
 * Four processes look at one database in which many schedules are due at the same moment. Each time is to be run once.
 * `node test/schedules/race.ts [--runs 1000] [--database postgres] [--without-key]`: the last takes the key of the runs away,
 * and shows that the key is what holds.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import pg from 'pg';
import { LOCAL_CALLER } from '../../src/core/caller.ts';
import type { Schedule } from '../../src/core/schedule.ts';
import { createScheduleLoop } from '../../src/schedules/loop.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { startCluster } from '../store/cluster.ts';

const PROCESSES = 4;

export interface Raced {
  /** Times that were due. */
  due: number;
  /** Times that were decided about, counted once for each decision. */
  decided: number;
  /** Scans that were asked for. */
  scans: number;
  /** Processes that asked for one at least. */
  busy: number;
}

/** @param database with our tables, and nothing in them */
export async function race(database: string, runs: number, withoutKey = false): Promise<Raced> {
  const store = await openStore(database, { patient: true });
  try {
    for (let at = 0; at < runs; at += 1)
      if ((await store.schedules.add(dueSchedule(at), runs)) !== 'added') throw new Error('not added');
    if (withoutKey) await dropKey(database);
    const all = await Promise.all(Array.from({ length: PROCESSES }, () => started(database)));
    const asked = await Promise.all(all.map((one) => finished(one)));
    const decided = await store.schedules.list();
    const rows = await Promise.all(decided.map(({ uid }) => store.schedules.runs(uid, 10)));
    return {
      due: runs,
      decided: rows.flat().length,
      scans: (await store.tasks.list({ limit: 10 * runs })).length,
      busy: asked.filter((count) => count > 0).length,
    };
  } finally {
    await store.close();
  }
}

/** Due since a second ago, and then in a day. */
function dueSchedule(at: number): Schedule {
  const due = Date.now() - 1000;
  return {
    uid: `u${at}`,
    name: `s${at}`,
    owner: 'local',
    site: 'default',
    request: { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] },
    when: 'every 1d',
    zone: 'UTC',
    jitterSeconds: 0,
    missed: 'run_once',
    overlap: 'queue',
    anchorAt: due - 86_400_000,
    state: 'active',
    nextDue: due,
    nextAt: due,
    createdAt: 1,
    changedAt: 1,
  };
}

async function started(database: string): Promise<ChildProcess> {
  const child = fork(import.meta.filename, ['--child', database], { execArgv: process.execArgv });
  await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('a process ended too soon')));
  });
  return child;
}

/** Lets it go. @returns how many scans it asked for */
async function finished(child: ChildProcess): Promise<number> {
  const count = new Promise<number>((resolve, reject) => {
    child.once('message', (said) => resolve(Number(said)));
    child.once('exit', (code) => reject(new Error(`a process ended with ${code}`)));
  });
  child.send('go');
  const asked = await count;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.send('end');
  await exited;
  return asked;
}

async function dropKey(database: string): Promise<void> {
  if (database.startsWith('postgres:')) {
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    await client.query('alter table schedule_runs drop constraint one_run_of_a_time');
    await client.end();
    return;
  }
  const raw = new Database(database);
  raw.exec(`create table bare as select * from schedule_runs;
    drop table schedule_runs; alter table bare rename to schedule_runs;`);
  raw.close();
}

async function child(database: string): Promise<void> {
  const store = await openStore(database, { patient: true });
  let asked = 0;
  const loop = createScheduleLoop({
    scans: {
      // A scan that is kept, and that nobody runs.
      submit: async (request, { id: owner }, id = '') => {
        const facts = { owner, request, createdAt: Date.now(), addressesTotal: 1, coverage: [] };
        await store.tasks.insert({ id, ...facts }, 'nobody', Number.MAX_SAFE_INTEGER);
        asked += 1;
        return await stored(store, id);
      },
      resume: () => Promise.reject(new Error('not here')),
      cancel: () => Promise.reject(new Error('not here')),
    },
    rights: async () => ({ caller: LOCAL_CALLER }),
    onFired: () => {},
    onStopped: () => {},
    onDefect: (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  });
  process.on('message', async (said) => {
    if (said === 'go') {
      await loop.look(store);
      process.send?.(asked);
    } else {
      await store.close();
      process.disconnect();
    }
  });
  process.send?.('ready');
}

async function stored({ tasks }: Store, id: string) {
  const task = await tasks.get(id);
  if (!task) throw new Error('not stored');
  return task;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '1000' },
      database: { type: 'string', default: 'sqlite' },
      'without-key': { type: 'boolean', default: false },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'portolan-race-'));
  const cluster = values.database === 'postgres' ? await startCluster() : undefined;
  try {
    const database = cluster ? await cluster.fresh() : join(folder, 'p.db');
    const { due, decided, scans, busy } = await race(database, Number(values.runs), values['without-key']);
    console.log(
      `${due} times due, decided ${decided} times, ${scans} scans, by ${busy} of ${PROCESSES} processes`,
    );
    if (decided !== due || scans !== due) process.exitCode = 1;
  } finally {
    await cluster?.stop();
    rmSync(folder, { recursive: true });
  }
}

const [, file, first, database = ''] = process.argv;
if (file === import.meta.filename) await (first === '--child' ? child(database) : main());
