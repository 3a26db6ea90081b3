/** The scan of any scan tool as the arguments of another tool: to plan it, or to have it again and again. */
import { z } from 'zod';
import { PortolanError } from '../../core/errors.ts';
import type { ScanRequest } from '../../core/request.ts';
import {
  commandOf,
  customScanDraft,
  type Draft,
  fullScanRequest,
  networkScanDraft,
  quickScanRequest,
} from '../../scans/requests.ts';
import { Command, networkInputs, sameHowInputs, Target, targetList } from './input.ts';

const args = {
  target: Target.optional().describe('As in quick_scan; of scan_network a string.'),
  ...sameHowInputs,
  command: Command.optional().describe('As in custom_scan, instead of target.'),
  scan_type: networkInputs.scan_type.optional().describe('As in scan_network.'),
  port_range: networkInputs.port_range.optional().describe('As in scan_network.'),
  host_discovery: networkInputs.host_discovery.optional().describe('As in scan_network.'),
};

export const askedScan = {
  scan: z.enum(['quick_scan', 'full_scan', 'custom_scan', 'scan_network']).optional(),
  arguments: args,
};

const Asked = z.object({ scan: askedScan.scan, ...args });
export type AskedScan = z.output<typeof Asked>;

const Word = z.string().optional();
/** The same in an answer: what was once taken need not be judged again, nor explained to every model. */
export const AgainOutput = z.strictObject({
  scan: Word,
  target: z.union([z.string(), z.array(z.string())]).optional(),
  strategy: z.enum(['adaptive', 'plain']).optional(),
  politeness: z.enum(['gentle', 'normal', 'fast']).optional(),
  command: Word,
  scan_type: Word,
  port_range: Word,
  host_discovery: z.boolean().optional(),
  /** The machine of the configuration that it is scanned from; from here when absent. */
  scanner: Word,
});

/** @param tool that was asked. @throws PortolanError `invalid_argument` when arguments of several tools are mixed */
export function draftOf(input: AskedScan, tool: string): Draft {
  const { target, command, strategy, politeness } = input;
  const scan = input.scan ?? toolMeant(input);
  if (scan === 'custom_scan') {
    if (command === undefined || target !== undefined)
      throw doesNotFit(tool, scan, '"command" and no "target"');
    return customScanDraft(command);
  }
  if (target === undefined || command !== undefined)
    throw doesNotFit(tool, scan, '"target" and no "command"');
  const targets = targetList(target);
  if (scan === 'scan_network') return networkScanDraft({ ...input, target: targets.join(',') });
  const request = scan === 'quick_scan' ? quickScanRequest : fullScanRequest;
  return { request: request(targets, { strategy, politeness }), refusals: [] };
}

/** To ask for the same once more, from the same machine. One that was described in a call is not known any more. */
export function againOf(request: ScanRequest): AskedScan & { scanner?: string } {
  const { scanner, host } = request;
  return { ...askedOf(request), ...(scanner !== undefined && scanner === host ? { scanner } : {}) };
}

/** What `draftOf` makes this request of. Where it is scanned from is not part of it. */
export function askedOf({ tool, targets, options, strategy, politeness, scanType }: ScanRequest): AskedScan {
  const how = { ...(strategy ? { strategy } : {}), ...(politeness ? { politeness } : {}) };
  const [target = '', ...others] = targets;
  if (tool === 'quick_scan' || tool === 'full_scan')
    return { scan: tool, target: others.length === 0 ? target : targets, ...how };
  if (tool === 'scan_network') {
    const ports = options.find(({ flag }) => flag === '-p')?.value;
    if (options.some(({ flag }) => flag === '-sn'))
      return { scan: tool, target, host_discovery: true, ...(politeness ? { politeness } : {}) };
    return scanType === 'custom' && ports !== undefined
      ? { scan: tool, target, port_range: ports, ...how }
      : { scan: tool, target, scan_type: scanType === 'custom' ? 'basic' : (scanType ?? 'basic'), ...how };
  }
  return { scan: 'custom_scan', command: commandOf({ targets, options }) };
}

function toolMeant({ command, scan_type, port_range, host_discovery }: AskedScan) {
  if (command !== undefined) return 'custom_scan';
  return (scan_type ?? port_range ?? host_discovery) === undefined ? 'quick_scan' : 'scan_network';
}

function doesNotFit(tool: string, scan: string, takes: string): PortolanError {
  return new PortolanError(
    'invalid_argument',
    `${tool}: ${scan} takes ${takes}.`,
    'Give {"target": "192.168.1.0/24"} for a quick_scan, or {"command": "-sS -p 22 192.168.1.1"}.',
  );
}
