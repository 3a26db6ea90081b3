/** Bearer tokens of the HTTP server. Only hashes are compared and kept beyond the start. */
import { hash, randomBytes } from 'node:crypto';
import { SCOPES } from '../core/caller.ts';
import type { Config } from './schema.ts';
import type { TokenEntry } from './token-entry.ts';

/** A fresh token: 256 random bits, with a prefix by which a leaked one is recognised. */
export function newToken(): string {
  return `portolan_${randomBytes(32).toString('base64url')}`;
}

export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}

/** Every token the server accepts. `server.token` is the operator's own: named `operator`, allowed everything. */
export function knownTokens({ server }: Pick<Config, 'server'>): TokenEntry[] {
  const own: TokenEntry[] =
    server.token === undefined
      ? []
      : [{ name: 'operator', hash: hashToken(server.token), scopes: [...SCOPES] }];
  return [...own, ...server.tokens];
}
