import { getLocale } from '../../texts/runtime.js';

/** Days of the week as the server counts them, 0 on Sunday; a week of people begins with Monday. */
export const WEEK = [1, 2, 3, 4, 5, 6, 0] as const;

export function dayName(day: number, length: 'short' | 'long'): string {
  // The first of January 2023 was a Sunday.
  return new Intl.DateTimeFormat(getLocale(), { weekday: length, timeZone: 'UTC' }).format(
    Date.UTC(2023, 0, 1 + day),
  );
}
