/** How many calls of one tool may be under way at the same time, whoever makes them. */
import { PortolanError } from '../../../core/errors.ts';
import type { CallGate } from '../call-tool.ts';

// A call that waits for its scan lasts 30 s unless it says otherwise.
const RETRY_SECONDS = 10;

/** Refuses with `busy` when all places of the tool are taken. */
export function concurrency(limit: () => number): CallGate {
  const underWay = new Map<string, number>();
  return {
    enter({ tool: { name } }) {
      const calls = underWay.get(name) ?? 0;
      if (calls >= limit()) {
        throw new PortolanError(
          'busy',
          `${calls} calls of ${name} are under way.`,
          `Call it again in ${RETRY_SECONDS} s.`,
          {
            limit: `${limit()} calls of one tool at the same time (rateLimit.concurrentCalls)`,
            retryAfterSeconds: RETRY_SECONDS,
          },
        );
      }
      underWay.set(name, calls + 1);
      return () => {
        const left = (underWay.get(name) ?? 1) - 1;
        if (left > 0) underWay.set(name, left);
        else underWay.delete(name);
      };
    },
  };
}
