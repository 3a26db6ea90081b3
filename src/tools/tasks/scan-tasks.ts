/** Scans for clients that follow tasks by themselves: the same rows, and at the end the answer the call would have given. */
import { FINAL_STATES } from '../../core/task.ts';
import type { Services } from '../call/services.ts';
import { answerWithResult } from '../results/answer.ts';
import { networkAnswer } from '../results/network-answer.ts';
import { progressText } from '../results/progress.ts';
import type { TasksView } from './tasks-view.ts';

const POLL_MS = 2000;
const DAY_MS = 86_400_000;

/** @param keepDays how long an ended task is kept. */
export function scanTasks(services: Services, keepDays: () => number): TasksView {
  return {
    async get(id, caller) {
      const task = await services.scans.get(id, caller);
      const snapshot = {
        id,
        state: task.state,
        message: FINAL_STATES.has(task.state) ? `${task.state}` : progressText(task),
        createdAt: task.createdAt,
        updatedAt: task.endedAt ?? Date.now(),
        pollMs: POLL_MS,
        ttlMs: keepDays() * DAY_MS,
      };
      if (!FINAL_STATES.has(task.state)) return snapshot;
      const answer = task.request.tool === 'scan_network' ? networkAnswer : answerWithResult;
      const { structured, text, links = [] } = await answer(task, { services, caller });
      return { ...snapshot, outcome: { ok: true, structured, text, links } };
    },

    async cancel(id, caller) {
      await services.scans.cancel(id, caller);
    },
  };
}
