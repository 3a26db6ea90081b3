/** How sure a sweep is, from what a sample of it showed. */

/** Open ports of a host that may be missed, on average: one host in a thousand misses one. */
const MISSED_PER_HOST = 1e-3;

/**
 * How often every silent port must be asked. `asked` probes of ports known to be open, once each and under the load of
 * the sweep, of which `found` were answered: one try is answered with about p = (found + 1) / (asked + 2) (Laplace's
 * rule of succession), so T tries miss a port with (1 - p)^T. As many ports are thought to be hidden as are known.
 */
export function triesNeeded({ asked, found }: Tally, known: number): number {
  const missed = 1 - (found + 1) / (asked + 2);
  return Math.ceil(Math.log(MISSED_PER_HOST / (known + 1)) / Math.log(missed));
}

export interface Tally {
  asked: number;
  found: number;
}

/** Fewer probes than this say nothing. */
export const LEAST_SAMPLES = 20;

export function sumOf(tallies: readonly Tally[]): Tally {
  return {
    asked: tallies.reduce((sum, { asked }) => sum + asked, 0),
    found: tallies.reduce((sum, { found }) => sum + found, 0),
  };
}

/** Beyond this share of unanswered probes it is no loss of a link, but something that does not let itself be hurried. */
const MOST_LOST = 0.1;

/** Whether the sample shows that the sweep was too fast to be worth anything. One lost probe alone is chance. */
export function wasTooFast({ asked, found }: Tally): boolean {
  return asked - found > Math.max(1, asked * MOST_LOST);
}

/** `count` members of the list at random, all of them when there are no more. */
export function sample<T>(list: readonly T[], count: number): T[] {
  const pool = [...list];
  const most = Math.min(count, pool.length);
  for (let at = 0; at < most; at += 1) {
    const other = at + Math.floor(Math.random() * (pool.length - at));
    const [a, b] = [pool[at], pool[other]];
    if (a !== undefined && b !== undefined) [pool[at], pool[other]] = [b, a];
  }
  return pool.slice(0, most);
}
