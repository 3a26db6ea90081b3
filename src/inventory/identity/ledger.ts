/** The assets of a site while a look is folded in: found by mark and by address, replaced one by one, never changed. */
import type { Asset, Identifier } from '../../core/asset.ts';
import type { Mark } from '../../core/look.ts';

export const markKey = ({ type, value }: Pick<Mark, 'type' | 'value'>): string => `${type} ${value}`;

/** Identifiers that hold now. */
export const currentMarks = (asset: Asset): readonly Identifier[] =>
  asset.identifiers.filter(({ endedAt }) => endedAt === undefined);

/** Addresses that it has now, in the order in which it got them. */
export const currentAddresses = (asset: Pick<Asset, 'addresses'>): readonly string[] =>
  asset.addresses.filter(({ to }) => to === undefined).map(({ address }) => address);

export class Ledger {
  readonly #assets = new Map<string, Asset>();
  readonly #byMark = new Map<string, Set<string>>();
  readonly #byAddress = new Map<string, Set<string>>();
  readonly #changed = new Set<string>();

  constructor(assets: readonly Asset[]) {
    for (const asset of assets) this.#index(asset);
  }

  /** The asset of this public id, or the one that it was merged into. */
  get(uid: string): Asset | undefined {
    const asset = this.#assets.get(uid);
    return asset?.mergedInto === undefined ? asset : this.get(asset.mergedInto);
  }

  /** Takes an asset that is new or was changed. */
  put(asset: Asset): void {
    this.#index(asset);
    this.#changed.add(asset.uid);
  }

  /** All of them that are no tombstones, in the order of their coming. */
  all(): Asset[] {
    return [...this.#assets.values()].filter(({ mergedInto }) => mergedInto === undefined);
  }

  changed(): Asset[] {
    return [...this.#changed].flatMap((uid) => this.#assets.get(uid) ?? []);
  }

  /** Who has the mark now; where nobody has, who had it before. */
  holders(mark: Pick<Mark, 'type' | 'value'>): Asset[] {
    const all = this.#found(this.#byMark.get(markKey(mark)));
    const has = (asset: Asset, now: boolean) =>
      asset.identifiers.some(
        ({ type, value, worth, endedAt }) =>
          type === mark.type &&
          value === mark.value &&
          worth !== 'none' &&
          worth !== 'hint' &&
          (!now || endedAt === undefined),
      );
    const now = all.filter((asset) => has(asset, true));
    return now.length > 0 ? now : all.filter((asset) => has(asset, false));
  }

  /** Whose address it is now. */
  at(address: string): Asset[] {
    return this.#found(this.#byAddress.get(address)).filter((asset) =>
      currentAddresses(asset).includes(address),
    );
  }

  /** Whose address it is, or was at that time. */
  holderOf(address: string, at: number): Asset | undefined {
    const all = this.#found(this.#byAddress.get(address));
    const held = (asset: Asset, test: (from: number, to: number | undefined) => boolean) =>
      asset.addresses.some((one) => one.address === address && test(one.from, one.to));
    return (
      all.find((asset) => held(asset, (from, to) => from <= at && (to === undefined || at < to))) ??
      all.find((asset) => held(asset, (_, to) => to === undefined))
    );
  }

  #found(uids: ReadonlySet<string> | undefined): Asset[] {
    const found = new Map<string, Asset>();
    for (const uid of uids ?? []) {
      const asset = this.#assets.get(uid);
      if (asset && asset.mergedInto === undefined) found.set(uid, asset);
    }
    return [...found.values()];
  }

  #index(asset: Asset): void {
    const before = this.#assets.get(asset.uid);
    this.#assets.set(asset.uid, asset);
    if (before?.identifiers !== asset.identifiers)
      for (const mark of asset.identifiers) add(this.#byMark, markKey(mark), asset.uid);
    if (before?.addresses !== asset.addresses)
      for (const { address } of asset.addresses) add(this.#byAddress, address, asset.uid);
  }
}

function add(index: Map<string, Set<string>>, key: string, uid: string): void {
  const there = index.get(key);
  if (there) there.add(uid);
  else index.set(key, new Set([uid]));
}
