/** Runs two things in turn, A B A B …, so that a machine that slows down slows both; gives medians. */
export interface Pair {
  a: number;
  b: number;
}

/** Seconds or milliseconds, whatever the two give. One round before the counted ones is not counted. */
export async function inTurn(
  rounds: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const pair = { a: await a(), b: await b() };
    if (round >= 0) pairs.push(pair);
  }
  return pairs;
}

/** @param share 0.5 for the median, 0.99 for the 99th percentile. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
