/**
 * What every HTTP request passes first: the Host and Origin checks that keep web pages out (DNS rebinding, cross-site
 * requests). A browser shows an answer to another site only where its origin was configured, and never sends anything of
 * its own along (no cookies, no credentials).
 */
import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { PortolanError } from '../../core/errors.ts';
import { refuse } from './errors.ts';

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

function hostnameOf(header: string | undefined): string | undefined {
  return header?.toLowerCase().match(/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/)?.[1];
}
