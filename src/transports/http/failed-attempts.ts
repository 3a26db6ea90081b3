/**
 * Bounds the guessing of tokens without locking anybody out. A token that was wrong is refused unread when it comes too
 * often; a token that was right passes, whoever else sits behind its address. What nobody has seen yet waits, from an
 * address that has sent many wrong ones, a second before it is looked at.
 */
import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import { formatAddress, parseAddress } from '../../core/address.ts';

export interface FailedAttempts {
  /**
   * Resolves when this token may be looked at: at once, or after a pause.
   * @returns seconds until it may come again, when it may not be looked at now.
   */
  admit(token: string, address: string): Promise<number | undefined>;
  /** It was wrong. @returns how often its address has sent wrong ones in this minute, if that is still counted. */
  failed(token: string, address: string): Promise<number | undefined>;
  /** It was right: from now on it passes. */
  succeeded(token: string): void;
}

/** Beyond so many failures a minute from everywhere nothing more is remembered, and every unknown token waits. */
const MOST_COUNTED = 10_000;
/** Right tokens that are remembered. */
const MOST_RIGHT = 10_000;
/** Unknown tokens that wait at the same time, of one address and in all. */
const MOST_WAITING = { each: 20, all: 200 };
const PAUSE_MS = 1000;

interface Limiters {
  token: RateLimiterMemory;
  address: RateLimiterMemory;
  all: RateLimiterMemory;
}

/** @param perMinute how often one wrong token may come in a minute, and how many an address sends before others wait. */
export function createFailedAttempts(perMinute: () => number, pauseMs = PAUSE_MS): FailedAttempts {
  let limiters: Limiters | undefined;
  const right = new Set<string>();
  const waiting = new Map<string, number>();

  async function pause(bucket: string): Promise<number | undefined> {
    const own = waiting.get(bucket) ?? 0;
    const all = [...waiting.values()].reduce((sum, count) => sum + count, 0);
    if (own >= MOST_WAITING.each || all >= MOST_WAITING.all) return 1;
    waiting.set(bucket, own + 1);
    await delay(pauseMs);
    const left = (waiting.get(bucket) ?? 1) - 1;
    if (left > 0) waiting.set(bucket, left);
    else waiting.delete(bucket);
    return undefined;
  }

  return {
    async admit(token, address) {
      // Nobody has failed yet, and nothing is loaded: the common case.
      if (!limiters) return undefined;
      const key = keyOf(token);
      if (right.has(key)) return undefined;
      const seen = await limiters.token.get(key);
      if (seen && seen.consumedPoints >= perMinute()) return seconds(seen.msBeforeNext);
      const bucket = bucketOf(address);
      const [here, all] = await Promise.all([limiters.address.get(bucket), limiters.all.get('all')]);
      const many = (here?.consumedPoints ?? 0) >= perMinute() || (all?.consumedPoints ?? 0) > MOST_COUNTED;
      return many ? await pause(bucket) : undefined;
    },

    async failed(token, address) {
      limiters ??= await load();
      const key = keyOf(token);
      right.delete(key);
      const { consumedPoints } = await limiters.all.penalty('all');
      if (consumedPoints > MOST_COUNTED) return undefined;
      await limiters.token.penalty(key);
      return (await limiters.address.penalty(bucketOf(address))).consumedPoints;
    },

    succeeded(token) {
      const key = keyOf(token);
      // The longest unused goes first.
      right.delete(key);
      right.add(key);
      const [oldest] = right;
      if (right.size > MOST_RIGHT && oldest !== undefined) right.delete(oldest);
    },
  };
}

async function load(): Promise<Limiters> {
  const { RateLimiterMemory: Limiter } = await import('rate-limiter-flexible');
  const minute = () => new Limiter({ points: 1, duration: 60 });
  return { token: minute(), address: minute(), all: minute() };
}

/** Tokens themselves are not kept in memory. */
const keyOf = (token: string) => hash('sha256', token, 'base64url');

const seconds = (milliseconds: number) => Math.max(1, Math.ceil(milliseconds / 1000));

/** One IPv4 address, or the /64 that one customer has of IPv6 (RFC 6177). */
function bucketOf(text: string): string {
  const address = parseAddress(text.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, ''));
  if (address?.family !== 6) return text;
  return formatAddress({ family: 6, value: (address.value >> 64n) << 64n });
}
