/** How many calls of one tool may be under way at the same time: in all, and of these half by one caller. */
import { LOCAL_CALLER } from '../../../core/caller.ts';
import { PortolanError } from '../../../core/errors.ts';
import type { CallGate } from '../call-tool.ts';

// A call that waits for its scan lasts 30 s unless it says otherwise.
const RETRY_SECONDS = 10;

/** Refuses with `busy` when all places of the tool, or the caller's share of them, are taken. */
export function concurrency(limit: () => number): CallGate {
  const underWay = new Map<string, number>();
  const countOf = (key: string) => underWay.get(key) ?? 0;
  const change = (key: string, by: 1 | -1) => {
    const count = countOf(key) + by;
    if (count > 0) underWay.set(key, count);
    else underWay.delete(key);
  };
  return {
    enter({ tool: { name }, caller: { id } }) {
      const own = `${name} ${id}`;
      // The person at this machine has no share; without tokens everybody is this caller.
      const share = id === LOCAL_CALLER.id ? limit() : Math.ceil(limit() / 2);
      if (countOf(name) >= limit()) throw busy(`${countOf(name)} calls of ${name} are under way.`, limit());
      if (countOf(own) >= share) throw busy(`${share} calls of ${name} by you are under way.`, limit());
      change(name, 1);
      change(own, 1);
      return () => {
        change(name, -1);
        change(own, -1);
      };
    },
  };
}

function busy(message: string, limit: number): PortolanError {
  return new PortolanError('busy', message, `Call it again in ${RETRY_SECONDS} s.`, {
    limit: `${limit} calls of one tool at the same time, half of them by one caller (rateLimit.concurrentCalls)`,
    retryAfterSeconds: RETRY_SECONDS,
  });
}
