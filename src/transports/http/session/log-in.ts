/** `POST /session`: a browser gives a token, or the code of a one-time link, and gets a cookie. Who has one says `GET /session`. */
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { type Caller, LOCAL_CALLER, SCOPES } from '../../../core/caller.ts';
import { PortolanError } from '../../../core/errors.ts';
import { admitted, callerOfToken, countWrong, type Gate, unauthorized } from '../authenticate.ts';
import { jsonBody } from '../body.ts';
import type { HttpEnv } from '../env.ts';
import { refuse } from '../errors.ts';
import { isLoopback } from '../gate.ts';
import { giveCookie, sessionCookie } from './cookie.ts';
import type { Secret, Sessions } from './sessions.ts';

const Given = z.union([
  z.strictObject({ token: z.string().min(1).max(8192) }),
  /** Of a one-time link. */
  z.strictObject({ code: z.string().min(1).max(128) }),
]);
const MOST_BYTES = 16_384;

interface Proven {
  caller: Caller;
  secret: Secret;
}

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
    if (!given.success) {
      const message = 'A log-in is `{"token": "…"}`, or `{"code": "…"}` of a link of `portolan open`.';
      return invalid(context, message, 'Send one of them and nothing else.');
    }
    const proven =
      'code' in given.data
        ? await byCode(context, given.data.code)
        : await byToken(context, given.data.token);
    if (proven instanceof Response) return proven;
    const { caller, secret } = proven;
    gate.onAttempt('accepted');
    await endOther(context);
    const { cookie, session } = await sessions.open(caller.id, secret);
    gate.cookieAttempts.succeeded(cookie);
    giveCookie(context, cookie);
    context.set('caller', caller);
    const { how } = secret;
    onOpened({ caller: caller.name, how, address: gate.addressOf(context) });
    return context.json(whoIs(caller, { ...session, how }, version));
  });

  async function byToken(context: Context<HttpEnv>, token: string): Promise<Proven | Response> {
    if (!gate.authenticator) {
      const message = 'This server has no tokens: whoever is on this machine is let in without one.';
      return invalid(
        context,
        message,
        'Go on without a log-in; `portolan open` logs in who may do everything.',
      );
    }
    const caller = await callerOfToken(gate, gate.authenticator, context, token);
    return caller instanceof Response ? caller : { caller, secret: { how: 'token', token } };
  }

  async function byCode(context: Context<HttpEnv>, code: string): Promise<Proven | Response> {
    const blocked = await admitted(gate, context, code);
    if (blocked) return blocked;
    if (await sessions.takeCode(code)) return { caller: LOCAL_CALLER, secret: { how: 'link' } };
    await countWrong(gate, context, code, 'code');
    const message = 'This link was used already, or is older than a minute.';
    return unauthorized(context, gate, undefined, message, 'Make another one: portolan open');
  }

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
