/** What an asset is known by after one more sighting, and what of it differs. */
import type { AddressInterval, Asset, AssetMemo, Identifier } from '../../core/asset.ts';
import type { Sighting } from '../../core/look.ts';
import type { Thresholds } from '../thresholds.ts';
import { answeredItself, type GradedMark } from './grade.ts';
import { currentAddresses, currentMarks } from './ledger.ts';
import { cardKind } from './mac.ts';
import type { Networks } from './networks.ts';
import { isAnchor } from './words.ts';

const DAY = 86_400_000;

/** What one look showed of one asset until now. */
export interface SeenInLook {
  macs: Set<string>;
  addresses: Set<string>;
}

export interface RecordContext {
  lookHash: string;
  networks: Networks;
  thresholds: Thresholds;
  seen: SeenInLook;
  /** True of an address that the look asked: had the host been there too, it would have answered. */
  covered: (address: string) => boolean;
}

/** Marks that differ from what was known, for the rules to judge. */
export interface Differences {
  address?: { before: readonly string[]; after: readonly string[]; gained: string };
  card?: { before: string; after: string };
  names?: { before: readonly string[]; after: readonly string[]; of: 'name' | 'ptr' };
}

/** The asset with the marks, the address and the name of a sighting that was placed on it. */
export function record(
  asset: Asset,
  sighting: Sighting,
  marks: readonly GradedMark[],
  context: RecordContext,
): { asset: Asset; differences: Differences } {
  if (!answeredItself(sighting)) return { asset: heard(asset, sighting, marks), differences: {} };
  if (sighting.at < asset.lastSeen)
    return { asset: recordLate(asset, sighting, marks, context), differences: {} };
  const moved = move(asset, sighting, context);
  const { identifiers, card, names } = known(asset, sighting, marks, context, moved.differs);
  const memo: AssetMemo = {
    ...asset.memo,
    ...days(asset.memo?.days, marks, sighting.at),
    ...(moved.together ? { together: moved.together } : {}),
  };
  const after: Asset = {
    ...asset,
    identifiers,
    addresses: moved.addresses,
    lastSeen: sighting.at,
    ...(sighting.vendor === undefined ? {} : { vendor: sighting.vendor }),
    memo,
  };
  return {
    asset: { ...after, ...named(after), class: classOf(after) },
    differences: {
      ...(moved.differs ? { address: moved.differs } : {}),
      ...(card ? { card } : {}),
      ...(names ? { names } : {}),
    },
  };
}

/** What others say of it: marks, and neither life nor an address. */
export function heard(
  asset: Asset,
  sighting: Pick<Sighting, 'at' | 'said'>,
  marks: readonly GradedMark[],
): Asset {
  const known = new Set(asset.identifiers.map(({ type, value }) => `${type} ${value}`));
  const fresh = marks.filter((mark) => !known.has(`${mark.type} ${mark.value}`));
  if (fresh.length === 0) return asset;
  return {
    ...asset,
    identifiers: [...asset.identifiers, ...fresh.map((mark) => identifier(mark, sighting))],
  };
}

/** An older sighting fills in what was before, and ends nothing that holds now. */
function recordLate(
  asset: Asset,
  sighting: Sighting,
  marks: readonly GradedMark[],
  { lookHash }: RecordContext,
): Asset {
  const { at, address } = sighting;
  const identifiers = asset.identifiers.map((one) =>
    marks.some(({ type, value }) => type === one.type && value === one.value)
      ? { ...one, firstSeen: Math.min(one.firstSeen, at), lastSeen: Math.max(one.lastSeen, at) }
      : one,
  );
  for (const mark of marks)
    if (!identifiers.some(({ type, value }) => type === mark.type && value === mark.value))
      identifiers.push({ ...identifier(mark, sighting), ...(contested(asset, mark) ? { endedAt: at } : {}) });
  const there = asset.addresses.some(
    (one) => one.address === address && one.from <= at && (one.to === undefined || at <= one.to),
  );
  const next = asset.addresses.reduce(
    (soonest, { from }) => (from > at ? Math.min(soonest, from) : soonest),
    asset.lastSeen,
  );
  const addresses =
    address === undefined || there
      ? asset.addresses
      : [{ address, from: at, to: next, look: lookHash }, ...asset.addresses];
  return { ...asset, firstSeen: Math.min(asset.firstSeen, at), identifiers, addresses };
}

