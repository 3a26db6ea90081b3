/** All that a query matches, one at a time in flat memory: for exports, and for what is said of many. */
import type { Asset } from '../core/asset.ts';
import type { Condition } from '../store/inventory/condition.ts';
import type { Store } from '../store/store.ts';
import { toChange } from './ask-changes.ts';
import { KnowledgeReader } from './load.ts';
import { conditionOfText } from './query-condition.ts';
import type { ChangeRow, Chosen } from './service.ts';

/** Rows that are read at once. */
const PAGE = 250;

/** Those that match, whole, some at a time; those that are archived only when they are wanted too. */
export async function* assetsThat(
  store: Store,
  { query = '', site, archived = false }: Chosen & { archived?: boolean | undefined },
  now: number,
  also?: Condition,
): AsyncGenerator<Asset> {
  const asked = await conditionOfText(query, store, now);
  const all = [asked, also].flatMap((one) => one ?? []);
  const where: Condition | undefined = all.length === 0 ? undefined : { all };
  const chosen = { ...(site === undefined ? {} : { site }), ...(where ? { where } : {}) };
  const reader = new KnowledgeReader(store);
  for (let after: number | undefined; ; ) {
    const lines = await store.assets.page({
      ...chosen,
      ...(after === undefined ? {} : { after }),
      limit: PAGE,
    });
    const { assets } = await reader.assets(lines.map(({ id }) => id));
    for (const asset of assets) if (archived || asset.state !== 'archived') yield asset;
    after = lines.at(-1)?.id;
    if (after === undefined || lines.length < PAGE) return;
  }
}

/** Changes of hosts that match, oldest first, without those that a summary stands for. */
export async function* changesThat(
  store: Store,
  { query = '', site }: Chosen,
  now: number,
): AsyncGenerator<ChangeRow> {
  const assets = await conditionOfText(query, store, now);
  const chosen = { ...(site === undefined ? {} : { site }), ...(assets ? { assets } : {}) };
  for (let after = 0; ; ) {
    const page = await store.changes.page({ ...chosen, after, limit: PAGE });
    yield* page.map(toChange);
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.id;
  }
}
