/**
 * What stands before a program that we start, so that it can neither outlive us nor use up the machine. Both are
 * programs of util-linux that set something and then become the program, so that pid and exit status are its own.
 */
import { readFile } from 'node:fs/promises';
import { ask, findExecutable } from './ask-program.ts';

/** 0 sets no limit. */
export interface ProcessLimits {
  /** Processor time in seconds; SIGXCPU ends what uses more. */
  cpuSeconds: number;
  /** Address space in MiB; beyond it memory is refused. */
  memoryMb: number;
  openFiles: number;
}

export const DEFAULT_LIMITS: ProcessLimits = { cpuSeconds: 7200, memoryMb: 2048, openFiles: 4096 };

const CPU_GRACE_SECONDS = 5;

/** The words to put before a command: limits, no core dumps, and the end with us. Empty where there are no such programs. */
export async function launcher(limits: ProcessLimits): Promise<string[]> {
  return [...(await limiter(limits)), ...(await findLeash())];
}

async function limiter({ cpuSeconds, memoryMb, openFiles }: ProcessLimits): Promise<string[]> {
  const prlimit = await findPrlimit();
  if (prlimit === undefined) return [];
  const own = await ownLimits();
  // Nobody but root may raise a limit that was set on us, so the smaller one holds.
  const within = (limit: number, name: string) => Math.min(limit, own.get(name) ?? Number.POSITIVE_INFINITY);
  const option = (flag: string, limit: number, name: string, over = 0) =>
    limit > 0 ? [`--${flag}=${within(limit, name)}:${within(limit + over, name)}`] : [];
  return [
    prlimit,
    '--core=0',
    // At the soft limit comes SIGXCPU, which tells what it was; at the hard one SIGKILL, which does not.
    ...option('cpu', cpuSeconds, 'Max cpu time', CPU_GRACE_SECONDS),
    ...option('as', memoryMb * 1_048_576, 'Max address space'),
    ...option('nofile', openFiles, 'Max open files'),
    '--',
  ];
}

/** The hard limits of this process, by the names of /proc/self/limits (proc(5)); unlimited ones are left out. */
async function ownLimits(): Promise<ReadonlyMap<string, number>> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  return new Map(
    [...text.matchAll(/^(Max [a-z ]+?)\s{2,}\S+\s+(\d+)\s/gm)].map(([, name = '', hard]) => [
      name,
      Number(hard),
    ]),
  );
}

let prlimitPath: Promise<string | undefined> | undefined;
function findPrlimit(): Promise<string | undefined> {
  prlimitPath ??= process.platform === 'linux' ? findExecutable('prlimit') : Promise.resolve(undefined);
  return prlimitPath;
}

/**
 * Ends the program with us, even when we are killed with -9: `setpriv --pdeathsig` (util-linux 2.33 or newer). The
 * kernel clears it for an nmap with file capabilities (prctl(2), PR_SET_PDEATHSIG); there, and where there is no
 * setpriv, reap.ts ends it afterwards. The signal follows the thread that starts it: never start one from a worker thread.
 */
let leash: Promise<string[]> | undefined;
export function findLeash(): Promise<string[]> {
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