/** True of a mark of a kind that the asset has another value of by now. */
const contested = (asset: Asset, mark: GradedMark): boolean =>
  currentMarks(asset).some(
    ({ type, detail, value }) => type === mark.type && detail === mark.detail && value !== mark.value,
  );

function identifier(mark: GradedMark, { at, said }: Pick<Sighting, 'at' | 'said'>): Identifier {
  const { type, value, detail, worth } = mark;
  return {
    type,
    value,
    ...(detail === undefined ? {} : { detail }),
    worth,
    said,
    firstSeen: at,
    lastSeen: at,
  };
}

interface Move {
  addresses: readonly AddressInterval[];
  differs?: NonNullable<Differences['address']>;
  together?: readonly string[];
}

/**
 * Addresses are a set: a further one is a change, and one that it left in the same network, or that was asked and is
 * silent, ends. What it was seen at in one look it has at the same time, so there it does not move.
 */
function move(asset: Asset, { address, at }: Sighting, context: RecordContext): Move {
  const { seen, networks, covered, lookHash } = context;
  if (address === undefined) return { addresses: asset.addresses };
  const held = currentAddresses(asset);
  // Whoever lost the last one to another host still comes from there.
  const lost = held.length === 0 ? asset.addresses.at(-1)?.address : undefined;
  const before = lost === undefined ? held : [lost];
  const several = new Set(asset.memo?.together);
  if (seen.addresses.size > 0 && !seen.addresses.has(address))
    for (const one of [...seen.addresses, address]) several.add(one);
  const together = several.size > (asset.memo?.together?.length ?? 0) ? [...several].sort() : undefined;
  const left = before.filter(
    (one) =>
      one !== address &&
      !seen.addresses.has(one) &&
      (covered(one) || (networks.same(one, address) && !(several.has(one) && several.has(address)))),
  );
  const gains = !held.includes(address);
  // Between the addresses that it has at the same time, silence of one says nothing while the look may still come to it.
  if (!gains && (left.length === 0 || several.has(address)))
    return { addresses: asset.addresses, ...(together ? { together } : {}) };
  const addresses = asset.addresses.map((one) =>
    one.to === undefined && left.includes(one.address) ? { ...one, to: at } : one,
  );
  if (gains) addresses.push({ address, from: at, look: lookHash });
  const after = addresses.filter(({ to }) => to === undefined).map((one) => one.address);
  return {
    addresses,
    ...(gains && before.length > 0 && !before.includes(address)
      ? { differs: { before, after, gained: address } }
      : {}),
    ...(together ? { together } : {}),
  };
}

/** Its marks after the sighting: those of a kind that has one value at a time give way to the new one. */
function known(
  asset: Asset,
  sighting: Sighting,
  marks: readonly GradedMark[],
  { seen, networks }: RecordContext,
  moved: Differences['address'],
) {
  const { at, address } = sighting;
  const shows = (type: Identifier['type'], value: string) =>
    marks.some((mark) => mark.type === type && mark.value === value);
  const before = currentAddresses(asset);
  // With one address, or at one of the network that it moved in, the new card is instead of the old one.
  const onePlace =
    before.length <= 1 && (address === undefined || before.every((one) => networks.same(one, address)));
  const ptrs = marks.filter(({ type }) => type === 'ptr');
  const gives = (one: Identifier): boolean => {
    if (one.endedAt !== undefined || shows(one.type, one.value)) return false;
    switch (one.type) {
      case 'mac':
        return onePlace && one.said !== 'third_party' && !seen.macs.has(one.value) && marks.some(realCard);
      case 'ssh_key':
        return marks.some(
          (mark) => mark.type === 'ssh_key' && mark.detail === one.detail && mark.worth !== 'none',
        );
      case 'name':
        return marks.some((mark) => mark.type === 'name' && mark.detail === one.detail);
      case 'ptr':
        return ptrs.length > 0 && before.length <= 1;
      default:
        return false;
    }
  };
  const identifiers: Identifier[] = [];
  const ended: Identifier[] = [];
  const unseen = new Map(marks.map((mark) => [`${mark.type} ${mark.value}`, mark]));
  for (const one of asset.identifiers) {
    const key = `${one.type} ${one.value}`;
    const mark = unseen.get(key);
    unseen.delete(key);
    if (mark) {
      const { endedAt: _, ...kept } = one;
      identifiers.push({
        ...kept,
        worth: mark.worth,
        said: one.said === 'queried' ? one.said : sighting.said,
        lastSeen: at,
      });
    } else if (gives(one)) {
      ended.push(one);
      identifiers.push({ ...one, endedAt: at });
    } else identifiers.push(one);
  }
  for (const mark of unseen.values()) identifiers.push(identifier(mark, sighting));
  const oldCard = ended.find(({ type }) => type === 'mac');
  const newCard = marks.find(realCard);
  const names = namesOf(asset, marks, ended, moved);
  return {
    identifiers,
    // A made-up MAC that gives way to the next one is what they are for.
    ...(oldCard &&
    newCard &&
    (oldCard.worth === 'card' || newCard.worth === 'card' || newCard.card === 'steady')
      ? { card: { before: oldCard.value, after: newCard.value } }
      : {}),
    ...(names ? { names } : {}),
  };
}

