/** Puts a scan's answer together from its task and the hosts found, and fits it to the reader. */
import { describeAddresses, parseAddress } from '../../core/address.ts';
import type { Caller } from '../../core/caller.ts';
import type { CoverageNote } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';
import { portsAsked } from '../../scans/ports-asked.ts';
import type { ResourceLink, ToolAnswer } from '../call/define-tool.ts';
import type { Services } from '../call/services.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { createFilter, type FilterInput, type ResultFilter } from './filter.ts';
import type { ScanAnswer } from './output.ts';
import { cutPage, PAGE_SIZES, type PageSize, type ResultPage } from './page.ts';
import { readResult } from './read.ts';
import { scanText, TEXT_BUDGET } from './text.ts';

/** What of a result is asked for. */
export interface Wanted extends FilterInput {
  cursor?: string | undefined;
  detail?: keyof typeof PAGE_SIZES | undefined;
}

/** The answer with the result, whole or so far, from `cursor` on. */
export async function answerWithResult(
  task: Task,
  context: { services: Pick<Services, 'scans'>; caller: Caller },
  wanted: Wanted = {},
): Promise<ToolAnswer<ScanAnswer>> {
  const { cursor, detail = 'summary' } = wanted;
  const filter = createFilter(wanted);
  const full = detail === 'full';
  const reading = await readResult(context.services.scans, task.id, context.caller, { cursor, filter, full });
  let size: PageSize = PAGE_SIZES[detail];
  for (;;) {
    const page = cutPage(reading, size);
    const structured = compose(task, page, filter, full && cursor === undefined);
    const text = scanText(structured, { full });
    // The text and the structured content carry the same facts, so both are cut at the same host.
    if (full || text.length <= TEXT_BUDGET || (size.hosts === 1 && size.ports <= 10)) {
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

/** @param withRun whether the facts of the run belong to it: once is enough. */
function compose(task: Task, page: ResultPage, filter: ResultFilter, withRun: boolean): ScanAnswer {
  const partial = task.state !== 'completed' || task.hostsDone < task.addressesTotal;
  const { shown, folded, digest, next } = page;
  const message = isRunning(task) ? nextStep(task) : whyEmpty(task, page, filter);
  return {
    status: task.state,
    task_id: task.id,
    ...(message === undefined ? {} : { message }),
    result: {
      target: task.request.targets.join(', '),
      ports_asked: portsAsked(task.request),
      started_at: new Date(task.startedAt ?? task.createdAt).toISOString(),
      scan_time: elapsedSeconds(task),
      hosts_up: task.hostsUp,
      hosts_done: task.hostsDone,
      hosts_total: task.addressesTotal,
      open_ports: task.openPorts,
      ...(filter.words === undefined ? {} : { filter: filter.words }),
      ...(digest ? { by_port: digest.ports } : {}),
      ...(digest && digest.more > 0 ? { by_port_omitted: digest.more } : {}),
      hosts: page.hosts,
      ...(shown ? { shown } : {}),
      ...(folded.length > 0 ? { folded } : {}),
      partial,
      ...(isRunning(task) ? { as_of: new Date().toISOString() } : {}),
      coverage: coverageOf(task),
      ...(task.request.host === undefined ? {} : { scanner: task.request.host }),
      ...(task.argv ? { argv: task.argv } : {}),
      ...(task.request.strategy === 'adaptive' ? { in_phases: true as const } : {}),
      ...(task.nmapVersion ? { nmap_version: task.nmapVersion } : {}),
      ...(withRun && task.run ? { run: task.run } : {}),
      ...(task.request.correlationId === undefined ? {} : { correlation_id: task.request.correlationId }),
      ...(next ? { next_cursor: next } : {}),
      report: reportLink(task.id).uri,
      notice: UNTRUSTED_NOTICE,
    },
    ...(task.error ? { error: task.error } : {}),
  };
}

/** Up to so many hosts of a note are named one by one. */
const FEW_HOSTS = 8;

/** The notes on a scan, with runs of addresses instead of each. */
export function coverageOf({ coverage }: Pick<Task, 'coverage'>): CoverageNote[] {
  return coverage.map((note) => {
    const { hosts = [] } = note;
    const all = hosts.length > FEW_HOSTS && hosts.every((host) => parseAddress(host) !== undefined);
    return all ? { ...note, hosts: describeAddresses(hosts) } : note;
  });
}

/** An empty answer must not be read as "nothing is there". */
function whyEmpty(task: Task, { hosts, folded }: ResultPage, { words }: ResultFilter): string | undefined {
  if (hosts.length > 0 || folded.length > 0) return undefined;
  if (words !== undefined && task.hostsUp > 0)
    return `Of ${task.hostsUp} hosts that are up none fits: ${words}.`;
  if (task.state !== 'completed') return undefined;
  if (task.hostsUp === 0 && task.coverage.some(({ kind }) => kind === 'not_scanned'))
    return 'No address was found up, but not all that was to be sent was sent: see the coverage.';
  return task.hostsUp === 0
    ? 'No address answered the probes of host discovery as a host does that is up. A host that hides can be scanned with custom_scan and -Pn.'
    : 'Hosts answered, but there are no ports to show.';
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
    ...size,
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
