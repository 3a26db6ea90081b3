/** A scan's result at once, for who has room for all of it: each page of get_task_result may read all of it anew. */
import type { Task } from '../../core/task.ts';
import type { ToolContext } from '../call/define-tool.ts';
import { compose } from '../results/compose.ts';
import { Digest } from '../results/digest.ts';
import { factsOf } from '../results/facts.ts';
import { createFilter } from '../results/filter.ts';
import { hostOutput } from '../results/host-output.ts';
import type { HostOutput, ScanAnswer } from '../results/output.ts';
import { eachHost } from '../results/read.ts';
import { withChanges } from './get-task-result.ts';

/** What the pages of detail "full" amount to. @param task one that has ended */
export async function wholeResult(
  task: Task,
  { changes, ...context }: Pick<ToolContext, 'services' | 'caller'> & { changes: boolean },
): Promise<ScanAnswer> {
  const digest = new Digest();
  const hosts: HostOutput[] = [];
  for (const open of [true, false])
    for await (const { host } of eachHost(context.services.scans, task.id, context.caller, { open })) {
      if (open) digest.add(host);
      hosts.push(hostOutput(host));
    }
  const summary = digest.summary();
  const page = { hosts, folded: [], ...(summary ? { digest: summary } : {}) };
  const structured = compose(factsOf(task), page, createFilter({}), true);
  return changes ? (await withChanges({ structured, text: '' }, task.id, context)).structured : structured;
}
