/**
 * The extension io.modelcontextprotocol/tasks (SEP-2663): a client that declares it gets a task for a scan at once and
 * follows it with tasks/get. The same rows as get_task_status and get_task_result show. The experimental tasks of
 * 2025-11-25 (`task` in the request, tasks/result) are not offered: the SDK serves them no more, and the next revision
 * took them out; clients of that era use the tools.
 */
import {
  type CallToolResult,
  type ClientCapabilities,
  type McpServer,
  MissingRequiredClientCapabilityError,
  ProtocolErrorCode,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Caller } from '../../core/caller.ts';
import { admit } from '../../tools/call/admit.ts';
import type { CallToolDependencies } from '../../tools/call/call-tool.ts';
import { OPERATIONS, type Operation } from '../../tools/call/operations.ts';
import type { TaskSnapshot, TasksView } from '../../tools/tasks/tasks-view.ts';
import { clientCapabilities } from './client.ts';
import { readAnswer, yesNoForm } from './confirm.ts';
import { guarded } from './errors.ts';
import { toCallToolResult } from './result.ts';

const EXTENSION = 'io.modelcontextprotocol/tasks';

export const TASKS_CAPABILITY = { extensions: { [EXTENSION]: {} } };

/** Declared per request: a client that does not declare it must never be handed a task. */
export function followsTasks(capabilities: ClientCapabilities | undefined): boolean {
  return capabilities?.extensions?.[EXTENSION] !== undefined;
}

const TaskParams = z.looseObject({ taskId: z.string() });

/** Answers tasks/get, tasks/cancel and tasks/update, for requests that declare the extension. */
export function addTasks(
  mcp: McpServer,
  tasks: TasksView,
  caller: Caller,
  { deps, linksFor }: { deps: CallToolDependencies; linksFor: (context: ServerContext) => boolean },
): void {
  const serve = (
    method: string,
    operation: Operation,
    handle: (task: TaskSnapshot, context: ServerContext) => Promise<Record<string, unknown>>,
  ) =>
    mcp.server.setRequestHandler(method, { params: TaskParams }, async ({ taskId }, context) => {
      if (!followsTasks(clientCapabilities(mcp, context))) throw needsTasks();
      return await guarded(method, deps.onDefect, () =>
        admit(deps, operation, caller, { task_id: taskId }, async () =>
          handle(await tasks.get(taskId, caller), context),
        ),
      );
    });

  serve('tasks/get', OPERATIONS.getTask, async (task, context) => toDetailedTask(task, linksFor(context)));
  serve('tasks/cancel', OPERATIONS.cancelTask, async (task) => {
    await tasks.cancel(task.id, caller);
    return {};
  });
  serve('tasks/update', OPERATIONS.answerTask, async (task, context) => {
    const answers = Object.keys(task.questions ?? {}).flatMap((key) => {
      // The SDK takes `inputResponses` out of the params of every method.
      const answer = readAnswer(context.mcpReq.inputResponses, key);
      return answer ? [[key, answer] as const] : [];
    });
    if (answers.length > 0) await tasks.answer?.(task.id, caller, Object.fromEntries(answers));
    return {};
  });
}

/** The refusal of whatever needs a client that follows tasks. */
export function needsTasks(): MissingRequiredClientCapabilityError {
  return new MissingRequiredClientCapabilityError(
    { requiredCapabilities: TASKS_CAPABILITY },
    `This needs a client that declares the extension ${EXTENSION}. Without it, use get_task_status and cancel_task.`,
  );
}

/** The answer to tools/call that hands out a task. The type is the SDK's for tools/call, which is open. */
export function toCreateTaskResult(task: TaskSnapshot): CallToolResult {
  return { content: [], resultType: 'task', ...base(task), status: statusOf(task) };
}

function toDetailedTask(task: TaskSnapshot, links: boolean): Record<string, unknown> {
  const status = statusOf(task);
  const detailed = { ...base(task), status };
  if (status === 'completed' && task.outcome) {
    return { ...detailed, result: { resultType: 'complete', ...toCallToolResult(task.outcome, links) } };
  }
  if (status === 'failed') {
    return { ...detailed, error: { code: ProtocolErrorCode.InternalError, message: task.message } };
  }
  if (status === 'input_required') {
    const questions = Object.entries(task.questions ?? {});
    return {
      ...detailed,
      inputRequests: Object.fromEntries(questions.map(([key, text]) => [key, yesNoForm(text)])),
    };
  }
  return detailed;
}

type Status = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';

/**
 * `failed` means a JSON-RPC error in this extension and carries no results, so a scan that failed is a completed call
 * whose result says isError (as the specification has it for tools) and still holds what was found.
 */
function statusOf(task: TaskSnapshot): Status {
  if (task.state === 'cancelled') return 'cancelled';
  if (task.outcome) return 'completed';
  if (task.state === 'failed') return 'failed';
  return task.questions && Object.keys(task.questions).length > 0 ? 'input_required' : 'working';
}

function base(task: TaskSnapshot): Record<string, unknown> {
  return {
    taskId: task.id,
    statusMessage: task.message,
    createdAt: new Date(task.createdAt).toISOString(),
    lastUpdatedAt: new Date(task.updatedAt).toISOString(),
    ttlMs: task.ttlMs ?? null,
    pollIntervalMs: task.pollMs,
  };
}
