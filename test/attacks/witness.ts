/** How another client and a probe fare while something is attacked. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Attacked, authorization } from './server.ts';

export interface Watched {
  origin: string;
  authorization: string;
}

export interface Seen {
  /** Milliseconds of each call of get_task_status by somebody else, and of each look at /health/live. */
  status: number[];
  live: number[];
  /** What was not answered, or with a fault of the server. */
  failures: string[];
}

/** Watches in a thread of its own, as the attacker is busy itself. */
export async function whileAttacked(server: Attacked, attack: () => Promise<void>): Promise<Seen> {
  const watched: Watched = { origin: server.origin, authorization: authorization('other') };
  const witness = new Worker(new URL('./witness-thread.ts', import.meta.url), { workerData: watched });
  await once(witness, 'online');
  try {
    await attack();
  } finally {
    witness.postMessage('over');
  }
  const [seen]: Seen[] = await once(witness, 'message');
  if (!seen) throw new Error('the witness has seen nothing');
  return seen;
}

/** The value below which so large a part of them is. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}
