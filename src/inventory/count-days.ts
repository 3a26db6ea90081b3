/** How many changes there were on each day of somebody's calendar. */
import { SEVERITIES, type Severity } from '../core/asset.ts';

export type DayCount = { day: string } & Record<Severity, number>;

const HOUR_MS = 3_600_000;

/**
 * @param zone IANA name
 * @returns the oldest day first; those without a change are there too
 */
export function countDays(
  counted: readonly { at: number; severity: Severity; count: number }[],
  days: number,
  zone: string,
  now: number,
): DayCount[] {
  // As 2026-11-30: the form of Swedish dates.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
  const found = new Map<string, DayCount>();
  for (const day of lastDays(days, format, now)) found.set(day, { day, info: 0, low: 0, medium: 0, high: 0 });
  for (const { at, severity, count } of counted) {
    const day = found.get(format.format(at));
    if (day) day[severity] += count;
  }
  return [...found.values()];
}

/** By the hour, as days of summer time have 23 or 25 of them. */
function lastDays(days: number, format: Intl.DateTimeFormat, now: number): string[] {
  const names = new Set<string>();
  for (let at = now; names.size < days; at -= HOUR_MS) names.add(format.format(at));
  return [...names].reverse();
}

/** From the gravest to the least, in words. */
export function dayLine({ day, ...counts }: DayCount): string {
  const told = SEVERITIES.toReversed().flatMap((one) => (counts[one] > 0 ? [`${counts[one]} ${one}`] : []));
  return `${day}: ${told.join(', ') || 'none'}`;
}
