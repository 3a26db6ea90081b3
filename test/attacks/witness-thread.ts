/** Asks, in a thread of its own, one after another until told to stop; then says how long each answer took. */
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import type { Seen, Watched } from './witness.ts';

const { origin, authorization }: Watched = workerData;
const seen: Seen = { status: [], live: [], failures: [] };
let over = false;

async function watch(kind: 'status' | 'live', path: string): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  while (!over) {
    const began = performance.now();
    try {
      const status = await ask(agent, path);
      if (status >= 500) seen.failures.push(`${path}: ${status}`);
    } catch (error) {
      seen.failures.push(`${path}: ${String(error)}`);
    }
    seen[kind].push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  agent.destroy();
}

function ask(agent: Agent, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(new URL(path, origin), { agent, headers: { authorization } }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    })
      .once('error', reject)
      .end();
  });
}

parentPort?.once('message', () => {
  over = true;
});
await Promise.all([watch('status', '/tasks/nothing'), watch('live', '/health/live')]);
parentPort?.postMessage(seen);
