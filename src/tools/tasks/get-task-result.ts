import { z } from 'zod';
import { FINAL_STATES } from '../../core/task.ts';
import { defineTool, type ToolAnswer, type ToolContext } from '../call/define-tool.ts';
import { changeLine } from '../inventory/change-line.ts';
import { answerRunning, answerWithResult } from '../results/answer.ts';
import { filterInputs } from '../results/filter-inputs.ts';
import { plural } from '../results/numbers.ts';
import { ScanAnswer } from '../results/output.ts';
import { TaskId } from '../scan/input.ts';

export const getTaskResult = defineTool({
  name: 'get_task_result',
  title: 'What a scan found',
  description:
    'The result of a scan that was run here (not of a packet capture), page by page: whole when it has ended, so far ' +
    'while it runs (partial: true). Hosts with open ports come first. Choose with host, port, open_only and since ' +
    'instead of reading all pages; pass next_cursor as cursor, with the same filters, for the page that follows.',
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
    ...filterInputs,
    detail: z
      .enum(['summary', 'full'])
      .optional()
      .describe(
        'summary (default) cuts long script output and tells hosts without open ports together; full lists each, with all that nmap said.',
      ),
  }),
  output: ScanAnswer,
  async handle({ task_id, ...wanted }, context) {
    const task = await context.services.scans.get(task_id, context.caller);
    if (task.state === 'pending' && task.hostsDone === 0) return answerRunning(task);
    const answer = await answerWithResult(task, context, wanted);
    return wanted.cursor === undefined && FINAL_STATES.has(task.state)
      ? await withChanges(answer, task.id, context)
      : answer;
  },
});

/** Changes that are told with the result; what_changed tells the others. */
const MOST_CHANGES = 10;

/** The answer with what the inventory says of the scan. */
export async function withChanges(
  answer: ToolAnswer<ScanAnswer>,
  task: string,
  { services, caller }: Pick<ToolContext, 'services' | 'caller'>,
): Promise<ToolAnswer<ScanAnswer>> {
  if (!caller.scopes.has('inventory:read')) return answer;
  const known = await services.inventory.changesOfTask(task, MOST_CHANGES);
  if (!known) return answer;
  const { total, changes } = known;
  const lines = [
    total === 0 ? 'Nothing changed since the look before.' : `${plural(total, 'change')} with this scan:`,
    ...changes.map(changeLine),
    ...(total > changes.length ? ['what_changed tells the others.'] : []),
  ];
  return {
    ...answer,
    structured: { ...answer.structured, changes: changes.map(changeLine), changes_total: total },
    text: `${answer.text}\n${lines.join('\n')}`,
  };
}
