/**
 * What a server does from time to time, called or not: old tasks go, folders that a crash left go with them, and tools that
 * others switched off are seen.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { monotonicMs } from '../core/monotonic.ts';
import { SESSION_LIFE_MS } from '../core/session.ts';
import { forget } from '../inventory/forget.ts';
import { removeLeftovers } from '../scans/leftovers.ts';
import { clockDoubt, type Pruned, prune } from '../scans/prune.ts';
import type { Store } from '../store/open.ts';
import type { ToolStates } from '../tools/call/limits/tool-states.ts';

const PRUNE_EVERY_MS = 3_600_000;
/** Runs of schedules that are deleted at once: some milliseconds. */
const RUNS_AT_ONCE = 250;
/** How soon a process that nobody calls sees what another one has switched off. */
const STATES_EVERY_MS = 10_000;
/** A clock that ran on for this long while we looked is believed, whatever the database says. */
const TRUST_MS = 86_400_000;
/** What a clock may be set by while it runs, without having to be believed anew. */
const DRIFT_MS = 600_000;

/** Messages of alerts that were sent, or given up, are kept for so long. */
const DELIVERY_DAYS = 30;
const DAY_MS = 86_400_000;
const PRUNED_AT_ONCE = 250;

export interface Upkeep {
  /** Begins with both at once. */
  start(store: Store): Promise<void>;
  /** Resolves when nothing of it is under way any more. */
  stop(): Promise<void>;
}

export function createUpkeep(parts: {
  keepDays: () => number;
  /** How long changes of the inventory are kept, and how runs of schedules went. */
  eventDays: () => number;
  /** After how long without use a log-in of a browser is over. */
  sessionIdleMs: () => number;
  runsFolder: string;
  pruneUploads: (now: number) => Promise<void>;
  states: Pick<ToolStates, 'refresh'>;
  onDefect: (error: unknown) => void;
  /** Told why nothing is deleted, when the clock is not believed. */
  onDoubt: (why: string) => void;
  /** Told what was deleted, if anything was. */
  onPruned: (what: Pruned) => void;
}): Upkeep {
  const {
    keepDays,
    eventDays,
    sessionIdleMs,
    runsFolder,
    pruneUploads,
    states,
    onDefect,
    onDoubt,
    onPruned,
  } = parts;
  const timers: NodeJS.Timeout[] = [];
  const steady = steadyFor();
  let pruned: Promise<unknown> | undefined;
  let stopped = false;

  async function pruneOld(store: Store): Promise<void> {
    await removeLeftovers(store, runsFolder);
    const now = Date.now();
    const doubt = steady() < TRUST_MS ? await clockDoubt(store, keepDays(), now) : undefined;
    if (doubt !== undefined) return onDoubt(doubt);
    const what = await prune(store, keepDays(), now);
    if (what.tasks > 0) onPruned(what);
    await forget(store, eventDays(), now);
    await store.sessions.prune({ seen: now - sessionIdleMs(), created: now - SESSION_LIFE_MS }, now);
    await pruneUploads(now);
    const runsBefore = now - eventDays() * DAY_MS;
    while ((await store.schedules.prune(runsBefore, RUNS_AT_ONCE)) > 0) await nextTurn();
    const sentBefore = now - DELIVERY_DAYS * DAY_MS;
    while ((await store.deliveries.prune(sentBefore, PRUNED_AT_ONCE)) > 0) await nextTurn();
  }

  return {
    async start(store) {
      const pruneNow = () => {
        pruned = pruneOld(store).catch(onDefect);
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

/** Says for how many milliseconds the clock on the wall has run on without being set, as far as it was asked. */
function steadyFor(): () => number {
  const offset = () => Date.now() - monotonicMs();
  let since = monotonicMs();
  let known = offset();
  return () => {
    const now = offset();
    if (Math.abs(now - known) > DRIFT_MS) since = monotonicMs();
    known = now;
    return monotonicMs() - since;
  };
}
