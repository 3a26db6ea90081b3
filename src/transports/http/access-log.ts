/** Every request, told when it has been answered: the access log and the metrics. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { traceOf, within } from '../../core/origin.ts';
import type { HttpEnv } from './env.ts';

export interface Access {
  method: string;
  /** Without its query, where secrets may be. */
  path: string;
  /** The route that answered, of which there are few; `none` where there is none. */
  route: string;
  status: number;
  /** Until the last byte was sent, or the client was gone. */
  seconds: number;
  address: string;
  /** Absent where nobody was let in. */
  caller?: string;
  correlation: string;
  /** The client hung up before it had the whole answer. */
  aborted?: true;
}

export const CORRELATION_HEADER = 'X-Correlation-Id';

/** Characters of a path that are written down. */
const MOST_PATH = 256;

interface Facts {
  route: string;
  caller?: string;
}
const seen = new WeakMap<IncomingMessage, Facts>();

/** Serves a request under a correlation id of its own, within the trace it belongs to. */
export function observed(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  serve: () => void,
  {
    addressOf,
    onAccess,
  }: { addressOf: (incoming: IncomingMessage) => string; onAccess?: OnAccess | undefined },
): void {
  const id = randomUUID();
  const { headers, method = '', url = '' } = incoming;
  outgoing.setHeader(CORRELATION_HEADER, id);
  if (onAccess) {
    const startedAt = performance.now();
    const address = addressOf(incoming);
    outgoing.once('close', () => {
      const { route = 'none', caller } = seen.get(incoming) ?? {};
      onAccess({
        method,
        path: (url.split('?', 1)[0] ?? '').slice(0, MOST_PATH),
        route,
        status: outgoing.statusCode,
        seconds: Math.round(performance.now() - startedAt) / 1000,
        address,
        ...(caller === undefined ? {} : { caller }),
        correlation: id,
        ...(outgoing.writableFinished ? {} : { aborted: true }),
      });
    });
  }
  within({ id, ...traceOf(headers['traceparent'], headers['tracestate']) }, serve);
}

export type OnAccess = (access: Access) => void;

/** Notes which route answered whom. First of all middlewares. */
export function noteRoute(): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    await next();
    const route = matchedRoutes(context).findLast(({ path }) => !path.endsWith('*'));
    const caller: HttpEnv['Variables']['caller'] | undefined = context.get('caller');
    seen.set(context.env.incoming, {
      route: route?.path ?? 'none',
      ...(caller === undefined ? {} : { caller: caller.name }),
    });
  };
}
