/** Whether an address alone still means the same host: it does for a while, and how long depends on the network. */
import type { Asset } from '../../core/asset.ts';
import type { Sighting } from '../../core/look.ts';
import { PortWords } from '../port-words.ts';
import type { Thresholds } from '../thresholds.ts';
import type { GradedMark } from './grade.ts';
import { currentMarks } from './ledger.ts';
import { likeness } from './likeness.ts';
import type { Networks } from './networks.ts';

/**
 * Why the holder of an address is not the host that answers there now; undefined when it may be.
 * @param glimpse the look tells of what it saw and of nothing else (traffic)
 */
export function againstContinuity(
  holder: Asset,
  sighting: Sighting,
  marks: readonly GradedMark[],
  networks: Networks,
  limits: Thresholds,
  glimpse: boolean,
): string | undefined {
  const now = marks.filter(({ type, worth }) => type === 'mac' && worth !== 'none');
  const then = currentMarks(holder).filter(({ type, worth }) => type === 'mac' && worth !== 'none');
  if (now.length > 0 && then.length > 0 && !now.some(({ value }) => then.some((one) => one.value === value)))
    return 'another MAC at its address';
  const limit = limitOf(holder, sighting, marks, networks, limits, glimpse);
  const away = sighting.at - holder.lastSeen;
  return away > limit ? `its address was not seen for ${Math.round(away / 3_600_000)} h` : undefined;
}

/** How long, in ms, the holder may have been unseen. */
function limitOf(
  holder: Asset,
  sighting: Sighting,
  marks: readonly GradedMark[],
  networks: Networks,
  limits: Thresholds,
  glimpse: boolean,
): number {
  const kind = holder.static ? 'static' : sighting.address && networks.of(sighting.address)?.kind;
  if (kind === 'static') return Number.POSITIVE_INFINITY;
  // The shared MAC and the address together are what a virtual router is.
  const shared = marks.find(({ card }) => card === 'shared');
  if (shared && currentMarks(holder).some(({ type, value }) => type === 'mac' && value === shared.value))
    return Number.POSITIVE_INFINITY;
  if (kind === 'dhcp' || kind === 'guest') return limits.lease;
  if (sighting.at - holder.lastSeen <= limits.continuity) return limits.continuity;
  // Traffic shows a piece of a host: what it does not show is not unlike.
  if (glimpse) return limits.continuityAlike;
  const alike = likeness(holder, PortWords.of(sighting));
  return alike !== undefined && alike >= limits.alike ? limits.continuityAlike : limits.continuity;
}
