/**
 * The cookie of a logged-in browser: a random id, by which the session is found, and a random key, which is kept nowhere
 * else. `__Host-` (draft-ietf-httpbis-rfc6265bis, section 4.1.3.2): for this host alone, over TLS or loopback, no script.
 */
import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { HttpEnv } from '../env.ts';

const NAME = 'portolan';
const HOST = { prefix: 'host', path: '/', secure: true } as const;
const FORM = /^([\w-]{32})\.([\w-]{43})$/;

export interface Credentials {
  /** SHA-256 of the id, in hexadecimal: what is stored. */
  hash: string;
  /** Encrypts what is stored of the session. */
  sealKey: Uint8Array;
  /** What requests that change something say beside the cookie; an answer to another site never shows it. */
  csrf: string;
}

/** A cookie that nobody ever had. */
export function newCookie(): string {
  return `${randomBytes(24).toString('base64url')}.${randomBytes(32).toString('base64url')}`;
}

/** Undefined for what we have not made. */
export function credentialsOf(cookie: string): Credentials | undefined {
  const [, id, secret] = FORM.exec(cookie) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  // One key for each use (RFC 5869), and of this id: a key with another id is another one.
  const derived = (use: string) =>
    new Uint8Array(hkdfSync('sha256', Buffer.from(secret, 'base64url'), id, `portolan session ${use}`, 32));
  return {
    hash: createHash('sha256').update(id).digest('hex'),
    sealKey: derived('seal'),
    csrf: Buffer.from(derived('csrf')).toString('base64url'),
  };
}

export function sessionCookie(context: Context<HttpEnv>): string | undefined {
  return getCookie(context, NAME, 'host');
}

/** Without an age: it goes when the browser ends. */
export function giveCookie(context: Context<HttpEnv>, value: string): void {
  setCookie(context, NAME, value, { ...HOST, httpOnly: true, sameSite: 'Strict' });
}

export function takeCookie(context: Context<HttpEnv>): void {
  deleteCookie(context, NAME, { ...HOST, httpOnly: true, sameSite: 'Strict' });
}
