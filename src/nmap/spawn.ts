/**
 * The only place that starts a scanner. It takes an AllowedScan and nothing else, builds the argv itself, and gives
 * nmap no shell, no terminal and none of our environment (NMAP_ARGS, NMAPDIR and LD_PRELOAD would otherwise reach it).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { PortolanError } from '../core/errors.ts';
import { AllowedScan } from '../policy/authorize.ts';
import { argvFor } from './argv.ts';
import { ask, findExecutable, SYSTEM_PATH } from './facts.ts';
import { processStartTicks } from './processes.ts';
import { REPORT_FILE } from './report.ts';
import type { Ending, Runner, RunPlace, Scanner } from './runner.ts';

/** After its exit nmap's pipe should close at once; something that inherited it must not keep us waiting. */
const PIPE_GRACE_MS = 1000;

/** A phase's own service probes, in the folder of its run, which is nmap's working directory. */
const VERSION_DATABASE_FILE = 'service-probes';

/** Runs nmap on this machine. */
export const localRunner: Runner = { placesFiles: true, start: startScanner };

/**
 * Starts nmap for an authorised scan, in a process group of its own, in `directory`; it writes both files itself.
 * PORTOLAN_TASK and PORTOLAN_RUN in its environment tell a later process whose it was (reap.ts).
 */
async function startScanner(
  scan: AllowedScan,
  { nmap, directory, taskId, output, phase }: RunPlace,
): Promise<Scanner> {
  const { path } = nmap;
  const leash = await findLeash();
  // A cast can make anything look like an AllowedScan to the compiler; only the private field proves it.
  if (!AllowedScan.isAllowed(scan)) {
    throw new PortolanError(
      'internal',
      'A scan was started that no policy had allowed.',
      'Report this as a defect.',
    );
  }
  // nmap expands % in file names (manual, "-oN <filespec>"), so such a folder is named by being the working directory.
  const report = join(directory, REPORT_FILE);
  const xml = report.includes('%') ? REPORT_FILE : report;
  const versionDatabase = phase?.versionDatabase === undefined ? undefined : VERSION_DATABASE_FILE;
  if (phase?.versionDatabase !== undefined) {
    await writeFile(join(directory, VERSION_DATABASE_FILE), phase.versionDatabase, { mode: 0o600 });
  }
  const argv = argvFor(scan, { xml, ...(versionDatabase ? { versionDatabase } : {}) }, phase);
  const [file = path, ...args] = [...leash, path, ...argv];
  const child = spawn(file, args, {
    cwd: directory,
    detached: true,
    stdio: ['ignore', output.fd, 'pipe'],
    windowsHide: true,
    env: {
      PATH: SYSTEM_PATH,
      LC_ALL: 'C',
      NMAPDIR: nmap.dataDirectory,
      PORTOLAN_TASK: taskId,
      PORTOLAN_RUN: directory,
      ...(process.env.SystemRoot ? { SystemRoot: process.env.SystemRoot } : {}),
    },
  });
  const ended = waitForEnd(child);
  const pid = await started(child);
  const startTicks = processStartTicks(pid);
  return {
    pid,
    ...(startTicks === undefined ? {} : { startTicks }),
    argv,
    stderr: child.stderr ?? Readable.from([]),
    ended,
    stop: (graceMs = 2000) => stopGroup(child, pid, graceMs),
  };
}

function waitForEnd(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal });
    });
    child.once('exit', (status, signal) => {
      timer = setTimeout(() => resolve({ status, signal }), PIPE_GRACE_MS);
    });
  });
}

/**
 * Ends nmap with us, even when we are killed with -9: `setpriv --pdeathsig` (util-linux 2.33 or newer) sets the death
 * signal and then becomes nmap, so pid and exit status are nmap's own. The kernel clears it for an nmap with file
 * capabilities (prctl(2), PR_SET_PDEATHSIG); there, and where there is no setpriv, reap.ts ends it afterwards.
 * The signal follows the thread that starts nmap, so never start one from a worker thread.
 */
let leash: Promise<string[]> | undefined;
function findLeash(): Promise<string[]> {
  leash ??= (async () => {
    if (process.platform !== 'linux') return [];
    const setpriv = await findExecutable('setpriv');
    if (setpriv === undefined) return [];
    const command = ['--pdeathsig', 'KILL', '--'];
    const { status } = await ask(setpriv, [...command, setpriv, '--version']);
    return status === 0 ? [setpriv, ...command] : [];
  })();
  return leash;
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? -1));
    child.once('error', (error) => {
      const code = 'code' in error ? String(error.code) : 'unknown error';
      reject(
        new PortolanError(
          'nmap_failed',
          `nmap could not be started (${code}).`,
          'Run `portolan doctor` for what is missing here.',
          { cause: error },
        ),
      );
    });
  });
}

function stopGroup(child: ChildProcess, pid: number, graceMs: number): void {
  if (hasEnded(child)) return;
  // nmap does not catch it: what it had flushed (each finished host, each line of statistics) is what there is.
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => {
    if (!hasEnded(child)) signalGroup(pid, 'SIGKILL');
  }, graceMs);
  child.once('exit', () => clearTimeout(timer));
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (pid <= 1) return; // kill(-1) would reach every process there is
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // it ended in between
  }
}
