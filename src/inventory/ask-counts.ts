/** Answers how many hosts have what in common. */
import type { Store } from '../store/store.ts';
import { conditionOfText } from './query-condition.ts';
import type { Counts, CountsAsk } from './service.ts';

export async function askCounts(store: Store, ask: CountsAsk, now: number): Promise<Counts> {
  const { query = '', site, by, services, limit } = ask;
  const where = await conditionOfText(query, store, now);
  const which = { ...(site === undefined ? {} : { site }), ...(where ? { where } : {}) };
  const [total, counts, alike] = await Promise.all([
    store.assets.count(which),
    Promise.all(by.map(async (one) => ({ by: one, values: await store.assets.countBy(which, one, limit) }))),
    services && store.assets.countServices(which, services, limit),
  ]);
  return { total, counts, ...(alike ? { services: alike } : {}) };
}
