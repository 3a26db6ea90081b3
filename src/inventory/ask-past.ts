/** Answers what a host ever was, and why its sightings are one host. */
import type { Store } from '../store/store.ts';
import { findOne } from './ask-assets.ts';
import type { AssetPast } from './service.ts';

/** Notes that are told of one host. */
const MOST_NOTES = 50;

/** @throws PortolanError as findOne */
export async function askPast(store: Store, reference: string): Promise<AssetPast> {
  const asset = await findOne(store, reference);
  const ids = await store.assets.idsOf(asset.uid);
  const [history, said, notes] = await Promise.all([
    store.assets.history(asset.uid),
    store.sites.constraints(ids),
    store.changes.identityLog(asset.uid, MOST_NOTES),
  ]);
  return {
    asset,
    history,
    merged: ids.filter((uid) => uid !== asset.uid),
    said,
    notes: notes.map((body) => JSON.parse(body)),
  };
}
