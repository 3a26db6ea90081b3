/**
 * The one runner of command tools: a program of this machine, pointed at what the policy allowed. Its output is bounded
 * and kept, also when it is cut off.
 */
import type { Readable } from 'node:stream';
import { cleanText } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import { AllowedTarget } from '../../policy/allowed-target.ts';
import type { AllowedScan } from '../../policy/authorize.ts';
import { plainArgvFor } from '../command/argv.ts';
import { findExecutable } from '../machine/ask-program.ts';
import type { NmapInstall } from '../machine/install.ts';
import type { ProcessLimits } from '../machine/limits-and-leash.ts';
import { type Launched, launch } from './start-process.ts';

export interface CommandLine {
  /** A program in the system's folders, or an absolute path. Never from a caller. */
  program: string;
  /** The package it comes in, for the message when it is missing. */
  package?: string | undefined;
  /** Options that the tool's table has read and written anew. */
  options: readonly string[];
  /** How the program takes its target; `-- ADDRESS` when absent. */
  place?: ((address: string, family: 4 | 6) => readonly string[]) | undefined;
}

export interface CommandLimits {
  timeoutMs: number;
  /** Bytes that are kept; what comes after is read and dropped. */
  stdoutBytes: number;
  stderrBytes: number;
  /** Ends it at once. */
  signal: AbortSignal;
  /** What it may use of the machine; the defaults when absent. */
  process?: ProcessLimits;
}

export interface CommandOutcome {
  /** What ran, beginning with the program. */
  argv: string[];
  /** Cleaned (core/clean). */
  stdout: string;
  stderr: string;
  truncatedStdout: boolean;
  truncatedStderr: boolean;
  /** Exit status; null when a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  /** We ended it, because the time was over or the caller went. */
  end: 'by itself' | 'timeout' | 'cancelled';
  seconds: number;
  /** What of what was asked was left out or changed, in sentences. */
  notes?: readonly string[];
}

/**
 * Runs a program against an allowed target.
 * @throws PortolanError command_not_found, resource_exhausted, command_crashed when it cannot be started
 */
export async function runCommand(
  { program, package: from, options, place = (address) => ['--', address] }: CommandLine,
  target: AllowedTarget,
  limits: CommandLimits,
): Promise<CommandOutcome> {
  if (!AllowedTarget.isAllowed(target))
    throw new TypeError('Only a target that the policy allowed can be given to a program.');
  const path = await findExecutable(program);
  if (path === undefined) {
    throw new PortolanError(
      'command_not_found',
      `${program}: command not found.`,
      from ? `Install the package ${from} on this machine.` : `Install ${program} on this machine.`,
    );
  }
  return await follow(path, [...options, ...place(target.address, target.family)], limits);
}

/** Runs nmap as its users do, and gives what it prints. @throws as {@link runCommand} */
export async function runPlainNmap(
  scan: AllowedScan,
  nmap: NmapInstall,
  limits: CommandLimits,
): Promise<CommandOutcome> {
  const outcome = await follow(nmap.path, plainArgvFor(scan), limits, { NMAPDIR: nmap.dataDirectory });
  return { ...outcome, notes: scan.notes.map(({ message }) => message) };
}

async function follow(
  path: string,
  args: readonly string[],
  { timeoutMs, stdoutBytes, stderrBytes, signal, process: limits }: CommandLimits,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandOutcome> {
  const startedAt = performance.now();
  const argv = [path, ...args];
  if (signal.aborted) return { ...NOTHING, argv };
  const running = await start(path, args, env, limits);
  const stdout = keep(running.stdout, stdoutBytes);
  const stderr = keep(running.stderr, stderrBytes);
  let end: CommandOutcome['end'] = 'by itself';
  const stop = (why: CommandOutcome['end']) => {
    if (end === 'by itself') end = why;
    running.stop();
  };
  const timer = setTimeout(() => stop('timeout'), timeoutMs);
  const cancel = () => stop('cancelled');
  signal.addEventListener('abort', cancel, { once: true });
  // It may have been aborted while the program was being started.
  if (signal.aborted) cancel();
  const ending = await running.ended;
  clearTimeout(timer);
  signal.removeEventListener('abort', cancel);
  return {
    argv,
    stdout: stdout.text(),
    stderr: stderr.text(),
    truncatedStdout: stdout.truncated(),
    truncatedStderr: stderr.truncated(),
    status: ending.status,
    signal: ending.signal,
    end,
    seconds: Math.round(performance.now() - startedAt) / 1000,
  };
}

const NOTHING: Omit<CommandOutcome, 'argv'> = {
  stdout: '',
  stderr: '',
  truncatedStdout: false,
  truncatedStderr: false,
  status: null,
  signal: null,
  end: 'cancelled',
  seconds: 0,
};

/** What the system says when it has no room for another process. */
const NO_ROOM = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE']);

async function start(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  limits: ProcessLimits | undefined,
): Promise<Launched> {
  try {
    return await launch({ path, args, directory: '/', output: 'pipe', env, limits });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    const full = NO_ROOM.has(code);
    throw new PortolanError(
      full ? 'resource_exhausted' : 'command_crashed',
      `${path} could not be started (${code}).`,
      full
        ? 'Try again when fewer scans run, or raise the limits of this service.'
        : `Check that ${path} may be run by the user of this service.`,
      { cause },
    );
  }
}

/** Keeps the first `most` bytes; the rest is read, so that the program is never blocked by a full pipe. */
function keep(stream: Readable, most: number): { text(): string; truncated(): boolean } {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('error', () => {}); // a pipe that breaks ends what there is to read
  stream.on('data', (chunk: Buffer) => {
    if (size < most) chunks.push(chunk.subarray(0, most - size));
    size += chunk.length;
  });
  return {
    text: () => cleanText(Buffer.concat(chunks).toString('utf8'), Number.POSITIVE_INFINITY),
    truncated: () => size > most,
  };
}
