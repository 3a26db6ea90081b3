/**
 * What every HTTP request passes before a route sees it: the Host and Origin checks that keep web pages out (DNS
 * rebinding, cross-site requests), and the token. A browser shows an answer to another site only where its origin was
 * configured, and never sends anything of its own along (no cookies, no credentials).
 */
import { isIP } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { Caller } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import { type Authenticator, bearerToken, LOOPBACK_CALLER } from './auth.ts';
import type { HttpEnv } from './env.ts';
import { refuse } from './errors.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import { metadataUrl, type ProtectedResource } from './protected-resource.ts';
import { hasUrlToken } from './url-token.ts';

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

/** What pages of the configured origins may read, and send beyond the plain: never `*`, never with credentials. */
export function crossOrigin(allowedOrigins: readonly string[]): MiddlewareHandler {
  const allowed = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
  const answered = cors({
    origin: (origin) => (allowed.has(origin.toLowerCase()) ? origin : null),
    allowMethods: ['GET', 'POST', 'DELETE'],
    allowHeaders: [
      'Authorization',
      'Content-Type',
      'Last-Event-ID',
      'Prefer',
      'Mcp-Session-Id',
      'Mcp-Protocol-Version',
      'Mcp-Method',
      'Mcp-Name',
    ],
    exposeHeaders: ['Mcp-Session-Id', 'WWW-Authenticate', 'Retry-After', 'Location'],
    maxAge: 600,
  });
  return (context, next) => (context.req.header('origin') === undefined ? next() : answered(context, next));
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

export interface Gate {
  /** Absent (loopback only): everyone is LOOPBACK_CALLER. */
  authenticator?: Authenticator | undefined;
  attempts: FailedAttempts;
  /** Where the request comes from. */
  addressOf: (context: Context<HttpEnv>) => string;
  /** Present: clients are told which identity provider to go to. */
  resource?: ProtectedResource | undefined;
  /** Told about every request that was refused for its token: the audit. */
  onRefused?: ((refused: { address: string; reason: string }) => void) | undefined;
}

/** Finds the caller by the bearer token, or 401; 429 for an address that sent too many wrong ones. */
export function authenticate(gate: Gate): MiddlewareHandler<HttpEnv> {
  const { authenticator, attempts, addressOf } = gate;
  return async (context, next) => {
    if (hasUrlToken((name) => context.req.query(name))) {
      return unauthorized(context, gate, 'invalid_request', 'A token in the URL is not accepted.');
    }
    if (!authenticator) {
      context.set('caller', LOOPBACK_CALLER);
      return next();
    }
    const token = bearerToken(context.req.header('authorization'));
    if (!token) return unauthorized(context, gate, undefined, 'This server needs a token.');
    const address = addressOf(context);
    const blocked = await attempts.blockedFor(address);
    if (blocked !== undefined) return tooMany(context, blocked);
    let caller: Caller | undefined;
    try {
      caller = await authenticator.authenticate(token);
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      return refuse(context, 503, error);
    }
    if (caller) {
      context.set('caller', caller);
      return next();
    }
    const now = await attempts.failed(address);
    gate.onRefused?.({ address, reason: now === undefined ? 'wrong token' : 'too many wrong tokens' });
    if (now !== undefined) return tooMany(context, now);
    return unauthorized(context, gate, 'invalid_token', 'The token is not valid.');
  };
}

/** RFC 6750, section 3, and RFC 9728, section 5.1. */
function unauthorized(context: Context<HttpEnv>, gate: Gate, error: string | undefined, message: string) {
  const challenge = [
    'realm="portolan"',
    ...(error ? [`error="${error}"`] : []),
    ...(gate.resource ? [`resource_metadata="${metadataUrl(context, gate.resource)}"`] : []),
  ];
  context.header('WWW-Authenticate', `Bearer ${challenge.join(', ')}`);
  return refuse(
    context,
    401,
    new PortolanError(
      'unauthorized',
      message,
      'Send it as the header `Authorization: Bearer TOKEN`; the operator makes one with `portolan token create NAME`.',
    ),
  );
}

function tooMany(context: Context<HttpEnv>, seconds: number) {
  return refuse(
    context,
    429,
    new PortolanError(
      'rate_limited',
      'Too many wrong tokens came from this address.',
      `Try again in ${seconds} s, with the right one.`,
      { limit: 'auth.failuresPerMinute', retryAfterSeconds: seconds },
    ),
  );
}

function hostnameOf(header: string | undefined): string | undefined {
  return header?.toLowerCase().match(/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/)?.[1];
}
