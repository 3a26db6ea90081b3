/** How another client and a probe fare while something is attacked. */
import { performance } from 'node:perf_hooks';
import type { Attacked } from './server.ts';

export interface Seen {
  /** Milliseconds of each call of get_task_status by somebody else, and of each look at /health/live. */
  status: number[];
  live: number[];
  /** The longest of all. */
  worst: number;
}

/** Calls and looks, one after another, until the attack is over. Throws when one of them is not answered. */
export async function whileAttacked(server: Attacked, attack: () => Promise<void>): Promise<Seen> {
  const seen: Seen = { status: [], live: [], worst: 0 };
  let over = false;
  const watch = async (kind: 'status' | 'live', ask: () => Promise<number>) => {
    while (!over) {
      const began = performance.now();
      const status = await ask();
      seen[kind].push(performance.now() - began);
      if (status >= 500) throw new Error(`${kind} was answered with ${status} during an attack`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const watching = Promise.all([
    watch('status', async () => (await server.rest('other', 'GET', '/tasks/nothing')).status),
    watch('live', async () => {
      const answer = await fetch(`${server.origin}/health/live`);
      await answer.text();
      return answer.status;
    }),
  ]);
  try {
    await attack();
  } finally {
    over = true;
  }
  await watching;
  seen.worst = Math.max(...seen.status, ...seen.live);
  return seen;
}

/** The value below which so large a part of them is. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}
