import { z } from 'zod';
import { PortolanError } from '../../core/errors.ts';
import { TaskState } from '../../core/task.ts';
import { defineTool } from '../call/define-tool.ts';
import { Since } from '../results/filter-inputs.ts';
import { plural } from '../results/numbers.ts';
import { TaskStatus, taskStatus } from './get-task-status.ts';

const PAGE = 20;

export const listTasks = defineTool({
  name: 'list_tasks',
  title: 'Scans there are',
  description:
    'The scans that were run here, newest first, optionally only those in one state; 20 a page. Scans seen in a packet ' +
    'capture are told by scan_overview.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'tasks',
  scope: 'scan:read',
  input: z.strictObject({
    state: TaskState.optional().describe('Only tasks in this state.'),
    since: Since.optional().describe(
      'Only those asked for at or after this moment, such as 2026-01-31T09:30:00Z.',
    ),
    cursor: z
      .string()
      .max(64)
      .optional()
      .describe('next_cursor of the page before; leave out for the first.'),
  }),
  output: z.strictObject({ tasks: z.array(TaskStatus), next_cursor: z.string().optional() }),
  async handle({ state, since, cursor }, { services, caller }) {
    const before = cursor === undefined ? undefined : parseCursor(cursor);
    const found = await services.scans.list(caller, {
      limit: PAGE + 1,
      ...(state ? { state } : {}),
      ...(since === undefined ? {} : { since: Date.parse(since) }),
      ...(before ? { before } : {}),
    });
    const page = found.slice(0, PAGE);
    const last = page.at(-1);
    const next = found.length > PAGE && last ? `${last.createdAt}.${last.id}` : undefined;
    const tasks = page.map(taskStatus);
    return {
      structured: { tasks, ...(next ? { next_cursor: next } : {}) },
      text: [
        tasks.length === 0 ? 'No tasks.' : '',
        ...tasks.map(lineOf),
        next ? `More: list_tasks(cursor="${next}").` : '',
      ]
        .filter((line) => line !== '')
        .join('\n'),
    };
  },
});

function lineOf(task: TaskStatus): string {
  const target = task.target.length <= 60 ? task.target : `${task.target.slice(0, 57)}...`;
  return `${task.task_id}  ${task.status}  ${task.tool} ${target}  ${task.created_at}  ${task.hosts_up} up, ${plural(task.open_ports, 'open port')}${task.recheck_of === undefined ? '' : `, asks once more for task ${task.recheck_of}`}`;
}

function parseCursor(cursor: string): { createdAt: number; id: string } {
  const match = /^(\d{1,15})\.([0-9a-z]{1,40})$/.exec(cursor);
  if (match?.[1] && match[2]) return { createdAt: Number(match[1]), id: match[2] };
  throw new PortolanError(
    'invalid_argument',
    'cursor: this is not a cursor that list_tasks gave.',
    'Leave cursor out for the first page, then pass the next_cursor of the page before.',
  );
}
