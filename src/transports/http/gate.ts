/**
 * What every HTTP request passes before a route sees it: the Host and Origin checks that keep web pages out (DNS
 * rebinding, cross-site requests), and the token. Nothing here answers with CORS headers, so that a
 * browser never shows an answer to another site unless its origin was configured.
 */
import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import type { Caller } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import { type Authenticator, bearerToken, LOOPBACK_CALLER } from './auth.ts';
import { refuse } from './errors.ts';

/** What routes find in the context. */
export interface HttpEnv {
  Variables: { caller: Caller };
}

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** True for the addresses and names that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return LOOPBACK_NAMES.has(name) || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/**
 * The Host header must name us. A page that rebinds its own name to our address still sends its name; a plain address
 * cannot be rebound, so off loopback any address is accepted, as one machine has many.
 */
export function checkHost(options: {
  loopbackOnly: boolean;
  allowedHosts: readonly string[];
}): MiddlewareHandler {
  const allowed = new Set(options.allowedHosts.map((host) => host.toLowerCase()));
  return async (context, next) => {
    const hostname = hostnameOf(context.req.header('host'));
    const isAddress = hostname !== undefined && isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
    if (
      hostname !== undefined &&
      (isLoopback(hostname) || allowed.has(hostname) || (isAddress && !options.loopbackOnly))
    ) {
      return next();
    }
    return refuse(
      context,
      403,
      new PortolanError(
        'forbidden',
        'The Host header does not name this server.',
        'Use the address the server printed at its start, or add the name to server.allowedHosts.',
      ),
    );
  };
}

/** A request with an Origin comes from a web page: ours (same origin) or one that was configured, else refused. */
export function checkOrigin(allowedOrigins: readonly string[]): MiddlewareHandler {
  const allowed = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
  return async (context, next) => {
    const origin = context.req.header('origin')?.toLowerCase();
    const host = context.req.header('host')?.toLowerCase();
    if (origin === undefined || allowed.has(origin)) return next();
    if (origin === `http://${host}` || origin === `https://${host}`) return next();
    return refuse(
      context,
      403,
      new PortolanError(
        'forbidden',
        'Requests from this web origin are not allowed.',
        'Add the origin to server.allowedOrigins if you trust the page.',
      ),
    );
  };
}

// Where clients have been seen to put a token; there it ends up in logs and histories (RFC 6750, section 5.3).
const TOKEN_PARAMETERS = ['token', 'access_token', 'auth_token', 'api_key', 'apikey'];

/** Finds the caller by the bearer token, or 401. Without an authenticator (loopback only) everyone is LOOPBACK_CALLER. */
export function authenticate(authenticator: Authenticator | undefined): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    if (TOKEN_PARAMETERS.some((name) => context.req.query(name) !== undefined)) {
      return unauthorized(context, 'invalid_request', 'A token in the URL is not accepted.');
    }
    const header = context.req.header('authorization');
    if (!authenticator) {
      context.set('caller', LOOPBACK_CALLER);
      return next();
    }
    const token = bearerToken(header);
    if (!token) return unauthorized(context, undefined, 'This server needs a token.');
    const caller = await authenticator.authenticate(token);
    if (!caller) return unauthorized(context, 'invalid_token', 'The token is not valid.');
    context.set('caller', caller);
    return next();
  };
}

function unauthorized(context: Parameters<MiddlewareHandler>[0], error: string | undefined, message: string) {
  context.header('WWW-Authenticate', `Bearer realm="portolan"${error ? `, error="${error}"` : ''}`);
  return refuse(
    context,
    401,
    new PortolanError(
      'unauthorized',
      message,
      'Send it as the header `Authorization: Bearer TOKEN`; the operator makes one with `portolan token NAME`.',
    ),
  );
}

function hostnameOf(header: string | undefined): string | undefined {
  return header?.toLowerCase().match(/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/)?.[1];
}
