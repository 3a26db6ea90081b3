/**
 * After a crash: ends the scanners that a dead process left behind, reads what they had reported, and puts what
 * remains back into the queue. Every step may be interrupted and done again. Nobody's death is certain: whoever is
 * taken for dead and lives has lost its lease with the first step, and writes nothing more.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorValue } from '../core/errors.ts';
import { LeaseLost } from '../core/lease.ts';
import { monotonicMs } from '../core/monotonic.ts';
import type { HostResult } from '../core/result.ts';
import type { HeldTask, Task } from '../core/task.ts';
import { isGone } from '../nmap/machine/processes.ts';
import { type Place, UNKNOWN_BOOT, whereWeRun } from '../nmap/machine/where-we-run.ts';
import { readRun } from '../nmap/recovery/replay.ts';
import { endScanners, findOrphans, killTree } from '../nmap/run/reap.ts';
import { credentialsGone, isHandle } from '../nmap/ssh/handle.ts';
import { joinRuns } from '../nmap/xml/run-facts.ts';
import type { AnnouncedPort } from '../store/hosts.ts';
import type { Instance } from '../store/instances.ts';
import type { Store } from '../store/open.ts';
import { resumedNote } from './ending.ts';
import { isCommandInstance } from './instance-id.ts';
import { portSumNotes } from './port-sum.ts';
import type { Silence } from './silence.ts';
import { runFolder } from './worker.ts';

/** A task that we died with this often is given up: it may be what kills us. Being asked to end is no death. */
export const MAX_DEATHS = 3;
/** How long a running task may be unknown here before it counts as lost: longer than any answer of the store is waited for. */
const SUSPECT_MS = 15_000;

export interface Recovered {
  /** Waiting tasks of the dead that were taken over. */
  adopted: number;
  /** Running ones that go on with what remains. */
  requeued: number;
  /** Running ones that were ended with what they have. */
  failed: number;
}

/** Told of each task that is ended here: nobody else runs it who would tell. */
type Ended = (task: Task) => void;

interface Ending {
  store: Store;
  runsFolder: string;
  now: number;
  ended?: Ended | undefined;
}

/**
 * Hands all unfinished tasks of processes that are dead to `adopter`, but for those of single commands, which end. Safe
 * to run in several processes at once: each task is moved by one statement that names who had it.
 * @param parts.silence what this process has heard of the others so far
 */
export async function recover(parts: {
  store: Store;
  instanceId: string;
  adopter: string;
  silence: Silence;
  runsFolder: string;
  now: number;
  ended?: Ended;
}): Promise<Recovered> {
  const { store, instanceId, adopter, silence } = parts;
  // First of all: whatever happens below, no scanner of a dead process goes on.
  for (const { pid, startTicks } of await findOrphans({ runsDirectory: parts.runsFolder }))
    await killTree(pid, startTicks);
  const result: Recovered = { adopted: 0, requeued: 0, failed: 0 };
  const here = whereWeRun();
  const lookedAt = monotonicMs();
  const others = await store.instances.others(instanceId);
  const silent = new Set(silence.look(others, lookedAt));
  for (const other of others) {
    if (!silent.has(other) && !hasEnded(other, here)) continue;
    // What was asked to end or went with a whole machine died of no scan.
    const deaths = Number(!other.leaving && other.boot_id === (here.bootId ?? UNKNOWN_BOOT));
    await takeAll(other.id, { heard: other, deaths }, parts, result);
    await store.instances.remove(other.id, other);
  }
  // What is not registered has signed off.
  for (const id of await store.tasks.strayInstances())
    if (id !== adopter) await takeAll(id, {}, parts, result);
  return result;
}

/** Whether it has surely ended: only a pid of this very namespace means anything here. */
function hasEnded({ boot_id, host, pid_namespace, pid, start_ticks }: Instance, here: Place): boolean {
  return (
    boot_id === here.bootId &&
    host === here.host &&
    pid_namespace !== null &&
    pid_namespace === here.pidNamespace &&
    start_ticks !== null &&
    isGone(pid, Number(start_ticks))
  );
}

/** Takes over the unfinished tasks of one instance, which is not to be this process. */
async function takeAll(
  from: string,
  death: NonNullable<Parameters<Store['tasks']['adopt']>[3]>,
  parts: Ending & { adopter: string },
  result: Recovered,
): Promise<void> {
  const { tasks } = parts.store;
  for (const { id, state } of await tasks.unfinishedOf(from)) {
    const waits = state === 'pending';
    const task = await tasks.adopt(id, from, parts.adopter, waits ? { ...death, deaths: 0 } : death);
    if (!task) continue;
    await unlessLost(async () => {
      if (isCommandInstance(from)) {
        await end(task, parts, COMMAND_ENDED);
        result.failed += 1;
      } else if (waits) result.adopted += 1;
      else if (await takeOver(task, parts)) result.requeued += 1;
      else result.failed += 1;
    });
  }
}

