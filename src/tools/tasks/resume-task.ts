import { z } from 'zod';
import { defineTool } from '../call/define-tool.ts';
import { ScanAnswer } from '../results/output.ts';
import { TaskId, timeout } from '../scan/input.ts';
import { answerTask, waitFor } from '../scan/run-scan.ts';

export const resumeTask = defineTool({
  name: 'resume_task',
  title: 'Go on with a scan that was ended early',
  description:
    'Sends probes: goes on with a scan task that failed, was interrupted or was cancelled. Hosts that were finished stay ' +
    'as they are; the others are scanned again from the beginning, under the policy as it is now. Answers as the scan ' +
    'itself would; one that outlasts the wait goes on as the same task.',
  annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
  toolset: 'tasks',
  scope: 'scan:run',
  input: z.strictObject({ task_id: TaskId, timeout: timeout(600) }),
  output: ScanAnswer,
  async handle({ task_id, timeout }, context) {
    const task = await context.services.scans.resume(task_id, context.caller);
    return await answerTask(await waitFor(task, timeout, context), context);
  },
});
