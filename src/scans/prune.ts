/** Removes old tasks a few at a time, so that nobody has to wait for it; not because a clock says so that was just set. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Store } from '../store/open.ts';

const AT_ONCE = 5;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** Deletes tasks that ended more than `keepDays` days before `now`, with all they found. @returns how many. */
export async function prune(store: Store, keepDays: number, now: number): Promise<number> {
  let removed = 0;
  for (;;) {
    const count = await store.tasks.prune(now - keepDays * DAY_MS, AT_ONCE);
    removed += count;
    if (count < AT_ONCE) return removed;
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
