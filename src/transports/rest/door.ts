/** One route that calls no tool, behind the gate that the tools have (tools/admit.ts). */
import type { Context, MiddlewareHandler } from 'hono';
import { PortolanError } from '../../core/errors.ts';
import { enter } from '../../tools/call/admit.ts';
import { toErrorValue } from '../../tools/call/call-tool.ts';
import type { Operation } from '../../tools/call/operations.ts';
import type { HttpEnv } from '../http/env.ts';
import { refuse } from '../http/errors.ts';
import type { RestDependencies } from './sources.ts';
import { STATUS } from './status.ts';

/** Lets a request in or answers with the refusal. It holds its place until the last byte is sent: a stream
 * lasts. @param more what else is asked for, for the audit: no secrets. */
export function door(
  deps: Pick<RestDependencies, 'gates' | 'observers' | 'onDefect'>,
  operation: Operation,
  more: (context: Context<HttpEnv>) => Record<string, unknown> = () => ({}),
): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const caller = context.get('caller');
    const asked = { path: context.req.path, ...more(context) };
    const entered = await enter(deps, operation, caller, asked).catch((error: unknown) => {
      const value = toErrorValue(error, (defect) => deps.onDefect(operation.name, defect));
      return new PortolanError(value.code, value.message, value.next, {
        limit: value.limit,
        retryAfterSeconds: value.retry_after_seconds,
      });
    });
    if (entered instanceof PortolanError) {
      const needed = operation.scope;
      if (entered.code === 'forbidden' && needed !== undefined && !caller.scopes.has(needed)) {
        const challenge = context.get('scopeChallenge')(needed);
        if (challenge !== undefined) context.header('WWW-Authenticate', challenge);
      }
      return refuse(context, STATUS[entered.code], entered);
    }
    const { outgoing } = context.env;
    outgoing.once('close', () => entered.end(context.get('refusal')));
    if (outgoing.closed) entered.end();
    return await next();
  };
}
