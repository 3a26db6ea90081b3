/** Removes old tasks a few at a time, so that nobody has to wait for it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Store } from '../store/open.ts';

const AT_ONCE = 5;
const DAY_MS = 86_400_000;

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
