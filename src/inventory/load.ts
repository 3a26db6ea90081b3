/** Reads all that is known of what a look concerns, some hundred assets at a time. */
import type { Asset } from '../core/asset.ts';
import type { Known, Tested } from '../core/fold.ts';
import type { Look, ServiceSighting } from '../core/look.ts';
import { wantedOf } from '../store/inventory/concerned.ts';
import {
  missingFingerprints,
  parseAssets,
  type ReadAssets,
  readAssets,
} from '../store/inventory/read-assets.ts';
import type { Store } from '../store/store.ts';

/** Assets of one call: it holds others up for some milliseconds. */
const AT_ONCE = 250;
/** What services say of themselves: some thousands, shared by all. */
const MOST_FINGERPRINTS = 50_000;

type Folds = Pick<Store, 'folds'>;

/** Reads for folds, and remembers what services say of themselves, which never changes. */
export class KnowledgeReader {
  readonly #store: Folds;
  readonly #fingerprints = new Map<number, ServiceSighting>();

  constructor(store: Folds) {
    this.#store = store;
  }

  /** @returns undefined while another fold of the site is being written */
  async read(look: Look): Promise<Known | undefined> {
    const frame = await this.#store.folds.frame(wantedOf(look));
    if (!frame) return undefined;
    const { assetIds, ...known } = frame;
    const { assets, tested, openIncidents } = await this.assets(assetIds);
    return { ...known, assets, tested, openIncidents: [...known.openIncidents, ...openIncidents] };
  }

  async assets(ids: readonly number[]): Promise<ReadAssets> {
    const assets: Asset[] = [];
    const tested: Tested[] = [];
    const openIncidents: string[] = [];
    let next = this.#text(ids, 0);
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const text = await next;
      // While these are read here, the database gets the next ones ready.
      next = this.#text(ids, at + AT_ONCE);
      next.catch(() => {});
      const parsed = parseAssets(text);
      await this.#learn(missingFingerprints(parsed, this.#fingerprints));
      const read = readAssets(parsed, this.#fingerprints);
      for (const asset of read.assets) assets.push(asset);
      for (const one of read.tested) tested.push(one);
      for (const key of read.openIncidents) openIncidents.push(key);
    }
    return { assets, tested, openIncidents };
  }

  async #text(ids: readonly number[], at: number): Promise<string> {
    return at < ids.length ? await this.#store.folds.assets(ids.slice(at, at + AT_ONCE)) : '';
  }

  async #learn(missing: readonly number[]): Promise<void> {
    if (missing.length === 0) return;
    if (this.#fingerprints.size > MOST_FINGERPRINTS) this.#fingerprints.clear();
    for (const [id, body] of await this.#store.folds.fingerprints(missing))
      this.#fingerprints.set(id, JSON.parse(body));
  }
}
