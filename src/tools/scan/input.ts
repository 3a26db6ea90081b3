/** The arguments that the scan tools share. */
import { z } from 'zod';
import { Politeness, type ScanRequest, Strategy } from '../../core/request.ts';
import { DEFAULT_STRATEGY } from '../../scans/requests.ts';

/** One target or a list of them; what each may be is judged by the policy, which says more than a pattern could. */
export const Target = z
  .union([z.string().min(1).max(512), z.array(z.string().min(1).max(512)).min(1).max(256)])
  .describe(
    'What to scan: an IPv4 or IPv6 address, a host name, a network (192.168.1.0/24), a range of the last number ' +
      '(192.168.1.10-20), or a list of these. Private and loopback addresses by default.',
  );

export const Command = z
  .string()
  .min(1)
  .max(4096)
  .describe(
    'nmap options and targets as on its command line, without "nmap" itself: -sS -p 80,443 192.168.1.1. Read against ' +
      'a table of allowed options; an option that reads or writes files is refused.',
  );

/** Seconds the call waits for the result. The scan itself is not limited by it. */
export const timeout = (most: number) =>
  z
    .number()
    .int()
    .min(5)
    .max(most)
    .optional()
    .describe('Seconds this call waits; the scan goes on as a task.');

/** How the scan goes about it; both are optional. */
export const howInputs = {
  strategy: Strategy.optional().describe(
    `adaptive: in phases, each checked; plain: one nmap. By default ${DEFAULT_STRATEGY}.`,
  ),
  politeness: Politeness.optional().describe(
    'Pace of an adaptive scan: gentle for slow links and old firewalls; fast does not spare fragile devices.',
  ),
};

/** What scan_network, and a plan of it, take about the ports. */
export const networkInputs = {
  scan_type: z
    .enum(['basic', 'full', 'quick'])
    .describe('basic: the 100 most common TCP ports; full: all 65,535 with versions; quick: ten core ports.'),
  port_range: z
    .string()
    .min(1)
    .max(2048)
    .describe('Ports such as 22,80-443; then scan_type does not count, and the answer calls it custom.'),
  host_discovery: z.boolean().describe('Only find the hosts that are up; no port is scanned.'),
};

export const Scanner = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, 'the name of a scanner in the configuration')
  .optional()
  .describe('Scan from this machine of the configuration, reached over SSH, instead of from here.');

export type Place = Pick<ScanRequest, 'scanner' | 'host'>;

/** The part of a request that says where it is scanned from. */
export function fromScanner(scanner: string | undefined): Place {
  return scanner === undefined ? {} : { scanner, host: scanner };
}

export const TaskId = z.string().min(1).max(64).describe('The task_id that a scan answered with.');

export function targetList(target: z.infer<typeof Target>): string[] {
  return typeof target === 'string' ? [target] : target;
}
