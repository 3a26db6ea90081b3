/** Which methods an address takes, for whoever came with another one (RFC 9110, section 15.5.6). */
import type { Hono } from 'hono';
import type { HttpEnv } from './env.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Empty when there is nothing at that path. What stands before every route is for all methods, and does not count. */
export function methodsAt(app: Hono<HttpEnv>, path: string): string[] {
  const taken = METHODS.filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method),
  );
  // Hono answers HEAD wherever it answers GET.
  return taken.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}
