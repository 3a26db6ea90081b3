/**
 * The scan service: what tools, the command line and the dashboard ask of scans. It authorises before anything is
 * stored, stores before anything runs, and never loses a row.
 */
import { randomBytes } from 'node:crypto';
import type { Caller } from '../core/caller.ts';
import { PortolanError } from '../core/errors.ts';
import { monotonicMs } from '../core/monotonic.ts';
import type { ScanRequest } from '../core/request.ts';
import type { CoverageNote, HostResult } from '../core/result.ts';
import { FINAL_STATES, type Task, type TaskState } from '../core/task.ts';
import { isHandle } from '../nmap/ssh/handle.ts';
import type { AllowedScan } from '../policy/authorize.ts';
import type { HostQuery } from '../store/hosts.ts';
import type { Store } from '../store/open.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { ScanObserver } from './observer.ts';
import type { ScanPlan } from './plan.ts';
import { type ScanSettings, shareOf } from './settings.ts';
import type { Stalls } from './stalls.ts';
import type { FindVantage } from './vantages.ts';
import type { Watchers } from './watchers.ts';

export type { ScanPlan } from './plan.ts';

export interface HostPage {
  hosts: { seq: number; host: HostResult }[];
  /** More hosts are stored behind the last one of this page. */
  more: boolean;
}

export interface ScanService {
  /** What would run and what would be refused; sends nothing, stores nothing. */
  plan(request: ScanRequest): Promise<ScanPlan>;
  /** Throws what submit would throw for the scan itself; sends nothing, stores nothing. */
  authorize(request: ScanRequest, caller: Caller): Promise<void>;
  /**
   * Authorises and stores a scan; it starts as soon as a slot is free.
   * @param id of the task, where it was decided before, by newTaskId
   * @throws PortolanError with the refusal of the policy, or `busy` when the queue is full.
   */
  submit(request: ScanRequest, caller: Caller, id?: string): Promise<Task>;
  /**
   * Goes on with a scan that failed or was cancelled: what was finished stays, the rest is scanned.
   * @throws PortolanError as submit does, and `invalid_argument` for a task that runs, waits or has completed
   */
  resume(id: string, caller: Caller): Promise<Task>;
  /** Resolves when the task has ended, the time is over or the signal aborts, whichever is first. */
  wait(
    id: string,
    caller: Caller,
    options: { timeoutMs: number; signal: AbortSignal; onChange?: (task: Task) => void },
  ): Promise<Task>;
  /** @throws PortolanError `task_not_found`, also for the tasks of somebody else. */
  get(id: string, caller: Caller): Promise<Task>;
  /** Hosts found so far, in the order they were reported; those that are down only with `downToo`. */
  hosts(id: string, caller: Caller, page: HostQuery): Promise<HostPage>;
  /** The same as the text that is stored, for those who read it in a thread of their own. */
  hostBodies?(id: string, caller: Caller, page: HostQuery): Promise<{ seq: number; body: string }[]>;
  /** Newest first; with `since` only those asked for at that moment or later. */
  list(
    caller: Caller,
    page: { state?: TaskState; since?: number; before?: { createdAt: number; id: string }; limit: number },
  ): Promise<Task[]>;
  /** Stops the scan, keeps what was found, and resolves when it has ended. A task that has ended stays as it is. */
  cancel(id: string, caller: Caller): Promise<Task>;
}

// A cancelled scanner gets a moment to write what it knows; past this the answer says that it is still ending.
const CANCEL_WAIT_MS = 15_000;
// Tasks of another process of ours do not wake us, so they are looked at again this often.
const FOREIGN_POLL_MS = 250;

