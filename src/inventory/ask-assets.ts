/** Answers what is asked of assets. */
import type { Asset } from '../core/asset.ts';
import { PortolanError } from '../core/errors.ts';
import { assetAsOf } from '../store/inventory/asset-history.ts';
import type { AssetLine } from '../store/inventory/asset-lines.ts';
import type { Condition } from '../store/inventory/condition.ts';
import { missingFingerprints, parseWhole, readWhole } from '../store/inventory/read-assets.ts';
import type { Store } from '../store/store.ts';
import { toChange } from './ask-changes.ts';
import { Baseline } from './expectations/baseline.ts';
import { assetOf, expectationLine } from './expectations/words.ts';
import { conditionOfText } from './query-condition.ts';
import type { AssetPage, AssetRow, AssetsAsk, AssetView, ChangeRow } from './service.ts';

/** Changes that are shown with one asset. */
const MOST_CHANGES = 50;
/** Ports told as open on most. */
const MOST_PORTS = 8;
const OPENED = ['port.opened', 'port.discovered'];

export async function askAssets(store: Store, ask: AssetsAsk, now: number): Promise<AssetPage> {
  const { query = '', site, limit, cursor, order } = ask;
  const where = await conditionOfText(query, store, now);
  const chosen = { ...(site === undefined ? {} : { site }), ...(where ? { where } : {}) };
  const from = order ? { order, skip: cursor === undefined ? 0 : placeOf(cursor, 's') } : {};
  const after = order || cursor === undefined ? {} : { after: placeOf(cursor, 'a') };
  const [total, found] = await Promise.all([
    store.assets.count(chosen),
    store.assets.page({ ...chosen, ...from, ...after, limit: limit + 1 }),
  ]);
  const lines = found.slice(0, limit);
  const fresh = await freshPorts(store, lines);
  const last = lines.at(-1);
  return {
    total,
    assets: lines.map((line) => rowOf(line, fresh.get(line.uid) ?? [])),
    ...(where === undefined && cursor === undefined && !order ? await commonest(store, site) : {}),
    ...(found.length > limit && last
      ? { next: from.skip === undefined ? `a${last.id}` : `s${from.skip + limit}` }
      : {}),
  };
}

/** @param kind `a`: after the asset of this number; `s`: so many of an order were given before */
function placeOf(cursor: string, kind: 'a' | 's'): number {
  const [, found, place] = /^([as])(\d{1,15})$/.exec(cursor) ?? [];
  if (found === kind) return Number(place);
  throw new PortolanError(
    'invalid_argument',
    'cursor: this is not a cursor that find_assets gave.',
    'Leave cursor out for the first page, then pass the next_cursor of the page before, with the same sort.',
  );
}

function rowOf(line: AssetLine, fresh: AssetRow['fresh']): AssetRow {
  const {
    uid,
    site,
    name,
    vendor,
    class: kind,
    state,
    firstSeen,
    lastSeen,
    addresses,
    open,
    openPorts,
    os,
    tags,
  } = line;
  return {
    uid,
    site,
    ...(name === undefined ? {} : { name }),
    ...(vendor === undefined ? {} : { vendor }),
    ...(os === undefined ? {} : { os }),
    tags,
    class: kind,
    state,
    firstSeen,
    lastSeen,
    addresses,
    open,
    openPorts,
    fresh,
  };
}

/** Ports of open changes, of the assets of one page. */
async function freshPorts(
  store: Store,
  lines: readonly AssetLine[],
): Promise<Map<string, AssetRow['fresh']>> {
  const changed = lines.filter(({ changes }) => changes.some(({ kind }) => OPENED.includes(kind)));
  if (changed.length === 0) return new Map();
  const assets: Condition = { uid: changed.map(({ uid }) => uid) };
  const events = await store.changes.page({ assets, kinds: OPENED, states: ['open'], limit: 1000 });
  const ports = Map.groupBy(events, ({ asset = '' }) => asset);
  return new Map(
    [...ports].map(([uid, some]) => [
      uid,
      some.flatMap(({ protocol, port }) =>
        protocol === undefined || port === undefined ? [] : [{ protocol, port }],
      ),
    ]),
  );
}

async function commonest(store: Store, site: string | undefined): Promise<Pick<AssetPage, 'commonest'>> {
  const ports = await store.assets.countBy(site === undefined ? {} : { site }, 'port', MOST_PORTS);
  if (ports.length === 0) return {};
  return {
    commonest: ports.map(({ value, hosts }) => {
      const [port = '', protocol = ''] = value.split('/');
      return { port: Number(port), protocol, hosts };
    }),
  };
}

/** @throws PortolanError `asset_not_found`, `invalid_argument` when several are meant */
export async function findOne(store: Store, reference: string): Promise<Asset> {
  const [uid, ...others] = await store.assets.find(reference);
  if (uid === undefined) {
    throw new PortolanError(
      'asset_not_found',
      `No host of the inventory answers to ${JSON.stringify(reference.slice(0, 80))}.`,
      'Call find_assets to see which hosts there are, or quick_scan to look for it.',
    );
  }
  if (others.length > 0) {
    throw new PortolanError(
      'invalid_argument',
      `${others.length + 1} hosts answer to ${JSON.stringify(reference.slice(0, 80))}.`,
      `Name one by its asset_id: ${[uid, ...others].join(', ')}.`,
    );
  }
  const asset = await wholeAsset(store, uid);
  if (!asset) throw new PortolanError('asset_not_found', 'The host is gone.', 'Call find_assets.');
  return asset;
}

/** As {@link findOne}; the id of one that was merged into another means itself. */
export async function findAsWas(store: Store, reference: string): Promise<Asset> {
  const asset = await findOne(store, reference);
  return asset.uid === reference ? asset : ((await wholeAsset(store, reference)) ?? asset);
}

/** One host with all that is known of it, by its public id. */
export async function wholeAsset(
  store: Pick<Store, 'assets' | 'folds'>,
  uid: string,
): Promise<Asset | undefined> {
  const text = parseWhole(await store.assets.whole(uid));
  const prints = new Map(
    (await store.folds.fingerprints(missingFingerprints(text, new Map()))).map(([id, body]) => [
      id,
      JSON.parse(body),
    ]),
  );
  return readWhole(text, prints).assets[0];
}

/** @throws PortolanError as {@link findOne}, and for a moment before the host was known */
export async function askAsset(
  store: Store,
  reference: string,
  at: number | undefined,
  now: number,
): Promise<AssetView> {
  const asset = await findOne(store, reference);
  const { uid } = asset;
  const then = at === undefined ? asset : assetAsOf(asset, await store.assets.history(uid, { to: at }), at);
  if (!then) {
    throw new PortolanError(
      'asset_not_found',
      `The host was not known then; it was first seen ${new Date(asset.firstSeen).toISOString()}.`,
      'Ask for a later moment, or leave at out.',
    );
  }
  const events = await store.changes.page({ asset: uid, newestFirst: true, limit: MOST_CHANGES });
  const changes: ChangeRow[] = events.filter(({ seenAt }) => at === undefined || seenAt <= at).map(toChange);
  const entries = new Baseline(await store.expectations.list({ site: then.site })).of(then, at ?? now);
  const name = then.name ?? then.addresses.at(-1)?.address;
  return {
    asset: then,
    changes,
    expected: entries.map((entry) => expectationLine(entry, assetOf(entry) === undefined ? undefined : name)),
    ...(at === undefined ? {} : { asOf: at }),
  };
}
