/**
 * Tokens in addresses. They are taken out before anything else sees the request, so that no log, error or library can
 * repeat them (RFC 6750, section 5.3, says what becomes of them otherwise).
 */
import type { IncomingMessage } from 'node:http';

/** Where clients have been seen to put a token. */
const PARAMETERS = ['token', 'access_token', 'auth_token', 'api_key', 'apikey'];

export const HIDDEN = '[hidden]';

/** Whether this address had a token in it that was not accepted. */
export function hasUrlToken(query: (name: string) => string | undefined): boolean {
  return PARAMETERS.some((name) => query(name) !== undefined);
}

/**
 * Hides every token in the request's address. With `allowed`, the one in `?token=` becomes an Authorization header,
 * unless there is one already; such a request then has no token in its address.
 */
export function takeUrlToken(incoming: IncomingMessage, allowed: boolean): void {
  const mark = incoming.url?.indexOf('?') ?? -1;
  if (incoming.url === undefined || mark === -1) return;
  const query = new URLSearchParams(incoming.url.slice(mark + 1));
  const found = PARAMETERS.filter((name) => query.has(name));
  if (found.length === 0) return;
  const token = query.get('token');
  if (allowed && token !== null && found.length === 1 && incoming.headers.authorization === undefined) {
    query.delete('token');
    incoming.headers.authorization = `Bearer ${token}`;
    incoming.rawHeaders.push('authorization', `Bearer ${token}`);
  } else {
    for (const name of found) query.set(name, HIDDEN);
  }
  const rest = query.size > 0 ? `?${query}` : '';
  incoming.url = incoming.url.slice(0, mark) + rest;
}