export function createScanService(parts: {
  store: () => Promise<Store>;
  /** The same, with this process known in it: for all that changes something. */
  joined: () => Promise<Store>;
  vantage: FindVantage;
  dispatcher: Dispatcher;
  watchers: Watchers;
  stalls: Stalls;
  settings: () => ScanSettings;
  /** Told about a task that was cancelled, which may never have run. */
  ended?: (task: Task) => void;
  observer?: Pick<ScanObserver, 'changed'>;
}): ScanService {
  const { store, joined, vantage, dispatcher, watchers, stalls, settings, ended, observer } = parts;

  async function allowed(request: ScanRequest, caller: Caller): Promise<AllowedScan> {
    const { policy } = await vantage(request);
    const scan = await policy.authorize(request);
    if (scan.intrusive && !caller.scopes.has('scan:intrusive')) throw lacksIntrusive(caller);
    return scan;
  }

  async function find(id: string, caller: Caller): Promise<Task> {
    const task = await (await store()).tasks.get(id);
    if (task && mayRead(task, caller)) return stalls.seen(task);
    throw new PortolanError(
      'task_not_found',
      `There is no task "${id.slice(0, 40)}".`,
      'Call list_tasks (`portolan tasks` at a shell, GET /tasks over REST) to see the tasks there are; ended ones are kept for scans.keepDays days.',
    );
  }

  /** The hosts of a task, with those that are announced so far. */
  async function readable(id: string, caller: Caller, query: HostQuery) {
    const task = await find(id, caller);
    const { hosts } = await store();
    // Of a scan that runs elsewhere that process shows them itself, a moment later: who only reads writes nothing.
    if (task.state === 'running' && dispatcher.runs(id)) await showAnnounced(hosts, id);
    // A list (-sL) asks nobody, so whether its hosts are up is not known: they are what it found all the same.
    const listed = task.request.options.some(({ flag }) => flag === '-sL');
    return { hosts, downToo: query.downToo === true || listed };
  }

  async function waitFor(
    id: string,
    caller: Caller,
    {
      timeoutMs,
      signal,
      onChange,
    }: { timeoutMs: number; signal: AbortSignal; onChange?: (task: Task) => void },
  ): Promise<Task> {
    const deadline = monotonicMs() + timeoutMs;
    for (;;) {
      // Armed before the row is read, so that a change in between wakes us too.
      const changed = watchers.next(
        id,
        Math.min(FOREIGN_POLL_MS, Math.max(0, deadline - monotonicMs())),
        signal,
      );
      const task = await find(id, caller);
      if (FINAL_STATES.has(task.state) || signal.aborted || monotonicMs() >= deadline) return task;
      onChange?.(task);
      await changed;
    }
  }

  /** How many scans may run and wait at most: in all, and of this owner. */
  function placesFor(owner: string): { most: number; mostOfOwner: number } {
    const { queueLimit, maxConcurrentTasks } = settings();
    const own = shareOf(owner, settings());
    return { most: maxConcurrentTasks + queueLimit, mostOfOwner: own.running + own.waiting };
  }

  async function whyNoPlace(tasks: Store['tasks'], owner: string): Promise<PortolanError> {
    const { most, mostOfOwner } = placesFor(owner);
    const isOwn = mostOfOwner < most && (await tasks.unfinishedOfOwner(owner)) >= mostOfOwner;
    return isOwn ? shareTaken(shareOf(owner, settings())) : noPlace(settings());
  }

  return {
    async plan(request) {
      const { policy, privileges } = await vantage(request);
      const { planScan } = await import('./plan.ts');
      return await planScan(policy, request, privileges);
    },

    authorize: async (request, caller) => void (await allowed(request, caller)),

    async submit(request, caller, id = newTaskId()) {
      const scan = await allowed(request, caller);
      const { tasks } = await joined();
      const task = {
        id,
        owner: caller.id,
        request,
        createdAt: Date.now(),
        addressesTotal: scan.addressCount,
        coverage: [...scan.notes],
        // The credentials of a host that the caller described are in this process alone.
        zone: isHandle(request.scanner) ? undefined : settings().zone,
      };
      const { most, mostOfOwner } = placesFor(caller.id);
      if (!(await tasks.insert(task, dispatcher.instanceId, most, mostOfOwner)))
        throw await whyNoPlace(tasks, caller.id);
      observer?.changed({ ...task, state: 'pending', hostsDone: 0, hostsUp: 0, openPorts: 0, attempts: 0 });
      dispatcher.wake();
      return await find(task.id, caller);
    },

    async resume(id, caller) {
      // First, as it takes over what the dead have left: perhaps this very scan.
      const { tasks } = await joined();
      const task = await find(id, caller);
      if (task.state !== 'failed' && task.state !== 'cancelled') throw notResumable(task);
      await allowed(task.request, caller);
      const { most, mostOfOwner } = placesFor(task.owner);
      const coverage = [...task.coverage.filter(({ kind }) => !ENDED_EARLY.has(kind)), RESUMED];
      if (!(await tasks.reopen(task, dispatcher.instanceId, coverage, most, mostOfOwner))) {
        const now = await find(id, caller);
        throw now.state === task.state ? await whyNoPlace(tasks, task.owner) : notResumable(now);
      }
      dispatcher.wake();
      const resumed = await find(id, caller);
      observer?.changed(resumed);
      return resumed;
    },

    wait: waitFor,
    get: find,

    async hosts(id, caller, query) {
      const { hosts, downToo } = await readable(id, caller, query);
      const rows = await hosts.page(id, { ...query, limit: query.limit + 1, downToo });
      return { hosts: rows.slice(0, query.limit), more: rows.length > query.limit };
    },

    async hostBodies(id, caller, query) {
      const { hosts, downToo } = await readable(id, caller, query);
      return await hosts.bodies(id, { ...query, downToo });
    },

    async list(caller, { state, since, before, limit }) {
      const { tasks } = await store();
      const found = await tasks.list({
        limit,
        ...(caller.scopes.has('admin') ? {} : { owner: caller.id }),
        ...(state ? { state } : {}),
        ...(since === undefined ? {} : { since }),
        ...(before ? { before } : {}),
      });
      return found.map((task) => stalls.seen(task));
    },

    async cancel(id, caller) {
      const task = await find(id, caller);
      if (FINAL_STATES.has(task.state)) return task;
      // What runs here is stopped even when the wish cannot be stored.
      if (dispatcher.runs(id)) dispatcher.cancel(id);
      await (await joined()).tasks.requestCancel(id);
      dispatcher.cancel(id);
      const signal = new AbortController().signal;
      const stopped = await waitFor(id, caller, { timeoutMs: CANCEL_WAIT_MS, signal });
      if (FINAL_STATES.has(stopped.state)) ended?.(stopped);
      return stopped;
    },
  };
}

