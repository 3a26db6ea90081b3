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
import { scopeChallenge, tokenChallenge } from './challenge.ts';
import type { HttpEnv } from './env.ts';
import { refuse } from './errors.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import type { ProtectedResource } from './protected-resource.ts';
import { hasUrlToken } from './url-token.ts';

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** True for the addresses and names that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return LOOPBACK_NAMES.has(name) || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

export interface OurNames {
  loopbackOnly: boolean;
  allowedHosts: readonly string[];
}

/** Whether a Host header is one of ours. */
export function namesUs({ loopbackOnly, allowedHosts }: OurNames): (header: string | undefined) => boolean {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  return (header) => {
    const hostname = hostnameOf(header);
    if (hostname === undefined) return false;
    const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
    return isLoopback(hostname) || allowed.has(hostname) || (isAddress && !loopbackOnly);
  };
}

/**
 * The Host header must name us. A page that rebinds its own name to our address still sends its name; a plain address
 * cannot be rebound, so off loopback any address is accepted, as one machine has many.
 */
export function checkHost(names: OurNames): MiddlewareHandler {
  const isUs = namesUs(names);
  return async (context, next) => {
    if (isUs(context.req.header('host'))) return next();
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
      'traceparent',
      'tracestate',
    ],
    exposeHeaders: ['Mcp-Session-Id', 'WWW-Authenticate', 'Retry-After', 'Location', 'X-Correlation-Id'],
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
  /** How many wrong tokens of an address are written down, one by one, in a minute. */
  failuresPerMinute: () => number;
  /** Told how each request fared: the metrics. */
  onAttempt?: ((result: AuthResult) => void) | undefined;
  /** Told about requests that were refused for their token, but for those of a flood: the log and the audit. */
  onRefused?: ((refused: Refused) => void) | undefined;
}

/** How a request fared at the gate. */
export type AuthResult =
  | 'accepted'
  | 'open'
  | 'no_token'
  | 'token_in_url'
  | 'wrong_token'
  | 'too_many'
  | 'provider_unreachable'
  | 'insufficient_scope';

export interface Refused {
  address: string;
  reason: string;
  /** Known where only a scope was missing. */
  caller?: string;
}

/** Finds the caller by the bearer token, or 401; 429 for a wrong token that comes again and again. */
export function authenticate(gate: Gate): MiddlewareHandler<HttpEnv> {
  const { authenticator, attempts, addressOf, onAttempt = () => {}, onRefused = () => {} } = gate;
  return async (context, next) => {
    const refused = (result: AuthResult, reason: string, caller?: string) => {
      onAttempt(result);
      onRefused({ address: addressOf(context), reason, ...(caller === undefined ? {} : { caller }) });
    };
    if (hasUrlToken((name) => context.req.query(name))) {
      refused('token_in_url', 'token in the URL');
      return unauthorized(context, gate, 'invalid_request', 'A token in the URL is not accepted.');
    }
    context.set('scopeChallenge', () => undefined);
    if (!authenticator) {
      onAttempt('open');
      context.set('caller', LOOPBACK_CALLER);
      return next();
    }
    const token = bearerToken(context.req.header('authorization'));
    if (!token) {
      // How every client finds out what it needs: no reason for a line in the audit.
      onAttempt('no_token');
      return unauthorized(context, gate, undefined, 'This server needs a token.');
    }
    const address = addressOf(context);
    const blocked = await attempts.admit(token, address);
    if (blocked !== undefined) {
      onAttempt('too_many');
      return tooMany(context, blocked);
    }
    let caller: Caller | undefined;
    try {
      caller = await authenticator.authenticate(token);
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      onAttempt('provider_unreachable');
      return refuse(context, 503, error);
    }
    if (!caller) {
      const count = await attempts.failed(token, address);
      const most = gate.failuresPerMinute();
      if (count === undefined || count > most) onAttempt('wrong_token');
      else refused('wrong_token', count === most ? 'wrong tokens, more are not written down' : 'wrong token');
      return unauthorized(context, gate, 'invalid_token', 'The token is not valid.');
    }
    attempts.succeeded(token);
    onAttempt('accepted');
    const known = caller;
    context.set('caller', known);
    context.set('scopeChallenge', (needed) => {
      refused('insufficient_scope', `needs the scope ${needed}`, known.name);
      return scopeChallenge(context, gate.resource, known, needed);
    });
    return next();
  };
}

function unauthorized(
  context: Context<HttpEnv>,
  { resource }: Gate,
  error: 'invalid_request' | 'invalid_token' | undefined,
  message: string,
) {
  context.header('WWW-Authenticate', tokenChallenge(context, resource, error));
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
      'This token was wrong too often, or too many unknown ones are being looked at.',
      `Try again in ${seconds} s, with the right one.`,
      { limit: 'auth.failuresPerMinute', retryAfterSeconds: seconds },
    ),
  );
}

function hostnameOf(header: string | undefined): string | undefined {
  return header?.toLowerCase().match(/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/)?.[1];
}
