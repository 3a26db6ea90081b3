import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HostResult, Progress } from '../../../src/core/result.ts';
import { findNmap, type NmapInstall } from '../../../src/nmap/machine/install.ts';
import { isAlive } from '../../../src/nmap/machine/processes.ts';
import { readRun } from '../../../src/nmap/recovery/replay.ts';
import { runNmap, type ScanListener, type ScanOutcome } from '../../../src/nmap/run/run.ts';
import { AllowedScan } from '../../../src/policy/authorize.ts';
import { allow } from './allow.ts';

/** Ten hosts, one after the other, of about half a second each: time enough to be stopped in. */
const SLOW = '-n -Pn -p 1-500 --max-rate 1000 --max-hostgroup 1 127.0.0.1-10';

let nmap: NmapInstall;
let folder: string;
let server: Server;
let port: number;
let count = 0;

beforeAll(async () => {
  nmap = await findNmap();
  folder = await mkdtemp(join(tmpdir(), 'portolan-run-'));
  server = createServer((socket) => socket.on('error', () => {}).end('hello\r\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

interface Heard {
  pid?: number;
  startTicks?: number;
  argv?: string[];
  hosts: HostResult[];
  open: string[];
  progress: Progress[];
}

async function run(
  scan: AllowedScan,
  more: Partial<ScanListener> & { install?: NmapInstall; signal?: AbortSignal; directory?: string } = {},
): Promise<{ outcome: ScanOutcome; heard: Heard; directory: string }> {
  count += 1;
  const directory = more.directory ?? join(folder, String(count));
  const heard: Heard = { hosts: [], open: [], progress: [] };
  const outcome = await runNmap(scan, {
    nmap: more.install ?? nmap,
    directory,
    taskId: `task-${count}`,
    signal: more.signal ?? new AbortController().signal,
    on: {
      started: (started) => {
        Object.assign(heard, started);
        more.started?.(started);
      },
      host: (host) => {
        heard.hosts.push(host);
        more.host?.(host);
      },
      openPort: (found) => heard.open.push(`${found.address} ${found.protocol}/${found.port}`),
      progress: (progress) => {
        heard.progress.push(progress);
        more.progress?.(progress);
      },
    },
  });
  return { outcome, heard, directory };
}

/** A program in nmap's place: nmap is the foreign part here. */
async function fakeNmap(name: string, script: string): Promise<NmapInstall> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return { ...nmap, path };
}

function growing(progress: readonly Progress[]): number[] {
  const percents = progress.map(({ percent }) => percent);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  return percents;
}

test('the progress of all stages together grows and never falls, the later ones have their share', async () => {
  const { heard } = await run(await allow(`-n -sT -sV -p ${port},1-200 127.0.0.1`));
  growing(heard.progress);
  const at = (phase: string) => heard.progress.filter((one) => one.phase === phase).map((one) => one.percent);
  expect(at('Connect Scan')[0]).toBeLessThan(20);
  expect(at('Connect Scan').at(-1)).toBeLessThan(75);
  expect(at('Service scan')[0]).toBeGreaterThan(50);
  expect(at('Service scan').at(-1)).toBeGreaterThan(80);
});

test('groups of hosts, which nmap counts from 0 each, are parts of one progress', async () => {
  const { heard } = await run(await allow('-n -Pn -p 1-300 --max-rate 1500 --max-hostgroup 3 127.0.0.1-9'));
  const percents = growing(heard.progress);
  for (const third of [33.3, 66.6, 100]) {
    expect(percents.some((one) => Math.abs(one - third) < 0.5)).toBe(true);
  }
});

test('a scan of an open and a closed port', async () => {
  const { outcome, heard, directory } = await run(await allow(`-n -p ${port},1 127.0.0.1`));
  expect(outcome).toMatchObject({
    end: 'completed',
    nmapVersion: nmap.version,
    hosts: { up: 1, down: 0, total: 1 },
    coverage: [],
  });
  expect(outcome.error).toBeUndefined();
  const states = heard.hosts.map(({ address, ports }) => [
    address,
    ports.map((found) => [found.port, found.state]),
  ]);
  expect(states).toEqual([
    [
      '127.0.0.1',
      [
        [1, 'closed'],
        [port, 'open'],
      ],
    ],
  ]);
  expect(heard.open).toEqual([`127.0.0.1 tcp/${port}`]);
  expect(heard.progress.at(-1)).toMatchObject({ percent: 100 });
  expect(heard.argv?.slice(-2)).toEqual(['--', '127.0.0.1']);
  expect(isAlive(heard.pid ?? 0, heard.startTicks)).toBe(false);
  for (const file of await readdir(directory))
    expect((await stat(join(directory, file))).mode & 0o077).toBe(0);
  expect((await stat(directory)).mode & 0o077).toBe(0);
});

test('what is left in the folder of a run gives the same again', async () => {
  const { heard, directory } = await run(await allow(`-n -p ${port},1 127.0.0.1-2`));
  const hosts: HostResult[] = [];
  const open: string[] = [];
  const left = await readRun(directory, {
    host: (host) => hosts.push(host),
    openPort: (found) => open.push(`${found.address} ${found.protocol}/${found.port}`),
  });
  expect(left).toMatchObject({ truncated: false, hosts: 2, nmapVersion: nmap.version });
  expect(hosts).toEqual(heard.hosts);
  expect(open).toEqual(heard.open);
  expect(await readRun(join(folder, 'nothing'), { host: () => {} })).toMatchObject({
    truncated: true,
    hosts: 0,
  });
});

test('a stopped scan keeps what was reported, and leaves no process', async () => {
  const stopping = new AbortController();
  const { outcome, heard } = await run(await allow(SLOW), {
    signal: stopping.signal,
    host: () => stopping.abort(),
  });
  expect(outcome.end).toBe('stopped');
  expect(outcome.error).toBeUndefined();
  expect(outcome.coverage.map(({ kind }) => kind)).toContain('cut_off');
  expect(heard.hosts.length).toBeGreaterThan(0);
  expect(heard.hosts.length).toBeLessThan(10);
  expect(isAlive(heard.pid ?? 0, heard.startTicks)).toBe(false);
});

test('when nmap is killed from outside the scan has failed, with all it had reported', async () => {
  let pid = 0;
  const { outcome, heard, directory } = await run(await allow(SLOW), {
    started: (started) => {
      pid = started.pid;
    },
    host: () => process.kill(pid, 'SIGKILL'),
  });
  expect(outcome).toMatchObject({ end: 'failed', error: { code: 'interrupted' } });
  const written = (await readFile(join(directory, 'scan.xml'), 'utf8')).match(/<\/host>/g)?.length;
  expect(heard.hosts.filter(({ partial }) => !partial)).toHaveLength(written ?? 0);
  expect(heard.hosts.length).toBeGreaterThan(0);
});

test('a scan that is stopped before it starts starts nothing', async () => {
  const { outcome, heard } = await run(await allow('-p 1 127.0.0.1'), { signal: AbortSignal.abort() });
  expect(outcome.end).toBe('stopped');
  expect(heard.pid).toBeUndefined();
});

test('nothing but what the policy made is run', async () => {
  const scan = await allow('-p 1 127.0.0.1');
  const forged: unknown[] = [
    { ...scan, targets: ['8.8.8.8'] },
    Object.create(AllowedScan.prototype),
    Object.assign(Object.create(scan), {}),
    structuredClone(scan),
    JSON.parse(JSON.stringify(scan)),
  ];
  const started: number[] = [];
  for (const fake of forged) {
    const attempt = run(fake as AllowedScan, { started: ({ pid }) => started.push(pid) });
    await expect(attempt).rejects.toMatchObject({ code: 'internal' });
  }
  expect(started).toEqual([]);
});

test('a listener that throws stops nmap, and its error comes out', async () => {
  let ticks: [number, number | undefined] = [0, undefined];
  const failing = run(await allow(SLOW), {
    started: ({ pid, startTicks }) => {
      ticks = [pid, startTicks];
    },
    host: () => {
      throw new Error('disk full');
    },
  });
  await expect(failing).rejects.toThrow('disk full');
  expect(isAlive(...ticks)).toBe(false);
});

test('none of our environment reaches nmap', async () => {
  process.env['NMAP_ARGS'] = '-iL /etc/passwd';
  process.env['PORTOLAN_SECRET'] = 'hush';
  try {
    const { directory } = await run(await allow('-p 1 127.0.0.1'), {
      install: await fakeNmap('env-nmap', 'env -0 > environment; pwd > folder'),
    });
    const names = (await readFile(join(directory, 'environment'), 'utf8'))
      .split('\0')
      .map((line) => line.split('=')[0]);
    const own = ['LC_ALL', 'NMAPDIR', 'PATH', 'PORTOLAN_RUN', 'PORTOLAN_TASK'];
    // The shell of the script itself adds these.
    expect(names.filter((name) => name && !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).sort()).toEqual(
      own,
    );
    expect((await readFile(join(directory, 'folder'), 'utf8')).trim()).toBe(directory);
  } finally {
    delete process.env['NMAP_ARGS'];
    delete process.env['PORTOLAN_SECRET'];
  }
});

test('the failures nmap tells of come out with what to do', async () => {
  const failure = async (name: string, script: string) =>
    (await run(await allow('-p 1 127.0.0.1'), { install: await fakeNmap(name, script) })).outcome;
  expect(
    await failure(
      'rootless',
      "echo 'You requested a scan type which requires root privileges.' >&2; echo QUITTING! >&2; exit 1",
    ),
  ).toMatchObject({
    end: 'failed',
    error: { code: 'needs_privileges' },
    warnings: [expect.any(String), 'QUITTING!'],
  });
  expect(await failure('quiet', 'exit 3')).toMatchObject({
    end: 'failed',
    error: { code: 'nmap_failed', message: 'nmap ended with status 3.' },
  });
  expect(await failure('reportless', 'exit 0')).toMatchObject({
    end: 'failed',
    error: { code: 'nmap_failed' },
  });
  const { warnings } = await failure(
    'noisy',
    "i=0; while [ $i -lt 500 ]; do printf 'x\\033[2J%s\\n' $i >&2; i=$((i+1)); done; exit 1",
  );
  expect(warnings).toHaveLength(50);
  expect(warnings[0]).toBe('x\\x1b[2J0');
});

test('an nmap that vanished after it was found is said to be missing', async () => {
  const { outcome } = await run(await allow('-p 1 127.0.0.1'), {
    install: { ...nmap, path: join(folder, 'gone') },
  }).catch((error: unknown) => ({ outcome: { end: 'failed', error } }));
  // With setpriv in front the exec fails after the start, without it before.
  expect(outcome).toMatchObject({
    end: 'failed',
    error: { code: expect.stringMatching(/^nmap_(not_found|failed)$/) },
  });
});

test('an nmap that does not heed SIGTERM is killed', async () => {
  const stopping = new AbortController();
  const { outcome, heard } = await run(await allow('-p 1 127.0.0.1'), {
    install: await fakeNmap(
      'stubborn',
      "trap '' TERM INT; echo 'Initiating Deafness at 07:00'; while :; do sleep 0.1; done",
    ),
    signal: stopping.signal,
    // Not before it has closed its ears.
    progress: () => stopping.abort(),
  });
  expect(outcome.end).toBe('stopped');
  expect(isAlive(heard.pid ?? 0, heard.startTicks)).toBe(false);
});

test('a folder whose name nmap would expand is used as it is', async () => {
  const { outcome, heard } = await run(await allow('-n -p 1 127.0.0.1'), {
    directory: join(folder, '%T %d'),
  });
  expect(outcome.end).toBe('completed');
  expect(heard.hosts).toHaveLength(1);
});
