/** One writer at a time among processes: a lock file, which the next one takes over when its holder is dead. */
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A holder writes for milliseconds; one that is silent this long was killed, or its disk hangs. */
const STALE_MS = 30_000;
const WAIT_MS = 10_000;

/** Takes the lock, waiting for it. @returns what releases it. @throws an Error when it cannot be had in time. */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const mine = `${process.pid} ${process.hrtime.bigint()}`;
  for (const since = Date.now(); ; ) {
    try {
      const file = await open(path, 'wx', 0o600);
      try {
        await file.writeFile(mine);
      } finally {
        await file.close();
      }
      return () => rm(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    await takeIfDead(path, mine);
    if (Date.now() - since > WAIT_MS) throw new Error(`${path} is held by another process`);
    await delay(2 + Math.random() * 8);
  }
}

/** Moves a dead holder's lock away; one that is not the one looked at is put back. */
async function takeIfDead(path: string, mine: string): Promise<void> {
  try {
    const holder = await readFile(path, 'utf8');
    const { mtimeMs } = await stat(path);
    const pid = Number.parseInt(holder, 10);
    // An empty one is being written right now, or its writer died in between.
    const dead = Number.isNaN(pid) ? Date.now() - mtimeMs > 1000 : pid !== process.pid && !isRunning(pid);
    if (!dead && Date.now() - mtimeMs < STALE_MS) return;
    const aside = `${path}.${mine.replace(' ', '-')}`;
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== holder) await link(aside, path).catch(() => {});
    await rm(aside, { force: true });
  } catch {
    // released in between
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
