/** The token that each call to a capture tool must carry where `captures.requireToken` is set. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { PortolanError } from '../core/errors.ts';

export interface TokenSettings {
  requireToken: boolean;
  token?: string | undefined;
}

/**
 * Passes when no token is needed, or when the given one is right; compared in constant time. A wrong token is refused
 * even where none is needed: whoever sent it believes in it.
 * @throws PortolanError `unauthorized`.
 */
export function checkToken(given: string | undefined, { requireToken, token }: TokenSettings): void {
  if (given === undefined && !requireToken) return;
  if (given !== undefined && token === undefined && !requireToken) return;
  if (given !== undefined && token !== undefined && sameText(given, token)) return;
  throw new PortolanError(
    'unauthorized',
    given === undefined ? 'This call needs the argument auth_token.' : 'The auth_token is not the right one.',
    'Call again with auth_token set to the token the operator gave you (captures.token).',
  );
}

// Digests have one length whatever was given, so neither the time nor an exception tells the token's length.
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
