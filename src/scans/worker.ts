/** Runs one claimed task from authorisation to its last state. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunFacts } from '../core/details.ts';
import { type ErrorValue, PortolanError } from '../core/errors.ts';
import type { CoverageNote } from '../core/result.ts';
import type { Task } from '../core/task.ts';
import { joinRuns } from '../nmap/run/facts.ts';
import type { ScanOutcome } from '../nmap/run/run.ts';
import { credentialsGone, isHandle } from '../nmap/ssh/handle.ts';
import type { Budget } from '../nmap/strategy/budget.ts';
import { runScan } from '../nmap/strategy/index.ts';
import type { AllowedScan } from '../policy/authorize.ts';
import { flagRow } from '../policy/flags.ts';
import type { Store } from '../store/open.ts';
import type { FinalState } from '../store/tasks.ts';
import type { StopReason } from './dispatcher.ts';
import type { ScanObserver } from './observer.ts';
import { isOpenOnly, portSumNotes } from './port-sum.ts';
import { Recorder } from './recorder.ts';
import type { ScanSettings } from './settings.ts';
import type { FindVantage, Vantage } from './vantages.ts';
import type { Watchers } from './watchers.ts';

// A cancellation that came in through another process of ours is seen within this time.
const CANCEL_POLL_MS = 1000;
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

/** @returns the function that runs a task; it rejects only when the store cannot take the ending. */
export function createWorker(parts: {
  store: () => Promise<Store>;
  vantage: FindVantage;
  /** Shared by all workers of the process, so that their scans together stay polite. */
  budget: Budget;
  runsFolder: string;
  settings?: () => Pick<ScanSettings, 'maxRunMinutes'>;
  watchers: Watchers;
  observer?: ScanObserver;
  onDefect: (error: unknown) => void;
}): (task: Task, signal: AbortSignal) => Promise<void> {
  const { vantage, budget, runsFolder, watchers, observer, onDefect, settings = NO_LIMIT } = parts;

  return async function runTask(task, signal) {
    const store = await parts.store();
    const stop = new AbortController();
    const forward = () => stop.abort(signal.reason);
    signal.addEventListener('abort', forward);
    if (signal.aborted) forward();
    const cancelPoll = setInterval(() => {
      store.tasks.cancelRequested(task.id).then((asked) => {
        if (asked) stop.abort('cancelled' satisfies StopReason);
      }, onDefect);
    }, CANCEL_POLL_MS);
    const { maxRunMinutes } = settings();
    const overtime =
      maxRunMinutes > 0
        ? setTimeout(
            () => stop.abort('overtime' satisfies StopReason),
            Math.min(maxRunMinutes * 60_000, LONGEST_TIMER_MS),
          )
        : undefined;
    try {
      const ending = await attempt(task, store, stop);
      clearTimeout(overtime);
      await settleAtLast(task, store, ending, stop.signal);
    } finally {
      clearInterval(cancelPoll);
      clearTimeout(overtime);
      signal.removeEventListener('abort', forward);
    }
  };

  async function attempt(task: Task, store: Store, stop: AbortController): Promise<Ending> {
    const folder = runFolder(runsFolder, task);
    try {
      const from = await vantage(task.request);
      const scan = await remaining(task, store, from);
      if (!scan) return { state: 'completed', coverage: [], stored: true };
      const outcome = await scanInto(folder, task, store, scan, from, stop);
      return { ...endingOf(outcome), stored: true };
    } catch (error) {
      if (!(error instanceof PortolanError)) onDefect(error);
      return {
        state: 'failed',
        coverage: [],
        error: asErrorValue(error),
        stored: !(error instanceof PortolanError && error.code === 'storage_failed'),
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
    task: Task,
    store: Store,
    scan: AllowedScan,
    { nmap, runner }: Vantage,
    stop: AbortController,
  ): Promise<ScanOutcome> {
    const install = await nmap();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let storageError: PortolanError | undefined;
    const recorder = new Recorder(store, task.id, {
      stored: () => watchers.changed(task.id),
      failure: (error) => {
        storageError = error;
        stop.abort('shutdown' satisfies StopReason);
      },
    });
    const forward = onward(task.progress?.percent ?? 0);
    const outcome = await runScan(scan, {
      budget,
      nmap: install,
      runner,
      directory: folder,
      taskId: task.id,
      correlationId: task.request.correlationId,
      signal: stop.signal,
      on: {
        started: ({ argv }) => {
          observer?.ran(task, {
            argv,
            nmapVersion: install.version,
            intrusive: scan.intrusive,
            evasion: scan.options.some(({ flag }) => flagRow(flag)?.risk === 'evasion'),
          });
          store.tasks.recordRun(task.id, { argv, nmapVersion: install.version }).catch(onDefect);
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
    await recorder.drain();
    if (storageError) throw storageError;
    return outcome;
  }

  /** The ending is kept in memory while the database is locked, full or hangs, and stored when that is over. */
  async function settleAtLast(task: Task, store: Store, ending: Ending, signal: AbortSignal): Promise<void> {
    // What was reported is not all stored: the row stays as it is, until recover.ts has read the run folder into it.
    if (!ending.stored) throw new PortolanError('storage_failed', NOT_STORED.message, NOT_STORED.next);
    for (let wait = SETTLE_RETRY_MS; ; wait = Math.min(2 * wait, MAX_SETTLE_RETRY_MS)) {
      try {
        return await settle(task, store, ending, signal.reason);
      } catch (error) {
        const mayMend = error instanceof PortolanError && error.code === 'storage_failed';
        if (!mayMend || signal.reason === ('shutdown' satisfies StopReason)) throw error;
      }
      await delay(wait);
    }
  }

  async function settle(
    task: Task,
    store: Store,
    ending: Ending,
    reason: StopReason | undefined,
  ): Promise<void> {
    const { tasks, hosts } = store;
    const run = ending.run ? joinRuns(task.run, ending.run) : task.run;
    if (ending.run && run) await tasks.recordRun(task.id, { facts: run });
    await hosts.showAnnounced(task.id);
    const unsettled = await tasks.get(task.id);
    const sums = unsettled ? await portSumNotes(unsettled, store, ending.hostsUp) : [];
    const coverage = [...task.coverage, ...ending.coverage, ...sums];
    if (ending.state === 'stopped' && reason === 'shutdown' && isHandle(task.request.scanner)) {
      await tasks.finish(task.id, 'failed', Date.now(), { coverage, error: credentialsGone().toValue() });
    } else if (ending.state === 'stopped' && reason === 'shutdown') {
      await tasks.requeue(task.id, [...task.coverage, resumedNote()]);
    } else if (ending.state === 'stopped' && reason === 'overtime') {
      await tasks.finish(task.id, 'failed', Date.now(), {
        coverage: [...coverage, CUT_OFF],
        error: overran(settings().maxRunMinutes),
      });
    } else {
      const state: FinalState = ending.state === 'stopped' ? 'cancelled' : ending.state;
      await tasks.finish(task.id, state, Date.now(), {
        coverage,
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

interface Ending {
  state: 'completed' | 'failed' | 'stopped';
  coverage: CoverageNote[];
  error?: ErrorValue;
  run?: RunFacts;
  /** As nmap counted them at the end. */
  hostsUp?: number;
  /** Addresses to which nothing was sent. */
  notScanned?: number;
  /** Everything that was reported is in the store. */
  stored: boolean;
}

const NO_LIMIT = () => ({ maxRunMinutes: 0 });

// Node's timers go no further; that is 24 days.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const CUT_OFF: CoverageNote = {
  kind: 'cut_off',
  message: 'The scan was ended by its longest run time; hosts that are not listed were not finished.',
};

function overran(minutes: number): ErrorValue {
  return {
    code: 'scan_timeout',
    message: `The scan had run for ${minutes} minutes, the longest that a scan may, and was ended.`,
    next: 'What was found is kept: read it with get_task_result. Scan fewer ports or hosts at once, or faster, for the rest.',
    limit: 'scans.maxRunMinutes',
  };
}

/** Said once on a task that went on after an interruption. */
export function resumedNote(): CoverageNote {
  return {
    kind: 'resumed',
    message:
      'The scan was interrupted and went on with the hosts that were not finished; those were scanned again from the beginning.',
  };
}

function endingOf(outcome: ScanOutcome): Omit<Ending, 'stored'> {
  return {
    state: outcome.end,
    coverage: outcome.coverage,
    ...(outcome.hosts ? { hostsUp: outcome.hosts.up } : {}),
    ...(outcome.unsent ? { notScanned: outcome.unsent.addresses } : {}),
    ...(outcome.error ? { error: outcome.error } : {}),
    ...(outcome.run ? { run: outcome.run } : {}),
  };
}

function asErrorValue(error: unknown): ErrorValue {
  if (error instanceof PortolanError) return error.toValue();
  return {
    code: 'internal',
    message: 'The scan ended by a defect of Portolan.',
    next: 'What was found so far is kept; look into the log of the server and report the defect.',
  };
}
