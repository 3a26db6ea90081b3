/** What each scan tool asks for: the intent that the policy judges. The one place that names their nmap options. */
import { parsePorts } from '../core/ports.ts';
import type { Politeness, ScanOption, ScanRequest, Strategy } from '../core/request.ts';
import { parseCommand } from '../policy/command.ts';

/** How the scans of the tools go about it unless the caller says otherwise. What is not a TCP scan is plain anyway. */
export const DEFAULT_STRATEGY: Strategy = 'adaptive';

/** What a caller may say about that. */
export interface How {
  strategy?: Strategy | undefined;
  politeness?: Politeness | undefined;
}

/** The words of a request for it. */
export function howWords({ strategy = DEFAULT_STRATEGY, politeness }: How = {}) {
  return { strategy, ...(politeness === undefined ? {} : { politeness }) };
}

/** The 100 most common TCP ports (nmap-services). Names are not looked up: silent resolvers cost whole seconds. */
export function quickScanRequest(targets: string[], how?: How): ScanRequest {
  return {
    tool: 'quick_scan',
    targets,
    options: [{ flag: '--top-ports', value: '100' }, { flag: '-T', value: '4' }, { flag: '-n' }],
    ...howWords(how),
  };
}

/** TCP 1-65535 with service and version detection. */
export function fullScanRequest(targets: string[], how?: How): ScanRequest {
  return {
    tool: 'full_scan',
    targets,
    options: [{ flag: '-p', value: '1-65535' }, { flag: '-sV' }, { flag: '-T', value: '4' }, { flag: '-n' }],
    ...howWords(how),
  };
}

/** @throws PortolanError when the command cannot be read, names an option we have no row for, or has no target. */
export function customScanRequest(command: string): ScanRequest {
  return { tool: 'custom_scan', ...parseCommand(command) };
}

/** Ten ports that most machines with any service have one of: remote access, web, mail, names, files. */
const CORE_PORTS = '21,22,23,25,53,80,139,443,445,3389';

export type NetworkScanType = 'basic' | 'full' | 'quick' | 'custom';

/** What scan_network asks for; `ports` is the list of a custom scan. @throws PortolanError when it cannot be read. */
export function networkScanRequest(
  target: string,
  type: NetworkScanType | 'discovery',
  ports: string | undefined,
  how?: How,
): ScanRequest {
  const common = { tool: 'scan_network', targets: [target], ...howWords(how) };
  const pace: ScanOption[] = [{ flag: '-T', value: '4' }, { flag: '-n' }];
  switch (type) {
    case 'basic':
      return { ...quickScanRequest([target]), ...common };
    case 'full':
      return { ...fullScanRequest([target]), ...common };
    case 'quick':
      return { ...common, options: [{ flag: '-p', value: CORE_PORTS }, ...pace] };
    case 'custom':
      return { ...common, options: [{ flag: '-p', value: parsePorts(ports ?? '').text }, ...pace] };
    case 'discovery':
      return { ...common, strategy: 'plain', options: [{ flag: '-sn' }, ...pace] };
  }
}
