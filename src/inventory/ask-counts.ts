/** Answers how many hosts have what in common. */
import type { Store } from '../store/store.ts';
import { countDays } from './count-days.ts';
import { conditionOfText } from './query-condition.ts';
import type { Counts, CountsAsk } from './service.ts';

const DAY_MS = 86_400_000;

export async function askCounts(store: Store, ask: CountsAsk, now: number): Promise<Counts> {
  const { query = '', site, by, services, changes, limit } = ask;
  const where = await conditionOfText(query, store, now);
  const which = { ...(site === undefined ? {} : { site }), ...(where ? { where } : {}) };
  const about = { ...(site === undefined ? {} : { site }), ...(where ? { assets: where } : {}) };
  // A day more than is asked for: the first one may have begun before.
  const since = now - ((changes?.days ?? 0) + 1) * DAY_MS;
  const [total, counts, alike, quarters] = await Promise.all([
    store.assets.count(which),
    Promise.all(by.map(async (one) => ({ by: one, values: await store.assets.countBy(which, one, limit) }))),
    services && store.assets.countServices(which, services, limit),
    changes && store.changes.quarters({ ...about, since }),
  ]);
  return {
    total,
    counts,
    ...(alike ? { services: alike } : {}),
    ...(changes && quarters ? { changes: countDays(quarters, changes.days, changes.zone, now) } : {}),
  };
}
