/** Follows a scan to its end and reads all its pages, over the same tools that any client has. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PortolanError } from '../core/errors.ts';
import { FINAL_STATES } from '../core/task.ts';
import { describeError } from '../tools/call/call-tool.ts';
import { type HostOutput, ScanAnswer } from '../tools/results/output.ts';
import { TaskStatus } from '../tools/tasks/get-task-status.ts';
import type { Session, Watch } from './session.ts';
import { note } from './terminal.ts';

/** What is shown of it; a server may tell more. */
const Status = z.object(TaskStatus.shape);
const POLL_MS = 500;
/** Reading and cancelling are not to be interrupted. */
const QUIET: Watch = { signal: new AbortController().signal, progress: () => {} };

/** The structured part of a scan tool's answer. @throws PortolanError when the server speaks another version of it. */
export function scanAnswer(structured: unknown): ScanAnswer {
  const parsed = ScanAnswer.safeParse(structured);
  if (parsed.success) return parsed.data;
  throw new PortolanError(
    'server_unreachable',
    'The server answers in a shape this version does not know.',
    'Use the same version of portolan on both sides, or `portolan call` to see the answer as it is.',
    { cause: parsed.error },
  );
}

/** Resolves when the scan has ended. An interrupt cancels it first; what was found stays. */
export async function follow(session: Session, taskId: string, watch: Watch): Promise<void> {
  await untilEnded(session, taskId, watch);
  if (!watch.signal.aborted) return;
  note('Stopping the scan; what was found is kept.');
  await session.call('cancel_task', { task_id: taskId }, QUIET);
  await untilEnded(session, taskId, QUIET);
}

/** Resolves when the scan has ended, or the signal aborts. */
async function untilEnded(session: Session, taskId: string, watch: Watch): Promise<void> {
  if (!session.own) return await poll(session, taskId, watch);
  try {
    await session.own.wait(taskId, watch);
  } catch (error) {
    throw error instanceof PortolanError ? unread(taskId, describeError(error.toValue())) : error;
  }
}

async function poll(session: Session, taskId: string, { signal, progress }: Watch): Promise<void> {
  while (!signal.aborted) {
    const { ok, text, structured } = await session.call('get_task_status', { task_id: taskId }, QUIET);
    if (!ok) throw unread(taskId, text);
    const status = Status.parse(structured);
    if (FINAL_STATES.has(status.status)) return;
    const { remaining_seconds: left } = status;
    const rest = left === undefined ? '' : ` (about ${Math.ceil(left)} s left of this part)`;
    progress(
      status.percent,
      `${status.phase ?? status.status}${rest}; ${status.hosts_done} of ${status.hosts_total} addresses done, ${status.hosts_up} up, ${status.open_ports} open ports so far`,
    );
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
}

/** The scan goes on, or has ended, but what is known of it cannot be had now. */
function unread(taskId: string, why: string): PortolanError {
  return new PortolanError(
    'storage_failed',
    `Task ${taskId} could not be read: ${why}`,
    `What was found is kept: portolan report ${taskId}`,
  );
}

/** Why a scan did not complete, for standard error. */
export function whyIncomplete({ task_id, status, error, message }: ScanAnswer): string {
  const why = error ? `${error.code}: ${error.message}` : (message ?? 'it did not complete.');
  return `Task ${task_id} ${status}: ${why}\nNext: ${error?.next ?? `portolan report ${task_id}`}`;
}

/**
 * The whole result; of a server elsewhere page after page put together.
 * @param options.withChanges whether what the inventory makes of it is wanted too, which a table has no place for
 */
export async function wholeResult(
  session: Session,
  { task_id }: ScanAnswer,
  { withChanges }: { withChanges: boolean },
): Promise<ScanAnswer> {
  if (session.own) return await session.own.whole(task_id, withChanges);
  const first = await pageOf(session, task_id);
  let cursor = first.result?.next_cursor;
  if (!first.result || cursor === undefined) return first;
  const { next_cursor: _, shown: __, ...result } = first.result;
  while (cursor !== undefined) {
    const next: ScanAnswer = await pageOf(session, task_id, cursor);
    addHosts(result.hosts, next.result?.hosts ?? []);
    cursor = next.result?.next_cursor;
  }
  return { ...first, result };
}

async function pageOf(session: Session, taskId: string, cursor?: string): Promise<ScanAnswer> {
  const args = { task_id: taskId, detail: 'full', ...(cursor === undefined ? {} : { cursor }) };
  const page = await session.call('get_task_result', args, QUIET);
  if (!page.ok) throw unread(taskId, page.text);
  return scanAnswer(page.structured);
}

/** A host with very many ports comes in parts, one after another. */
function addHosts(to: HostOutput[], next: readonly HostOutput[]): void {
  const [first, ...rest] = next;
  const last = to.at(-1);
  if (!first || !last || last.address !== first.address) {
    to.push(...next);
    return;
  }
  const { ports_omitted: _, ...host } = last;
  to.splice(-1, 1, { ...host, ...first, ports: [...last.ports, ...first.ports] }, ...rest);
}
