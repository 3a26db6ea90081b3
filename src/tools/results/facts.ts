/** What an answer says of a scan as a whole, from its task alone. */
import { describeAddresses, parseAddress } from '../../core/address.ts';
import type { RunFacts } from '../../core/details.ts';
import type { CoverageNote } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';
import { portsAsked } from '../../scans/ports-asked.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import type { ScanAnswer, ScanOutput } from './output.ts';
import { isRunning, nextStep } from './progress.ts';

/** An answer before its hosts: what was asked and how far it is, and how it ran. */
export interface ScanFacts extends Omit<ScanAnswer, 'result'> {
  asked: Pick<
    ScanOutput,
    | 'target'
    | 'ports_asked'
    | 'started_at'
    | 'scan_time'
    | 'hosts_up'
    | 'hosts_done'
    | 'hosts_total'
    | 'open_ports'
  >;
  ran: Omit<ScanOutput, keyof ScanFacts['asked'] | 'hosts'>;
}

export function factsOf(task: Task): ScanFacts {
  const { request, hostsUp, hostsDone, addressesTotal } = task;
  const running = isRunning(task);
  return {
    status: task.state,
    task_id: task.id,
    ...(running ? { message: nextStep(task) } : {}),
    ...(task.error ? { error: task.error } : {}),
    asked: {
      target: request.targets.join(', '),
      ports_asked: portsAsked(request),
      started_at: new Date(task.startedAt ?? task.createdAt).toISOString(),
      scan_time: elapsedSeconds(task),
      hosts_up: hostsUp,
      hosts_done: hostsDone,
      hosts_total: addressesTotal,
      open_ports: task.openPorts,
    },
    ran: {
      partial: isPartial(task),
      ...(running ? { as_of: new Date().toISOString() } : {}),
      coverage: coverageOf(task),
      ...(request.host === undefined ? {} : { scanner: request.host }),
      ...(task.argv ? { argv: task.argv } : {}),
      ...(request.strategy === 'adaptive' ? { in_phases: true as const } : {}),
      ...(task.nmapVersion ? { nmap_version: task.nmapVersion } : {}),
      ...(task.run ? { run: saidByNmap(task.run) } : {}),
      ...(request.correlationId === undefined ? {} : { correlation_id: request.correlationId }),
      report: reportAddress(task.id),
      notice: UNTRUSTED_NOTICE,
    },
  };
}

/** The inventory alone needs the rest. */
function saidByNmap({ reach: _, ...run }: RunFacts): RunFacts {
  return run;
}

/** Whether something that was asked for was not scanned. */
export function isPartial({ state, hostsDone, addressesTotal, coverage }: Task): boolean {
  return (
    state !== 'completed' || hostsDone < addressesTotal || coverage.some(({ kind }) => kind === 'blocked_us')
  );
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

/** How long a scan took, or has taken so far. */
export function elapsedSeconds(task: Task): number {
  const from = task.startedAt ?? task.createdAt;
  return Math.round(Math.max(0, (task.endedAt ?? Date.now()) - from) / 10) / 100;
}

/** The address of the report to read; those of other formats end otherwise. */
export function reportAddress(taskId: string): string {
  return `scan://${taskId}/report.md`;
}
