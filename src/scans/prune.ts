/** Removes old tasks in small steps, so that nobody has to wait for it; not because a clock says so that was just set. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PortolanError } from '../core/errors.ts';
import type { Store } from '../store/open.ts';

/** Rows deleted at once, and pages (4 KiB) given back at once: some milliseconds each. */
const ROWS_AT_ONCE = 250;
const PAGES_AT_ONCE = 250;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

export interface Pruned {
  tasks: number;
  /** Given back to the disk. */
  freedBytes: number;
  /** Empty within the database's file, and used again there. */
  emptyBytes: number;
}

/**
 * Deletes tasks that ended more than `keepDays` days before `now`, with all they found, and gives the room back to the
 * disk. Works on a full disk, too.
 */
export async function prune(store: Store, keepDays: number, now: number): Promise<Pruned> {
  const { maintenance } = store;
  const before = await maintenance.size();
  let tasks = 0;
  await inSteps(store, ROWS_AT_ONCE, async (rows) => {
    const done = await store.tasks.prune(now - keepDays * DAY_MS, rows);
    tasks += done.tasks;
    return done.rows > 0;
  });
  if (tasks > 0 || before.freeBytes > 0) {
    await inSteps(store, PAGES_AT_ONCE, (pages) => maintenance.giveBack(pages));
    await maintenance.shorten();
  }
  const after = await maintenance.size();
  return { tasks, freedBytes: Math.max(0, before.bytes - after.bytes), emptyBytes: after.freeBytes };
}

/** Does step after step until one finds nothing to do. Where the disk is full they become smaller. */
async function inSteps(store: Store, size: number, step: (size: number) => Promise<boolean>): Promise<void> {
  let atOnce = size;
  let failed = 0;
  for (;;) {
    try {
      if (!(await step(atOnce))) return;
      failed = 0;
    } catch (error) {
      const mayMend = error instanceof PortolanError && error.code === 'storage_failed';
      failed += 1;
      if (!mayMend || (atOnce === 1 && failed > 2)) throw error;
      await store.maintenance.makeRoom();
      // What did not fit into the room that was made must be less.
      if (failed > 1) atOnce = Math.max(1, atOnce >> 2);
    }
    await nextTurn();
  }
}

/**
 * Why the clock is not to be believed, in words: there are tasks to delete, but for a week and over a third of `keepDays` before
 * `now` no task was asked for, so that time may never have been. Undefined when all is well.
 */
export async function clockDoubt(store: Store, keepDays: number, now: number): Promise<string | undefined> {
  const keep = keepDays * DAY_MS;
  // Who keeps less than a day means what is on the clock of today.
  if (keepDays < 1 || !(await store.tasks.anyEndedBefore(now - keep))) return undefined;
  const gap = await store.tasks.longestPause(now - keep, now);
  if (gap <= Math.max(keep / 3, WEEK_MS)) return undefined;
  return `no scan was asked for in ${Math.floor(gap / DAY_MS)} of the last ${keepDays} days: unless that is so, the clock (${new Date(now).toISOString()}) is wrong`;
}
