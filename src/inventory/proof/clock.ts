/**
 * How much of a network was looked at within the time that somebody set (an objective): the proof of looking that CISA
 * BOD 23-01 (discovery every 7 days), CIS Control 1 and PCI DSS 1.2.5 ask for. Times are milliseconds since the epoch.
 */
import { countAddresses, intersect, parseAddress, type Span, subtract } from '../../core/address.ts';
import type { Aspect } from '../../core/look.ts';

/** What was asked of a range, and when last. Addresses as text, both ends included. */
export interface Looked {
  vantage: string;
  first: string;
  last: string;
  aspect: Aspect;
  at: number;
}

export interface Share {
  aspect: Aspect;
  /** Milliseconds; absent where nobody set one: then every look counts. */
  objective?: number;
  within: bigint;
  addresses: bigint;
  lastLook?: number;
  vantages: readonly string[];
  overdue: boolean;
}

/**
 * @param looked of this network, newest or not; ranges that reach beyond it are cut
 * @param gaps addresses within them that were not asked after all
 */
export function shareOf(
  network: { first: string; last: string },
  aspect: Aspect,
  looked: readonly Looked[],
  gaps: readonly { address: string; aspect: Aspect; at: number }[],
  objective: number | undefined,
  now: number,
): Share {
  const whole = spanOf(network.first, network.last);
  const about = looked.filter((one) => one.aspect === aspect);
  const since = objective === undefined ? Number.NEGATIVE_INFINITY : now - objective;
  let left = [whole];
  const counted = about.filter(({ at }) => at >= since);
  for (const look of counted) {
    const missed = gaps.filter((gap) => gap.aspect === aspect && gap.at === look.at);
    const span = spanOf(look.first, look.last);
    const seen = subtract(
      span,
      missed.map(({ address }) => spanOf(address, address)),
    );
    left = left.flatMap((part) => subtract(part, seen));
  }
  const addresses = countAddresses(whole);
  const within = addresses - left.reduce((sum, part) => sum + countAddresses(part), 0n);
  const touching = about.filter(({ first, last }) => intersect(whole, spanOf(first, last)) !== undefined);
  const lastLook = touching.reduce((latest, { at }) => Math.max(latest, at), Number.NEGATIVE_INFINITY);
  return {
    aspect,
    ...(objective === undefined ? {} : { objective }),
    within,
    addresses,
    ...(touching.length === 0 ? {} : { lastLook }),
    vantages: [...new Set(touching.map(({ vantage }) => vantage))].sort(),
    overdue: objective !== undefined && within < addresses,
  };
}

/** @throws RangeError for what is no address: whoever hands in a look has parsed it. */
function spanOf(first: string, last: string): Span {
  const [from, to] = [parseAddress(first), parseAddress(last)];
  if (!from || !to || from.family !== to.family) throw new RangeError(`${first} to ${last} is no range`);
  return { family: from.family, first: from.value, last: to.value };
}

const UNITS = { h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `12h`, `7d`, `2w` in milliseconds; undefined for anything else. */
export function readAge(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  if (amount === undefined || (unit !== 'h' && unit !== 'd' && unit !== 'w')) return undefined;
  return Number(amount) * UNITS[unit];
}
