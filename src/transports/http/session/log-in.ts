/** `POST /session`: a browser gives a token and gets a cookie. Who has one says `GET /session`. */
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { type Caller, SCOPES } from '../../../core/caller.ts';
import { PortolanError } from '../../../core/errors.ts';
import { callerOfToken, type Gate } from '../authenticate.ts';
import { jsonBody } from '../body.ts';
import type { HttpEnv } from '../env.ts';
import { refuse } from '../errors.ts';
import { isLoopback } from '../gate.ts';
import { giveCookie, sessionCookie } from './cookie.ts';
import type { Secret, Sessions } from './sessions.ts';

const Given = z.strictObject({ token: z.string().min(1).max(8192) });
const MOST_BYTES = 16_384;

export interface LogIn {
  gate: Gate;
  sessions: Sessions;
  version: string;
  /** Told who logged in: the audit. */
  onOpened: (opened: { caller: string; how: Secret['how']; address: string }) => void;
}

/** Belongs before the check of tokens: whoever logs in has nothing to show yet. */
export function mountLogIn(app: Hono<HttpEnv>, { gate, sessions, version, onOpened }: LogIn): void {
  app.post('/session', async (context) => {
    const unsafe = unsafePage(context);
    if (unsafe) return unsafe;
    const body = await jsonBody(context, MOST_BYTES);
    if (body instanceof Response) return body;
    const given = Given.safeParse(body);
    if (!given.success)
      return invalid(context, 'A log-in is `{"token": "…"}`.', 'Send a token and nothing else.');
    if (!gate.authenticator) {
      const message = 'This server has no tokens: whoever is on this machine is let in without one.';
      return invalid(context, message, 'Go on without a log-in; `portolan token create NAME` makes a token.');
    }
    const { token } = given.data;
    const caller = await callerOfToken(gate, gate.authenticator, context, token);
    if (caller instanceof Response) return caller;
    gate.onAttempt('accepted');
    await endOther(context);
    const { cookie, session } = await sessions.open(caller.id, { how: 'token', token });
    gate.cookieAttempts.succeeded(cookie);
    giveCookie(context, cookie);
    context.set('caller', caller);
    const { how } = session.secret;
    onOpened({ caller: caller.name, how, address: gate.addressOf(context) });
    return context.json(whoIs(caller, { ...session, how }, version));
  });

  /** The session that this browser had before. */
  async function endOther(context: Context<HttpEnv>): Promise<void> {
    const cookie = sessionCookie(context);
    const other = cookie === undefined ? undefined : await sessions.find(cookie, false);
    if (other) await sessions.close(other.hash);
  }
}

/** What a page knows of whoever uses it. */
export function whoIs(
  caller: Caller,
  session: { how: Secret['how'] | 'local'; csrf?: string; expiresInSeconds?: number },
  version: string,
) {
  const { name, scopes, sites } = caller;
  const { how, csrf, expiresInSeconds } = session;
  return {
    name,
    scopes: SCOPES.filter((scope) => scopes.has(scope)),
    ...(sites === undefined ? {} : { sites }),
    how,
    ...(csrf === undefined ? {} : { csrf }),
    ...(expiresInSeconds === undefined ? {} : { expires_in_seconds: expiresInSeconds }),
    version,
  };
}

/** A page that browsers would not keep the cookie for, or that is not ours. */
function unsafePage(context: Context<HttpEnv>): Response | undefined {
  const from = context.req.header('sec-fetch-site');
  if (from !== undefined && from !== 'same-origin')
    return forbidden(context, 'Another page may not log in here.', 'Open the address of this server itself.');
  const origin = context.req.header('origin');
  if (!origin?.startsWith('http:') || isLoopback(new URL(origin).hostname)) return undefined;
  const next = 'Set server.tls or put a proxy with TLS before it; or come by an SSH tunnel, to 127.0.0.1.';
  return forbidden(
    context,
    'Browsers log in over TLS alone, for the token would cross the network in clear text.',
    next,
  );
}

const forbidden = (context: Context<HttpEnv>, message: string, next: string) =>
  refuse(context, 403, new PortolanError('forbidden', message, next));

const invalid = (context: Context<HttpEnv>, message: string, next: string) =>
  refuse(context, 400, new PortolanError('invalid_argument', message, next));
