/**
 * The file of the log: begun anew when it is large or old, and opened anew when somebody else has put it aside
 * (logrotate, another Portolan that writes into the same one). Written synchronously: the last words of a process that
 * dies are the ones that matter.
 */
import {
  chmodSync,
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface LogFileLimits {
  /** MiB; 0 sets no limit. */
  maxMb: number;
  /** Days; 0 sets no limit. */
  maxDays: number;
  /** Files that were put aside. */
  keepFiles: number;
}

export interface LogFile {
  write(line: string): void;
  /** Opens it anew, as after a SIGHUP. */
  reopen(): void;
}

/** How often it is looked whether the file at this path is still ours. */
const LOOK_EVERY_MS = 1000;
const DAY_MS = 86_400_000;

/** @throws the file system's error when it cannot be opened. */
export function openLogFile(
  path: string,
  limits: () => LogFileLimits,
  now: () => number = Date.now,
): LogFile {
  let handle = open();
  let { ino, size, begun } = facts();
  let lookedAt = now();
  process.once('exit', () => closeSync(handle));

  function open(): number {
    const opened = openSync(path, 'a', 0o600);
    // An older file may be readable to others; targets and findings are not for them.
    chmodSync(path, 0o600);
    return opened;
  }

  function facts() {
    const stat = fstatSync(handle);
    // Where the file system does not know when a file was made, from now on.
    const made = stat.birthtimeMs > 0 ? stat.birthtimeMs : now();
    return { ino: stat.ino, size: stat.size, begun: stat.size === 0 ? now() : made };
  }

  function reopen(): void {
    try {
      const opened = open();
      closeSync(handle);
      handle = opened;
      ({ ino, size, begun } = facts());
    } catch {
      // Its folder is gone or full: the old one is better than none.
    }
  }

  function look(): void {
    lookedAt = now();
    // What another process of ours wrote counts too.
    if (inodeAt(path) !== ino) reopen();
    else size = fstatSync(handle).size;
    if (!isDue({ size, begun }, limits(), now()) || !putAside(path, now())) return;
    reopen();
    forget(path, limits().keepFiles);
  }

  return {
    write(line) {
      try {
        if (now() - lookedAt >= LOOK_EVERY_MS || isLarge(limits(), size)) look();
        size += writeSync(handle, line);
      } catch {
        // A full disk must not stop a scan; there is no other place to say so.
      }
    },
    reopen,
  };
}

/** Begins the file of a process that is about to start anew, where what is there is large or old. */
export function makeRoom(path: string, limits: LogFileLimits, now: () => number = Date.now): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there || !isDue({ size: there.size, begun: there.birthtimeMs || now() }, limits, now())) return;
  if (putAside(path, now())) forget(path, limits.keepFiles);
}

function isDue({ size, begun }: { size: number; begun: number }, limits: LogFileLimits, at: number): boolean {
  const { maxDays } = limits;
  return isLarge(limits, size) || (maxDays > 0 && size > 0 && at - begun >= maxDays * DAY_MS);
}

function isLarge({ maxMb }: LogFileLimits, size: number): boolean {
  return maxMb > 0 && size >= maxMb * 1_048_576;
}

function putAside(path: string, at: number): boolean {
  try {
    renameSync(path, asideName(path, at));
    return true;
  } catch {
    return false; // its folder takes no new names: it goes on growing
  }
}

function inodeAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** `portolan.log` is put aside as `portolan.log.20261120T070000.123Z`, so that names are in order of time. */
function asideName(path: string, at: number): string {
  return `${path}.${new Date(at).toISOString().replace(/[-:]/g, '')}`;
}

const ASIDE = /^\.\d{8}T\d{6}\.\d{3}Z$/;

function forget(path: string, keep: number): void {
  const name = basename(path);
  const folder = dirname(path);
  const aside = readdirSync(folder)
    .filter((one) => one.startsWith(name) && ASIDE.test(one.slice(name.length)))
    .sort();
  for (const one of aside.slice(0, Math.max(0, aside.length - keep)))
    rmSync(join(folder, one), { force: true });
}
