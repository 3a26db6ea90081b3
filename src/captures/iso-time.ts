/** `2026-11-20T07:00:01.123Z`; null when the capture has no times. `seconds` since the epoch. */
export function isoTime(seconds: number | null): string | null {
  if (seconds === null) return null;
  const time = new Date(seconds * 1000);
  // A damaged time stamp may lie beyond what a Date can say.
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
