/** Starts Portolan itself as a process that goes on without us: `portolan service start`. */
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { processStartTicks } from './processes.ts';

export interface Daemon {
  pid: number;
  startTicks?: number;
  /** Settles when it ends while we still look. */
  ended: Promise<void>;
}

/**
 * Runs this very Node with `args`, in a session of its own, with its words appended to `log`. Everything else of our
 * environment goes with it: settings and tokens may be there.
 */
export function startDaemon(args: readonly string[], log: string): Daemon {
  const output = openSync(log, 'a', 0o600);
  const child = spawn(process.execPath, [...args], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
  });
  child.unref();
  const { pid } = child;
  if (pid === undefined) throw new Error('the process has no pid');
  const startTicks = processStartTicks(pid);
  return {
    pid,
    ...(startTicks === undefined ? {} : { startTicks }),
    ended: new Promise((resolve) => child.once('exit', () => resolve())),
  };
}