function shareTaken({ running, waiting }: { running: number; waiting: number }): PortolanError {
  return new PortolanError(
    'busy',
    `${running + waiting} scans of yours run or wait already.`,
    'Come back when one has ended, or cancel one with cancel_task; list_tasks shows them.',
    {
      limit: `at most ${running} running and ${waiting} waiting scans of one caller (scans.maxConcurrentPerCaller, scans.queueLimitPerCaller)`,
      retryAfterSeconds: 60,
    },
  );
}

/** What cannot be written now is not shown yet; what was stored before can be read all the same. */
async function showAnnounced(hosts: Store['hosts'], id: string): Promise<void> {
  try {
    await hosts.showAnnounced(id);
  } catch (error) {
    if (!(error instanceof PortolanError && error.code === 'storage_failed')) throw error;
  }
}

function noPlace({ maxConcurrentTasks, queueLimit }: ScanSettings): PortolanError {
  return new PortolanError(
    'busy',
    `${maxConcurrentTasks} scans run and ${queueLimit} wait already.`,
    'Come back in a minute, or cancel a waiting task with cancel_task; list_tasks shows them.',
    { limit: `at most ${queueLimit} waiting scans (scans.queueLimit)`, retryAfterSeconds: 60 },
  );
}

function notResumable({ id, state }: Task): PortolanError {
  return new PortolanError(
    'invalid_argument',
    `Task ${id} is ${state}; only a scan that failed or was cancelled can be resumed.`,
    state === 'completed' ? 'Start a new scan.' : 'Follow it with get_task_status.',
  );
}

/** Notes that are about an end which is none any more. */
const ENDED_EARLY: ReadonlySet<CoverageNote['kind']> = new Set(['cut_off', 'resumed']);
const RESUMED: CoverageNote = {
  kind: 'resumed',
  message:
    'The scan had been ended early and was resumed with the hosts that were not finished; those were scanned again from the beginning.',
};

/** The refusal of an intrusive scan to a caller who may not ask for one. */
export function lacksIntrusive(caller: Caller): PortolanError {
  return new PortolanError(
    'forbidden',
    `An intrusive scan needs the scope scan:intrusive, which ${caller.name} does not have.`,
    'Leave the intrusive options out, or ask the operator for a token with scan:intrusive.',
  );
}

function mayRead(task: Task, caller: Caller): boolean {
  return task.owner === caller.id || caller.scopes.has('admin');
}

// Letters and digits that are not mistaken for one another when a model or a person copies them.
const ID_ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';

export function newTaskId(): string {
  const bytes = randomBytes(14);
  return Array.from(bytes, (byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join('');
}
