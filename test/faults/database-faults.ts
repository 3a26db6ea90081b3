/** Faults of the database below a running scan: real locks, system calls that fail, servers and connections that go. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { end, type Fault, type Scene, seconds, suspend } from './scene.ts';
import { VoidRound } from './world.ts';

/** Lets the system calls on the files of the database fail with EIO, as a broken disk does (strace(1), --inject). */
async function failCalls({ home, server, random }: Scene): Promise<void> {
  const calls = random() < 0.5 ? 'pwrite64,fdatasync' : 'pread64,pwrite64,fdatasync';
  const log = join(home.folder, 'strace.txt');
  const words = ['-f', '-qq', '-o', log, '-p', String(server.pid), '-e', `trace=${calls}`];
  for (const file of ['', '-wal']) words.push('-P', home.database + file);
  const strace = spawn('strace', [...words, '-e', `inject=${calls}:error=EIO`], { stdio: 'ignore' });
  const ended = once(strace, 'exit');
  await seconds(random, 12);
  strace.kill('SIGINT');
  await ended;
  if (!readFileSync(log, 'utf8').includes('INJECTED')) throw new VoidRound('no call failed');
}

/** Kills the server; the next one starts while the database cannot be had, says so, and goes on when it can. */
async function startWithout(scene: Scene): Promise<void> {
  await scene.restart();
  const { structured } = await scene.server.call('list_tasks', {});
  const { code } = (structured['error'] ?? {}) as { code?: string };
  if (code !== 'storage_failed')
    throw new Error(`without its database it says ${JSON.stringify(structured)}`);
  await seconds(scene.random, 4);
}

/** Lets nothing come back from the server of the database, while no connection ends: a cable was pulled. */
async function dropPackets({ cluster: { port }, random }: Scene): Promise<void> {
  drop(`tcp sport ${port}`);
  await seconds(random, 12);
  undrop();
}

/** The same for ever, for the connections of this moment alone: a firewall has forgotten them. */
async function loseConnections({ cluster: { port }, random }: Scene): Promise<void> {
  const lines = execFileSync('ss', ['-Htn', 'state', 'established', `( sport = :${port} )`], {
    encoding: 'utf8',
  });
  const clients = [...lines.matchAll(/:(\d+)\s*$/gm)].map(([, client]) => client);
  if (clients.length === 0) throw new VoidRound('there was no connection');
  drop(`tcp sport ${port} tcp dport { ${clients.join(', ')} }`);
  await seconds(random, 12);
}

function drop(what: string): void {
  undrop();
  nft('add table inet cut');
  nft('add chain inet cut out { type filter hook output priority 0; }');
  nft(`add rule inet cut out ${what} counter drop`);
}

/** All packets go their way again. @throws VoidRound when none had been dropped */
export function undrop(): void {
  nft('add table inet cut');
  const counted = nft('list table inet cut');
  nft('delete table inet cut');
  if (counted.includes('counter packets 0 ')) throw new VoidRound('no packet was dropped');
}

const nft = (text: string) => execFileSync('nft', [text], { encoding: 'utf8' });

export const DATABASE_FAULTS: Readonly<Record<string, Fault>> = {
  'lock the database': {
    on: 'sqlite',
    async happen({ home, random }) {
      const database = new Sqlite(home.database, { timeout: 10_000 });
      database.exec('BEGIN EXCLUSIVE');
      await seconds(random, 12);
      database.exec('ROLLBACK');
      database.close();
    },
  },
  'I/O errors of the database': { on: 'sqlite', happen: failCalls },
  'start while the database cannot be opened': {
    on: 'sqlite',
    async happen(scene) {
      const { database } = scene.home;
      await end(scene, 'SIGKILL');
      renameSync(database, `${database}.away`);
      mkdirSync(database);
      await startWithout(scene);
      rmdirSync(database);
      renameSync(`${database}.away`, database);
    },
  },
  'start while the database is away': {
    on: 'postgres',
    async happen(scene) {
      await end(scene, 'SIGKILL');
      await scene.cluster.crash(() => startWithout(scene));
    },
  },
  'cut the connections of the database': {
    on: 'postgres',
    async happen({ cluster, random }) {
      const times = 1 + Math.floor(random() * 20);
      let cut = 0;
      for (let time = 0; time < times; time += 1) {
        cut += await cluster.cut();
        await delay(random() * 500);
      }
      if (cut === 0) throw new VoidRound('there was no connection');
    },
  },
  'crash the database': {
    on: 'postgres',
    happen: ({ cluster, random }) => cluster.crash(() => seconds(random, 12)),
  },
  'suspend the database': {
    on: 'postgres',
    happen: ({ cluster, random }) => suspend(cluster.processes(), () => seconds(random, 15)),
  },
  'drop the packets of the database': { on: 'postgres', happen: dropPackets, after: undrop },
  'lose the connections of the database': { on: 'postgres', happen: loseConnections, after: undrop },
};
