/** The inventory, as callers ask it. */
import type { Store } from '../store/store.ts';
import { askAsset, askAssets } from './ask-assets.ts';
import { askChanges, decide } from './ask-changes.ts';
import { askCoverage } from './ask-coverage.ts';
import type { InventoryService } from './service.ts';

/** @param now milliseconds since the epoch */
export function createInventory(
  store: () => Promise<Store>,
  now: () => number = () => Date.now(),
): InventoryService {
  return {
    assets: async (ask) => await askAssets(await store(), ask, now()),
    asset: async (reference, at) => await askAsset(await store(), reference, at),
    changes: async (ask, asker) => await askChanges(await store(), ask, asker, now()),
    coverage: async (site) => await askCoverage(await store(), site, now()),
    decide: async (ask, asker) => await decide(await store(), ask, asker, now()),
  };
}
