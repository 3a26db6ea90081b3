/** Removes what the inventory keeps for a time alone: decided changes, why sightings were one host, what was held back. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Store } from '../store/store.ts';

/** Rows of each kind at once: some milliseconds. */
const AT_ONCE = 250;
const DAY_MS = 86_400_000;
const SUPPRESSED_DAYS = 14;
const IDENTITY_DAYS = 90;

/**
 * @param eventDays how long changes are kept that somebody decided about, or that are over; open ones stay
 * @param now milliseconds since the epoch
 * @returns how many rows went
 */
export async function forget(
  { sites }: Pick<Store, 'sites'>,
  eventDays: number,
  now: number,
): Promise<number> {
  const ago = (days: number) => now - days * DAY_MS;
  const before = { suppressed: ago(SUPPRESSED_DAYS), notes: ago(IDENTITY_DAYS), events: ago(eventDays) };
  for (let removed = 0; ; ) {
    const some = await sites.prune(before, AT_ONCE);
    if (some === 0) return removed;
    removed += some;
    await nextTurn();
  }
}
