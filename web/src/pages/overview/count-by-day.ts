/** How many changes there were on each of the last seven days, in the reader's time zone. */
import type { SeverityName } from '../../parts/severity.tsx';

/** From the least to the gravest. */
export const SEVERITIES: readonly SeverityName[] = ['info', 'low', 'medium', 'high'];
const DAYS = 7;

export interface Day {
  /** `2026-11-30` */
  day: string;
  counts: Record<SeverityName, number>;
  total: number;
}

/** The oldest first; days without a change are there too. */
export function countByDay(
  changes: readonly { at: string; severity: SeverityName }[],
  now: Date,
): readonly Day[] {
  const days = Array.from({ length: DAYS }, (_, index): Day => {
    const date = new Date(now);
    date.setDate(date.getDate() - (DAYS - 1 - index));
    return { day: nameOf(date), counts: { info: 0, low: 0, medium: 0, high: 0 }, total: 0 };
  });
  for (const { at, severity } of changes) {
    const day = days.find((one) => one.day === nameOf(new Date(at)));
    if (!day) continue;
    day.counts[severity] += 1;
    day.total += 1;
  }
  return days;
}

function nameOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