/** Where yet another process has taken the task meanwhile, it is that one's to end or to go on with. */
async function unlessLost(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
  }
}

/**
 * The same for running tasks of this very process that nobody runs here: the database failed when one was claimed or
 * when its end was to be stored. A task counts only when it has been in `suspects`, the findings of the looks before,
 * for a while, as one that has just been claimed is not known here yet either.
 * @param parts.at the time of this look, of the monotonic clock
 */
export async function recoverOwn(parts: {
  store: Store;
  instanceId: string;
  runs: (taskId: string) => boolean;
  suspects: ReadonlyMap<string, number>;
  at: number;
  runsFolder: string;
  now: number;
  ended?: Ended;
}): Promise<Recovered & { suspects: Map<string, number> }> {
  const { store, instanceId, runs, at } = parts;
  const result = { adopted: 0, requeued: 0, failed: 0, suspects: new Map<string, number>() };
  for (const { id, state } of await store.tasks.unfinishedOf(instanceId)) {
    if (state !== 'running' || runs(id)) continue;
    const since = parts.suspects.get(id) ?? at;
    if (at - since < SUSPECT_MS) {
      result.suspects.set(id, since);
      continue;
    }
    const task = await store.tasks.adopt(id, instanceId, instanceId, { deaths: 1 });
    if (!task) continue;
    await unlessLost(async () => {
      if (await takeOver(task, parts)) result.requeued += 1;
      else result.failed += 1;
    });
  }
  return result;
}

/** @returns true when the task goes on, false when it was ended with what it has. */
async function takeOver(task: HeldTask, ending: Ending): Promise<boolean> {
  const { store, runsFolder } = ending;
  const deaths = task.deaths ?? 0;
  const held = isHandle(task.request.scanner);
  const cancelled = await store.tasks.cancelRequested(task.id);
  if (!cancelled && !held && deaths < MAX_DEATHS) {
    await collect(task, store, runsFolder);
    const coverage = [...task.coverage.filter((note) => note.kind !== 'resumed'), resumedNote()];
    await store.tasks.requeue(task.id, coverage, task.lease);
    return true;
  }
  await end(task, ending, held ? credentialsGone().toValue() : triedTooOften(deaths));
  return false;
}

const RESUME =
  'What was found is kept: read it with get_task_result. resume_task (`portolan resume` at a shell) scans the rest.';

function triedTooOften(deaths: number): ErrorValue {
  return {
    code: 'interrupted',
    message: `The scan was interrupted ${deaths} times by the sudden end of Portolan itself.`,
    next: RESUME,
    limit: `at most ${MAX_DEATHS} such ends in one scan`,
  };
}

const COMMAND_ENDED: ErrorValue = {
  code: 'interrupted',
  message: 'The command that started the scan ended before it; nobody else goes on with it.',
  next: RESUME,
};

/** Ends a task with what it has: as cancelled where that was asked for, else as failed for this reason. */
async function end(
  task: HeldTask,
  { store, runsFolder, now, ended }: Ending,
  error: ErrorValue,
): Promise<void> {
  await collect(task, store, runsFolder);
  const collected = (await store.tasks.get(task.id)) ?? task;
  const coverage = [
    ...task.coverage,
    {
      kind: 'cut_off' as const,
      message: 'The scan was interrupted; hosts that are not listed were not finished.',
    },
    ...(await portSumNotes(collected, store)),
  ];
  const { lease } = task;
  if (await store.tasks.cancelRequested(task.id))
    await store.tasks.finish(task.id, 'cancelled', now, { coverage, lease });
  else await store.tasks.finish(task.id, 'failed', now, { coverage, error, lease });
  const after = await store.tasks.get(task.id);
  if (after) ended?.(after);
}

async function collect(task: HeldTask, store: Store, runsFolder: string): Promise<void> {
  const folder = join(runsFolder, task.id);
  // Whoever had it may live after all; its scanner would go on beside the next one.
  await endScanners(folder);
  await replay(task, store, runFolder(runsFolder, task));
  await rm(folder, { recursive: true, force: true });
}

/** Stores what nmap had written before the end and nobody had read. */
async function replay({ id, run: before, lease }: HeldTask, store: Store, folder: string): Promise<void> {
  const hosts: HostResult[] = [];
  const ports: AnnouncedPort[] = [];
  const { run } = await readRun(folder, {
    host: (host) => hosts.push(host),
    openPort: (port) => ports.push(port),
  });
  await store.hosts.announce(id, ports, lease);
  await store.hosts.put(id, hosts, lease);
  await store.hosts.showAnnounced(id, lease);
  if (run.asked.length > 0) await store.tasks.recordRun(id, { facts: joinRuns(before, run) }, lease);
}
