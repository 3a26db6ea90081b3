/** The scan of any scan tool as the arguments of another tool: to plan it, or to have it again and again. */
import { z } from 'zod';
import { PortolanError } from '../../core/errors.ts';
import {
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
