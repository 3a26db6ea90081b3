/** Scans of this process that wait for the disk: it cannot be written in the database then, so it is kept here. */
import type { ErrorValue } from '../core/errors.ts';
import type { Task } from '../core/task.ts';

/** What a stalled scan shows as its phase. */
export const STALLED_PHASE = 'Waiting for the disk of the database';

export class Stalls {
  readonly #why = new Map<string, ErrorValue>();

  begin(taskId: string, why: ErrorValue): void {
    this.#why.set(taskId, why);
  }

  end(taskId: string): void {
    this.#why.delete(taskId);
  }

  /** The task as it is now: one that waits for the disk says so, with the fault. */
  seen(task: Task): Task {
    const error = task.state === 'running' ? this.#why.get(task.id) : undefined;
    if (!error) return task;
    const percent = task.progress?.percent ?? 0;
    return { ...task, error, progress: { percent, phase: STALLED_PHASE } };
  }
}
