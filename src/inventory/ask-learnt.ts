/** What a capture tells that we did not know, and what of it the inventory keeps. Times are milliseconds since the epoch. */
import { isWithin } from '../core/address.ts';
import type { Asset } from '../core/asset.ts';
import type { Look } from '../core/look.ts';
import { isPortOf } from '../core/port-set.ts';
import type { Protocol } from '../core/result.ts';
import { assetAsOf } from '../store/inventory/asset-history.ts';
import type { Covered } from '../store/inventory/site-reads.ts';
import type { Store } from '../store/store.ts';
import { Baseline } from './expectations/baseline.ts';
import { type Learnt, learnt, type OpenAnswer } from './learnt.ts';
import { KnowledgeReader } from './load.ts';

/** Hosts whose past is read for one answer. */
const MOST_HISTORIES = 100;

/**
 * @param before what we knew at this time counts: a second question about the same capture, which is remembered by then, is
 * answered as the first. Of a host that we met later, what we know now.
 */
export async function askLearnt(
  store: Store,
  answers: readonly OpenAnswer[],
  before: number,
  site: string,
): Promise<Learnt[]> {
  const addresses = [...new Set(answers.map(({ address }) => address))];
  const known: Asset[] = [];
  for (const [index, asset] of (await holders(store, site, addresses)).entries()) {
    const history =
      index < MOST_HISTORIES ? await store.assets.history(asset.uid, { to: before }) : undefined;
    known.push((history && assetAsOf(asset, history, before)) ?? asset);
  }
  const held = new Set(known.flatMap((asset) => asset.addresses.map(({ address }) => address)));
  const covered = new Map<string, Covered[]>();
  for (const address of addresses.filter((one) => held.has(one)))
    covered.set(address, await store.sites.covered(site, { first: address, last: address }));
  const baseline = new Baseline(await store.expectations.list({ site }));
  return learnt(answers, {
    assetAt: (address, at) => holderAt(known, address, at),
    expectedOf: (asset, at) => baseline.of(asset, at),
    askedAt: (address, protocol, port) => askedAt(covered.get(address) ?? [], protocol, port, before),
  });
}

/** When we asked a port last before a time, as far as it is kept; else when first. */
function askedAt(
  covered: readonly Covered[],
  protocol: Protocol,
  port: number,
  before: number,
): number | undefined {
  const times = covered
    .filter((one) => one.aspect === 'port' && one.protocol === protocol && isPortOf(one.ports ?? '', port))
    .flatMap(({ firstAt, lastAt }) => (lastAt <= before ? lastAt : firstAt <= before ? firstAt : []));
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Which of our assets had each address at a time. */
export async function askHolders(
  store: Store,
  asked: readonly { address: string; at: number }[],
  site: string,
): Promise<ReadonlyMap<string, Asset>> {
  const assets = await holders(
    store,
    site,
    asked.map(({ address }) => address),
  );
  return new Map(
    asked.flatMap(({ address, at }) => {
      const asset = holderAt(assets, address, at);
      return asset ? [[address, asset] as const] : [];
    }),
  );
}

/** Assets that have or had one of these addresses. */
export async function holders(store: Store, site: string, addresses: readonly string[]): Promise<Asset[]> {
  const ids = await store.assets.holding(site, [...new Set(addresses)]);
  return [...(await new KnowledgeReader(store).assets(ids)).assets];
}

/** Before an asset was first seen at an address, whoever is there next most likely was already. */
export function holderAt(assets: readonly Asset[], address: string, at: number): Asset | undefined {
  const held = assets.flatMap((asset) =>
    asset.addresses.filter((one) => one.address === address).map((one) => ({ asset, ...one })),
  );
  const then = held.find(({ from, to }) => from <= at && (to === undefined || at < to));
  return (then ?? held.toSorted((a, b) => a.from - b.from).find(({ from }) => from > at))?.asset;
}

/**
 * The part of a look of traffic that is about networks of ours: those that are described, were ever covered by a look, or
 * hold a known host. A capture from elsewhere makes no hosts here.
 */
export async function ownPart(store: Store, look: Look): Promise<Look | undefined> {
  const addresses = look.sightings.flatMap(({ address }) => address ?? []);
  const known = await holders(store, look.site, addresses);
  const had = new Set(known.flatMap((asset) => asset.addresses.map(({ address }) => address)));
  const spans = [...(await store.sites.networks(look.site)), ...(await store.sites.covered(look.site))];
  const sightings = look.sightings.filter(
    ({ address }) =>
      address !== undefined &&
      (had.has(address) || spans.some(({ first, last }) => isWithin(address, first, last))),
  );
  return sightings.length === 0 ? undefined : { ...look, sightings };
}
