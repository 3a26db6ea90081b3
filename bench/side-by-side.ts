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

/**
 * How many times `a` the other side takes: the median over the pairs, with its 95 % confidence interval (bootstrap over
 * the pairs, by a generator that always draws the same).
 */
export function timesOf(pairs: readonly Pair[]): { median: number; low: number; high: number } {
  const ratios = pairs.map(({ a, b }) => b / a);
  let state = 1;
  const draw = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return ratios[Math.floor((state / 2_147_483_648) * ratios.length)] ?? Number.NaN;
  };
  const medians = Array.from({ length: 2000 }, () => median(ratios.map(draw)));
  return { median: median(ratios), low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

/** The same in words, against the most that an earlier state of this repository may be exceeded by. Sets the exit status. */
export function tellTimes(what: string, pairs: readonly Pair[]): void {
  const { median: middle, low, high } = timesOf(pairs);
  console.log(
    `${what}: ${middle.toFixed(3)} times what it was, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)} (at most ${MOST_TIMES}), ${pairs.length} pairs`,
  );
  if (high > MOST_TIMES) process.exitCode = 1;
}

const MOST_TIMES = 1.03;
