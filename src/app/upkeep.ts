/** What a server does from time to time, called or not: old tasks go, and tools that others switched off are seen. */
import { prune } from '../scans/prune.ts';
import type { Store } from '../store/open.ts';
import type { ToolStates } from '../tools/call/limits/tool-states.ts';

const PRUNE_EVERY_MS = 3_600_000;
/** How soon a process that nobody calls sees what another one has switched off. */
const STATES_EVERY_MS = 10_000;

export interface Upkeep {
  /** Begins with both at once. */
  start(store: Store): Promise<void>;
  /** Resolves when nothing of it is under way any more. */
  stop(): Promise<void>;
}

export function createUpkeep(parts: {
  keepDays: () => number;
  states: Pick<ToolStates, 'refresh'>;
  onDefect: (error: unknown) => void;
}): Upkeep {
  const { keepDays, states, onDefect } = parts;
  const timers: NodeJS.Timeout[] = [];
  let pruned: Promise<unknown> | undefined;
  let stopped = false;
  return {
    async start(store) {
      const pruneNow = () => {
        pruned = prune(store, keepDays(), Date.now()).catch(onDefect);
      };
      pruneNow();
      await states.refresh();
      if (stopped) return;
      timers.push(
        setInterval(() => void states.refresh(), STATES_EVERY_MS).unref(),
        setInterval(pruneNow, PRUNE_EVERY_MS).unref(),
      );
    },
    async stop() {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      await pruned;
    },
  };
}
