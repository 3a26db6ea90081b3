/** Who is asking over HTTP: a bearer token, kept only as its hash, or (on loopback, if so configured) nobody in particular. */

import { hash as digest, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Caller, type Scope, tokenIdentity } from '../../core/caller.ts';
import { monotonicMs } from '../../core/monotonic.ts';

/** Finds the caller a token belongs to. Kinds of tokens (our own, those of an identity provider) are implementations. */
export interface Authenticator {
  /**
   * Undefined for a token that is not valid. Throws PortolanError `unauthorized` when it cannot be told whether it is
   * (an identity provider that does not answer).
   */
  authenticate(token: string): Promise<Caller | undefined> | Caller | undefined;
}

export interface TokenEntry {
  name: string;
  /** SHA-256 of the token, 64 lower-case hexadecimal digits. Tokens are random, so no slow hash is needed. */
  hash: string;
  scopes: readonly Scope[];
  /** Sites of the inventory that it is bound to; all when absent. */
  sites?: readonly string[] | undefined;
  /** Milliseconds since the epoch; absent when it holds for ever. */
  expiresAt?: number;
}

/** Tokens from a list that may change while we run (reload). Every entry is compared, in constant time. */
export function tokenAuthenticator(
  entries: () => readonly TokenEntry[],
  now: () => number = Date.now,
): Authenticator {
  return { authenticate: (token) => callerOf(token, entries(), now()) };
}

// A revoked token is refused this long after at the latest.
const FRESH_MS = 1000;
/** Unknown tokens share a look at the store: however many come, it is read so often and not more. */
const UNKNOWN_MS = 100;

/** Tokens that are kept elsewhere, where another process may add and revoke them. */
export function keptTokenAuthenticator(
  read: () => Promise<readonly TokenEntry[]>,
  now: () => number = Date.now,
  clock: () => number = monotonicMs,
): Authenticator {
  let entries: readonly TokenEntry[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  const refresh = () => {
    reading ??= read()
      .then((found) => {
        entries = found;
        readAt = clock();
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  return {
    async authenticate(token) {
      if (clock() - readAt > FRESH_MS) await refresh();
      const caller = callerOf(token, entries, now());
      if (caller) return caller;
      // It may have been made a moment ago.
      const before = readAt;
      const wait = before + UNKNOWN_MS - clock();
      if (wait > 0) await delay(wait);
      if (readAt === before) await refresh();
      return callerOf(token, entries, now());
    },
  };
}

function callerOf(token: string, entries: readonly TokenEntry[], now: number): Caller | undefined {
  const given = digest('sha256', token, 'buffer');
  let caller: Caller | undefined;
  for (const { name, hash, scopes, sites, expiresAt } of entries) {
    const known = Buffer.from(hash, 'hex');
    if (known.length !== given.length || !timingSafeEqual(known, given)) continue;
    if (expiresAt === undefined || expiresAt > now)
      caller ??= {
        name,
        id: tokenIdentity(name, hash),
        scopes: new Set(scopes),
        ...(sites === undefined ? {} : { sites }),
      };
  }
  return caller;
}

/** The first that knows the token. */
export function anyOf(authenticators: readonly Authenticator[]): Authenticator {
  return {
    async authenticate(token) {
      for (const one of authenticators) {
        const caller = await one.authenticate(token);
        if (caller) return caller;
      }
      return undefined;
    },
  };
}

/**
 * Whoever reaches a loopback port without a token: any user and any program of this machine. Its scans belong to
 * `local`, like those of the command line, but what needs trust (intrusive scans, administration) needs a token.
 */
export const LOOPBACK_CALLER: Caller = {
  name: 'local',
  id: 'local',
  scopes: new Set<Scope>(['scan:read', 'scan:run', 'capture:read', 'inventory:read', 'schedules:read']),
};

/** The token of an `Authorization: Bearer …` header (RFC 6750, section 2.1). */
export function bearerToken(header: string | undefined): string | undefined {
  return header?.match(/^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i)?.[1];
}
