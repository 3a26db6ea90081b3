import { z } from 'zod';
import { FINAL_STATES, type Task, TaskState } from '../../core/task.ts';
import { defineTool } from '../call/define-tool.ts';
import { plural } from '../results/numbers.ts';
import { ErrorOutput } from '../results/output.ts';
import { progressText } from '../results/progress.ts';
import { AgainOutput, againOf } from '../scan/asked-scan.ts';
import { TaskId } from '../scan/input.ts';

export const TaskStatus = z.strictObject({
  task_id: z.string(),
  status: TaskState,
  tool: z.string(),
  target: z.string(),
  /** Percent of the whole scan, never less than before; 100 when completed, and only then. */
  percent: z.number(),
  phase: z.string().optional(),
  /** Seconds nmap expects the phase to take still; absent where it does not say. */
  remaining_seconds: z.number().optional(),
  hosts_total: z.number().int(),
  hosts_done: z.number().int(),
  hosts_up: z.number().int(),
  open_ports: z.number().int(),
  created_at: z.string(),
  started_at: z.string().optional(),
  ended_at: z.string().optional(),
  error: ErrorOutput.optional(),
  /** A small scan that asks once more for what that task found shut. */
  recheck_of: z.string().optional(),
  /** Where one task alone is told: what asks for the same scan again, as plan_scan takes it. */
  again: AgainOutput.optional(),
});
export type TaskStatus = z.infer<typeof TaskStatus>;

export const getTaskStatus = defineTool({
  name: 'get_task_status',
  title: 'How far a scan is',
  description:
    'State of a scan task: pending, running, completed, failed or cancelled, with percent, phase, its remaining seconds ' +
    'where nmap knows them, and hosts and open ports found so far. Cheap: call it as often as you like, every few ' +
    'seconds is enough. The findings themselves come from get_task_result.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'tasks',
  scope: 'scan:read',
  input: z.strictObject({ task_id: TaskId }),
  output: TaskStatus,
  async handle({ task_id }, { services, caller }) {
    const task = await services.scans.get(task_id, caller);
    return { structured: { ...taskStatus(task), again: againOf(task.request) }, text: statusText(task) };
  },
});

export function taskStatus(task: Task): TaskStatus {
  return {
    task_id: task.id,
    status: task.state,
    tool: task.request.tool,
    target: task.request.targets.join(', '),
    percent: task.state === 'completed' ? 100 : (task.progress?.percent ?? 0),
    ...(task.state === 'running' && task.progress ? { phase: task.progress.phase } : {}),
    ...(task.state === 'running' && task.progress?.remaining_seconds !== undefined
      ? { remaining_seconds: task.progress.remaining_seconds }
      : {}),
    hosts_total: task.addressesTotal,
    hosts_done: task.hostsDone,
    hosts_up: task.hostsUp,
    open_ports: task.openPorts,
    created_at: new Date(task.createdAt).toISOString(),
    ...(task.startedAt === undefined ? {} : { started_at: new Date(task.startedAt).toISOString() }),
    ...(task.endedAt === undefined ? {} : { ended_at: new Date(task.endedAt).toISOString() }),
    ...(task.error ? { error: task.error } : {}),
    ...(task.request.recheckOf === undefined ? {} : { recheck_of: task.request.recheckOf }),
  };
}

function statusText(task: Task): string {
  const head = `Task ${task.id}: ${task.state}`;
  const found = `${plural(task.hostsUp, 'host')} up, ${plural(task.openPorts, 'open port')}`;
  if (!FINAL_STATES.has(task.state)) return `${head}; ${progressText(task)}.`;
  const why = task.error ? ` ${task.error.code}: ${task.error.message} ${task.error.next}` : '';
  return `${head}; ${found}.${why} Read them with get_task_result(task_id="${task.id}").`;
}
