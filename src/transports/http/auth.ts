/** Who is asking over HTTP: a bearer token, kept only as its hash, or (on loopback, if so configured) nobody in particular. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller, Scope } from '../../core/caller.ts';

/** Finds the caller a token belongs to. Other ways to authenticate (JWT) are other implementations. */
export interface Authenticator {
  authenticate(token: string): Promise<Caller | undefined> | Caller | undefined;
}

export interface TokenEntry {
  name: string;
  /** SHA-256 of the token, 64 lower-case hexadecimal digits. Tokens are random, so no slow hash is needed. */
  hash: string;
  scopes: readonly Scope[];
}

/** Tokens from a list that may change while we run (reload). Every entry is compared, in constant time. */
export function tokenAuthenticator(entries: () => readonly TokenEntry[]): Authenticator {
  return {
    authenticate(token) {
      const given = createHash('sha256').update(token).digest();
      let caller: Caller | undefined;
      for (const { name, hash, scopes } of entries()) {
        const known = Buffer.from(hash, 'hex');
        if (known.length === given.length && timingSafeEqual(known, given)) {
          caller ??= { name, scopes: new Set(scopes) };
        }
      }
      return caller;
    },
  };
}

/**
 * Whoever reaches a loopback port without a token: any user and any program of this machine. Its scans belong to
 * `local`, like those of the command line, but what needs trust (intrusive scans, administration) needs a token.
 */
export const LOOPBACK_CALLER: Caller = {
  name: 'local',
  scopes: new Set<Scope>(['scan:read', 'scan:run', 'capture:read']),
};

/** The token of an `Authorization: Bearer …` header (RFC 6750, section 2.1). */
export function bearerToken(header: string | undefined): string | undefined {
  return header?.match(/^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i)?.[1];
}
