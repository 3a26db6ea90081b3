/** How far a scan is, in words, and what to call next. */
import type { Task } from '../../core/task.ts';

/** In words: how far the task is. */
export function progressText(task: Task): string {
  const percent = task.state === 'running' && task.progress ? `${Math.floor(task.progress.percent)} %, ` : '';
  return `${percent}${stageText(task)}`;
}

/** The same without the percentage, for where that is said beside it. */
export function stageText(task: Task): string {
  if (task.state === 'pending') return 'waiting for a free place';
  const { phase = 'starting', remaining_seconds: left } = task.progress ?? {};
  const rest = left === undefined ? '' : ` (about ${Math.ceil(left)} s left of this part)`;
  return `${phase}${rest}; ${task.hostsDone} of ${task.addressesTotal} addresses done, ${task.hostsUp} up, ${task.openPorts} open ports so far`;
}

/** Where a scan that is not finished can be followed, read and stopped. */
export function nextStep(task: Task): string {
  return (
    `The scan goes on as task ${task.id} (${progressText(task)}). Call get_task_status to follow it, ` +
    'get_task_result for what is found so far, cancel_task to stop it.'
  );
}

/** Still waiting or scanning. */
export function isRunning(task: Task): boolean {
  return task.state === 'pending' || task.state === 'running';
}
