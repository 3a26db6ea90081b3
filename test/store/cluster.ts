/**
 * A PostgreSQL of its own for tests: a cluster in a folder that goes with it, on a free port of the loopback address,
 * with a database for whoever asks, copied from a template that Portolan has made its tables in.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openStore } from '../../src/store/open.ts';

export interface Cluster {
  /** The address of a new, empty database. */
  empty(): Promise<string>;
  /** The address of a new database with our tables. */
  fresh(): Promise<string>;
  /** Ends the server as a crash does, and starts it again. @param down what happens in between */
  crash(down?: () => Promise<void>): Promise<void>;
  /** Ends every connection of Portolan. @returns how many there were */
  cut(): Promise<number>;
  /** The server's processes: the first, and one for each connection. */
  processes(): number[];
  /** The port it listens on. */
  port: number;
  stop(): Promise<void>;
}

const USER = 'portolan';

export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-pg-'));
  const as = postgresUser();
  if (as) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const bin = binaries();
  const run = (program: string, args: string[]) =>
    execFileSync(join(bin, program), args, { ...as, cwd: folder, stdio: 'ignore' });
  run('initdb', ['-D', data, '-U', USER, '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C']);
  const port = await freePort();
  const address = (name: string) => `postgres://${USER}@127.0.0.1:${port}/${name}`;
  let server = start();
  await ready();

  function start(): ChildProcess {
    const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: folder, fsync: 'off' };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    return spawn(join(bin, 'postgres'), ['-D', data, ...options], { ...as, cwd: folder, stdio: 'ignore' });
  }

  async function ask(database: string, text: string): Promise<number> {
    const client = new pg.Client({ connectionString: address(database) });
    await client.connect();
    try {
      return (await client.query(text)).rowCount ?? 0;
    } finally {
      await client.end();
    }
  }

  async function ready(): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        await ask('postgres', 'select 1');
        return;
      } catch (error) {
        if (tries === 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async function ended(signal: NodeJS.Signals): Promise<void> {
    const exited = new Promise((resolve) => server.once('exit', resolve));
    server.kill(signal);
    await exited;
  }

  let made = 0;
  let template: Promise<void> | undefined;
  const makeTemplate = async () => {
    await ask('postgres', 'create database template_portolan');
    await (await openStore(address('template_portolan'))).close();
  };
  const copy = async (from: string) => {
    made += 1;
    await ask('postgres', `create database test_${made} template ${from}`);
    return address(`test_${made}`);
  };
  return {
    empty: () => copy('template0'),
    async fresh() {
      template ??= makeTemplate();
      await template;
      return await copy('template_portolan');
    },
    async crash(down) {
      await ended('SIGQUIT');
      try {
        await down?.();
      } finally {
        server = start();
        await ready();
      }
    },
    cut: () =>
      ask(
        'postgres',
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'portolan'",
      ),
    processes: () => [server.pid ?? -1, ...childrenOf(server.pid ?? -1)],
    port,
    async stop() {
      await ended('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root: there the user that its package makes runs it. */
function postgresUser(): { uid: number; gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Debian keeps the server's programs out of PATH, a folder for each version. */
function binaries(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')));
  if (found === undefined) throw new Error('PostgreSQL is not installed (initdb was not found).');
  return found;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
