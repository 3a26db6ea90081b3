/** Two assets that turn out to be one host, and one that turns out to be two. */
import type { Asset, Identifier, Service } from '../../core/asset.ts';
import { whole } from '../../core/settled.ts';
import type { Thresholds } from '../thresholds.ts';
import type { GradedMark } from './grade.ts';
import { currentAddresses, currentMarks } from './ledger.ts';
import { isAnchor } from './words.ts';

const key = ({ type, value }: { type: string; value: string }) => `${type} ${value}`;

/** Which of two was there first; its public id stays. */
export function olderFirst(a: Asset, b: Asset): [Asset, Asset] {
  return a.firstSeen < b.firstSeen || (a.firstSeen === b.firstSeen && a.uid <= b.uid) ? [a, b] : [b, a];
}

/**
 * Why two assets are not put together although one sighting shows marks of both; undefined when they are. The sighting
 * must account for all that the younger is known by, they must never have been alive at once with anchors that contradict
 * each other, and neither may grow beyond all measure (one wrong merge draws the next).
 */
export function againstMerge(
  older: Asset,
  younger: Asset,
  shown: readonly GradedMark[],
  limits: Thresholds,
): string | undefined {
  const marks = new Set(shown.map(key));
  const left = currentMarks(younger).find(
    (mark) => mark.worth !== 'none' && mark.worth !== 'hint' && !marks.has(key(mark)),
  );
  if (left) return `it does not show the ${left.type} of the younger`;
  const clash = contradiction(older, younger);
  if (clash) return `both were alive with another ${clash}`;
  const router = older.flags.includes('router') || younger.flags.includes('router');
  const macs = new Set(
    [...older.identifiers, ...younger.identifiers].filter(({ type }) => type === 'mac').map(key),
  );
  const addresses = new Set([...currentAddresses(older), ...currentAddresses(younger)]);
  if (!router && macs.size > limits.mergeMacs) return `together they would have ${macs.size} MACs`;
  if (!router && addresses.size > limits.mergeAddresses)
    return `together they would have ${addresses.size} addresses`;
  return undefined;
}

/** A kind of anchor of which both have values, none shared, at the same time. */
function contradiction(a: Asset, b: Asset): string | undefined {
  const kind = ({ type, detail = '' }: Identifier) => (type === 'ssh_key' ? `${type} ${detail}` : type);
  // A host offers several certificates, so other ones contradict nothing.
  const anchors = (asset: Asset) =>
    asset.identifiers.filter(({ type, worth }) => isAnchor(worth) && type !== 'tls_key');
  for (const [name, mine] of Map.groupBy(anchors(a), kind)) {
    const theirs = anchors(b).filter((mark) => kind(mark) === name);
    if (theirs.length === 0 || mine.some((mark) => theirs.some((other) => other.value === mark.value)))
      continue;
    if (
      mine.some((mark) =>
        theirs.some((other) => mark.firstSeen <= other.lastSeen && other.firstSeen <= mark.lastSeen),
      )
    )
      return name.split(' ')[0];
  }
  return undefined;
}

/** All of both in the older one; the younger becomes a tombstone that leads to it. */
export function mergeAssets(one: Asset, other: Asset): { merged: Asset; tombstone: Asset } {
  const [older, younger] = [whole(one), whole(other)];
  const newer = younger.lastSeen > older.lastSeen ? younger : older;
  const merged: Asset = {
    ...older,
    ...(older.name === undefined && younger.name !== undefined
      ? {
          name: younger.name,
          ...(younger.nameSource === undefined ? {} : { nameSource: younger.nameSource }),
        }
      : {}),
    state: newer.state,
    stateSince: newer.stateSince,
    misses: newer.misses,
    class: older.class === 'ephemeral' ? younger.class : older.class,
    firstSeen: Math.min(older.firstSeen, younger.firstSeen),
    lastSeen: Math.max(older.lastSeen, younger.lastSeen),
    flags: [...new Set([...older.flags, ...younger.flags])],
    tags: [...new Set([...older.tags, ...younger.tags])],
    identifiers: together(
      older.identifiers,
      younger.identifiers,
      (one) => `${one.detail ?? ''} ${key(one)}`,
      (a, b) => ({
        ...(b.lastSeen > a.lastSeen ? b : a),
        firstSeen: Math.min(a.firstSeen, b.firstSeen),
      }),
    ),
    addresses: together(
      older.addresses,
      younger.addresses,
      (one) => `${one.address} ${one.from}`,
      (a) => a,
    ),
    services: together(older.services, younger.services, serviceKey, (a, b) =>
      b.confirmedAt > a.confirmedAt ? b : a,
    ),
    facts: together(
      older.facts,
      younger.facts,
      (one) => JSON.stringify(one.fact),
      (a, b) => ({
        ...(b.lastSeen > a.lastSeen ? b : a),
        firstSeen: Math.min(a.firstSeen, b.firstSeen),
      }),
    ),
    memo: { ...younger.memo, ...older.memo },
  };
  const tombstone: Asset = {
    ...younger,
    mergedInto: older.uid,
    identifiers: [],
    addresses: [],
    services: [],
    facts: [],
  };
  return { merged, tombstone };
}

const serviceKey = ({ vantage, protocol, port }: Service) => `${vantage} ${protocol}/${port}`;

function together<T>(
  a: readonly T[],
  b: readonly T[],
  keyOf: (one: T) => string,
  both: (a: T, b: T) => T,
): T[] {
  const all = new Map(a.map((one) => [keyOf(one), one]));
  for (const one of b) {
    const there = all.get(keyOf(one));
    all.set(keyOf(one), there ? both(there, one) : one);
  }
  return [...all.values()];
}

/**
 * Takes out of an asset what belongs to another one at this address: the marks, the address, and the services that were
 * last open there. @returns what is left, and what goes.
 */
export function splitAsset(
  given: Asset,
  address: string | undefined,
  marks: readonly Pick<GradedMark, 'type' | 'value'>[],
): { kept: Asset; taken: Pick<Asset, 'identifiers' | 'addresses' | 'services'> } {
  const asset = whole(given);
  const going = new Set(marks.map(key));
  const goes = {
    mark: (one: Identifier) => going.has(key(one)),
    address: (one: { address?: string }) => address !== undefined && one.address === address,
  };
  return {
    kept: {
      ...asset,
      identifiers: asset.identifiers.filter((one) => !goes.mark(one)),
      addresses: asset.addresses.filter((one) => !goes.address(one)),
      services: asset.services.filter((one) => !goes.address(one)),
    },
    taken: {
      identifiers: asset.identifiers.filter(goes.mark),
      addresses: asset.addresses.filter(goes.address),
      services: asset.services.filter(goes.address),
    },
  };
}
