/** Follows a scan to its end and reads all its pages, over the same tools that any client has. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PortolanError } from '../core/errors.ts';
import { FINAL_STATES } from '../core/task.ts';
import { type HostOutput, ScanAnswer, type ScanOutput } from '../tools/results/output.ts';
import { TaskStatus } from '../tools/tasks/get-task-status.ts';
import type { Session, Watch } from './session.ts';
import { note } from './terminal.ts';

const POLL_MS = 500;

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
  const quiet: Watch = { signal: new AbortController().signal, progress: () => {} };
  let cancelled = false;
  for (;;) {
    if (watch.signal.aborted && !cancelled) {
      cancelled = true;
      note('Stopping the scan; what was found is kept.');
      await session.call('cancel_task', { task_id: taskId }, quiet);
    }
    const { ok, text, structured } = await session.call('get_task_status', { task_id: taskId }, quiet);
    if (!ok) throw unread(taskId, text);
    const status = TaskStatus.parse(structured);
    if (FINAL_STATES.has(status.status)) return;
    const { remaining_seconds: left } = status;
    const rest = left === undefined ? '' : ` (about ${Math.ceil(left)} s left of this part)`;
    watch.progress(
      status.percent,
      `${status.phase ?? status.status}${rest}; ${status.hosts_done} of ${status.hosts_total} addresses done, ${status.hosts_up} up, ${status.open_ports} open ports so far`,
    );
    await sleep(POLL_MS, undefined, { signal: watch.signal }).catch(() => {});
    // The signal stays aborted, so from here on the pause must not listen to it.
    if (cancelled) await sleep(POLL_MS);
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

/** The whole result, page after page put together. */
export async function wholeResult(session: Session, first: ScanAnswer): Promise<ScanAnswer> {
  const watch: Watch = { signal: new AbortController().signal, progress: () => {} };
  let answer = first;
  let result: ScanOutput | undefined;
  let cursor: string | undefined;
  do {
    const args = { task_id: first.task_id, detail: 'full', ...(cursor ? { cursor } : {}) };
    const page = await session.call('get_task_result', args, watch);
    if (!page.ok) throw unread(first.task_id, page.text);
    answer = scanAnswer(page.structured);
    if (!answer.result) return answer;
    result = result
      ? { ...answer.result, hosts: joinHosts(result.hosts, answer.result.hosts) }
      : answer.result;
    cursor = answer.result.next_cursor;
  } while (cursor !== undefined);
  return { ...answer, result };
}

/** A host with very many ports comes in parts, one after another. */
function joinHosts(before: HostOutput[], next: HostOutput[]): HostOutput[] {
  const [first, ...rest] = next;
  const last = before.at(-1);
  if (!first || !last || last.address !== first.address) return [...before, ...next];
  const { ports_omitted: _, ...host } = last;
  return [...before.slice(0, -1), { ...host, ...first, ports: [...last.ports, ...first.ports] }, ...rest];
}
