/** Stops politely: nothing new is taken, and calls that wait may finish for a while. */
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../app/app.ts';

const ANSWER_MS = 50;

/** Resolves when all calls have ended or `graceSeconds` are over. A second signal ends the process meanwhile. */
export async function drainFor(app: Pick<App, 'drain'>, graceSeconds: number): Promise<void> {
  const over = new AbortController();
  const grace = delay(graceSeconds * 1000, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([app.drain(), grace]);
  over.abort();
  // A call has ended for its gates before its answer is written.
  await delay(ANSWER_MS);
}