const realCard = ({ type, worth }: GradedMark) => type === 'mac' && worth !== 'none';

function namesOf(
  asset: Asset,
  marks: readonly GradedMark[],
  ended: readonly Identifier[],
  moved: Differences['address'],
): NonNullable<Differences['names']> | undefined {
  // A PTR record belongs to the address: it changes with it, and that is told already.
  for (const of of moved ? (['name'] as const) : (['name', 'ptr'] as const)) {
    const before = currentMarks(asset).filter(({ type }) => type === of);
    const gone = ended.filter(({ type }) => type === of);
    const fresh = marks.filter(
      (mark) => mark.type === of && !before.some(({ value }) => value === mark.value),
    );
    // A first name is knowledge; a further own name of another kind (mDNS beside SMB) is too.
    if (
      before.length === 0 ||
      (of === 'name' && gone.length === 0) ||
      (gone.length === 0 && fresh.length === 0)
    )
      continue;
    const left = before.filter((one) => !gone.includes(one)).map(({ value }) => value);
    const values = [...left, ...fresh.map(({ value }) => value)].sort();
    return { before: before.map(({ value }) => value).sort(), after: values, of };
  }
  return undefined;
}

/** On how many days a MAC was seen that a hypervisor made up. */
function days(known: AssetMemo['days'], marks: readonly GradedMark[], at: number): Pick<AssetMemo, 'days'> {
  const steady = marks.filter(({ card }) => card === 'steady');
  if (steady.length === 0) return {};
  const counted = { ...known };
  const day = Math.floor(at / DAY);
  for (const { value } of steady) {
    const { count, last } = counted[value] ?? { count: 0, last: -1 };
    if (day > last) counted[value] = { count: count + 1, last: day };
  }
  return { days: counted };
}

/** What to call it: its own name before PTR and certificate names. A name that a user gave stays. */
function named({ name, nameSource, identifiers }: Asset): Pick<Asset, 'name' | 'nameSource'> {
  if (nameSource === 'user') return {};
  for (const type of ['name', 'ptr', 'cert_name', 'asked_name'] as const) {
    const best = identifiers
      .filter((one) => one.type === type && one.endedAt === undefined)
      .sort((a, b) => b.lastSeen - a.lastSeen || (a.value < b.value ? -1 : 1))[0];
    if (best) return { name: best.value, nameSource: best.detail ?? type };
  }
  return name === undefined ? {} : { name };
}

/** A host with a made-up MAC and nothing else to be known by is gone as it came. */
function classOf(asset: Asset): Asset['class'] {
  if (asset.class !== 'ephemeral') return asset.class;
  return isEphemeral(asset) ? 'ephemeral' : 'normal';
}

export function isEphemeral(asset: Pick<Asset, 'identifiers'>): boolean {
  const now = asset.identifiers.filter(({ endedAt }) => endedAt === undefined);
  return (
    now.some(
      ({ type, worth, value }) => type === 'mac' && worth === 'weak' && cardKind(value) !== 'steady',
    ) && !now.some(({ worth }) => isAnchor(worth) || worth === 'support')
  );
}
