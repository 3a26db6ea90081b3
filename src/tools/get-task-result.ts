import { z } from 'zod';
import { defineTool } from './define-tool.ts';
import { answerRunning, answerWithResult } from './scan-answer.ts';
import { TaskId } from './scan-input.ts';
import { ScanAnswer } from './scan-output.ts';

export const getTaskResult = defineTool({
  name: 'get_task_result',
  title: 'What a scan found',
  description:
    'The result of a scan task, page by page: whole when it has ended, so far while it runs (partial: true). Pass ' +
    'next_cursor as cursor for the page that follows. detail "full" gives script output whole, in shorter pages.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'tasks',
  scope: 'scan:read',
  input: z.strictObject({
    task_id: TaskId,
    cursor: z
      .string()
      .max(64)
      .optional()
      .describe('next_cursor of the page before; leave out for the first.'),
    detail: z
      .enum(['summary', 'full'])
      .optional()
      .describe('summary (default) cuts long script output; full has all that nmap said.'),
  }),
  output: ScanAnswer,
  async handle({ task_id, cursor, detail }, context) {
    const task = await context.services.scans.get(task_id, context.caller);
    if (task.state === 'pending' && task.hostsDone === 0) return answerRunning(task);
    return await answerWithResult(task, context, { cursor, detail });
  },
});
