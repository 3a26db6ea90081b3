/** Rule R13: another operating system is news when two looks are sure of it. */
import type { Asset } from '../../core/asset.ts';
import type { Sighting } from '../../core/look.ts';
import type { Thresholds } from '../thresholds.ts';

export interface SystemVerdict {
  asset: Asset;
  change?: { before: string; after: string };
  held?: string;
}

export function judgeSystem(
  asset: Asset,
  now: Sighting['os'],
  at: number,
  limits: Thresholds,
): SystemVerdict {
  if (!now) return { asset };
  const before = asset.os;
  if (!before) return { asset: { ...asset, os: now } };
  const { osPending, ...memo } = asset.memo ?? {};
  if (before.family.toLowerCase() === now.family.toLowerCase()) {
    const steady = osPending === undefined ? asset : { ...asset, memo };
    return { asset: now.accuracy >= before.accuracy ? { ...steady, os: now } : steady };
  }
  if (now.accuracy < limits.osAccuracy)
    return { asset, held: `${now.family} at ${now.accuracy} %: not sure enough` };
  if (before.accuracy < limits.osAccuracy) return { asset: { ...asset, os: now, memo } };
  if (osPending?.family === now.family && osPending.at >= at) return { asset };
  if (osPending?.family !== now.family)
    return {
      asset: { ...asset, memo: { ...memo, osPending: { family: now.family, at } } },
      held: `${now.family} in one look: not confirmed`,
    };
  return {
    asset: { ...asset, os: now, memo },
    change: { before: before.name || before.family, after: now.name || now.family },
  };
}
