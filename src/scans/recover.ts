/**
 * After a crash: ends the scanners that a dead process left behind, reads what they had reported, and puts what
 * remains back into the queue. Every step may be interrupted and done again.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorValue } from '../core/errors.ts';
import type { HostResult } from '../core/result.ts';
import type { Task } from '../core/task.ts';
import { isAlive } from '../nmap/machine/processes.ts';
import { readRun } from '../nmap/recovery/replay.ts';
import { findOrphans, killTree } from '../nmap/run/reap.ts';
import { credentialsGone, isHandle } from '../nmap/ssh/handle.ts';
import { joinRuns } from '../nmap/xml/run-facts.ts';
import type { AnnouncedPort } from '../store/hosts.ts';
import type { Instance } from '../store/instances.ts';
import type { Store } from '../store/open.ts';
import { resumedNote } from './ending.ts';
import { isCommandInstance } from './instance-id.ts';
import { portSumNotes } from './port-sum.ts';
import { runFolder } from './worker.ts';

/** A task that we died with this often is given up: it may be what kills us. Being asked to end is no death. */
export const MAX_DEATHS = 3;
// Where a process cannot be looked at (not Linux), one that was silent this long counts as dead.
const SILENT_MS = 60_000;

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
 */
export async function recover(parts: {
  store: Store;
  instanceId: string;
  adopter: string;
  bootId: string;
  runsFolder: string;
  now: number;
  ended?: Ended;
}): Promise<Recovered> {
  const { store, instanceId, adopter, now } = parts;
  // First of all: whatever happens below, no scanner of a dead process goes on.
  for (const { pid, startTicks } of await findOrphans({ runsDirectory: parts.runsFolder }))
    await killTree(pid, startTicks);
  const result: Recovered = { adopted: 0, requeued: 0, failed: 0 };
  const others = await store.instances.others(instanceId);
  const dead = others.filter((other) => !lives(other, parts.bootId, now));
  // What is not registered has signed off; what was asked to end or went with the whole machine died of no scan.
  const crashed = new Set(
    dead.filter(({ leaving, boot_id }) => !leaving && boot_id === parts.bootId).map(({ id }) => id),
  );
  for (const id of [...dead.map((one) => one.id), ...(await store.tasks.strayInstances())]) {
    if (id === adopter) continue;
    for (const task of await store.tasks.unfinishedOf(id)) {
      if (!(await store.tasks.adopt(task.id, id, adopter))) continue;
      if (isCommandInstance(id)) {
        await end(task, parts, COMMAND_ENDED);
        result.failed += 1;
      } else if (task.state === 'pending') result.adopted += 1;
      else if (await takeOver(task, parts, Number(crashed.has(id)))) result.requeued += 1;
      else result.failed += 1;
    }
    await store.instances.remove(id);
  }
  return result;
}

/**
 * The same for running tasks of this very process that nobody runs here: the database failed when one was claimed or
 * when its end was to be stored. A task counts only when it was already in `suspects`, the findings of the look before,
 * as one that has just been claimed is not known here yet either.
 */
export async function recoverOwn(parts: {
  store: Store;
  instanceId: string;
  runs: (taskId: string) => boolean;
  suspects: ReadonlySet<string>;
  runsFolder: string;
  now: number;
  ended?: Ended;
}): Promise<Recovered & { suspects: Set<string> }> {
  const result = { adopted: 0, requeued: 0, failed: 0, suspects: new Set<string>() };
  for (const task of await parts.store.tasks.unfinishedOf(parts.instanceId)) {
    if (task.state !== 'running' || parts.runs(task.id)) continue;
    if (!parts.suspects.has(task.id)) result.suspects.add(task.id);
    else if (await takeOver(task, parts, 1)) result.requeued += 1;
    else result.failed += 1;
  }
  return result;
}

function lives(instance: Instance, bootId: string, now: number): boolean {
  if (instance.boot_id !== bootId) return false;
  if (instance.start_ticks === null) return now - Number(instance.heartbeat_at) < SILENT_MS;
  return isAlive(instance.pid, Number(instance.start_ticks));
}

/** @returns true when the task goes on, false when it was ended with what it has. */
async function takeOver(
  task: Task,
  { store, runsFolder, now, ended }: Ending,
  died: number,
): Promise<boolean> {
  const deaths = (task.deaths ?? 0) + died;
  const held = isHandle(task.request.scanner);
  const cancelled = await store.tasks.cancelRequested(task.id);
  if (!cancelled && !held && deaths < MAX_DEATHS) {
    await collect(task, store, runsFolder);
    await store.tasks.requeue(
      task.id,
      [...task.coverage.filter((note) => note.kind !== 'resumed'), resumedNote()],
      died,
    );
    return true;
  }
  await end(
    task,
    { store, runsFolder, now, ended },
    held ? credentialsGone().toValue() : triedTooOften(deaths),
  );
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
async function end(task: Task, { store, runsFolder, now, ended }: Ending, error: ErrorValue): Promise<void> {
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
  if (await store.tasks.cancelRequested(task.id))
    await store.tasks.finish(task.id, 'cancelled', now, { coverage });
  else await store.tasks.finish(task.id, 'failed', now, { coverage, error });
  const after = await store.tasks.get(task.id);
  if (after) ended?.(after);
}

async function collect(task: Task, store: Store, runsFolder: string): Promise<void> {
  await replay(task, store, runFolder(runsFolder, task));
  await rm(join(runsFolder, task.id), { recursive: true, force: true });
}

/** Stores what nmap had written before the end and nobody had read. */
async function replay(task: Task, store: Store, folder: string): Promise<void> {
  const hosts: HostResult[] = [];
  const ports: AnnouncedPort[] = [];
  const { run } = await readRun(folder, {
    host: (host) => hosts.push(host),
    openPort: (port) => ports.push(port),
  });
  await store.hosts.announce(task.id, ports);
  await store.hosts.put(task.id, hosts);
  await store.hosts.showAnnounced(task.id);
  if (run.asked.length > 0) await store.tasks.recordRun(task.id, { facts: joinRuns(task.run, run) });
}
