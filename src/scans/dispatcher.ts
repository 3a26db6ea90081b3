/** Takes pending tasks from the queue and has them run, as many at a time as allowed; passes cancellations on. */
import type { HeldTask } from '../core/task.ts';
import type { Store } from '../store/open.ts';
import type { ScanObserver } from './observer.ts';
import { type ScanSettings, shareOf, WITHOUT_SHARE } from './settings.ts';
import type { Watchers } from './watchers.ts';

/** Why a run is stopped from within. */
export type StopReason = 'cancelled' | 'shutdown' | 'overtime' | 'lost';

export interface Dispatcher {
  readonly instanceId: string;
  /** Whether this process runs the task. */
  runs(taskId: string): boolean;
  /** There may be something to run: looks at the queue. */
  wake(): void;
  /** Stops the task if this process runs it, ends it if it still waits. */
  cancel(taskId: string): void;
  /** Takes nothing more, stops what runs (it goes back to the queue) and resolves when all of it has ended. */
  close(): Promise<void>;
  /** Resolves when nothing runs here and nothing waits that this process may run. */
  idle(): Promise<void>;
}

// Another process may hold all places; it does not tell us when one becomes free.
const RETRY_MS = 500;

export function createDispatcher(parts: {
  instanceId: string;
  store: () => Promise<Store>;
  run: (task: HeldTask, signal: AbortSignal) => Promise<void>;
  settings: () => ScanSettings;
  watchers: Watchers;
  observer?: Pick<ScanObserver, 'changed'>;
  onDefect: (error: unknown) => void;
}): Dispatcher {
  const { instanceId, store, run, settings, watchers, observer, onDefect } = parts;
  const running = new Map<string, { stop: AbortController; ended: Promise<void> }>();
  let pumping: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;

  function start(task: HeldTask): void {
    const stop = new AbortController();
    const ended = run(task, stop.signal)
      .catch(onDefect)
      .finally(() => {
        running.delete(task.id);
        watchers.changed(task.id);
        wake();
      });
    running.set(task.id, { stop, ended });
    watchers.changed(task.id);
    observer?.changed(task);
  }

  async function pump(): Promise<void> {
    const { tasks } = await store();
    do {
      again = false;
      while (!closed) {
        const now = settings();
        const task = await tasks.claim(instanceId, now.maxConcurrentTasks, Date.now(), {
          most: shareOf('', now).running,
          without: WITHOUT_SHARE,
          zone: now.zone,
        });
        if (!task) break;
        start(task);
      }
    } while (again && !closed);
    if (closed) return;
    // Nobody tells us either what others of the zone were asked for.
    if (settings().zone !== undefined) retry ??= setTimeout(wake, RETRY_MS).unref();
    else if ((await tasks.pendingOf(instanceId)) > 0) retry ??= setTimeout(wake, RETRY_MS);
  }

  function wake(): void {
    clearTimeout(retry);
    retry = undefined;
    if (closed) return;
    again = true;
    pumping ??= pump()
      .catch((error) => {
        onDefect(error);
        // A database that is locked or full for a while must not strand what waits in it.
        retry ??= setTimeout(wake, RETRY_MS * 10).unref();
      })
      .finally(() => {
        pumping = undefined;
      });
  }

  async function endWaiting(taskId: string): Promise<void> {
    const { tasks } = await store();
    const task = await tasks.get(taskId);
    if (!task) return;
    const now = Date.now();
    if (await tasks.finish(taskId, 'cancelled', now, { coverage: task.coverage }, ['pending'])) {
      watchers.changed(taskId);
      observer?.changed({ ...task, state: 'cancelled', endedAt: now });
    }
    // It may have been claimed in between.
    running.get(taskId)?.stop.abort('cancelled' satisfies StopReason);
  }

  return {
    instanceId,
    runs: (taskId) => running.has(taskId),
    wake,

    cancel(taskId) {
      const run = running.get(taskId);
      if (run) run.stop.abort('cancelled' satisfies StopReason);
      else endWaiting(taskId).catch(onDefect);
    },

    async close() {
      closed = true;
      clearTimeout(retry);
      await pumping;
      for (const { stop } of running.values()) stop.abort('shutdown' satisfies StopReason);
      await Promise.all([...running.values()].map((run) => run.ended));
    },

    async idle() {
      for (;;) {
        await pumping;
        await Promise.all([...running.values()].map((run) => run.ended));
        const { tasks } = await store();
        if (running.size === 0 && (await tasks.pendingOf(instanceId, settings().zone)) === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
}
