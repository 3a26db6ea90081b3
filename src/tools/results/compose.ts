/**
 * A scan's answer from its task and one page of its hosts: facts alone, in the shape of output.ts. Nothing is read here,
 * and no words are chosen but those that belong to the facts.
 */
import { describeAddresses, parseAddress } from '../../core/address.ts';
import type { CoverageNote } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';
import { portsAsked } from '../../scans/ports-asked.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import type { ResultFilter } from './filter.ts';
import type { ScanAnswer } from './output.ts';
import type { ResultPage } from './page.ts';
import { isRunning, nextStep } from './progress.ts';

/** @param withRun whether the facts of the run belong to it: once is enough. */
export function compose(task: Task, page: ResultPage, filter: ResultFilter, withRun: boolean): ScanAnswer {
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
      report: reportAddress(task.id),
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
  return task.hostsUp === 0
    ? 'No address answered the probes of host discovery. A host that hides can be scanned with custom_scan and -Pn.'
    : 'Hosts answered, but there are no ports to show.';
}

/** How long a scan took, or has taken so far. */
export function elapsedSeconds(task: Task): number {
  const from = task.startedAt ?? task.createdAt;
  return Math.round(Math.max(0, (task.endedAt ?? Date.now()) - from) / 10) / 100;
}

/** The address of the report to read; those of other formats end otherwise. */
export function reportAddress(taskId: string): string {
  return `scan://${taskId}/report.md`;
}
