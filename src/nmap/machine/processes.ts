/** Which process is which: a pid alone is reused, a pid with its start time is not (proc(5), field 22 of stat). */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process started: clock ticks since boot on Linux, seconds since the epoch elsewhere. Only good for
 * comparing with itself. Undefined when there is no such process.
 */
export function processStartTicks(pid: number): number | undefined {
  if (process.platform === 'linux') {
    const stat = readStat(pid);
    return stat === undefined || stat.state === 'Z' ? undefined : stat.startTicks;
  }
  if (process.platform === 'win32') return undefined;
  try {
    const started = execFileSync('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return Math.trunc(Date.parse(started) / 1000);
  } catch {
    return undefined;
  }
}

/** Whether this very process still runs; a zombie does not. Without `startTicks` only the pid is compared. */
export function isAlive(pid: number, startTicks?: number): boolean {
  if (process.platform === 'win32') return signalReaches(pid);
  const now = processStartTicks(pid);
  return now !== undefined && (startTicks === undefined || now === startTicks);
}

/**
 * Whether this very process has surely ended. Never of one that cannot be looked at, as those of others under /proc
 * with hidepid: a pid that somebody answers to, and nothing known of, may be its own.
 */
export function isGone(pid: number, startTicks: number): boolean {
  if (!answers(pid)) return true;
  if (process.platform === 'linux') {
    const stat = readStat(pid);
    return stat !== undefined && (stat.state === 'Z' || stat.startTicks !== startTicks);
  }
  const now = processStartTicks(pid);
  return now !== undefined && now !== startTicks;
}

/** Linux: whether a process has its pid in the namespace that /proc shows (proc(5), NSpid of status). */
export function isOfOurNamespace(pid: number | 'self'): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    // One pid for each namespace from that of /proc inwards.
    return /^NSpid:\s+\d+$/m.test(status);
  } catch {
    return false;
  }
}

interface Stat {
  state: string;
  parent: number;
  group: number;
  startTicks: number;
}

/** Linux only; undefined when the process is gone. */
export function readStat(pid: number): Stat | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the command's name in brackets, and may itself hold spaces and brackets.
  const [state = '', parent, group, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state, parent: Number(parent), group: Number(group), startTicks: Number(rest[16]) };
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The same, also of those that we may not signal. */
function answers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
