/** What a server does about schedules: looks which times have come, and carries their runs on. Safe in several processes. */
import type { Caller } from '../core/caller.ts';
import { monotonicMs } from '../core/monotonic.ts';
import type { Schedule } from '../core/schedule.ts';
import { FINAL_STATES } from '../core/task.ts';
import { newTaskId } from '../scans/service.ts';
import type { OpenRun } from '../store/schedules.ts';
import type { Store } from '../store/store.ts';
import { begin, carryOn, type Scans, settle } from './begin.ts';
import { mayScan, nextMoment, ON_TIME_MS } from './calculator.ts';
import { decide, turnTo } from './fire.ts';
import { lacks, type RightsOf } from './rights.ts';

/** A schedule that another process adds is seen by then; so is a clock that was set. */
const LOOK_MS = 5000;
const SOON_MS = 50;
/** Schedules that are looked at in one go, and open runs in all. */
const AT_ONCE = 100;
const MOST_OPEN = 3000;
/** A clock that is set back by less is none. */
const SET_BACK_MS = 2000;

export interface ScheduleLoop {
  /** Looks from now on. */
  start(store: Store): void;
  /** There may be something to do. */
  wake(): void;
  /** One look. */
  look(store: Pick<Store, 'schedules' | 'tasks'>): Promise<void>;
  /** Resolves when nothing of it is under way any more. */
  stop(): Promise<void>;
}

export function createScheduleLoop(parts: {
  scans: Scans;
  rights: RightsOf;
  now?: () => number;
  onFired: (what: { schedule: string; due: string; outcome: string; task?: string; reason?: string }) => void;
  onStopped: (what: { schedule: string; reason: string }) => void;
  onDefect: (error: unknown) => void;
}): ScheduleLoop {
  const { scans, rights, now = Date.now, onFired, onStopped, onDefect } = parts;
  const clock = setBack(now);
  let opened: Store | undefined;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  async function look(store: Pick<Store, 'schedules' | 'tasks'>): Promise<void> {
    if (clock()) await pullBack(store);
    const tried = new Set<string>();
    for (;;) {
      const due = (await store.schedules.due(now(), AT_ONCE + tried.size)).filter(
        ({ uid }) => !tried.has(uid),
      );
      if (due.length === 0) break;
      for (const schedule of due) {
        if (stopped) return;
        tried.add(schedule.uid);
        await fire(schedule, store).catch(onDefect);
      }
    }
    const open = Map.groupBy(await store.schedules.open(MOST_OPEN), ({ schedule }) => schedule.uid);
    for (const runs of open.values())
      for (const run of runs) {
        if (stopped) return;
        const others = runs.filter((other) => other !== run);
        const owner = () => ownerOf(run.schedule, store, run.decidedAt);
        await carryOn(run, others, owner, { store, scans, now }).catch(onDefect);
      }
  }

  async function fire(schedule: Schedule, store: Pick<Store, 'schedules' | 'tasks'>): Promise<void> {
    const { uid, nextDue } = schedule;
    if (schedule.state === 'paused') {
      // What came in the pause was not missed.
      const next = nextMoment(schedule, schedule.pausedUntil ?? now());
      await store.schedules.turn(uid, nextDue, turnTo(next));
      return;
    }
    const owner = await ownerOf(schedule, store, schedule.nextAt ?? now());
    if (!owner) return;
    const open = (await store.schedules.open(MOST_OPEN, uid)).filter((one) => !hasEnded(one));
    const { run, turn } = decide(schedule, open, now(), newTaskId);
    if (!run) {
      await store.schedules.turn(uid, nextDue, turn);
      return;
    }
    if (!(await store.schedules.fire(uid, nextDue, run, turn, now()))) return;
    onFired({
      schedule: schedule.name,
      due: new Date(run.dueAt).toISOString(),
      outcome: run.outcome,
      ...(run.taskId === undefined ? {} : { task: run.taskId }),
      ...(run.reason === undefined ? {} : { reason: run.reason }),
    });
    if (run.taskId === undefined || open.length > 0 || !mayScan(schedule, now())) return;
    await begin({ schedule, dueAt: run.dueAt }, run.taskId, owner, { store, scans, now });
  }

  /**
   * Whoever answers for it, with the rights of now. Without them it stops, and says so; its runs that wait end.
   * @param since when it was to run: a token that this process does not know may be one that another one knows
   */
  async function ownerOf(
    schedule: Schedule,
    store: Pick<Store, 'schedules' | 'tasks'>,
    since: number,
  ): Promise<Caller | undefined> {
    const { schedules } = store;
    const found = await rights(schedule.owner);
    const lacking = 'caller' in found ? lacks(found.caller) : undefined;
    if ('caller' in found && lacking === undefined) return found.caller;
    if ('unknown' in found && now() - since < ON_TIME_MS) return undefined;
    const reason = 'caller' in found ? (lacking ?? '') : 'gone' in found ? found.gone : found.unknown;
    for (const run of await schedules.open(MOST_OPEN, schedule.uid))
      if (run.outcome !== 'running') await settle(run, 'refused', reason, { store, now });
    const halted = {
      state: 'stopped',
      reason,
      pausedUntil: undefined,
      nextDue: undefined,
      nextAt: undefined,
    } as const;
    if (await schedules.turn(schedule.uid, schedule.nextDue, halted))
      onStopped({ schedule: schedule.name, reason });
    return undefined;
  }

  /** After a clock was set back, times that are ahead of it again come again; those that were had have their rows. */
  async function pullBack({ schedules }: Pick<Store, 'schedules'>): Promise<void> {
    for (const schedule of await schedules.list()) {
      if (schedule.state !== 'active' || schedule.nextDue === undefined) continue;
      const next = nextMoment(schedule, now());
      if (next && next.due < schedule.nextDue)
        await schedules.turn(schedule.uid, schedule.nextDue, turnTo(next));
    }
  }

  async function around(): Promise<void> {
    const store = opened;
    if (!store || stopped) return;
    do {
      again = false;
      await look(store).catch(onDefect);
    } while (again && !stopped);
    const next = await store.schedules.nextAt().catch(() => undefined);
    if (stopped) return;
    const wait = next === undefined ? LOOK_MS : Math.max(SOON_MS, Math.min(LOOK_MS, next - now()));
    timer = setTimeout(wake, wait).unref();
  }

  function wake(): void {
    clearTimeout(timer);
    if (stopped || !opened) return;
    again = looking !== undefined;
    looking ??= around().finally(() => {
      looking = undefined;
    });
  }

  return {
    start(store) {
      opened = store;
      wake();
    },
    wake,
    look,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

/** A scan may have ended before its run's row says so. */
const hasEnded = ({ outcome, taskState }: OpenRun) =>
  outcome === 'running' && (taskState === undefined || FINAL_STATES.has(taskState));

/** Says whether the clock was set back since it was asked last, and yes at first: nobody knows what was before. */
function setBack(now: () => number): () => boolean {
  const offset = () => now() - monotonicMs();
  let known = Number.POSITIVE_INFINITY;
  return () => {
    const before = known;
    known = offset();
    return known < before - SET_BACK_MS;
  };
}
