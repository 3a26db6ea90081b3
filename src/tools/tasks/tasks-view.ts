/**
 * Scans as tasks that a client follows by itself (the MCP extension io.modelcontextprotocol/tasks): the same rows as
 * get_task_status and get_task_result show, in the few words such a protocol needs.
 */
import type { Caller } from '../../core/caller.ts';
import type { TaskState } from '../../core/task.ts';
import type { ToolOutcome } from '../call/call-tool.ts';

export interface TaskSnapshot {
  id: string;
  state: TaskState;
  /** One line: how far it is, or how it ended. */
  message: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  updatedAt: number;
  /** How often to ask again, milliseconds. */
  pollMs: number;
  /** Milliseconds after `createdAt` at which the row may be pruned; absent when it is kept until someone prunes. */
  ttlMs?: number;
  /**
   * What the tool call would have answered: present when the task has ended. A failed scan that kept results ends in
   * an outcome too, so nothing found is lost to a client that only speaks tasks.
   */
  outcome?: ToolOutcome;
  /** Yes-or-no questions that the task waits for, by a key of its own. */
  questions?: Readonly<Record<string, string>>;
}

export interface TasksView {
  /** Throws PortolanError `task_not_found`, for tasks of other callers too. */
  get(id: string, caller: Caller): Promise<TaskSnapshot> | TaskSnapshot;
  /** Asks the task to stop; a task that has already ended stays as it is. Throws as `get`. */
  cancel(id: string, caller: Caller): Promise<void>;
  /** Answers some of the task's questions; absent when no task ever asks. */
  answer?(
    id: string,
    caller: Caller,
    answers: Readonly<Record<string, 'accepted' | 'declined'>>,
  ): Promise<void>;
}
