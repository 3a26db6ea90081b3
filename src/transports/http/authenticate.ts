/** Who sent a request: by its bearer token, by the session of a logged-in browser, or (on loopback) nobody in particular. */
import { timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { type Caller, LOCAL_CALLER } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import { type Authenticator, bearerToken, LOOPBACK_CALLER } from './auth.ts';
import { scopeChallenge, tokenChallenge } from './challenge.ts';
import type { HttpEnv } from './env.ts';
import { refuse } from './errors.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import type { ProtectedResource } from './protected-resource.ts';
import { sessionCookie, takeCookie } from './session/cookie.ts';
import type { FoundSession, Sessions } from './session/sessions.ts';
import { hasUrlToken } from './url-token.ts';

export interface Gate {
  /** Absent (loopback only): everyone without a session is LOOPBACK_CALLER. */
  authenticator?: Authenticator | undefined;
  attempts: FailedAttempts;
  /** Absent: browsers cannot log in. */
  sessions?: Sessions | undefined;
  /** Wrong cookies are counted apart, so that a browser that was logged out can log in at once. */
  cookieAttempts: FailedAttempts;
  /** Where no session counts: MCP clients have tokens. */
  mcpPath: string;
  /** Where the request comes from. */
  addressOf: (context: Context<HttpEnv>) => string;
  /** Present: clients are told which identity provider to go to. */
  resource?: ProtectedResource | undefined;
  /** How many wrong tokens of an address are written down, one by one, in a minute. */
  failuresPerMinute: () => number;
  /** Told how each request fared: the metrics. */
  onAttempt: (result: AuthResult) => void;
  /** Told about requests that were refused for their token, but for those of a flood: the log and the audit. */
  onRefused: (refused: Refused) => void;
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
  | 'insufficient_scope'
  | 'session_over'
  | 'cross_site';

export interface Refused {
  address: string;
  reason: string;
  /** Known where only a scope was missing. */
  caller?: string;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
/** Streams come back by themselves: no sign of a person. */
const NO_USE: ReadonlySet<string> = new Set(['/events']);
export const CSRF_HEADER = 'X-Portolan-CSRF';

/** Finds the caller, or 401; 429 for a wrong token that comes again and again. */
export function authenticate(gate: Gate): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    context.set('scopeChallenge', () => undefined);
    if (hasUrlToken((name) => context.req.query(name))) {
      refused(gate, context, 'token_in_url', 'token in the URL');
      return unauthorized(context, gate, 'invalid_request', 'A token in the URL is not accepted.');
    }
    const header = context.req.header('authorization');
    const cookie = header === undefined ? sessionCookie(context) : undefined;
    if (gate.sessions && cookie !== undefined && context.req.path !== gate.mcpPath) {
      const entered = await bySession(gate, gate.sessions, context, cookie);
      if (entered === 'entered') return next();
      if (entered !== 'over') return entered;
      takeCookie(context);
      if (gate.authenticator) {
        gate.onAttempt('session_over');
        return unauthorized(context, gate, undefined, 'This log-in is over.', 'Log in again.');
      }
    }
    if (!gate.authenticator) {
      gate.onAttempt('open');
      context.set('caller', LOOPBACK_CALLER);
      return next();
    }
    const token = bearerToken(header);
    if (!token) {
      // How every client finds out what it needs: no reason for a line in the audit.
      gate.onAttempt('no_token');
      return unauthorized(context, gate, undefined, 'This server needs a token.');
    }
    const caller = await callerOfToken(gate, gate.authenticator, context, token);
    if (caller instanceof Response) return caller;
    enter(gate, context, caller);
    return next();
  };
}

/** Whose a token is, or the refusal: the one way to present a token, in a header or at a log-in. */
export async function callerOfToken(
  gate: Gate,
  authenticator: Authenticator,
  context: Context<HttpEnv>,
  token: string,
): Promise<Caller | Response> {
  const blocked = await admitted(gate, context, token);
  if (blocked) return blocked;
  const caller = await judged(gate, authenticator, context, token);
  if (caller instanceof Response) return caller;
  if (!caller) {
    await countWrong(gate, context, token);
    return unauthorized(context, gate, 'invalid_token', 'The token is not valid.');
  }
  gate.attempts.succeeded(token);
  return caller;
}

/** Lets a token or code be looked at, perhaps after a pause. @returns the refusal when it was wrong too often. */
export async function admitted(
  gate: Gate,
  context: Context<HttpEnv>,
  given: string,
): Promise<Response | undefined> {
  const seconds = await gate.attempts.admit(given, gate.addressOf(context));
  return seconds === undefined ? undefined : tooMany(context, gate, seconds);
}

/** Counts a token or code that was wrong, and has it written down unless there are too many. */
export async function countWrong(
  gate: Gate,
  context: Context<HttpEnv>,
  wrong: string,
  what = 'token',
): Promise<void> {
  const count = await gate.attempts.failed(wrong, gate.addressOf(context));
  const most = gate.failuresPerMinute();
  if (count === undefined || count > most) gate.onAttempt('wrong_token');
  else {
    const reason = count === most ? `wrong ${what}s, more are not written down` : `wrong ${what}`;
    refused(gate, context, 'wrong_token', reason);
  }
}

async function bySession(
  gate: Gate,
  sessions: Sessions,
  context: Context<HttpEnv>,
  cookie: string,
): Promise<'entered' | 'over' | Response> {
  const address = gate.addressOf(context);
  const blocked = await gate.cookieAttempts.admit(cookie, address);
  if (blocked !== undefined) return tooMany(context, gate, blocked);
  const session = await sessions.find(cookie, !NO_USE.has(context.req.path));
  if (!session) {
    await gate.cookieAttempts.failed(cookie, address);
    return 'over';
  }
  gate.cookieAttempts.succeeded(cookie);
  const caller = await callerOfSession(gate, context, session);
  if (caller instanceof Response) return caller;
  if (!caller) {
    await sessions.close(session.hash);
    return 'over';
  }
  const doubt = crossSite(context, session);
  if (doubt !== undefined) {
    refused(gate, context, 'cross_site', doubt, caller.name);
    return refuse(
      context,
      403,
      new PortolanError(
        'forbidden',
        `A logged-in browser sent this without what only our own page knows (${doubt}).`,
        `Send the header ${CSRF_HEADER} with the \`csrf\` of GET /session, from this server's own page; programs use a token.`,
      ),
    );
  }
  const { hash, csrf, expiresInSeconds, secret } = session;
  context.set('session', { how: secret.how, csrf, expiresInSeconds, end: () => sessions.close(hash) });
  enter(gate, context, caller);
  return 'entered';
}

/** Undefined when the token that it was opened with is not valid any more. */
async function callerOfSession(
  gate: Gate,
  context: Context<HttpEnv>,
  { secret }: FoundSession,
): Promise<Caller | undefined | Response> {
  if (secret.how === 'link') return LOCAL_CALLER;
  return gate.authenticator && (await judged(gate, gate.authenticator, context, secret.token));
}

async function judged(
  gate: Gate,
  authenticator: Authenticator,
  context: Context<HttpEnv>,
  token: string,
): Promise<Caller | undefined | Response> {
  try {
    return await authenticator.authenticate(token);
  } catch (error) {
    if (!(error instanceof PortolanError)) throw error;
    gate.onAttempt('provider_unreachable');
    return refuse(context, 503, error);
  }
}

/** Why a request with a cookie may come from somebody else's page. */
function crossSite(context: Context<HttpEnv>, { csrf }: FoundSession): string | undefined {
  // Other ports of this machine are the same site, and share cookies (RFC 6265, section 8.5), but not the same origin.
  const from = context.req.header('sec-fetch-site');
  if (from !== undefined && from !== 'same-origin' && from !== 'none') return `Sec-Fetch-Site ${from}`;
  if (SAFE_METHODS.has(context.req.method)) return undefined;
  const given = Buffer.from(context.req.header(CSRF_HEADER) ?? '');
  const wanted = Buffer.from(csrf);
  const equal = given.length === wanted.length && timingSafeEqual(given, wanted);
  return equal ? undefined : `${given.length === 0 ? 'no' : 'wrong'} ${CSRF_HEADER}`;
}

function enter(gate: Gate, context: Context<HttpEnv>, caller: Caller): void {
  gate.onAttempt('accepted');
  context.set('caller', caller);
  context.set('scopeChallenge', (needed) => {
    refused(gate, context, 'insufficient_scope', `needs the scope ${needed}`, caller.name);
    return scopeChallenge(context, gate.resource, caller, needed);
  });
}

function refused(
  gate: Gate,
  context: Context<HttpEnv>,
  result: AuthResult,
  reason: string,
  caller?: string,
): void {
  gate.onAttempt(result);
  gate.onRefused({ address: gate.addressOf(context), reason, ...(caller === undefined ? {} : { caller }) });
}

export function unauthorized(
  context: Context<HttpEnv>,
  { resource }: Pick<Gate, 'resource'>,
  error: 'invalid_request' | 'invalid_token' | undefined,
  message: string,
  next = 'Send it as the header `Authorization: Bearer TOKEN`; the operator makes one with `portolan token create NAME`.',
): Response {
  context.header('WWW-Authenticate', tokenChallenge(context, resource, error));
  return refuse(context, 401, new PortolanError('unauthorized', message, next));
}

function tooMany(context: Context<HttpEnv>, { onAttempt }: Gate, seconds: number): Response {
  onAttempt('too_many');
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
