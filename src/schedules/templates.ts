/** Schedules that many want, to begin from: what to scan and when, for targets of one's own. */
import type { ScanRequest } from '../core/request.ts';
import type { Missed, Overlap, TemplateName } from '../core/schedule.ts';
import { fullScanRequest } from '../scans/requests.ts';

export interface Template {
  when: string;
  jitterSeconds: number;
  missed: Missed;
  overlap: Overlap;
  request: (targets: string[]) => ScanRequest;
}

/** What tells that a host is the same host, and what its services show of themselves: both scripts are safe ones. */
const KEYS = { flag: '--script', value: 'ssh-hostkey,ssl-cert' };
const TOP_PORTS = { flag: '--top-ports', value: '1000' };
const PACE = [{ flag: '-T', value: '4' }, { flag: '-n' }];

const TABLE: Readonly<Record<TemplateName, Template>> = {
  inventory: {
    when: '0 2 * * *',
    jitterSeconds: 1800,
    missed: 'run_once',
    overlap: 'skip',
    request: (targets) => ({ tool: 'custom_scan', targets, options: [TOP_PORTS, KEYS, ...PACE] }),
  },
  'full-weekly': {
    when: '0 3 * * sun',
    jitterSeconds: 3600,
    missed: 'run_once',
    overlap: 'skip',
    request: (targets) => fullScanRequest(targets),
  },
  'verify-after-change': {
    when: 'in 5m',
    jitterSeconds: 0,
    missed: 'run_once',
    overlap: 'queue',
    request: (targets) => ({
      tool: 'custom_scan',
      targets,
      options: [TOP_PORTS, { flag: '-sV' }, KEYS, ...PACE],
    }),
  },
};

export const templateOf = (name: TemplateName): Template => TABLE[name];
