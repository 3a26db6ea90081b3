/** Several servers and workers of one zone on one PostgreSQL, each at home in a folder of its own, as on machines of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type Field, openField, openPorts, SCANS, tasksOf } from '../faults/world.ts';
import { type Cluster, startCluster } from '../store/cluster.ts';
import {
  cleanEnvironment,
  connectHttp,
  type Home,
  MAIN,
  makeHome,
  originOf,
  runPortolan,
  terminate,
} from './portolan.ts';

let field: Field;
let cluster: Cluster;
let database: string;
const homes: Home[] = [];
const processes: ChildProcess[] = [];
beforeAll(async () => {
  [field, cluster] = await Promise.all([openField('127.0.7'), startCluster()]);
  database = await cluster.fresh();
}, 60_000);
afterAll(async () => {
  await Promise.all(processes.map(terminate));
  for (const home of homes) home.remove();
  await Promise.all([field.close(), cluster.stop()]);
});

const SETTINGS = ['scans.zone=harbour', 'scans.maxConcurrentTasks=1', 'server.shutdownGraceSeconds=0.1'];

function start(...words: string[]): ChildProcess {
  const home = makeHome();
  homes.push(home);
  const settings = [...SETTINGS, 'logging.level=error'].flatMap((one) => ['--set', one]);
  const child = spawn(process.execPath, [MAIN, ...words, '--db', database, ...settings], {
    env: cleanEnvironment(home),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  processes.push(child);
  return child;
}

async function startWorker(): Promise<ChildProcess> {
  const worker = start('worker');
  let said = '';
  for await (const chunk of worker.stderr ?? []) {
    said += String(chunk);
    if (said.includes('works for the zone harbour')) return worker;
  }
  throw new Error(said);
}

const Running = z.array(z.object({ instance_id: z.string() }));

/** Which processes run a scan at this moment. */
async function runners(): Promise<string[]> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    const { rows } = await client.query("select instance_id from tasks where state = 'running'");
    return Running.parse(rows).map((row) => row.instance_id);
  } finally {
    await client.end();
  }
}

const UNFINISHED = new Set(['pending', 'running']);

it('each process runs what one server was asked for; two of them killed, all scans end whole', async () => {
  const [asked, other] = [start('serve', '--port', '0'), start('serve', '--port', '0')];
  const [origin] = await Promise.all([originOf(asked), originOf(other)]);
  const [doomed] = await Promise.all([startWorker(), startWorker()]);
  const { client, call } = await connectHttp(`${origin}/mcp`);
  const { tool, args } = SCANS.plain.call(field);
  const asking = Array.from({ length: 6 }, () => call(tool, args));
  let together: string[] = [];
  for (let tries = 0; together.length < 4 && tries < 100; tries += 1) {
    together = await runners();
    await delay(50);
  }
  expect(new Set(together).size).toBe(4);
  for (const victim of [doomed, other]) {
    victim.kill('SIGKILL');
    await once(victim, 'exit');
  }
  await Promise.all(asking);
  let tasks = await tasksOf({ call });
  for (let tries = 0; tries < 300 && tasks.some(({ status }) => UNFINISHED.has(status)); tries += 1) {
    await delay(200);
    tasks = await tasksOf({ call });
  }
  expect(tasks.map(({ status }) => status)).toEqual(Array(6).fill('completed'));
  for (const { task_id: id } of tasks) {
    const found = await openPorts({ call }, id);
    expect([...found].filter(([, ports]) => ports.length > 0)).toHaveLength(15);
    for (const address of field.addresses.slice(1)) expect(found.get(address)).toEqual(field.open);
  }
  await client.close();
}, 120_000);

it('a worker without a zone says what it lacks', async () => {
  const home = makeHome();
  homes.push(home);
  const ended = await runPortolan(home, ['worker', '--db', database]);
  expect(ended.status).toBe(2);
  expect(ended.stderr).toContain('scans.zone');
});
