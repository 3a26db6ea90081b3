/** Runs one claimed task from authorisation to its last state. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PortolanError } from '../core/errors.ts';
import { LeaseLost } from '../core/lease.ts';
import type { HeldTask, Task } from '../core/task.ts';
import { exhausted } from '../nmap/machine/open-files.ts';
import { checkRoom, diskFault } from '../nmap/machine/room.ts';
import type { ScanOutcome } from '../nmap/run/run.ts';
import { credentialsGone, isHandle } from '../nmap/ssh/handle.ts';
import type { Budget } from '../nmap/strategy/budget.ts';
import { runScan } from '../nmap/strategy/index.ts';
import { joinRuns } from '../nmap/xml/run-facts.ts';
import { flagRow } from '../policy/allowed-options.ts';
import type { AllowedScan } from '../policy/authorize.ts';
import type { Store } from '../store/open.ts';
import type { FinalState } from '../store/tasks.ts';
import type { StopReason } from './dispatcher.ts';
import {
  asErrorValue,
  CUT_OFF,
  type Ending,
  endingOf,
  overran,
  resumedNote,
  STALLED,
  stoppedInstead,
} from './ending.ts';
import type { ScanObserver } from './observer.ts';
import { isOpenOnly, portSumNotes } from './port-sum.ts';
import { Recorder } from './recorder.ts';
import type { ScanSettings } from './settings.ts';
import type { Stalls } from './stalls.ts';
import type { FindVantage, Vantage } from './vantages.ts';
import type { Watchers } from './watchers.ts';

// A cancellation that came in through another process of ours is seen within this time, and that another has the task.
const LOOK_MS = 1000;
/** Other processes see within this time what nmap has announced: who only reads writes nothing. */
const SHOW_MS = 3000;
/** How often a scan that waits for the disk looks for room. */
const ROOM_EVERY_MS = 2000;
/** Faults of the disk that one scan outlives. */
const MOST_FAULTS = 20;
const SETTLE_RETRY_MS = 250;
const MAX_SETTLE_RETRY_MS = 5000;
const NOT_STORED = {
  message: 'What a scan found could not all be written to the database; its files are kept.',
  next: 'Make room or repair the disk: what is missing is then read from the files and the scan goes on.',
};

/** The folder of one start of a scanner; it holds the XML that nmap writes, our write-ahead log. */
export function runFolder(runsFolder: string, task: Pick<Task, 'id' | 'attempts'>): string {
  return join(runsFolder, task.id, String(task.attempts));
}

/**
 * @returns the function that runs a task; it rejects when the store cannot take the ending. A task that another process
 * has taken over meanwhile is left to that one, with its files.
 */
