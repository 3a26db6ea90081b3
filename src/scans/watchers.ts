/** Wakes those who wait for a task of this process to change. */

export class Watchers {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Tells everybody who waits for the task that it has changed. */
  changed(taskId: string): void {
    const waiting = this.#waiting.get(taskId);
    this.#waiting.delete(taskId);
    for (const wake of waiting ?? []) wake();
  }

  /** Resolves at the next change of the task, after `timeoutMs`, or when the signal aborts. Never rejects. */
  next(taskId: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(taskId) ?? new Set();
    this.#waiting.set(taskId, waiting);
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(taskId) === waiting) this.#waiting.delete(taskId);
      resolve();
    };
    const timer = setTimeout(wake, timeoutMs);
    waiting.add(wake);
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
    return promise;
  }
}
