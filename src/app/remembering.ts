/**
 * Makes the inventory of what scans found: each scan that has ended is handed in as a look and folded, one after another
 * and never on the path of a scan. What a crash left untold is told at the next start.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import type { HostResult } from '../core/result.ts';
import { FINAL_STATES, type Task } from '../core/task.ts';
import type { Store } from '../store/open.ts';
import { pagesOf } from '../tools/documents/inventory-documents.ts';
import { networkDescriber } from './described-networks.ts';
import { thresholdsOf } from './inventory-thresholds.ts';
import type { InventoryObserver } from './observation.ts';
import type { Rechecks } from './rechecks.ts';
import { siteOf } from './site-of.ts';

export interface Remembering {
  /** Told of every change of a task; only its end counts. */
  changed(task: Task): void;
  /** Tells what was left untold, and folds what waits. */
  start(store: Store): Promise<void>;
  /** Folds what was handed in by others: imports, captures. A failure is told as a defect; what waits then, waits. */
  fold(): Promise<void>;
  /** Folds what command lines have left, before one of them asks; a process that stays does so by itself. */
  catchUp(): Promise<void>;
  /** Resolves when all that has ended is remembered. */
  idle(): Promise<void>;
  /** Leaves what waits to the next start, and resolves when what is under way has been written. */
  stop(): Promise<void>;
}

/** So long whoever waits for a scan has the process for the answer, before anything is made of what was found. */
const ANSWER_FIRST_MS = 200;
/** Hosts that are read of the database at once. */
const PAGE = 500;
/** Changes of one look that those who follow events are told: the ring has room for some thousands. */
const MOST_TOLD = 500;
/** Hosts of a scan up to which a command line folds them itself: that takes less than half a second. */
const MOST_ON_THE_WAY = 2000;
/** How often a process that stays looks for what others have left to be folded. */
const LOOK_EVERY_MS = 30_000;
/** How soon it is told that a network was not looked at in time. */
const CLOCK_EVERY_MS = 300_000;
/** Scans left untold that are looked up at once. */
const UNTOLD_PAGE = 500;

export function createRemembering(parts: {
  config: Config;
  store: () => Promise<Store>;
  observer: InventoryObserver;
  /** Whether this process stays, as a server does. */
  stays: boolean;
  /** Of one that stays: told what to ask once more. */
  rechecks?: Rechecks;
  /** Told which pages of the inventory have changed. */
  onUpdated: (uris: readonly string[]) => void;
  onDefect: (error: unknown) => void;
}): Remembering {
  const { config, store, stays, observer, rechecks, onUpdated, onDefect } = parts;
  const ending = new AbortController();
  let last: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => {
    last = last.then(() => (ending.signal.aborted ? undefined : work())).catch(onDefect);
    return last;
  };

  /** @returns how many hosts it tells of */
  async function tell(open: Store, task: Task): Promise<number> {
    // Behind imports: a process that scans nothing needs none of it.
    const [{ lookOf }, { handIn }] = await Promise.all([
      import('../scans/look.ts'),
      import('../inventory/hand-in.ts'),
    ]);
    const look = await lookOf(task, hostsOf(open, task.id), {
      site: siteOf(config, task.request.scanner),
    });
    if (look) await handIn(open, look);
    return look?.sightings.length ?? 0;
  }

  const described = networkDescriber(store, config);

  async function fold(open: Store): Promise<void> {
    await described();
    const { foldWaiting, rulesOf } = await import('../inventory/fold.ts');
    const rules = rulesOf({ thresholds: thresholdsOf(config.inventory.thresholds) });
    await foldWaiting(open, rules, {
      signal: ending.signal,
      onFolded: ({ taskId, site }, { assets, events, closed, recheck }) => {
        onUpdated(
          pagesOf(
            site,
            assets.slice(0, MOST_TOLD).map(({ uid }) => uid),
          ),
        );
        if (taskId !== undefined && recheck) rechecks?.folded(taskId, { recheck });
        for (const event of events.slice(0, MOST_TOLD)) observer.changed(event);
        for (const one of closed.slice(0, MOST_TOLD)) observer.closed(one, site);
      },
      onRefused: (_, error) => onDefect(error),
    });
    await lookAtClock(open);
  }

  async function lookAtClock(open: Store): Promise<void> {
    const { tellOverdue } = await import('../inventory/overdue.ts');
    for (const { site, events, closed } of await tellOverdue(open, Date.now())) {
      onUpdated(pagesOf(site, []));
      for (const event of events) observer.changed(event);
      for (const one of closed) observer.closed(one, site);
    }
  }

  /** What a command line has handed in, or a process that is gone has begun. */
  async function foldLeft(): Promise<void> {
    const open = await store();
    if ((await open.looks.sitesToFold()).length > 0) await fold(open);
  }
  const timers: NodeJS.Timeout[] = [];

  return {
    changed(task) {
      if (!config.inventory.enabled || !FINAL_STATES.has(task.state) || task.startedAt === undefined) return;
      void inTurn(async () => {
        if (stays) await pause(ANSWER_FIRST_MS, ending.signal);
        if (ending.signal.aborted) return;
        const open = await store();
        const ended = await open.tasks.get(task.id);
        const hosts = ended ? await tell(open, ended) : 0;
        // It lies there safely: whoever waits for a command to end does not wait for that too.
        if (stays || hosts <= MOST_ON_THE_WAY) await fold(open);
      });
    },
    start: (open) => {
      if (!config.inventory.enabled) return Promise.resolve();
      return inTurn(async () => {
        await described();
        for (let page = await open.looks.untoldTasks(UNTOLD_PAGE); page.length > 0; ) {
          for (const { id } of page) {
            if (ending.signal.aborted) return;
            const task = await open.tasks.get(id);
            if (task) await tell(open, task);
          }
          page = page.length < UNTOLD_PAGE ? [] : await open.looks.untoldTasks(UNTOLD_PAGE, page.at(-1));
        }
        await fold(open);
        timers.push(
          setInterval(() => void inTurn(foldLeft), LOOK_EVERY_MS).unref(),
          setInterval(
            () => void inTurn(async () => await lookAtClock(await store())),
            CLOCK_EVERY_MS,
          ).unref(),
        );
      });
    },
    catchUp: async () => {
      if (!stays) await inTurn(foldLeft);
    },
    fold: () => inTurn(async () => await fold(await store())),
    idle: () => last,
    async stop() {
      ending.abort();
      rechecks?.stop();
      for (const timer of timers) clearInterval(timer);
      await last;
    },
  };
}

/** Ends early when the signal aborts. */
const pause = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => {});

async function* hostsOf({ hosts }: Store, taskId: string): AsyncGenerator<HostResult> {
  for (let after = 0; ; ) {
    const page = await hosts.page(taskId, { after, limit: PAGE, downToo: true });
    for (const { host } of page) yield host;
    const end = page.at(-1);
    if (!end || page.length < PAGE) return;
    after = end.seq;
  }
}
