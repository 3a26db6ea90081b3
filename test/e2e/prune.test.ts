/** `portolan prune` where it is needed most: on a disk without a byte left, with others on the database and without. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { MAIN, makeHome, runPortolan } from './portolan.ts';
import { fill } from './server-on-disk.ts';
import { fillStore } from './store-on-disk.ts';

const USER = join(import.meta.dirname, 'store-on-disk.ts');

describe('on a full disk', () => {
  let home: string;
  let mount: string;
  let holder: { pid: number; end(): void };
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'portolan-prune-'));
    mount = join(home, 'disk');
    mkdirSync(mount);
    holder = await mounted();
  });
  afterEach(() => {
    holder.end();
    rmSync(home, { recursive: true, force: true });
  });

  /** A process in a mount namespace with a small disk; both go together. */
  async function mounted() {
    const script = 'mount -t tmpfs -o size=24m,mode=700 portolan "$1" && echo ready && exec cat';
    const child = spawn('unshare', ['-m', 'sh', '-c', script, 'sh', mount], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return { pid: child.pid ?? -1, end: () => void child.kill('SIGKILL') };
  }

  const env = () => ({ PATH: process.env['PATH'], HOME: home, LC_ALL: 'C' });
  const within = (...words: string[]) => ['-t', String(holder.pid), '-m', process.execPath, ...words];
  const file = () => join(mount, 'p.db');
  const prune = () =>
    execFileSync('nsenter', within(MAIN, 'prune', '--days', '0', '--yes', '--db', file()), {
      env: env(),
      encoding: 'utf8',
    });
  const look = () =>
    JSON.parse(execFileSync('nsenter', within(USER, file(), 'look'), { env: env(), encoding: 'utf8' }));

  async function user() {
    const child = spawn('nsenter', within(USER, file()), { env: env(), stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return async () => {
      const said = text(child.stdout);
      child.stdin.end();
      return JSON.parse(await said);
    };
  }

  function expectRoom(said: string): void {
    expect(said).toContain('Deleted 1 ended scans');
    const [, megabytes] = /Given back to the disk: ([\d.]+) MB/.exec(said) ?? [];
    expect(Number(megabytes)).toBeGreaterThan(5);
    // The mount is only seen from within; /proc leads there.
    expect(statSync(`/proc/${holder.pid}/root${file()}`).size).toBeLessThan(1_000_000);
  }

  const fillDisk = () => fill(`/proc/${holder.pid}/root${mount}`);

  it('it deletes and gives room back when nobody else uses the database', async () => {
    const end = await user();
    await end();
    fillDisk();
    expectRoom(prune());
    expect(look()).toEqual({ tasks: ['running'], hostsOfRunning: 2, wrong: [] });
    // The room it needed for that is held back again.
    fillDisk();
    expect(prune()).toContain('Deleted 0 ended scans');
  });

  it('it does so beside a process that goes on using it', async () => {
    const end = await user();
    fillDisk();
    expectRoom(prune());
    expect(await end()).toEqual({ tasks: ['running'], hostsOfRunning: 2, wrong: [] });
  });
});

it('says of an older file, which keeps what is empty, how that is given back', async () => {
  const home = makeHome();
  const { database } = home;
  const prune = () => runPortolan(home, ['prune', '--days', '0', '--yes', '--db', database]);
  const filled = async () => {
    const store = await openStore(database);
    await fillStore(store);
    await store.close();
  };
  try {
    new Database(database)
      .exec('pragma auto_vacuum = NONE; create table t (a); drop table t; vacuum')
      .close();
    await filled();
    expect((await prune()).stdout).toMatch(
      /Empty within the database, and used again: \d+\.\d MB\. portolan db compact gives/,
    );
    await runPortolan(home, ['db', 'compact', '--db', database]);
    const store = await openStore(database);
    await store.tasks.finish('running', 'completed', 5, { coverage: [] });
    await store.close();
    await prune();
    await filled();
    expect((await prune()).stdout).toContain('Given back to the disk');
  } finally {
    home.remove();
  }
});
