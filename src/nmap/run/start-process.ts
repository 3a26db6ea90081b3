/**
 * Starts one process: without a shell, a terminal or our environment (NMAP_ARGS and LD_PRELOAD would otherwise reach
 * it), in a process group of its own that is ended as a whole, within limits, and on a leash that ends it with us. What may be started
 * is decided by the callers: start-scanner.ts for scans, run-command.ts for command tools.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { SYSTEM_PATH } from '../machine/ask-program.ts';
import { DEFAULT_LIMITS, launcher, type ProcessLimits } from '../machine/limits-and-leash.ts';
import { processStartTicks } from '../machine/processes.ts';
import type { Ending } from './runner.ts';

/** After its exit the pipes of a process should close at once; something that inherited them must not keep us waiting. */
const PIPE_GRACE_MS = 1000;

export interface Launch {
  /** Absolute path of the executable. */
  path: string;
  args: readonly string[];
  /** Its working directory. */
  directory: string;
  /** Where its standard output goes: an open file, or a pipe to us. */
  output: number | 'pipe';
  /** Beside PATH and LC_ALL. */
  env?: Readonly<Record<string, string>>;
  /** The defaults when absent. */
  limits?: ProcessLimits | undefined;
}

export interface Launched {
  pid: number;
  startTicks?: number;
  /** Empty unless `output` is `pipe`. */
  stdout: Readable;
  stderr: Readable;
  /** Settles when it has ended and its pipes are read. Never rejects. */
  ended: Promise<Ending>;
  /** SIGTERM to its whole process group, SIGKILL after `graceMs`. */
  stop(graceMs?: number): void;
}

/** @throws the system's error, with its code (ENOENT, EACCES, EAGAIN …), when it cannot be started. */
export async function launch({
  path,
  args,
  directory,
  output,
  env = {},
  limits = DEFAULT_LIMITS,
}: Launch): Promise<Launched> {
  const [file = path, ...words] = [...(await launcher(limits)), path, ...args];
  const child = spawn(file, words, {
    cwd: directory,
    detached: true,
    stdio: ['ignore', output, 'pipe'],
    windowsHide: true,
    env: {
      PATH: SYSTEM_PATH,
      LC_ALL: 'C',
      ...(process.env.SystemRoot ? { SystemRoot: process.env.SystemRoot } : {}),
      ...env,
    },
  });
  const ended = waitForEnd(child);
  const pid = await started(child);
  const startTicks = processStartTicks(pid);
  // What it leaves behind in its group would go on without anybody, and hold our pipes open.
  child.once('exit', () => signalGroup(pid, 'SIGKILL'));
  return {
    pid,
    ...(startTicks === undefined ? {} : { startTicks }),
    stdout: child.stdout ?? Readable.from([]),
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

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? -1));
    child.once('error', reject);
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
