/** One writer at a time among processes: a lock file, which the next one takes over when its holder is dead. */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A holder of whom nothing else can be known is dead when it has been silent for so long. */
const STALE_MS = 30_000;
/** A lock without words is being written right now, or its writer died in between. */
const EMPTY_MS = 1000;
const WAIT_MS = 10_000;

/** Takes the lock, waiting for it. @returns what releases it. @throws an Error when it cannot be had in time. */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const mine = `${OURSELVES} ${randomUUID()}`;
  for (const since = performance.now(); ; ) {
    try {
      const file = await open(path, 'wx', 0o600);
      try {
        await file.writeFile(mine);
      } catch (error) {
        // A full disk: without it others need not wait for a lock of nobody.
        await rm(path, { force: true });
        throw error;
      } finally {
        await file.close();
      }
      const heldSince = performance.now();
      return () => release(path, mine, performance.now() - heldSince);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    await takeIfDead(path, mine);
    if (performance.now() - since > WAIT_MS) throw new Error(`${path} is held by another process`);
    await delay(2 + Math.random() * 8);
  }
}

/** Held for so long that it may have been taken over it is looked at: another one's lock is not ours to remove. */
async function release(path: string, mine: string, heldMs: number): Promise<void> {
  if (heldMs < STALE_MS / 2) await rm(path, { force: true });
  else if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true });
}

/** Moves a dead holder's lock away; one that is not the one looked at is put back. */
async function takeIfDead(path: string, mine: string): Promise<void> {
  try {
    const holder = await readFile(path, 'utf8');
    const { mtimeMs } = await stat(path);
    const age = Date.now() - mtimeMs;
    if (!isDead(holder, age)) return;
    const aside = `${path}.${mine.replaceAll(/\W+/g, '-')}`;
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== holder) await link(aside, path).catch(() => {});
    await rm(aside, { force: true });
  } catch {
    // released in between
  }
}

function isDead(holder: string, age: number): boolean {
  const [pid, namespace, startedAt] = holder.split(' ');
  if (pid === undefined || startedAt === undefined) return age > (holder === '' ? EMPTY_MS : STALE_MS);
  // Who runs in another container cannot be seen from here.
  if (namespace !== NAMESPACE) return age > STALE_MS;
  if (Number(pid) === process.pid) return startedAt !== startOf(process.pid);
  return startOf(Number(pid)) !== startedAt;
}

/** When a process started, in ticks since the boot (proc(5)): a later one of its number is another. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return isRunning(pid) ? 'unknown' : undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function readNamespace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '')}`;
  } catch {
    return 'unknown';
  }
}

const NAMESPACE = readNamespace();
const OURSELVES = `${process.pid} ${NAMESPACE} ${startOf(process.pid) ?? 'unknown'}`;
