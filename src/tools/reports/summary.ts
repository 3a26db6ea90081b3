import type { CoverageNote } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';
import { elapsedSeconds, isPartial } from '../results/facts.ts';

export interface Summary {
  task_id: string;
  status: string;
  target: string;
  started_at: string;
  /** Seconds. */
  scan_time: number;
  ended_at?: string;
  hosts_total: number;
  hosts_up: number;
  open_ports: number;
  partial: boolean;
  nmap_version?: string;
  argv?: string[];
  coverage: CoverageNote[];
}

/** The facts about a scan that stand at the head of every report. */
export function summaryOf(task: Task): Summary {
  return {
    task_id: task.id,
    status: task.state,
    target: task.request.targets.join(', '),
    started_at: new Date(task.startedAt ?? task.createdAt).toISOString(),
    scan_time: elapsedSeconds(task),
    ...(task.endedAt === undefined ? {} : { ended_at: new Date(task.endedAt).toISOString() }),
    hosts_total: task.addressesTotal,
    hosts_up: task.hostsUp,
    open_ports: task.openPorts,
    partial: isPartial(task),
    ...(task.nmapVersion === undefined ? {} : { nmap_version: task.nmapVersion }),
    ...(task.argv === undefined ? {} : { argv: task.argv }),
    coverage: task.coverage,
  };
}
