/** Where a process runs, as far as its pid has a meaning: on which machine, since which start of it, in which namespace. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isOfOurNamespace } from './processes.ts';

/** What is noted of a machine that does not tell one start from another. */
export const UNKNOWN_BOOT = 'unknown';

export interface Place {
  host: string;
  /** Absent where the system does not tell one start of the machine from another. */
  bootId?: string;
  /** Absent where pids cannot be trusted: without /proc, or with that of another namespace. */
  pidNamespace?: string;
}

export function whereWeRun(): Place {
  const bootId = ownBoot();
  const pidNamespace = ownNamespace();
  return {
    host: hostname(),
    ...(bootId === undefined ? {} : { bootId }),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
  };
}

function ownBoot(): string | undefined {
  try {
    return process.platform === 'darwin'
      ? execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim()
      : readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}

function ownNamespace(): string | undefined {
  if (process.platform !== 'linux') return 'the only one';
  try {
    return isOfOurNamespace('self') ? readlinkSync('/proc/self/ns/pid') : undefined;
  } catch {
    return undefined;
  }
}
