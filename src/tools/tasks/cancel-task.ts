import { z } from 'zod';
import { FINAL_STATES } from '../../core/task.ts';
import { defineTool } from '../call/define-tool.ts';
import { plural } from '../results/numbers.ts';
import { TaskId } from '../scan/input.ts';
import { TaskStatus, taskStatus } from './get-task-status.ts';

export const cancelTask = defineTool({
  name: 'cancel_task',
  title: 'Stop a scan',
  description:
    'Stops a waiting or running scan, with every process of it, and keeps what it has found: get_task_result still ' +
    'reads it. A scan that has ended stays as it is.',
  annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
  toolset: 'tasks',
  scope: 'scan:run',
  input: z.strictObject({ task_id: TaskId }),
  output: TaskStatus,
  async handle({ task_id }, { services, caller }) {
    const task = await services.scans.cancel(task_id, caller);
    const found = `${plural(task.hostsUp, 'host')} up and ${plural(task.openPorts, 'open port')}`;
    const text = FINAL_STATES.has(task.state)
      ? `Task ${task.id}: ${task.state}. ${found} are kept: get_task_result(task_id="${task.id}").`
      : `Task ${task.id} is being stopped; look again with get_task_status.`;
    return { structured: taskStatus(task), text };
  },
});
