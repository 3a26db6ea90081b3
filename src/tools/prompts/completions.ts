/** What a person may be about to type: task ids of their own, newest first. */
import type { Caller } from '../../core/caller.ts';
import type { Services } from '../call/services.ts';

/** A completion answer carries at most 100 values (MCP, completion/complete). */
const MOST = 100;

/** Ids of the caller's tasks that start with what has been typed. */
export async function completeTaskId(typed: string, caller: Caller, services: Services): Promise<string[]> {
  const tasks = await services.scans.list(caller, { limit: MOST });
  return tasks.map((task) => task.id).filter((id) => id.startsWith(typed));
}
