import type { ThresholdEntries } from '../config/threshold-entries.ts';
import type { Thresholds } from '../inventory/thresholds.ts';

const DAY_MS = 86_400_000;

/** The numbers that the configuration says otherwise, as the rules take them: days become milliseconds. */
export function thresholdsOf(said: ThresholdEntries): Partial<Thresholds> {
  const { sleeperDays, lentSleeperDays, expiringDays, renewalDays, ...asTheyAre } = said;
  const spans = {
    sleeper: sleeperDays,
    lentSleeper: lentSleeperDays,
    expiring: expiringDays,
    renewal: renewalDays,
  };
  const all = [
    ...Object.entries(asTheyAre),
    ...Object.entries(spans).map(
      ([name, days]) => [name, days === undefined ? undefined : days * DAY_MS] as const,
    ),
  ];
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}
