import * as text from '../../texts/messages.js';
import type { TaskState } from './view.ts';

export const STATE_NAMES: Record<TaskState, () => string> = {
  pending: text.scans_pending,
  running: text.scans_running,
  completed: text.scans_completed,
  failed: text.scans_failed,
  cancelled: text.scans_cancelled,
};
const LOOKS: Record<TaskState, { mark: string; className: string }> = {
  pending: { mark: '◷', className: 'text-quiet' },
  running: { mark: '▶', className: 'text-low' },
  completed: { mark: '✓', className: 'text-good' },
  failed: { mark: '▲', className: 'text-high' },
  cancelled: { mark: '■', className: 'text-medium' },
};

/** A shape, a word and a colour. */
export function StateOf({ task }: { task: TaskState }) {
  const { mark, className } = LOOKS[task];
  return (
    <span className={`inline-flex items-center gap-1 font-medium whitespace-nowrap ${className}`}>
      <span aria-hidden="true">{mark}</span>
      {STATE_NAMES[task]()}
    </span>
  );
}

/** Whether a scan has ended, so that nothing of it changes any more. */
export const isOver = (state: TaskState) => state !== 'pending' && state !== 'running';
