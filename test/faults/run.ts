/**
 * `npm run test:faults -- --count 20 --seed 7`: draws faults, lets each happen to a scan at a drawn moment, and looks
 * whether anything that was reported is missing afterwards, a task is stuck, a failure names another cause, or a scanner
 * is left. Says the seed, so that a run can be repeated. Runs as root: it has its data on a small disk of its own.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Home, startStdio } from '../e2e/portolan.ts';
import { clockOf, FAULTS, type Scene } from './faults.ts';
import {
  type Field,
  incomplete,
  killIfAlive,
  missing,
  moment,
  openField,
  openPorts,
  pick,
  randomOf,
  reported,
  SCANS,
  type ScanKind,
  scannersOf,
  settled,
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

/** Once more, in a mount namespace that ends with it. */
function onDiskOfItsOwn(): number {
  const disk = mkdtempSync(join(tmpdir(), 'portolan-faults-'));
  const script = 'mount -t tmpfs -o size=64m,mode=700 portolan "$1" && shift && exec "$@"';
  const more = values.fault === undefined ? [] : ['--fault', values.fault];
  const words = [
    import.meta.filename,
    '--count',
    String(count),
    '--seed',
    String(seed),
    '--disk',
    disk,
    ...more,
  ];
  const { status } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', script, 'sh', disk, process.execPath, ...words],
    {
      stdio: 'inherit',
    },
  );
  rmSync(disk, { recursive: true, force: true });
  return status ?? 1;
}

async function runAll(disk: string): Promise<number> {
  const random = randomOf(seed);
  const field = await openField('127.0.11');
  const counts = new Map<string, number>();
  let failed = 0;
  try {
    for (let number = 1; number <= count; number += 1) {
      const name = values.fault ?? pick(random, Object.keys(FAULTS));
      const kind = pick(random, Object.keys(SCANS) as ScanKind[]);
      const share = 0.05 + random() * 0.7;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      const startedAt = performance.now();
      const problems = await runOne(join(disk, String(number)), field, name, kind, share, random).catch(
        (error: unknown) => [error instanceof Error ? error.message : String(error)],
      );
      if (problems.length > 0) failed += 1;
      const said = problems.length === 0 ? 'borne' : `NOT BORNE: ${problems.join('; ')}`;
      const took = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(`${number}. ${name}, scan "${kind}" at ${Math.round(100 * share)} %: ${said} (${took} s)`);
    }
  } finally {
    await field.close();
  }
  const drawn = [...counts].map(([name, times]) => `${name} ${times}`).join(', ');
  console.log(`seed ${seed}: ${count} faults (${drawn}): ${count - failed} borne, ${failed} not`);
  return failed === 0 ? 0 : 1;
}

async function runOne(
  folder: string,
  field: Field,
  name: string,
  kind: ScanKind,
  share: number,
  random: () => number,
): Promise<string[]> {
  const fault = FAULTS[name];
  if (!fault) throw new Error(`no fault ${name}; there are: ${Object.keys(FAULTS).join(', ')}`);
  const home: Home = {
    folder,
    database: join(folder, 'portolan.db'),
    runs: join(folder, 'runs'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  const start = () => startStdio(home, '2026-07-28', (argv) => inside(home, argv, SCANS[kind].settings));
  const { tool, args } = SCANS[kind].call(field);
  const most = (field.addresses.length - 1) * field.open.length;
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(clockOf(home), '+0');
  const scene: Scene = {
    home,
    random,
    server: await start(),
    restart: async () => {
      scene.server = await start();
    },
  };
  const problems: string[] = [];
  try {
    scene.server.call(tool, { ...args, timeout: 5 }).catch(() => undefined);
    await moment(home, ({ open }) => open.size >= Math.max(1, share * most));
    const before = reported(home);
    await fault.happen(scene);
    const [task] = await settled(scene.server, home);
    if (!task) return ['the task is gone'];
    const found = await openPorts(scene.server, task.task_id);
    const lost = missing(before, found);
    if (lost.length > 0) problems.push(`${lost.length} lost: ${lost.slice(0, 5).join(', ')}`);
    if (task.status === 'completed') {
      const wrong = incomplete(field, found);
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
