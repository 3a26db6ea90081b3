/** `portolan tasks`: the scans there are, as a table. */
import { z } from 'zod';
import { TaskStatus } from '../tools/tasks/get-task-status.ts';
import { EXIT, exitFor } from './exit-codes.ts';
import { openSession, type SessionOptions } from './open-session.ts';
import type { Watch } from './session.ts';
import { note, print, table } from './terminal.ts';

const Page = z.looseObject({ tasks: z.array(TaskStatus), next_cursor: z.string().optional() });
const QUIET: Watch = { signal: new AbortController().signal, progress: () => {} };

/** @param options.all every page instead of the first, which holds the newest. */
export async function tasks(
  options: SessionOptions & { state?: string; all?: boolean; json?: boolean },
): Promise<number> {
  const session = await openSession(options);
  try {
    const found: TaskStatus[] = [];
    let cursor: string | undefined;
    do {
      const args = {
        ...(options.state === undefined ? {} : { state: options.state }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const answer = await session.call('list_tasks', args, QUIET);
      if (!answer.ok) {
        note(answer.text);
        return exitFor(answer.code);
      }
      const page = Page.parse(answer.structured);
      found.push(...page.tasks);
      cursor = page.next_cursor;
    } while (options.all && cursor !== undefined);
    if (options.json) {
      print(JSON.stringify({ tasks: found, ...(cursor ? { next_cursor: cursor } : {}) }, null, 2));
    } else {
      print(found.length === 0 ? 'No scans.' : await inWords(found));
      if (cursor !== undefined) note('There are more: portolan tasks --all');
    }
    return EXIT.ok;
  } finally {
    await session.close();
  }
}

/** `11-29 01:33`, with the year where it is another one: the targets need the room. */
function shortTime(iso: string): string {
  const thisYear = new Date().toISOString().slice(0, 5);
  return iso.slice(iso.startsWith(thisYear) ? 5 : 0, 16).replace('T', ' ');
}

async function inWords(found: readonly TaskStatus[]): Promise<string> {
  return await table(
    ['task', 'state', 'started UTC', 'up', 'open', 'tool', 'target'],
    found.map((task) => [
      task.task_id,
      task.status,
      shortTime(task.created_at),
      String(task.hosts_up),
      String(task.open_ports),
      task.tool,
      task.target.length <= 60 ? task.target : `${task.target.slice(0, 59)}…`,
    ]),
  );
}
