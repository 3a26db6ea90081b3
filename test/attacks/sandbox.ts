/**
 * Real nmap where it can do no harm: a network namespace of its own without a way out, an empty resolv.conf, and
 * strace to tell which files it opened and where it sent. Needs nmap, strace, unshare and ip (Debian: nmap, strace,
 * util-linux, iproute2).
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { argvFor } from '../../src/nmap/command/argv.ts';
import type { AllowedScan } from '../../src/policy/authorize.ts';

export interface Run {
  exitCode: number;
  stdout: string;
  stderr: string;
  xml: string;
}

export interface TracedRun extends Run {
  /** Files that were opened and were there. */
  read: string[];
  /** Files that were opened for writing, created, renamed, removed, linked, or whose mode was changed. */
  written: string[];
  /** Addresses that something was sent to or connected to. */
  reached: string[];
  /** Programs that were started. */
  started: string[];
}

// A process namespace as well: whatever ends the run, nothing of it is left behind.
const SEALED = ['-Urnmpf', '--kill-child', '--', 'sh', '-c'];
const WITH_LOOPBACK = 'mount --bind "$1" /etc/resolv.conf && ip link set lo up && shift && exec "$@"';
const WITHOUT_LOOPBACK = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
const SERVICES = fileURLToPath(new URL('services.ts', import.meta.url));
const WITH_SERVICES = `mount --bind "$1" /etc/resolv.conf && ip link set lo up && shift || exit 1
"${process.execPath}" "${SERVICES}" "$PWD/ready" & services=$!
for _ in $(seq 200); do test -e "$PWD/ready" && break; sleep 0.05; done
"$@"; code=$?; kill $services; exit $code`;
const CALLS =
  'open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,link,linkat,symlink,symlinkat,truncate,chmod,fchmodat,connect,sendto,sendmsg,sendmmsg,execve,execveat';

/** Runs nmap where even the loopback interface is down: it reads its arguments and reaches nobody. */
export const nmapAlone = (argvIn: (files: { xml: string }) => readonly string[]): Promise<Run> =>
  inFolder((folder) =>
    sealed(folder, WITHOUT_LOOPBACK, ['nmap', ...argvIn({ xml: join(folder, 'scan.xml') })]),
  );

/** What runs for an allowed scan, with a loopback interface and nothing else. */
export const runTraced = (scan: AllowedScan): Promise<TracedRun> => trace((xml) => argvFor(scan, { xml }));

/** The same with the services of services.ts listening on 127.0.0.1. */
export const runTracedWithServices = (scan: AllowedScan): Promise<TracedRun> =>
  trace((xml) => argvFor(scan, { xml }), WITH_SERVICES);

/** For showing that the tracer sees what the policy prevents; `folder` is private to the run. */
export const runUnchecked = (argvIn: (folder: string) => string[]): Promise<TracedRun> =>
  trace((xml) => argvIn(dirname(xml)));

export const runUncheckedWithServices = (argvIn: (folder: string) => string[]): Promise<TracedRun> =>
  trace((xml) => argvIn(dirname(xml)), WITH_SERVICES);

function trace(argvFor: (xml: string) => string[], script = WITH_LOOPBACK): Promise<TracedRun> {
  return inFolder(async (folder) => {
    const file = join(folder, 'trace');
    const strace = ['strace', '-f', '--seccomp-bpf', '-s', '300', '-e', `trace=${CALLS}`, '-o', file];
    const run = await sealed(folder, script, [...strace, 'nmap', ...argvFor(join(folder, 'scan.xml'))]);
    return { ...run, ...readTrace(await readFile(file, 'utf8'), folder) };
  });
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'portolan-attack-'));
  try {
    await writeFile(join(folder, 'resolv.conf'), '');
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sealed(folder: string, script: string, words: readonly string[]): Promise<Run> {
  const argv = [...SEALED, script, 'sealed', join(folder, 'resolv.conf'), ...words];
  const result = await new Promise<Omit<Run, 'xml'>>((resolve) => {
    const options = { cwd: folder, timeout: 90_000, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile('unshare', argv, options, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr });
    });
  });
  const xml = await readFile(join(folder, 'scan.xml'), 'utf8').catch(() => '');
  return { ...result, xml };
}

function readTrace(trace: string, folder: string): Omit<TracedRun, keyof Run> {
  const read = new Set<string>();
  const written = new Set<string>();
  const reached = new Set<string>();
  const started = new Set<string>();
  for (const line of trace.split('\n')) {
    const call = /^\d+\s+(?:<\.\.\. )?([a-z0-9]+)/.exec(line)?.[1];
    if (call === undefined) continue;
    for (const [, four, six] of line.matchAll(/inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/g)) {
      reached.add(four ?? six ?? '');
    }
    // A file that was not there (a search path) was not read.
    const path = /"([^"]*)"/.exec(line)?.[1]?.replace(`${folder}/`, '<folder>/');
    if (path === undefined || /= -1 E/.test(line)) continue;
    if (call.startsWith('exec')) started.add(path);
    else if (call.startsWith('open') && !/O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND/.test(line))
      read.add(path);
    else if (/^(open|creat|rename|unlink|mkdir|link|symlink|truncate|chmod|fchmod)/.test(call))
      written.add(path);
  }
  return { read: [...read], written: [...written], reached: [...reached], started: [...started] };
}
