/** One tools/call request: from the wire to tools/call/call-tool and back. */

import { randomUUID } from 'node:crypto';
import {
  type CallToolRequest,
  type ClientCapabilities,
  type InputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Caller } from '../../core/caller.ts';
import { cleanField } from '../../core/clean.ts';
import { currentOrigin, type Origin, traceOf, within } from '../../core/origin.ts';
import { type CallToolDependencies, callTool, type ToolOutcome } from '../../tools/call/call-tool.ts';
import { AwaitingAnswer, type ToolContext } from '../../tools/call/define-tool.ts';
import type { Services } from '../../tools/call/services.ts';
import { questionsOf } from './confirm.ts';

export interface CallDependencies extends CallToolDependencies {
  services: Services;
}

export interface CallRequest {
  params: CallToolRequest['params'];
  context: ServerContext;
  caller: Caller;
  capabilities: ClientCapabilities | undefined;
  codec: RequestStateCodec<unknown>;
  /** The client follows tasks by itself. */
  detach: boolean;
}

/**
 * Calls the tool. A client's cancellation aborts the handler's signal, which ends the waiting only: a scan that was
 * started goes on as a task (get_task_status, cancel_task). An unknown tool is a protocol error, as the
 * specification wants; everything else that goes wrong is an outcome.
 */
export async function callFromWire(
  deps: CallDependencies,
  request: CallRequest,
): Promise<ToolOutcome | InputRequiredResult> {
  const { params, context, caller, capabilities, codec, detach } = request;
  if (!deps.tools.has(params.name)) {
    const next = `Use one of: ${[...deps.tools.keys()].join(', ')}.`;
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `tool_not_found: There is no tool "${cleanField(params.name, 80)}". Next: ${next}`,
      { code: 'tool_not_found', next, correlation_id: currentOrigin()?.id ?? randomUUID() },
    );
  }
  const questions = questionsOf(params, context, capabilities, codec);
  const progress = progressReporter(context);
  const toolContext: ToolContext = {
    caller,
    services: deps.services,
    signal: context.mcpReq.signal,
    report: progress.report,
    confirm: questions.confirm,
    detach,
  };
  try {
    const outcome = await within(originOf(context), () =>
      callTool(deps, params.name, params.arguments, toolContext),
    );
    await progress.sent();
    return outcome;
  } catch (error) {
    if (error instanceof AwaitingAnswer) return questions.ask(error);
    throw error;
  }
}

/** That of the HTTP request, if there is one, in the trace that the message itself names (SEP-414) or the request. */
function originOf({ mcpReq: { _meta: meta } }: ServerContext): Origin {
  const origin = currentOrigin() ?? { id: randomUUID() };
  return Object.assign(origin, traceOf(meta?.['traceparent'], meta?.['tracestate']));
}

interface ProgressReporter {
  report: ToolContext['report'];
  /** Resolves when every note is on its way: what comes after the answer, the client does not hear. */
  sent(): Promise<void>;
}

/** Progress goes to a client that gave a token for it. It must grow from note to note, also while a scan says the same twice. */
function progressReporter(context: ServerContext): ProgressReporter {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return { report: () => {}, sent: async () => {} };
  let last = -1;
  let sending: Promise<unknown> = Promise.resolve();
  return {
    report({ progress, total, message }) {
      last = Math.max(progress, last + 0.001);
      const note = context.mcpReq.notify({
        method: 'notifications/progress',
        params: { progressToken, progress: last, total: Math.max(total, last), message },
      });
      // A client that is gone needs no progress; the call itself learns of it through its signal.
      sending = Promise.allSettled([sending, note]);
    },
    async sent() {
      await sending;
    },
  };
}
