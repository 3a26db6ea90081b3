/** A week of runs, day by day on the reader's clock. */
import type { Answer } from '../../api/call.ts';

export type Entry = NonNullable<Answer<'list_schedules'>['calendar']>[number];

export interface Day {
  begin: Date;
  /** What each schedule does on that day, in the order of their first times. */
  groups: { schedule: string; entries: Entry[] }[];
}

/** Midnight at the begin of the Monday of that day's week. */
export function mondayOf(day: Date): Date {
  return dayAfter(new Date(day.getFullYear(), day.getMonth(), day.getDate()), -((day.getDay() + 6) % 7));
}

/** So many days later on the calendar, where a day may have 23 or 25 hours. */
export function dayAfter(day: Date, days: number): Date {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);
}

/** `2026-11-30`, on the reader's clock. */
export function dateOf(day: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** @param entries in order of time */
export function weekOf(entries: readonly Entry[], monday: Date): Day[] {
  const days = Array.from({ length: 7 }, (_, at) => dayAfter(monday, at));
  return days.map((begin) => {
    const end = dayAfter(begin, 1);
    const groups = new Map<string, Entry[]>();
    for (const entry of entries) {
      const at = new Date(entry.at);
      if (at < begin || at >= end) continue;
      groups.set(entry.schedule, [...(groups.get(entry.schedule) ?? []), entry]);
    }
    return { begin, groups: [...groups].map(([schedule, of]) => ({ schedule, entries: of })) };
  });
}
