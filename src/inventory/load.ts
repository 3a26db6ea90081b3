/** Reads all that is known of what a look concerns, some hundred assets at a time. */
import type { Asset } from '../core/asset.ts';
import type { Known, Tested } from '../core/fold.ts';
import type { Look, ServiceSighting, Sighting } from '../core/look.ts';
import type { How, WantedServices } from '../store/inventory/asset-text.ts';
import { wantedOf } from '../store/inventory/concerned.ts';
import {
  missingFingerprints,
  parseSettled,
  parseWhole,
  type ReadAssets,
  readSettled,
  readWhole,
} from '../store/inventory/read-assets.ts';
import type { ServiceText } from '../store/inventory/service-text.ts';
import type { Store } from '../store/store.ts';
import { PortWords } from './port-words.ts';
import { canStaySettled, differingPorts, shutPorts } from './settled-ports.ts';

/** Assets of one call: it holds others up for some milliseconds. */
const AT_ONCE = 250;
/** What services say of themselves: some thousands, shared by all. */
const MOST_FINGERPRINTS = 50_000;

type Folds = Pick<Store, 'folds'>;

/** Assets that were read before it was their turn, after so many folds of their site. */
interface Ahead {
  foldSeq: number;
  ids: readonly number[];
  text: Promise<string>;
}

/** Reads for folds, and remembers what services say of themselves, which never changes. */
export class KnowledgeReader {
  readonly #store: Folds;
  readonly #fingerprints = new Map<number, ServiceSighting>();

  /** What the look before concerned. */
  #before: ReadonlySet<number> = new Set();
  #ahead: Ahead | undefined;

  constructor(store: Folds) {
    this.#store = store;
  }

  /** Has the database read what a look will need, while the one before it is judged and written. */
  async prepare(look: Look): Promise<void> {
    this.#ahead = undefined;
    const found = await this.#store.folds.concerns(wantedOf(look));
    if (!found || found.assetIds.length === 0 || found.assetIds.length > AT_ONCE) return;
    const text = this.#store.folds.assets(found.assetIds, 'settled');
    text.catch(() => {});
    this.#ahead = { foldSeq: found.foldSeq, ids: found.assetIds, text };
  }

  /** The look before was not folded by us: what was read ahead may be old. */
  forget(): void {
    this.#ahead = undefined;
  }

  /**
   * @param how `settled`: services of which the look says what is known are not read
   * @returns undefined while another fold of the site is being written
   */
  async read(look: Look, how: How = 'settled'): Promise<Known | undefined> {
    const frame = await this.#store.folds.frame(wantedOf(look));
    if (!frame) return undefined;
    const { assetIds, ...known } = frame;
    const ready = how === 'settled' ? this.#readAhead(assetIds, known.foldSeq) : undefined;
    this.#before = new Set(assetIds);
    const sightings = Map.groupBy(look.sightings, ({ address }) => address ?? '');
    const read = (text: string) =>
      how === 'whole' ? this.#whole(text) : this.#settled(text, look, sightings);
    const { assets, tested, openIncidents } = await this.#inTurn(assetIds, how, read, ready);
    return { ...known, assets, tested, openIncidents: [...known.openIncidents, ...openIncidents] };
  }

  /** Whole. */
  async assets(ids: readonly number[]): Promise<ReadAssets> {
    return await this.#inTurn(ids, 'whole', (text) => this.#whole(text));
  }

  async #inTurn(
    ids: readonly number[],
    how: How,
    read: (text: string) => Promise<ReadAssets>,
    ready?: Promise<string>,
  ): Promise<ReadAssets> {
    const assets: Asset[] = [];
    const tested: Tested[] = [];
    const openIncidents: string[] = [];
    let next = ready ?? this.#text(ids, 0, how);
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const text = await next;
      // While these are read here, the database gets the next ones ready.
      next = this.#text(ids, at + AT_ONCE, how);
      next.catch(() => {});
      const some = await read(text);
      for (const asset of some.assets) assets.push(asset);
      for (const one of some.tested) tested.push(one);
      for (const key of some.openIncidents) openIncidents.push(key);
    }
    return { assets, tested, openIncidents };
  }

  /** What was read ahead of these, when one fold alone went between, ours, and none of these were among its assets. */
  #readAhead(ids: readonly number[], foldSeq: number): Promise<string> | undefined {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const same =
      ahead?.foldSeq === foldSeq - 1 &&
      ahead.ids.length === ids.length &&
      ahead.ids.every((id, at) => id === ids[at] && !this.#before.has(id));
    return same ? ahead.text : undefined;
  }

  async #text(ids: readonly number[], at: number, how: How): Promise<string> {
    return at < ids.length ? await this.#store.folds.assets(ids.slice(at, at + AT_ONCE), how) : '';
  }

  async #whole(text: string): Promise<ReadAssets> {
    const parsed = parseWhole(text);
    await this.#learn(missingFingerprints(parsed, this.#fingerprints));
    return readWhole(parsed, this.#fingerprints);
  }

  async #settled(
    text: string,
    look: Look,
    sightings: ReadonlyMap<string, readonly Sighting[]>,
  ): Promise<ReadAssets> {
    const parsed = parseSettled(text);
    await this.#learn(missingFingerprints(parsed, this.#fingerprints));
    const { settled, ...read } = readSettled(parsed, this.#fingerprints);
    const wanted: WantedServices = { whole: [], single: [] };
    for (const asset of read.assets) {
      const here = asset.addresses.flatMap(({ address, to }) =>
        to === undefined ? (sightings.get(address) ?? []) : [],
      );
      want(asset, look, here, wanted);
    }
    if (wanted.whole.length > 0 || wanted.single.length > 0) {
      const rows: ServiceText[] = JSON.parse(await this.#store.folds.services(wanted));
      for (const [id, some] of Map.groupBy(rows, ([asset]) => asset)) settled.get(id)?.read(some);
    }
    return read;
  }

  async #learn(missing: readonly number[]): Promise<void> {
    if (missing.length === 0) return;
    if (this.#fingerprints.size > MOST_FINGERPRINTS) this.#fingerprints.clear();
    for (const [id, body] of await this.#store.folds.fingerprints(missing))
      this.#fingerprints.set(id, JSON.parse(body));
  }
}

/** Notes which settled services of an asset the rules will want to see, as far as can be told before. */
function want(asset: Asset, look: Look, sightings: readonly Sighting[], wanted: WantedServices): void {
  const { id, settled } = asset;
  if (id === undefined || !settled) return;
  const [sighting] = sightings;
  if (!sighting || sighting.at < asset.lastSeen || !canStaySettled(asset, look, sightings)) {
    wanted.whole.push(id);
    return;
  }
  const { vantage } = look;
  const words = PortWords.of(sighting);
  const { others, agreed } = differingPorts(settled, vantage, words);
  for (const { protocol, port } of [...others, ...sighting.facts])
    if (settled.has(protocol, port)) wanted.single.push([id, vantage, protocol, port]);
  for (const { protocol, port } of shutPorts(settled, vantage, words, agreed))
    wanted.single.push([id, vantage, protocol, port]);
}
