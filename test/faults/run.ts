/**
 * `npm run test:faults -- --count 20 --seed 7`: draws faults, lets each happen to a scan at a drawn moment, and looks
 * whether anything that was reported is missing afterwards, a task is stuck, a failure names another cause, or a scanner
 * is left. Says the seed, so that a run can be repeated. Runs as root: it has its data on a small disk of its own.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../build.ts';
import { type Home, startStdio } from '../e2e/portolan.ts';
import { type Cluster, startCluster } from '../store/cluster.ts';
import { clockOf, FAULTS } from './faults.ts';
import type { Engine, Scene } from './scene.ts';
import {
  type Field,
  incomplete,
  killIfAlive,
  missing,
  moment,
  openField,
  openPorts,
  openThere,
  pick,
  randomOf,
  reported,
  SCANS,
  type ScanKind,
  scannedBy,
  scannersOf,
  settled,
  tasksOf,
  VoidRound,
} from './world.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string' },
    seed: { type: 'string' },
    fault: { type: 'string' },
    disk: { type: 'string' },
  },
});
const count = Number(values.count ?? 20);
const seed = Number(values.seed ?? Date.now() % 100_000);

process.exitCode = values.disk === undefined ? onDiskOfItsOwn() : await runAll(values.disk);

/** Once more, in namespaces that end with it: of mounts, so that the disk can be filled, and of networks, so that it can be cut. */
function onDiskOfItsOwn(): number {
  setup();
  const disk = mkdtempSync(join(tmpdir(), 'portolan-faults-'));
  chmodSync(disk, 0o755);
  const script =
    'ip link set lo up && mount -t tmpfs -o size=64m,mode=700 portolan "$1" && shift && exec "$@"';
  const more = values.fault === undefined ? [] : ['--fault', values.fault];
  const words = ['--count', String(count), '--seed', String(seed), '--disk', disk, ...more];
  const { status } = spawnSync(
    'unshare',
    ['-mn', 'sh', '-c', script, 'sh', disk, process.execPath, import.meta.filename, ...words],
    { stdio: 'inherit' },
  );
  rmSync(disk, { recursive: true, force: true });
  return status ?? 1;
}

async function runAll(disk: string): Promise<number> {
  const random = randomOf(seed);
  const field = await openField('127.0.11');
  const cluster = await startCluster();
  const counts = new Map<string, number>();
  let failed = 0;
  try {
    for (let number = 1; number <= count; number += 1) {
      const round = drawn(random, join(disk, String(number)));
      counts.set(round.name, (counts.get(round.name) ?? 0) + 1);
      const startedAt = performance.now();
      const problems = await runOne(round, field, cluster, random).catch((error: unknown) => [
        error instanceof Error ? error.message : String(error),
      ]);
      if (problems.length > 0) failed += 1;
      const said = problems.length === 0 ? 'borne' : `NOT BORNE: ${problems.join('; ')}`;
      const took = ((performance.now() - startedAt) / 1000).toFixed(1);
      const { name, kind, share, engine } = round;
      console.log(
        `${number}. ${name}, scan "${kind}" on ${engine} at ${Math.round(100 * share)} %: ${said} (${took} s)`,
      );
    }
  } finally {
    await field.close();
    await cluster.stop();
  }
  const all = [...counts].map(([name, times]) => `${name} ${times}`).join(', ');
  console.log(`seed ${seed}: ${count} faults (${all}): ${count - failed} borne, ${failed} not`);
  return failed === 0 ? 0 : 1;
}

interface Round {
  folder: string;
  name: string;
  kind: ScanKind;
  engine: Engine;
  /** Of the open ports, how many are reported when it happens. */
  share: number;
}

function drawn(random: () => number, folder: string): Round {
  const name = values.fault ?? pick(random, Object.keys(FAULTS));
  const kind = pick(random, Object.keys(SCANS) as ScanKind[]);
  const share = 0.05 + random() * 0.7;
  const engine = pick<Engine>(random, ['sqlite', 'sqlite', 'postgres']);
  return { folder, name, kind, share, engine: FAULTS[name]?.on ?? engine };
}

async function runOne(
  { folder, name, kind, share, engine }: Round,
  field: Field,
  cluster: Cluster,
  random: () => number,
): Promise<string[]> {
  const fault = FAULTS[name];
  if (!fault) throw new Error(`no fault ${name}; there are: ${Object.keys(FAULTS).join(', ')}`);
  const home: Home = {
    folder,
    database: engine === 'sqlite' ? join(folder, 'portolan.db') : await cluster.fresh(),
    runs: engine === 'sqlite' ? join(folder, 'runs') : join(folder, '.local/share/portolan/runs'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  const start = () => startStdio(home, '2026-07-28', (argv) => inside(home, argv, SCANS[kind].settings));
  const { tool, args } = SCANS[kind].call(field);
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(clockOf(home), '+0');
  const scene: Scene = {
    home,
    cluster,
    random,
    server: await start(),
    restart: async () => {
      scene.server = await start();
    },
  };
  const problems: string[] = [];
  try {
    scene.server.call(tool, { ...args, timeout: 5 }).catch(() => undefined);
    const reportedAtLeast = Math.max(1, share * openThere(kind, field));
    await moment(home, ({ open }) => open.size >= reportedAtLeast, field).catch(async (error: unknown) => {
      throw new VoidRound(`${error}, but ${JSON.stringify(await tasksOf(scene.server))}`);
    });
    const [running] = await tasksOf(scene.server);
    if (running?.status !== 'running') throw new VoidRound(`the scan is ${running?.status}`);
    const before = reported(home, field);
    await fault.happen(scene);
    const tasks = await settled(scene.server, home);
    fault.after?.();
    const task = tasks.find(({ task_id }) => task_id === running.task_id);
    if (!task) return ['the task is gone'];
    const found = await openPorts(scene.server, task.task_id);
    const lost = missing(before, found);
    if (lost.length > 0) problems.push(`${lost.length} lost: ${lost.slice(0, 5).join(', ')}`);
    if (task.status === 'completed' && !fault.fails) {
      const wrong = incomplete(field, found, scannedBy(kind, field));
      if (wrong.length > 0) problems.push(`completed, but not whole: ${wrong.slice(0, 5).join(', ')}`);
    } else if (task.status !== 'failed' || task.error?.code !== fault.mayFail) {
      problems.push(`ended ${task.status}: ${task.error?.code} ${task.error?.message}`);
    }
  } finally {
    await scene.server.close().catch(() => {});
    const left = scannersOf(home);
    if (left.length > 0) problems.push(`${left.length} scanners left`);
    for (const pid of left) killIfAlive(pid);
    home.remove();
  }
  return problems;
}

/** With a clock that a fault can set (faketime), and short patience for those who end it. */
function inside(home: Home, argv: string[], settings: readonly string[]): [string, ...string[]] {
  const set = ['server.shutdownGraceSeconds=0.1', 'rateLimit.readsPerMinute=0', ...settings];
  return [
    'env',
    'LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1',
    `FAKETIME_TIMESTAMP_FILE=${clockOf(home)}`,
    'FAKETIME_NO_CACHE=1',
    'FAKETIME_DONT_FAKE_MONOTONIC=1',
    ...argv,
    ...set.flatMap((one) => ['--set', one]),
  ];
}
