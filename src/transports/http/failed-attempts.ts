/** Counts wrong tokens by address, so that nobody can try many. */
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import { formatAddress, parseAddress } from '../../core/address.ts';

export interface FailedAttempts {
  /** Seconds until this address may try again; undefined when it may now. */
  blockedFor(address: string): Promise<number | undefined>;
  /** @returns as `blockedFor`, now that this attempt failed too. */
  failed(address: string): Promise<number | undefined>;
}

// Beyond so many failures a minute from everywhere no more addresses are remembered, and failing costs a 429 at once.
const MOST = 10_000;

/** @param perMinute wrong tokens an address may send in a minute. */
export function createFailedAttempts(perMinute: () => number): FailedAttempts {
  let limiters: { each: RateLimiterMemory; all: RateLimiterMemory } | undefined;
  return {
    async blockedFor(address) {
      // Nobody has failed yet, and nothing is loaded: the common case.
      if (!limiters) return undefined;
      const seen = await limiters.each.get(bucketOf(address));
      return seen && seen.consumedPoints >= perMinute() ? seconds(seen.msBeforeNext) : undefined;
    },

    async failed(address) {
      if (!limiters) {
        const { RateLimiterMemory: Limiter } = await import('rate-limiter-flexible');
        limiters ??= {
          each: new Limiter({ points: 1, duration: 60 }),
          all: new Limiter({ points: MOST, duration: 60 }),
        };
      }
      const { consumedPoints, msBeforeNext } = await limiters.all.penalty('all');
      if (consumedPoints > MOST) return seconds(msBeforeNext);
      const seen = await limiters.each.penalty(bucketOf(address));
      return seen.consumedPoints > perMinute() ? seconds(seen.msBeforeNext) : undefined;
    },
  };
}

const seconds = (milliseconds: number) => Math.max(1, Math.ceil(milliseconds / 1000));

/** One IPv4 address, or the /64 that one customer has of IPv6 (RFC 6177). */
function bucketOf(text: string): string {
  const address = parseAddress(text.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, ''));
  if (address?.family !== 6) return text;
  return formatAddress({ family: 6, value: (address.value >> 64n) << 64n });
}
