const MINUTE_MS = 60_000;

/**
 * The moment that a field for local times means. A minute means its end, so that what was seen within it counts; before the
 * host was seen at all it means the first look at it, and what is to come means now.
 */
export function momentOf(given: string, first: string, now: number): string {
  const end = new Date(given).getTime() + MINUTE_MS - 1;
  return new Date(Math.max(Date.parse(first), Math.min(end, now))).toISOString();
}
