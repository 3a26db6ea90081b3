/** What each scan tool asks for: the intent that the policy judges. The one place that names their nmap options. */
import type { ScanRequest } from '../core/request.ts';
import { parseCommand } from '../policy/command.ts';

/** The 100 most common TCP ports (nmap-services). Names are not looked up: silent resolvers cost whole seconds. */
export function quickScanRequest(targets: string[]): ScanRequest {
  return {
    tool: 'quick_scan',
    targets,
    options: [{ flag: '--top-ports', value: '100' }, { flag: '-T', value: '4' }, { flag: '-n' }],
  };
}

/** TCP 1-65535 with service and version detection. */
export function fullScanRequest(targets: string[]): ScanRequest {
  return {
    tool: 'full_scan',
    targets,
    options: [{ flag: '-p', value: '1-65535' }, { flag: '-sV' }, { flag: '-T', value: '4' }, { flag: '-n' }],
  };
}

/** @throws PortolanError when the command cannot be read, names an option we have no row for, or has no target. */
export function customScanRequest(command: string): ScanRequest {
  return { tool: 'custom_scan', ...parseCommand(command) };
}
