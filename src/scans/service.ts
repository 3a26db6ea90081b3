/**
 * The scan service: what tools, the command line and the dashboard ask of scans. It authorises before anything is
 * stored, stores before anything runs, and never loses a row.
 */
import type { Caller } from '../core/caller.ts';
import type { ScanRequest } from '../core/request.ts';
import type { HostResult } from '../core/result.ts';
import type { Task, TaskState } from '../core/task.ts';

export interface HostPage {
  hosts: HostResult[];
  /** Hands back to get the next page; absent on the last one. */
  next?: string;
}

export interface ScanService {
  /** Authorises and stores a scan; it starts as soon as a slot is free. Throws PortolanError. */
  submit(request: ScanRequest, caller: Caller): Promise<Task>;
  /** Resolves when the task has ended, the time is over or the signal aborts, whichever is first. */
  wait(
    id: string,
    caller: Caller,
    options: { timeoutMs: number; signal: AbortSignal; onChange?: (task: Task) => void },
  ): Promise<Task>;
  get(id: string, caller: Caller): Task;
  hosts(id: string, caller: Caller, page: { cursor?: string; limit: number; all?: boolean }): HostPage;
  list(
    caller: Caller,
    page: { state?: TaskState; cursor?: string; limit: number },
  ): { tasks: Task[]; next?: string };
  cancel(id: string, caller: Caller): Promise<Task>;
}