export function createWorker(parts: {
  store: () => Promise<Store>;
  vantage: FindVantage;
  /** Shared by all workers of the process, so that their scans together stay polite. */
  budget: Budget;
  runsFolder: string;
  settings?: () => Pick<ScanSettings, 'maxRunMinutes'>;
  watchers: Watchers;
  stalls: Stalls;
  observer?: ScanObserver;
  /** Told of a task that another process has taken over, once its scanner here is stopped. */
  onLost?: (task: Task) => void;
  onDefect: (error: unknown) => void;
}): (task: HeldTask, signal: AbortSignal) => Promise<void> {
  const { vantage, budget, runsFolder, watchers, stalls, observer, onDefect, settings = NO_LIMIT } = parts;
  const probeOf = (task: Task) => join(runsFolder, `.room-${task.id}`);

  return async function runTask(task, signal) {
    const store = await parts.store();
    const stop = new AbortController();
    const forward = () => stop.abort(signal.reason);
    signal.addEventListener('abort', forward);
    if (signal.aborted) forward();
    const { id, lease } = task;
    const inTime = (look: () => Promise<void>, everyMs: number) =>
      setInterval(() => {
        look().catch((error: unknown) => {
          if (error instanceof LeaseLost) stop.abort('lost' satisfies StopReason);
          else onDefect(error);
        });
      }, everyMs);
    const looks = inTime(async () => {
      if (await store.tasks.cancelRequested(id, lease)) stop.abort('cancelled' satisfies StopReason);
    }, LOOK_MS);
    const shows = inTime(() => store.hosts.showAnnounced(id, lease), SHOW_MS);
    const { maxRunMinutes } = settings();
    const overtime =
      maxRunMinutes > 0
        ? setTimeout(
            () => stop.abort('overtime' satisfies StopReason),
            Math.min(maxRunMinutes * 60_000, LONGEST_TIMER_MS),
          )
        : undefined;
    const closing = new AbortController();
    stop.signal.addEventListener('abort', () => {
      const reason: StopReason = stop.signal.reason;
      if (reason === 'shutdown' || reason === 'lost') closing.abort();
    });
    const run: Run = { store, stop: stop.signal, closing: closing.signal };
    try {
      const { last, ending } = await untilNoFault(task, run);
      await settleAtLast(last, run, ending);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      parts.onLost?.(task);
    } finally {
      stalls.end(task.id);
      clearInterval(looks);
      clearInterval(shows);
      clearTimeout(overtime);
      signal.removeEventListener('abort', forward);
    }
  };

  /** Runs the task; after a fault of the disk once more, with what remains, as soon as the disk works again. */
  async function untilNoFault(first: HeldTask, run: Run): Promise<{ last: HeldTask; ending: Ending }> {
    let task = first;
    for (let faults = 0; ; faults += 1) {
      const ending = await attempt(task, run);
      if (!ending.fault || run.stop.aborted) return { last: task, ending };
      if (faults === MOST_FAULTS)
        return { last: task, ending: { ...ending, state: 'failed', error: ending.fault.toValue() } };
      stalls.begin(task.id, ending.fault.toValue());
      watchers.changed(task.id);
      const again = await whenThereIsRoom(task, run, ending);
      if (!again) return { last: task, ending: stoppedInstead(ending) };
      stalls.end(task.id);
      await rm(runFolder(runsFolder, task), { recursive: true, force: true });
      task = again;
    }
  }

  /** The task as it is started again; undefined when it is stopped before that. */
  async function whenThereIsRoom(
    task: HeldTask,
    { store, stop }: Run,
    ending: Ending,
  ): Promise<HeldTask | undefined> {
    const said = ending.coverage.filter(({ kind }) => kind !== 'cut_off');
    const coverage = [...task.coverage.filter(({ kind }) => kind !== 'resumed'), ...said, STALLED];
    while (!stop.aborted) {
      // Also when there seems to be room at once: what fails again and again must not do so without a pause.
      await delay(ROOM_EVERY_MS, undefined, { signal: stop }).catch(() => {});
      try {
        await checkRoom(probeOf(task), roomFor(task));
        const { id, lease } = task;
        if (ending.run) await store.tasks.recordRun(id, { facts: joinRuns(task.run, ending.run) }, lease);
        return await store.tasks.startAgain(id, coverage, lease);
      } catch (error) {
        if (!diskFault(error)) throw error;
      }
    }
    return undefined;
  }

  async function attempt(task: HeldTask, run: Run): Promise<Ending> {
    const folder = runFolder(runsFolder, task);
    try {
      const from = await vantage(task.request);
      const scan = await remaining(task, run.store, from);
      if (!scan) return { state: 'completed', coverage: [], stored: true };
      return await scanInto(folder, task, run, scan, from);
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      const fault = diskFault(error);
      if (!fault && !(error instanceof PortolanError)) onDefect(error);
      return {
        state: 'failed',
        coverage: [],
        error: asErrorValue(exhausted(error, 'The scan could not go on') ?? error),
        ...(fault ? { fault } : {}),
        stored: true,
      };
    }
  }

  /** What of the task is still to be scanned, judged by the policy as it is now. */
  async function remaining(task: Task, store: Store, { policy }: Vantage): Promise<AllowedScan | undefined> {
    const scan = await policy.authorize(task.request);
    if (task.attempts <= 1) return scan;
    return scan.without(await store.hosts.finishedAddresses(task.id));
  }

  async function scanInto(
    folder: string,
    task: HeldTask,
    { store, stop, closing }: Run,
    scan: AllowedScan,
    { nmap, runner }: Vantage,
  ): Promise<Ending> {
    const install = await nmap();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const halt = new AbortController();
    let fault: PortolanError | undefined;
    const recorder = new Recorder(
      store,
      task,
      {
        stored: () => watchers.changed(task.id),
        stalled: (why) => {
          fault = why;
          stalls.begin(task.id, why.toValue());
          halt.abort();
        },
        failed: () => halt.abort(),
      },
      closing,
    );
    const forward = onward(task.progress?.percent ?? 0);
    const scanned = runScan(scan, {
      budget,
      nmap: install,
      runner,
      directory: folder,
      taskId: task.id,
      correlationId: task.request.correlationId,
      signal: AbortSignal.any([stop, halt.signal]),
      on: {
        started: ({ argv }) => {
          observer?.ran(task, {
            argv,
            nmapVersion: install.version,
            intrusive: scan.intrusive,
            evasion: scan.options.some(({ flag }) => flagRow(flag)?.risk === 'evasion'),
          });
          store.tasks
            .recordRun(task.id, { argv, nmapVersion: install.version }, task.lease)
            .catch((error: unknown) => {
              if (!(error instanceof LeaseLost)) onDefect(error);
            });
        },
        host: (host) => {
          recorder.host(host);
          observer?.host(task, host);
        },
        openPort: (port) => {
          recorder.openPort(port);
          observer?.openPort(task, port);
        },
        progress: (told) => {
          const progress = { ...told, percent: forward(told.percent) };
          recorder.progress(progress);
          observer?.progress(task, progress);
        },
      },
    });
    let ending: Omit<Ending, 'stored'>;
    try {
      const outcome = await scanned;
      fault ??= await faultOf(outcome, task);
      ending = endingOf(outcome);
    } catch (error) {
      fault ??= diskFault(error);
      if (!fault) {
        await recorder.drain();
        throw error;
      }
      ending = { state: 'failed', coverage: [], error: fault.toValue() };
    }
    try {
      await recorder.drain();
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      if (!diskFault(error)) onDefect(error);
      return { ...ending, stored: false };
    }
    // What had ended well before it could be stored needs no further run.
    return { ...ending, stored: true, ...(fault && ending.state !== 'completed' ? { fault } : {}) };
  }

  /** What the disk did to a run that failed: nmap's own words for it are few, and none when the last bytes are lost. */
  async function faultOf({ end, error }: ScanOutcome, task: Task): Promise<PortolanError | undefined> {
    if (end !== 'failed') return undefined;
    if (error?.code === 'storage_failed') return new PortolanError(error.code, error.message, error.next);
    return await checkRoom(probeOf(task), roomFor(task)).then(() => undefined, diskFault);
  }

  /** The ending is kept in memory while the database is locked, full or hangs, and stored when that is over. */
  async function settleAtLast(task: HeldTask, { store, stop }: Run, ending: Ending): Promise<void> {
    if (stop.reason === ('lost' satisfies StopReason)) throw new LeaseLost();
    // What was reported is not all stored: the row stays as it is, until recover.ts has read the run folder into it.
    if (!ending.stored) throw new PortolanError('storage_failed', NOT_STORED.message, NOT_STORED.next);
    for (let wait = SETTLE_RETRY_MS; ; wait = Math.min(2 * wait, MAX_SETTLE_RETRY_MS)) {
      try {
        return await settle(task, store, ending, stop.reason);
      } catch (error) {
        const fault = diskFault(error);
        if (!fault || stop.reason === ('shutdown' satisfies StopReason)) throw error;
        stalls.begin(task.id, fault.toValue());
      }
      await delay(wait);
    }
  }

  async function settle(
    task: HeldTask,
    store: Store,
    ending: Ending,
    reason: StopReason | undefined,
  ): Promise<void> {
    const { tasks, hosts } = store;
    const { lease } = task;
    const run = ending.run ? joinRuns(task.run, ending.run) : task.run;
    if (ending.run && run) await tasks.recordRun(task.id, { facts: run }, lease);
    await hosts.showAnnounced(task.id, lease);
    const unsettled = await tasks.get(task.id);
    const sums = unsettled ? await portSumNotes(unsettled, store, ending.hostsUp) : [];
    const coverage = [...task.coverage, ...ending.coverage, ...sums];
    if (ending.state === 'stopped' && reason === 'shutdown' && isHandle(task.request.scanner)) {
      const error = credentialsGone().toValue();
      await tasks.finish(task.id, 'failed', Date.now(), { coverage, error, lease });
    } else if (ending.state === 'stopped' && reason === 'shutdown') {
      await tasks.requeue(task.id, [...task.coverage, resumedNote()], lease);
    } else if (ending.state === 'stopped' && reason === 'overtime') {
      await tasks.finish(task.id, 'failed', Date.now(), {
        coverage: [...coverage, CUT_OFF],
        error: overran(settings().maxRunMinutes),
        lease,
      });
    } else {
      const state: FinalState = ending.state === 'stopped' ? 'cancelled' : ending.state;
      await tasks.finish(task.id, state, Date.now(), {
        coverage,
        lease,
        ...(ending.error ? { error: ending.error } : {}),
        // All others are told; of two reports of one address nmap counts two hosts.
        ...(ending.hostsUp === undefined || !isOpenOnly(task) ? {} : { hostsUp: ending.hostsUp }),
        notScanned: ending.notScanned ?? 0,
      });
    }
    watchers.changed(task.id);
    observer?.changed((await tasks.get(task.id)) ?? task);
    await rm(join(runsFolder, task.id), { recursive: true, force: true });
  }
}

/** Only a scan that has ended is at 100. */
const MOST_PERCENT = 99;

/** One percentage over all starts of a scanner for a task, which never runs backwards. @param from where it stands */
function onward(from: number): (percent: number) => number {
  let reached = from;
  return (percent) => {
    const now = Math.floor(10 * (from + ((100 - from) * percent) / 100)) / 10;
    reached = Math.max(reached, Math.min(MOST_PERCENT, now));
    return reached;
  };
}

/** What belongs to one run of a task. */
interface Run {
  store: Store;
  /** Ends it, for a {@link StopReason}. */
  stop: AbortSignal;
  /** This process ends: nothing is waited for any more. */
  closing: AbortSignal;
}

const NO_LIMIT = () => ({ maxRunMinutes: 0 });

// Node's timers go no further; that is 24 days.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A phase with version detection brings a database of services; anything else only grows its report. */
function roomFor({ request: { strategy, options } }: Task): number {
  const large = strategy === 'adaptive' && options.some(({ flag }) => flag === '-sV');
  return (large ? 4096 : 256) * 1024;
}
