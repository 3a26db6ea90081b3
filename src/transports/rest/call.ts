/** One tool call over REST: the same tools/call/call-tool as for MCP, and the same answer. */
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { callTool, type ToolOutcome } from '../../tools/call/call-tool.ts';
import { missingScope } from '../../tools/call/missing-scope.ts';
import type { HttpEnv } from '../http/env.ts';
import type { RestDependencies } from './sources.ts';
import { STATUS } from './status.ts';

type RestContext = Context<HttpEnv>;

/**
 * Calls a tool for whoever sent the request. The body of the answer is the tool's structured answer, or its text where
 * the client prefers text/plain; of a failure it is `{ error }`, or what the tool's own contract has.
 * @param options.detach answer with the task at once instead of waiting for it.
 */
export async function answerWith(
  deps: RestDependencies,
  context: RestContext,
  name: string,
  args: unknown,
  options: { detach?: boolean; taskPath?: boolean } = {},
): Promise<Response> {
  const caller = context.get('caller');
  const { tools, services, scanners = () => [] } = deps;
  const offered = { tools, services, scanners: scanners() };
  const outcome = await callTool(deps, name, args, {
    caller,
    services,
    // A client that hangs up ends the waiting only; its scan goes on as a task.
    signal: context.req.raw.signal,
    report: () => {},
    confirm: async () => 'unsupported',
    detach: options.detach ?? false,
  });
  // Others cannot get another token by themselves, and the call itself is in the audit.
  const refused = caller.issuer !== undefined && !outcome.ok && outcome.error.code === 'forbidden';
  const needed = refused ? await missingScope(offered, name, args, caller) : undefined;
  if (needed !== undefined) {
    const challenge = context.get('scopeChallenge')(needed);
    if (challenge !== undefined) context.header('WWW-Authenticate', challenge);
  }
  return respond(context, outcome, options.taskPath ?? false);
}

/** @param taskPath a scan that goes on is answered with 202 and where it is (RFC 9110, section 15.3.3). */
function respond(context: RestContext, outcome: ToolOutcome, taskPath: boolean): Response {
  const asText =
    accepts(context, {
      header: 'Accept',
      supports: ['application/json', 'text/plain'],
      default: 'application/json',
    }) === 'text/plain';
  const goesOn = outcome.ok && taskPath ? outcome.runningTask : undefined;
  if (goesOn) context.header('Location', `/tasks/${goesOn.id}`);
  if (!outcome.ok && outcome.error.retry_after_seconds !== undefined) {
    context.header('Retry-After', String(outcome.error.retry_after_seconds));
  }
  const status = outcome.ok ? (goesOn ? 202 : 200) : STATUS[outcome.error.code];
  return asText ? context.text(outcome.text, status) : context.json(outcome.structured, status);
}
