/** What scans need to be asked for, run and kept: the store, where nmap runs, the queue and what a crash left. */
import { runsFolder as runsFolderOf } from '../config/data-folder.ts';
import type { Config } from '../config/schema.ts';
import type { Breakers } from '../core/breaker.ts';
import { once } from '../core/once.ts';
import { within } from '../core/origin.ts';
import type { HeldTask, Task } from '../core/task.ts';
import { fileShares } from '../nmap/machine/open-files.ts';
import { createBudget } from '../nmap/strategy/budget.ts';
import type { Logger } from '../observe/log.ts';
import { createDispatcher } from '../scans/dispatcher.ts';
import type { ScanObserver } from '../scans/observer.ts';
import { createPresence } from '../scans/presence.ts';
import { createScanService, type ScanService } from '../scans/service.ts';
import { Stalls } from '../scans/stalls.ts';
import type { FindVantage } from '../scans/vantages.ts';
import { Watchers } from '../scans/watchers.ts';
import type { Store } from '../store/open.ts';
import type { Local } from './local.ts';
import type { Remote } from './remote.ts';

export interface Scanning {
  scans: ScanService;
  /** Opens the database; a server also takes over what a crash left in it. */
  store(): Promise<Store>;
  /** Opens it and makes this process known there. */
  join(): Promise<Store>;
  /** Begins what each scan from here waits for, all of it at a time. What fails is said where it is needed. */
  prepare(): void;
  /** Its name there. */
  instanceId: string;
  /** Shows that the database can be written. */
  touchStore(): Promise<void>;
  /** Scanning from this machine. */
  here(): Promise<Local>;
  /** Scanning over SSH, which is loaded when somebody scans from elsewhere. */
  elsewhere(): Promise<Remote>;
  /** Forgets a scanner that a call described. */
  release(scanner: string | undefined): Promise<void>;
  /** Notes that this process was asked to end: what comes then is no crash. */
  leave(): void;
  /** Looks for a task that may run. */
  wake(): void;
  /** Resolves when no task of this process runs or waits. */
  idle(): Promise<void>;
  /** Stops what runs, which goes back to the queue. */
  stop(): Promise<void>;
  /** Closes connections and the database. */
  close(): Promise<void>;
}

export function createScanning(
  config: Config,
  parts: {
    log: Logger;
    /** Whether this process also runs tasks that other processes left. */
    adopts: boolean;
    breakers: Breakers;
    observer: ScanObserver;
    onDefect: (error: unknown) => void;
  },
): Scanning {
  const { log, adopts, breakers, observer, onDefect } = parts;
  const runsFolder = runsFolderOf(config);
  const here = once(async () => (await import('./local.ts')).createLocal(config));
  let remote: Promise<Remote> | undefined;
  const elsewhere = () => {
    remote ??= import('./remote.ts').then(({ createRemote }) =>
      createRemote(config, async (name) => (await here()).facts.resolve(name), breakers),
    );
    return remote;
  };
  const release = async (scanner: string | undefined) => (await remote)?.scanners.release(scanner);
  const vantage: FindVantage = async ({ scanner }) =>
    scanner === undefined ? (await here()).vantage : (await elsewhere()).vantage(scanner);
  const watchers = new Watchers();
  const stalls = new Stalls();
  const presence = createPresence({
    runsFolder,
    adopts,
    runs: (taskId) => dispatcher.runs(taskId),
    onDefect,
    onEnded: (task) => observer.changed(task),
    onRecovered: (what) => {
      log.warn(
        what,
        'took over tasks that were left unfinished, by a Portolan that ended or by a failing disk',
      );
      dispatcher.wake();
    },
  });

  let opened: Promise<Store> | undefined;
  const open = () => {
    opened ??= openFresh();
    return opened;
  };
  async function openFresh(): Promise<Store> {
    try {
      // Loaded here, because a client that only lists tools need not wait for a database.
      const { openStore } = await import('../store/open.ts');
      return await openStore(config.scans.database);
    } catch (error) {
      opened = undefined;
      throw error;
    }
  }
  let joining: Promise<Store> | undefined;
  /** With this process known in the database, and what the dead have left taken over. */
  const joined = () => {
    joining ??= openAndJoin();
    return joining;
  };
  async function openAndJoin(): Promise<Store> {
    try {
      const store = await open();
      await presence.start(store);
      return store;
    } catch (error) {
      joining = undefined;
      throw error;
    }
  }
  // A command that only reads is known to nobody, and changes nothing.
  const store = adopts ? joined : open;

  const budget = createBudget();
  const forget = ({ request }: Pick<Task, 'request'>) => release(request.scanner);
  // Behind an import too: it brings the XML reader, which the first answer does not need.
  const run = async (task: HeldTask, signal: AbortSignal) => {
    const { createWorker } = await import('../scans/worker.ts');
    const work = createWorker({
      store,
      vantage,
      budget,
      runsFolder,
      settings,
      watchers,
      stalls,
      observer,
      onLost: ({ id }) =>
        log.warn({ task: id }, 'another process has taken the scan over; the scanner here is stopped'),
      onDefect,
    });
    // Not in the name of whichever call happened to make room for it.
    const origin = { id: task.request.correlationId ?? task.id };
    await within(origin, () => work(task, signal)).finally(() => forget(task));
  };
  // No more at a time than this process may have files open for.
  const settings = () => ({
    ...config.scans,
    // A command line runs what it was asked for, and nothing else.
    zone: adopts ? config.scans.zone : undefined,
    maxConcurrentTasks: Math.max(1, Math.min(config.scans.maxConcurrentTasks, fileShares().scanners)),
  });
  const { instanceId } = presence;
  const dispatcher = createDispatcher({ instanceId, store, run, settings, watchers, observer, onDefect });
  const scans = createScanService({
    store,
    joined,
    vantage,
    dispatcher,
    watchers,
    stalls,
    settings,
    observer,
    ended: forget,
  });

  return {
    scans,
    store,
    join: joined,
    prepare() {
      const begun = [
        open(),
        here().then(({ vantage, launcher }) => Promise.all([vantage.nmap(), launcher()])),
      ];
      for (const one of begun) one.catch(() => {});
    },
    instanceId,
    touchStore: async () => void (await (await store()).instances.beat(instanceId, Date.now())),
    here,
    elsewhere,
    release,
    leave: () => {
      if (joining) void presence.leave();
    },
    wake: () => dispatcher.wake(),
    idle: () => dispatcher.idle(),
    stop: async () => {
      if (joining) await dispatcher.close();
    },
    async close() {
      if (joining) await presence.stop();
      joining = undefined;
      await (await opened)?.close();
      opened = undefined;
      (await remote)?.scanners.close();
    },
  };
}
