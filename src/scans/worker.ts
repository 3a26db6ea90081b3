/** Runs one claimed task from authorisation to its last state. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorValue, PortolanError } from '../core/errors.ts';
import type { CoverageNote } from '../core/result.ts';
import type { Task } from '../core/task.ts';
import { runNmap, type ScanOutcome } from '../nmap/run.ts';
import { credentialsGone, isHandle } from '../nmap/ssh/handle.ts';
import type { AllowedScan } from '../policy/authorize.ts';
import type { Store } from '../store/open.ts';
import type { FinalState } from '../store/tasks.ts';
import type { StopReason } from './dispatcher.ts';
import { Recorder } from './recorder.ts';
import type { FindVantage, Vantage } from './vantages.ts';
import type { Watchers } from './watchers.ts';

// A cancellation that came in through another process of ours is seen within this time.
const CANCEL_POLL_MS = 1000;

/** The folder of one start of a scanner; it holds the XML that nmap writes, our write-ahead log. */
export function runFolder(runsFolder: string, task: Pick<Task, 'id' | 'attempts'>): string {
  return join(runsFolder, task.id, String(task.attempts));
}

/** @returns the function that runs a task; it rejects only when the store cannot take the ending. */
export function createWorker(parts: {
  store: () => Promise<Store>;
  vantage: FindVantage;
  runsFolder: string;
  watchers: Watchers;
  onDefect: (error: unknown) => void;
}): (task: Task, signal: AbortSignal) => Promise<void> {
  const { vantage, runsFolder, watchers, onDefect } = parts;

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
    try {
      const ending = await attempt(task, store, stop);
      await settle(task, store, ending, stop.signal.reason);
    } finally {
      clearInterval(cancelPoll);
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
    const outcome = await runNmap(scan, {
      nmap: install,
      runner,
      directory: folder,
      taskId: task.id,
      signal: stop.signal,
      on: {
        started: ({ argv }) => {
          store.tasks.recordRun(task.id, { argv, nmapVersion: install.version }).catch(onDefect);
        },
        host: (host) => recorder.host(host),
        openPort: (port) => recorder.openPort(port),
        progress: (progress) => recorder.progress(progress),
      },
    });
    await recorder.drain();
    if (storageError) throw storageError;
    return outcome;
  }

  async function settle(
    task: Task,
    store: Store,
    ending: Ending,
    reason: StopReason | undefined,
  ): Promise<void> {
    const { tasks, hosts } = store;
    const coverage = [...task.coverage, ...ending.coverage];
    if (ending.stored) await hosts.showAnnounced(task.id);
    if (ending.state === 'stopped' && reason === 'shutdown' && isHandle(task.request.scanner)) {
      await tasks.finish(task.id, 'failed', Date.now(), { coverage, error: credentialsGone().toValue() });
    } else if (ending.state === 'stopped' && reason === 'shutdown') {
      await tasks.requeue(task.id, [...task.coverage, resumedNote()]);
    } else {
      const state: FinalState = ending.state === 'stopped' ? 'cancelled' : ending.state;
      await tasks.finish(task.id, state, Date.now(), {
        coverage,
        ...(ending.error ? { error: ending.error } : {}),
        ...(ending.hostsUp === undefined ? {} : { hostsUp: ending.hostsUp }),
      });
    }
    watchers.changed(task.id);
    // What could not be stored stays on disk, for the next start to read.
    if (ending.stored) await rm(join(runsFolder, task.id), { recursive: true, force: true });
  }
}

interface Ending {
  state: 'completed' | 'failed' | 'stopped';
  coverage: CoverageNote[];
  error?: ErrorValue;
  /** As nmap counted them at the end. */
  hostsUp?: number;
  /** Everything that was reported is in the store. */
  stored: boolean;
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
    ...(outcome.error ? { error: outcome.error } : {}),
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
