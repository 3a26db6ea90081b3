/** Puts a scan's answer together from its task and the hosts found, and fits it to the reader. */
import type { Caller } from '../core/caller.ts';
import type { Task } from '../core/task.ts';
import type { ResourceLink, ToolAnswer } from './define-tool.ts';
import { PAGE_SIZES, type PageSize, type ResultPage, readPage } from './result-page.ts';
import type { ScanAnswer } from './scan-output.ts';
import { scanText, TEXT_BUDGET } from './scan-text.ts';
import type { Services } from './services.ts';
import { UNTRUSTED_NOTICE } from './untrusted-notice.ts';

/** The answer with the result, whole or so far, from `cursor` on. */
export async function answerWithResult(
  task: Task,
  context: { services: Pick<Services, 'scans'>; caller: Caller },
  options: { cursor?: string | undefined; detail?: keyof typeof PAGE_SIZES | undefined } = {},
): Promise<ToolAnswer<ScanAnswer>> {
  let size: PageSize = PAGE_SIZES[options.detail ?? 'summary'];
  for (;;) {
    const page = await readPage(context.services.scans, task.id, context.caller, options.cursor, size);
    const structured = compose(task, page);
    const text = scanText(structured);
    // The text and the structured content carry the same facts, so both are cut at the same host.
    const fits = text.length <= TEXT_BUDGET || options.detail === 'full';
    if (fits || (size.hosts === 1 && size.ports <= 10)) {
      return {
        structured,
        text,
        links: [reportLink(task.id)],
        ...(isRunning(task) ? { runningTask: { id: task.id } } : {}),
      };
    }
    size = smaller(size, page.hosts.length);
  }
}

/** The answer of a call whose scan is not finished: where it is and which tool to call next. */
export function answerRunning(task: Task): ToolAnswer<ScanAnswer> {
  const structured: ScanAnswer = { status: task.state, task_id: task.id, message: nextStep(task) };
  return { structured, text: scanText(structured), runningTask: { id: task.id } };
}

/** In words: how far the task is. */
export function progressText(task: Task): string {
  const percent = task.state === 'running' && task.progress ? `${Math.floor(task.progress.percent)} %, ` : '';
  return `${percent}${stageText(task)}`;
}

/** The same without the percentage, for where that is said beside it. */
export function stageText(task: Task): string {
  if (task.state === 'pending') return 'waiting for a free place';
  const { phase = 'starting', remaining_seconds: left } = task.progress ?? {};
  const rest = left === undefined ? '' : ` (about ${Math.ceil(left)} s left of this part)`;
  return `${phase}${rest}; ${task.hostsDone} of ${task.addressesTotal} addresses done, ${task.hostsUp} up, ${task.openPorts} open ports so far`;
}

function compose(task: Task, page: ResultPage): ScanAnswer {
  const partial = task.state !== 'completed';
  return {
    status: task.state,
    task_id: task.id,
    ...(isRunning(task) ? { message: nextStep(task) } : {}),
    result: {
      target: task.request.targets.join(', '),
      started_at: new Date(task.startedAt ?? task.createdAt).toISOString(),
      scan_time: elapsedSeconds(task),
      hosts_up: task.hostsUp,
      hosts_done: task.hostsDone,
      hosts_total: task.addressesTotal,
      open_ports: task.openPorts,
      hosts: page.hosts,
      partial,
      coverage: task.coverage,
      ...(task.request.host === undefined ? {} : { scanner: task.request.host }),
      ...(task.argv ? { argv: task.argv } : {}),
      ...(task.nmapVersion ? { nmap_version: task.nmapVersion } : {}),
      ...(task.request.correlationId === undefined ? {} : { correlation_id: task.request.correlationId }),
      ...(page.next ? { next_cursor: page.next } : {}),
      notice: UNTRUSTED_NOTICE,
    },
    ...(task.error ? { error: task.error } : {}),
  };
}

function nextStep(task: Task): string {
  return (
    `The scan goes on as task ${task.id} (${progressText(task)}). Call get_task_status to follow it, ` +
    'get_task_result for what is found so far, cancel_task to stop it.'
  );
}

function isRunning(task: Task): boolean {
  return task.state === 'pending' || task.state === 'running';
}

/** How long a scan took, or has taken so far. */
export function elapsedSeconds(task: Task): number {
  const from = task.startedAt ?? task.createdAt;
  return Math.round(Math.max(0, (task.endedAt ?? Date.now()) - from) / 10) / 100;
}

function smaller(size: PageSize, shownHosts: number): PageSize {
  const hosts = Math.max(1, Math.floor(Math.min(size.hosts, shownHosts) / 2));
  return {
    hosts,
    ports: hosts === 1 ? Math.max(10, Math.floor(size.ports / 2)) : size.ports,
    scriptOutput: Math.max(100, Math.floor(size.scriptOutput / 2)),
  };
}

/** One, to read: the text names the others. */
function reportLink(taskId: string): ResourceLink {
  return {
    uri: `scan://${taskId}/report.md`,
    name: 'report.md',
    title: 'Report to read',
    mimeType: 'text/markdown',
  };
}
