/** Who is logged in, and logging out. Logging in is before the gate: http/session/log-in.ts. */
import type { Hono } from 'hono';
import { OPERATIONS } from '../../tools/call/operations.ts';
import { LOOPBACK_CALLER } from '../http/auth.ts';
import type { HttpEnv } from '../http/env.ts';
import { takeCookie } from '../http/session/cookie.ts';
import { whoIs } from '../http/session/log-in.ts';
import { door } from './door.ts';
import type { RestDependencies } from './sources.ts';

export function mountSession(app: Hono<HttpEnv>, deps: RestDependencies): void {
  app.get('/session', door(deps, OPERATIONS.readSession), (context) => {
    const [caller, session] = [context.get('caller'), context.get('session')];
    const how = caller === LOOPBACK_CALLER ? 'local' : 'token';
    const who = whoIs(caller, session ?? { how }, deps.version);
    // Only who may plan a scan is told from where.
    const scanners = caller.scopes.has('scan:read') ? deps.scanners?.() : undefined;
    return context.json(scanners?.length ? { ...who, scanners } : who);
  });
  app.delete('/session', door(deps, OPERATIONS.endSession), async (context) => {
    const session = context.get('session');
    if (session) {
      await session.end();
      takeCookie(context);
      deps.onLoggedOut?.({ caller: context.get('caller').name, how: session.how });
    }
    return context.body(null, 204);
  });
}
