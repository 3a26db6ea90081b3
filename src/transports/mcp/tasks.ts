/**
 * The extension io.modelcontextprotocol/tasks (SEP-2663): a client that declares it gets a task for a scan at once and
 * follows it with tasks/get. The same rows as get_task_status and get_task_result show.
 */
import {
  type CallToolResult,
  type ClientCapabilities,
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Caller } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import { describeError } from '../../tools/call-tool.ts';
import type { TaskSnapshot, TasksView } from '../../tools/tasks-view.ts';
import { toCallToolResult } from './call.ts';

const EXTENSION = 'io.modelcontextprotocol/tasks';

export const TASKS_CAPABILITY = { extensions: { [EXTENSION]: {} } };

/** Declared per request: a client that does not declare it must never be handed a task. */
export function followsTasks(capabilities: ClientCapabilities | undefined): boolean {
  return capabilities?.extensions?.[EXTENSION] !== undefined;
}

const TaskParams = z.looseObject({ taskId: z.string() });

/** Answers tasks/get, tasks/cancel and tasks/update. Our tasks ask nothing while they run, so an update has no effect. */
export function addTasks(mcp: McpServer, tasks: TasksView, caller: Caller): void {
  mcp.server.setRequestHandler('tasks/get', { params: TaskParams }, async ({ taskId }) =>
    toDetailedTask(await found(tasks, taskId, caller)),
  );
  mcp.server.setRequestHandler('tasks/cancel', { params: TaskParams }, async ({ taskId }) => {
    await found(tasks, taskId, caller);
    await tasks.cancel(taskId, caller);
    return {};
  });
  mcp.server.setRequestHandler('tasks/update', { params: TaskParams }, async ({ taskId }) => {
    await found(tasks, taskId, caller);
    return {};
  });
}

async function found(tasks: TasksView, id: string, caller: Caller): Promise<TaskSnapshot> {
  try {
    return await tasks.get(id, caller);
  } catch (error) {
    if (!(error instanceof PortolanError)) throw error;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, describeError(error.toValue()), error.toValue());
  }
}

/** The answer to tools/call that hands out a task. The type is the SDK's for tools/call, which is open. */
export function toCreateTaskResult(task: TaskSnapshot): CallToolResult {
  return { content: [], resultType: 'task', ...base(task), status: statusOf(task) };
}

function toDetailedTask(task: TaskSnapshot): Record<string, unknown> {
  const status = statusOf(task);
  if (status !== 'completed' || !task.outcome) return { ...base(task), status };
  return {
    ...base(task),
    status,
    result: { resultType: 'complete', ...toCallToolResult(task.outcome) },
  };
}

/**
 * `failed` means a JSON-RPC error in this extension and carries no results, so a scan that failed is a completed call
 * whose result says isError (as the specification has it for tools) and still holds what was found.
 */
function statusOf(task: TaskSnapshot): 'working' | 'completed' | 'cancelled' {
  if (task.state === 'cancelled') return 'cancelled';
  return task.outcome ? 'completed' : 'working';
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
