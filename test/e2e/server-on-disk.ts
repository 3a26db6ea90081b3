/** `portolan serve` with its data on a disk of its own that can be filled and frozen: in a mount namespace that ends with it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAIN } from '../built.ts';

const require = createRequire(import.meta.url);

/** May do everything. */
const TOKEN = 'a-token-of-the-tests';

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

export interface ServerOnDisk {
  pid: number;
  /** Its database, as it sees it itself. */
  database: string;
  /** The folder of its data, as this process sees it. */
  folder: string;
  get(path: string): Promise<Answer>;
  post(path: string): Promise<Answer>;
  execute(tool: string, args: Record<string, unknown>): Promise<Answer>;
  /** The value of one series of /metrics. */
  metric(series: string): Promise<number | undefined>;
  stderr(): string;
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

const MOUNTS = {
  tmpfs: 'mount -t tmpfs -o size=4m,mode=700 portolan "$1"',
  /** Takes the version database that a phase of a full scan brings, too. */
  roomy: 'mount -t tmpfs -o size=40m,mode=700 portolan "$1"',
  ext4: 'truncate -s 64M "$1.img" && mkfs.ext4 -q "$1.img" && mount -o loop "$1.img" "$1"',
};

export async function serveOnDisk(disk: keyof typeof MOUNTS, settings: string[] = []): Promise<ServerOnDisk> {
  const home = mkdtempSync(join(tmpdir(), 'portolan-disk-'));
  const mount = join(home, 'disk');
  mkdirSync(mount);
  const child = spawn(
    'unshare',
    [
      '-m',
      'sh',
      '-c',
      `${MOUNTS[disk]} && shift && exec "$@"`,
      'sh',
      mount,
      process.execPath,
      MAIN,
      'serve',
      '--port',
      '0',
      '--db',
      join(mount, 'p.db'),
      ...['logging.level=debug', 'rateLimit.scansPerMinute=0', ...settings].flatMap((one) => ['--set', one]),
    ],
    {
      env: { PATH: process.env['PATH'], HOME: home, LC_ALL: 'C', PORTOLAN_SERVER__TOKEN: TOKEN },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let written = '';
  child.stderr.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  const url = await listening(child, () => written);
  const pid = child.pid ?? -1;
  // The mount is only seen from within; /proc leads there.
  const folder = `/proc/${pid}/root${mount}`;
  const fsfreeze = (how: '-f' | '-u') => execFileSync('fsfreeze', [how, folder]);
  let frozen = false;
  const thaw = () => {
    if (frozen) fsfreeze('-u');
    frozen = false;
  };
  const ask = async (path: string, init?: RequestInit): Promise<Answer> => {
    const headers = { ...init?.headers, authorization: `Bearer ${TOKEN}` };
    const response = await fetch(new URL(path, url), { ...init, headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return {
    pid,
    database: join(mount, 'p.db'),
    folder,
    get: (path) => ask(path),
    post: (path) => ask(path, { method: 'POST' }),
    execute: (tool, args) =>
      ask(`/tools/${tool}/execute`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(args),
      }),
    async metric(series) {
      const lines = (
        await (
          await fetch(new URL('/metrics', url), { headers: { authorization: `Bearer ${TOKEN}` } })
        ).text()
      ).split('\n');
      const line = lines.find((one) => one.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
    stderr: () => written,
    freeze() {
      fsfreeze('-f');
      frozen = true;
    },
    thaw,
    async stop() {
      thaw();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Fills the disk to the last byte. @returns what makes room again. */
export function fill(folder: string): () => void {
  const file = join(folder, 'filler');
  for (const size of [65_536, 4096, 512, 1]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
  return () => rmSync(file);
}

/** Locks the database from another process, as a backup does that forgets to end. @returns what ends it. */
export async function lockDatabase({ pid, database }: ServerOnDisk): Promise<() => Promise<void>> {
  const script = `
    const sqlite = require(process.argv[2])(process.argv[1]);
    sqlite.exec('BEGIN EXCLUSIVE');
    console.log('locked');
    process.stdin.resume().on('end', () => sqlite.exec('ROLLBACK'));`;
  const words = ['-e', script, database, require.resolve('better-sqlite3')];
  const child = spawn('nsenter', ['-t', String(pid), '-m', process.execPath, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', () => reject(new Error('the lock was not had')));
  });
  return async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    await ended;
  };
}

async function listening(child: ChildProcess, written: () => string): Promise<string> {
  for (let look = 0; look < 1200; look += 1) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(written())?.[0];
    if (url) return url;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`portolan serve did not start: ${written()}`);
}
