/** Run folders that a crash left between the end of a scan in the database and their removal. */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FINAL_STATES } from '../core/task.ts';
import type { Store } from '../store/open.ts';

/**
 * Removes the folders of tasks that have ended: what they hold is stored, for a task ends after that. Those of tasks that
 * are not in this database may be of another one beside it.
 * @returns how many tasks had some.
 */
export async function removeLeftovers(store: Store, runsFolder: string): Promise<number> {
  let removed = 0;
  for (const id of await namesIn(runsFolder)) {
    const task = await store.tasks.get(id);
    if (!task || !FINAL_STATES.has(task.state)) continue;
    // One by one, and no later one: somebody may resume the task at this very moment.
    for (const attempt of await namesIn(join(runsFolder, id)))
      if (Number(attempt) <= task.attempts)
        await rm(join(runsFolder, id, attempt), { recursive: true, force: true });
    await rmdir(join(runsFolder, id)).catch(() => {});
    removed += 1;
  }
  return removed;
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
