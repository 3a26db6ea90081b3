/**
 * After a crash: finds the scanners that outlived their Portolan, and ends them. Those in other PID namespaces (other
 * containers) are none of ours, whatever they say: what their pids mean is not known here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import { z } from 'zod';
import { ask } from '../machine/ask-program.ts';
import { isAlive, isOfOurNamespace, processStartTicks, readStat } from '../machine/processes.ts';
import { REPORT_FILE } from './files.ts';

/** A scanner whose Portolan no longer lives. */
export interface Orphan {
  pid: number;
  startTicks: number;
  /** The private folder of its run: `readRun` gives what it had reported. */
  directory: string;
  /** Absent when the run left no word of whose it was. */
  taskId?: string;
}

// What a recovery needs besides, from one place.
export { isAlive, processStartTicks } from '../machine/processes.ts';

const OWNER_FILE = 'owner.json';
const Owner = z.object({ taskId: z.string(), pid: z.number().int(), startTicks: z.number().optional() });
type Owner = z.infer<typeof Owner>;

/** Notes in the folder of a run, before it starts, which process it belongs to. */
export async function writeOwner(directory: string, taskId: string): Promise<void> {
  const startTicks = processStartTicks(process.pid);
  const owner: Owner = { taskId, pid: process.pid, ...(startTicks === undefined ? {} : { startTicks }) };
  const temporary = join(directory, `.${OWNER_FILE}`);
  await writeFile(temporary, JSON.stringify(owner), { mode: 0o600 });
  await rename(temporary, join(directory, OWNER_FILE));
}

/**
 * The scanners that were started in folders under `runsDirectory`, or for one task, and whose Portolan is dead. Those
 * of another Portolan that lives are left out. A process is known by PORTOLAN_RUN in its environment, or, where that
 * may not be read (an nmap with capabilities, other systems), by the report in its argv.
 */
export async function findOrphans(of: { runsDirectory: string } | { taskId: string }): Promise<Orphan[]> {
  // The folder is only words of some process until it lies where our runs do, or says itself whose it is.
  const scanners = await scannersUnder('taskId' in of ? undefined : of.runsDirectory);
  return scanners.flatMap(({ pid, startTicks, directory }) => {
    const owner = readOwner(directory);
    if ('taskId' in of && owner?.taskId !== of.taskId) return [];
    if (owner && isAlive(owner.pid, owner.startTicks)) return [];
    return [{ pid, startTicks, directory, ...(owner ? { taskId: owner.taskId } : {}) }];
  });
}

/** Ends the scanners of a task that outlived their Portolan. True when nothing of them is left. */
export async function endOrphans(taskId: string): Promise<boolean> {
  return await endAll(await findOrphans({ taskId }));
}

/** Ends whatever scans into folders under this one, also when its Portolan lives: its task is another's now. */
export async function endScanners(directory: string): Promise<boolean> {
  return await endAll(await scannersUnder(directory));
}

async function endAll(scanners: readonly { pid: number; startTicks: number }[]): Promise<boolean> {
  const ended = await Promise.all(scanners.map(({ pid, startTicks }) => killTree(pid, startTicks)));
  return ended.every(Boolean);
}

/**
 * Kills the process group of a scanner, if `pid` still is the process that started at `startTicks`.
 * True when nothing of it is left; waits up to two seconds for that.
 */
export async function killTree(pid: number, startTicks: number): Promise<boolean> {
  if (pid <= 1 || pid === process.pid) return false;
  for (let round = 0; round < 40 && isAlive(pid, startTicks); round += 1) {
    if (round % 10 === 0) {
      // Ours lead their own group (start-scanner.ts); whatever does not is killed alone, never with its neighbours.
      const leads = process.platform !== 'linux' || readStat(pid)?.group === pid;
      try {
        process.kill(leads ? -pid : pid, 'SIGKILL');
      } catch {
        // it ended in between, or is not ours to kill: the loop tells
      }
    }
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return !isAlive(pid, startTicks);
}

/** The processes of our namespace that say they scan into a folder under this one, or into any. */
async function scannersUnder(directory: string | undefined): Promise<(Running & { startTicks: number })[]> {
  const within = directory === undefined ? '' : resolve(directory) + sep;
  const running = process.platform === 'linux' ? runningOnLinux() : await runningElsewhere();
  return running.flatMap((scanner) => {
    const startTicks = scanner.directory.startsWith(within) ? processStartTicks(scanner.pid) : undefined;
    return startTicks === undefined ? [] : [{ ...scanner, startTicks }];
  });
}

interface Running {
  pid: number;
  directory: string;
}

function runningOnLinux(): Running[] {
  if (!isOfOurNamespace('self')) return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const pid = Number(name);
    const directory =
      runOf(readProc(pid, 'environ'), /(?:^|\0)PORTOLAN_RUN=([^\0]*)/) ??
      runOf(readProc(pid, 'cmdline'), /\0-oX\0([^\0]*)/);
    return directory === undefined || !isOfOurNamespace(pid) ? [] : [{ pid, directory }];
  });
}

async function runningElsewhere(): Promise<Running[]> {
  if (process.platform === 'win32') return [];
  const { stdout } = await ask('/bin/ps', ['-axo', 'pid=,command=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    const directory = runOf(command, /\s-oX\s(.*?\/scan\.xml)(?:\s|$)/);
    return directory === undefined ? [] : [{ pid: Number(pid), directory }];
  });
}

/** The folder of a run that a process names. */
function runOf(text: string, pattern: RegExp): string | undefined {
  const named = pattern.exec(text)?.[1];
  if (!named || !isAbsolute(named)) return undefined;
  return basename(named) === REPORT_FILE ? resolve(named, '..') : resolve(named);
}

function readProc(pid: number, file: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // gone, or not ours to read
  }
}

function readOwner(directory: string): Owner | undefined {
  try {
    return Owner.parse(JSON.parse(readFileSync(join(directory, OWNER_FILE), 'utf8')));
  } catch {
    return undefined; // a run that died before it said so, or a file that is none of ours
  }
}
