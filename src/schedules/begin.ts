/** Carries runs on: begins what is due, pauses what its window closes on, goes on with it in the next, notes how it ended. */
import { type Caller, nameOf } from '../core/caller.ts';
import { PortolanError } from '../core/errors.ts';
import type { RunOutcome, Schedule } from '../core/schedule.ts';
import { FINAL_STATES } from '../core/task.ts';
import type { ScanService } from '../scans/service.ts';
import type { OpenRun } from '../store/schedules.ts';
import type { Store } from '../store/store.ts';
import { mayScan } from './calculator.ts';

/** Whoever tried to begin a run and has not done so by then is taken for dead. */
const TRY_AGAIN_MS = 30_000;

/** What comes right by itself: the run waits, and is tried again. */
const LATER: ReadonlySet<string> = new Set(['busy', 'draining', 'storage_failed', 'resource_exhausted']);
/** What the machine or the network did, and no rule. */
const FAULTS =
  /^(scanner_unreachable|ssh_|connection_lost|host_key_refused|nmap_|name_not_resolved|no_route|internal)/;

export type Scans = Pick<ScanService, 'submit' | 'resume' | 'cancel'>;

export interface RunParts {
  store: Pick<Store, 'schedules' | 'tasks'>;
  scans: Scans;
  now: () => number;
}

/**
 * @param owner gives whoever the run belongs to, with the rights of now; undefined when they are not enough
 * @param others the open runs of the same schedule, oldest first
 */
export async function carryOn(
  run: OpenRun,
  others: readonly OpenRun[],
  owner: () => Promise<Caller | undefined>,
  parts: RunParts,
): Promise<void> {
  const { schedule, outcome, taskId, taskState } = run;
  if (taskId === undefined) return await settle(run, 'failed', 'It never had a scan.', parts);
  const open = mayScan(schedule, parts.now());
  if (outcome === 'due') {
    const first = others.every(({ dueAt }) => dueAt >= run.dueAt);
    if (first && open && schedule.state !== 'paused') await beginOnce(run, taskId, owner, parts);
    return;
  }
  if (taskState === undefined) return await settle(run, 'failed', 'Its scan was deleted.', parts);
  const over = FINAL_STATES.has(taskState);
  if (outcome === 'running') {
    if (over) await settle(run, finalOf(taskState), run.taskError, parts);
    else if (!open) await pause(run, taskId, parts);
    return;
  }
  // Paused.
  if (!over) await parts.scans.cancel(taskId, ownTasks(schedule));
  else if (taskState !== 'cancelled') await settle(run, finalOf(taskState), run.taskError, parts);
  else if (open && schedule.state !== 'paused') await goOn(run, taskId, owner, parts);
}

/** Begins a run that is due; of several processes that would, one does. */
async function beginOnce(
  run: OpenRun,
  taskId: string,
  ownerOf: () => Promise<Caller | undefined>,
  parts: RunParts,
): Promise<void> {
  const now = parts.now();
  // A clock that was set back does not make it wait for ever.
  const tried = Math.abs(now - run.triedAt) < TRY_AGAIN_MS;
  if (tried) return;
  const owner = await ownerOf();
  if (owner && (await parts.store.schedules.take(run, now))) await begin(run, taskId, owner, parts);
}

/** The same for whoever has just been given the run by the key of its row. */
export async function begin(
  run: Pick<OpenRun, 'schedule' | 'dueAt'>,
  taskId: string,
  owner: Caller,
  parts: RunParts,
): Promise<void> {
  const { schedule } = run;
  try {
    // Begun before, by somebody who died before saying so: it is the same scan.
    if ((await parts.store.tasks.get(taskId)) === undefined)
      await parts.scans.submit(
        { ...schedule.request, schedule: schedule.uid, correlationId: taskId },
        owner,
        taskId,
      );
  } catch (error) {
    return await refused(run, error, parts);
  }
  await decideRun(run, ['due'], 'running', undefined, parts);
}

async function refused(
  run: Pick<OpenRun, 'schedule' | 'dueAt'>,
  error: unknown,
  parts: RunParts,
): Promise<void> {
  if (!(error instanceof PortolanError)) throw error;
  if (LATER.has(error.code)) return;
  await settle(run, FAULTS.test(error.code) ? 'failed' : 'refused', `${error.code}: ${error.message}`, parts);
}

async function pause(run: OpenRun, taskId: string, parts: RunParts): Promise<void> {
  const why = `Its window (${run.schedule.window}) closed: it goes on in the next with what it has.`;
  // First, so that the scan's end is not taken for somebody's wish.
  if (await decideRun(run, ['running'], 'paused', why, parts))
    await parts.scans.cancel(taskId, ownTasks(run.schedule));
}

/** To stop what is theirs, nobody needs more. */
const ownTasks = ({ owner }: Schedule): Caller => ({ id: owner, name: nameOf(owner), scopes: new Set() });

async function goOn(
  run: OpenRun,
  taskId: string,
  ownerOf: () => Promise<Caller | undefined>,
  parts: RunParts,
): Promise<void> {
  const owner = await ownerOf();
  if (!owner) return;
  try {
    await parts.scans.resume(taskId, owner);
  } catch (error) {
    const now = await parts.store.tasks.get(taskId);
    // Another process was first.
    if (now === undefined || FINAL_STATES.has(now.state)) return await refused(run, error, parts);
  }
  await decideRun(run, ['paused'], 'running', undefined, parts);
}

/** Notes the last outcome of a run. */
export async function settle(
  run: Pick<OpenRun, 'schedule' | 'dueAt'>,
  outcome: RunOutcome,
  reason: string | undefined,
  parts: Pick<RunParts, 'store' | 'now'>,
): Promise<void> {
  await decideRun(run, ['due', 'running', 'paused'], outcome, reason, parts);
}

async function decideRun(
  { schedule, dueAt }: Pick<OpenRun, 'schedule' | 'dueAt'>,
  from: readonly RunOutcome[],
  outcome: RunOutcome,
  reason: string | undefined,
  { store, now }: Pick<RunParts, 'store' | 'now'>,
): Promise<boolean> {
  const said = reason === undefined ? { outcome } : { outcome, reason };
  return await store.schedules.decide(schedule.uid, dueAt, from, said, now());
}

function finalOf(state: string): RunOutcome {
  return state === 'completed' || state === 'cancelled' ? state : 'failed';
}
