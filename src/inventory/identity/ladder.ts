/**
 * Who a sighting is: the first rung of the ladder on which somebody is found, and what speaks against others. A card comes
 * before a host key: a machine that is set up anew keeps its card, a disk that is moved keeps its key.
 */
import type { Asset } from '../../core/asset.ts';
import type { Constraint } from '../../core/fold.ts';
import type { Sighting } from '../../core/look.ts';
import type { Thresholds } from '../thresholds.ts';
import { againstContinuity } from './continuity.ts';
import type { GradedMark } from './grade.ts';
import { currentAddresses, currentMarks, type Ledger } from './ledger.ts';
import { cardKind } from './mac.ts';
import type { Networks } from './networks.ts';
import type { SeenInLook } from './record.ts';

export type Rung = 'serial' | 'mac' | 'key' | 'local_mac' | 'name' | 'address';

const RUNGS: readonly { rung: Rung; takes: (mark: GradedMark) => boolean }[] = [
  { rung: 'serial', takes: ({ worth }) => worth === 'serial' },
  { rung: 'mac', takes: ({ worth }) => worth === 'card' },
  { rung: 'key', takes: ({ worth }) => worth === 'key' },
  { rung: 'local_mac', takes: ({ type, worth }) => type === 'mac' && worth === 'weak' },
  { rung: 'name', takes: ({ worth }) => worth === 'support' },
];

export interface LadderContext {
  ledger: Ledger;
  networks: Networks;
  constraints: readonly Constraint[];
  thresholds: Thresholds;
  /** The look tells of what it saw and of nothing else. */
  glimpse: boolean;
  /** What this look showed until now, by public id. */
  seen: ReadonlyMap<string, SeenInLook>;
}

export interface Found {
  asset?: Asset;
  rung?: Rung;
  candidates: string[];
  vetoes: { asset: string; why: string }[];
  /** Several stood on the rung; the one seen last was taken. */
  ambiguous?: true;
}

export function findAsset(sighting: Sighting, marks: readonly GradedMark[], context: LadderContext): Found {
  const vetoes: Found['vetoes'] = [];
  const refused = (asset: Asset, rung: Rung, why: string | undefined): boolean => {
    if (why === undefined) return false;
    vetoes.push({ asset: asset.uid, why: `${rung}: ${why}` });
    return true;
  };
  for (const { rung, takes } of RUNGS) {
    const holders = new Map<string, Asset>();
    for (const mark of marks.filter(takes))
      for (const asset of context.ledger.holders(mark))
        if (mark.generic !== true || secondMark(asset, sighting, marks)) holders.set(asset.uid, asset);
    const standing = [...holders.values()].filter(
      (asset) => !refused(asset, rung, against(asset, sighting, marks, rung, context)),
    );
    const [best] = standing.sort(
      (a, b) => b.lastSeen - a.lastSeen || a.firstSeen - b.firstSeen || (a.uid < b.uid ? -1 : 1),
    );
    if (best)
      return {
        asset: best,
        rung,
        candidates: standing.map(({ uid }) => uid),
        vetoes,
        ...(standing.length > 1 ? { ambiguous: true } : {}),
      };
  }
  const holder = sighting.address && context.ledger.holderOf(sighting.address, sighting.at);
  if (holder) {
    const why =
      against(holder, sighting, marks, 'address', context) ??
      againstContinuity(holder, sighting, marks, context.networks, context.thresholds, context.glimpse);
    if (!refused(holder, 'address', why))
      return { asset: holder, rung: 'address', candidates: [holder.uid], vetoes };
  }
  return { candidates: [], vetoes };
}

/** Why a candidate cannot be the host that was seen. */
function against(
  asset: Asset,
  { address }: Sighting,
  marks: readonly GradedMark[],
  rung: Rung,
  { seen, constraints, thresholds, ledger }: LadderContext,
): string | undefined {
  const known = currentMarks(asset);
  for (const mark of marks.filter(({ worth }) => worth === 'serial')) {
    const others = known.filter(({ type, worth }) => type === mark.type && worth === 'serial');
    if (others.length > 0 && !others.some(({ value }) => value === mark.value)) return `another ${mark.type}`;
  }
  const bound = constraints.some(
    ({ word, a, b }) => word === 'must' && [a, b].some((uid) => ledger.get(uid)?.uid === asset.uid),
  );
  const joined = rung === 'serial' || bound || known.some(({ worth }) => worth === 'serial');
  const here = seen.get(asset.uid);
  const macs = marks.filter(({ type, worth }) => type === 'mac' && worth !== 'none');
  if (here && macs.length > 0 && !macs.some(({ value }) => here.macs.has(value))) {
    const owns = macs.some(({ value }) => known.some((one) => one.type === 'mac' && one.value === value));
    const cards =
      [...here.macs].some((mac) => isCard(mac, known)) && macs.some(({ card }) => card !== 'random');
    if (cards && !(joined && (rung === 'serial' || owns))) return 'another card alive in the same look';
    if (here.macs.size > 0 && rung === 'name') return 'another MAC of the same name alive in the same look';
  }
  const many = currentAddresses(asset);
  if (
    address !== undefined &&
    !many.includes(address) &&
    many.length >= thresholds.mergeAddresses &&
    (rung === 'key' || rung === 'name') &&
    !asset.flags.includes('router')
  )
    return `it has ${many.length} addresses already`;
  return undefined;
}

/** A card of a maker or a hypervisor, not one that a phone made up. */
function isCard(mac: string, known: readonly { type: string; value: string; worth: string }[]): boolean {
  return cardKind(mac) === 'steady' || known.some((one) => one.value === mac && one.worth === 'card');
}

/** Beside a name that many hosts have: both make up their MACs (it is rotated), the address, or another name in common. */
function secondMark(asset: Asset, { address }: Sighting, marks: readonly GradedMark[]): boolean {
  const known = currentMarks(asset);
  const madeUp = (macs: readonly { worth: string }[]) =>
    macs.length > 0 && macs.every(({ worth }) => worth === 'weak');
  const now = marks.filter(({ type, worth }) => type === 'mac' && worth !== 'none');
  const then = known.filter(({ type, worth }) => type === 'mac' && worth !== 'none');
  if (madeUp(now) && madeUp(then)) return true;
  if (now.length > 0 && then.length > 0) return false;
  if (address !== undefined && currentAddresses(asset).includes(address)) return true;
  return marks.some(
    (mark) =>
      mark.worth === 'hint' && known.some(({ type, value }) => type === mark.type && value === mark.value),
  );
}
