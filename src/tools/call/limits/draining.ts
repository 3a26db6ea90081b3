/** While a server stops it takes no new calls, and lets those that are under way finish. */
import { PortolanError } from '../../../core/errors.ts';
import type { CallGate } from '../call-tool.ts';

export interface DrainGate extends CallGate {
  readonly draining: boolean;
  /** Takes nothing more. Resolves when the calls under way have ended. */
  drain(): Promise<void>;
}

/** @param graceSeconds how long the calls under way have, for the refusals' words. */
export function drainGate(graceSeconds: () => number): DrainGate {
  let underWay = 0;
  let draining = false;
  const { promise: drained, resolve } = Promise.withResolvers<void>();
  return {
    get draining() {
      return draining;
    },
    enter({ tool }) {
      // Who looks at the server must be able to see it stop, and does not hold it up.
      if (tool.ofServer) return () => {};
      if (draining) {
        throw new PortolanError(
          'draining',
          'This server is stopping and takes no new calls.',
          'Call again when it has started anew, or call another one.',
          { retryAfterSeconds: Math.max(1, Math.ceil(graceSeconds())) },
        );
      }
      underWay += 1;
      return () => {
        underWay -= 1;
        if (draining && underWay === 0) resolve();
      };
    },
    drain() {
      draining = true;
      if (underWay === 0) resolve();
      return drained;
    },
  };
}
