/** What each scan tool asks for: the intent that the policy judges. The one place that names their nmap options. */

import { parseNetwork, subtract } from '../core/address.ts';
import { joinErrors, PortolanError } from '../core/errors.ts';
import { parsePorts } from '../core/ports.ts';
import type { Politeness, ScanOption, ScanRequest, Strategy } from '../core/request.ts';
import { blocksOf, IPV4_SPECIAL, IPV6_SPECIAL } from '../core/special-ranges.ts';
import { parseTarget } from '../core/target.ts';
import { writeOption } from '../policy/allowed-options.ts';
import { parseCommand, readCommand, withoutValue } from '../policy/command.ts';

/** How the scans of the tools go about it unless the caller says otherwise. What is not a TCP scan is plain anyway. */
export const DEFAULT_STRATEGY: Strategy = 'adaptive';

/** What a caller may say about that. */
export interface How {
  strategy?: Strategy | undefined;
  politeness?: Politeness | undefined;
}

/**
 * The words of a request for it.
 * @param fewPorts the targets, where only a few ports of them are asked.
 */
export function howWords({ strategy, politeness }: How = {}, fewPorts: readonly string[] = []) {
  // On this machine itself nothing is lost and nobody is pressed: one nmap is as good as phases, and done before them.
  const usual = fewPorts.length > 0 && fewPorts.every(isLoopback) ? 'plain' : DEFAULT_STRATEGY;
  return { strategy: strategy ?? usual, ...(politeness === undefined ? {} : { politeness }) };
}

/** The 100 most common TCP ports (nmap-services). Names are not looked up: silent resolvers cost whole seconds. */
export function quickScanRequest(targets: string[], how?: How): ScanRequest {
  return {
    tool: 'quick_scan',
    targets,
    options: [{ flag: '--top-ports', value: '100' }, { flag: '-T', value: '4' }, { flag: '-n' }],
    ...howWords(how, targets),
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

/** A request as far as it could be read, and what could not. A plan judges both; a scan needs the second to be empty. */
export interface Draft {
  request: ScanRequest;
  refusals: readonly PortolanError[];
}

/** The request of a draft. @throws PortolanError with all that could not be read */
export function requestOf({ request, refusals }: Draft): ScanRequest {
  const [first, ...others] = refusals;
  if (first) throw joinErrors(first, others);
  return request;
}

/** @throws PortolanError when the command does not even fall into words. */
export function customScanDraft(command: string): Draft {
  const { refusals, ...read } = readCommand(command);
  return { request: { tool: 'custom_scan', ...read }, refusals };
}

/** The command that `customScanDraft` reads as these options and targets. */
export function commandOf({ options, targets }: Pick<ScanRequest, 'options' | 'targets'>): string {
  return [...options.flatMap(writeOption), ...targets].map(quoted).join(' ');
}

function quoted(word: string): string {
  // Values have spaces and double quotes, but no single ones: policy/values.ts takes none.
  return /[ "]/.test(word) ? `'${word}'` : word;
}

/** Ten ports that most machines with any service have one of: remote access, web, mail, names, files. */
const CORE_PORTS = '21,22,23,25,53,80,139,443,445,3389';

/** What may be said to scan_network about what to scan, in its own words. */
export interface NetworkScan {
  target: string;
  scan_type?: 'basic' | 'full' | 'quick' | undefined;
  port_range?: string | undefined;
  host_discovery?: boolean | undefined;
  strategy?: Strategy | undefined;
  politeness?: Politeness | undefined;
}

/** scan_network takes one address, network or range, and no names. */
export function networkScanDraft(asked: NetworkScan): Draft {
  const { target, scan_type = 'basic', port_range, host_discovery = false } = asked;
  const refusals: PortolanError[] = [];
  if (kindOf(target) !== 'addresses') {
    refusals.push(
      new PortolanError(
        'invalid_target',
        `${JSON.stringify(target.slice(0, 100))} is not one address, network or range.`,
        'Give an address (192.168.1.10, fd00::1), a network (192.168.1.0/24) or a range (192.168.1.1-100). For names and lists use quick_scan.',
      ),
    );
  }
  if (host_discovery && port_range !== undefined) {
    refusals.push(
      new PortolanError(
        'invalid_argument',
        'scan_network: host_discovery scans no ports, so port_range has no meaning.',
        'Leave one of them out.',
      ),
    );
  }
  const ports = port_range === undefined ? undefined : readPorts(port_range, refusals);
  const scanType = port_range === undefined ? scan_type : 'custom';
  const options = networkOptions(host_discovery ? 'discovery' : scanType, ports ?? CORE_PORTS);
  const fewPorts = scanType === 'basic' || scanType === 'quick' ? [target] : [];
  const how = howWords(host_discovery ? { ...asked, strategy: 'plain' } : asked, fewPorts);
  // What is no target cannot be judged any further.
  const targets = refusals.some(({ code }) => code === 'invalid_target') ? [] : [target];
  return { request: { tool: 'scan_network', targets, options, ...how, scanType }, refusals };
}

function networkOptions(
  type: 'basic' | 'full' | 'quick' | 'custom' | 'discovery',
  ports: string,
): ScanOption[] {
  const pace: ScanOption[] = [{ flag: '-T', value: '4' }, { flag: '-n' }];
  switch (type) {
    case 'basic':
      return quickScanRequest([]).options;
    case 'full':
      return fullScanRequest([]).options;
    case 'quick':
      return [{ flag: '-p', value: CORE_PORTS }, ...pace];
    case 'custom':
      return [{ flag: '-p', value: ports }, ...pace];
    case 'discovery':
      return [{ flag: '-sn' }, ...pace];
  }
}

function readPorts(text: string, refusals: PortolanError[]): string | undefined {
  try {
    return parsePorts(text).text;
  } catch (error) {
    if (!(error instanceof PortolanError)) throw error;
    refusals.push(error);
    return undefined;
  }
}

const LOOPBACK = blocksOf([...IPV4_SPECIAL, ...IPV6_SPECIAL], 'loopback').flatMap(
  (block) => parseNetwork(block) ?? [],
);

function isLoopback(text: string): boolean {
  try {
    const target = parseTarget(text);
    if (target.kind === 'name') return target.name === 'localhost';
    return LOOPBACK.some((block) => subtract(target.span, [block]).length === 0);
  } catch {
    return false;
  }
}

function kindOf(text: string): 'addresses' | 'name' | undefined {
  try {
    return parseTarget(text).kind;
  } catch {
    return undefined;
  }
}

/** What NmapTool asks for. @throws PortolanError for what cannot be read. */
export function plainNmapRequest(options: string, target: string, tool: string): ScanRequest {
  const unfinished = withoutValue(options);
  if (unfinished) throw unfinished;
  const request = parseCommand(`${options} ${target}`);
  if (request.targets.length === 1 && request.targets[0] === target) return { tool, ...request };
  throw new PortolanError(
    'invalid_argument',
    'Targets belong into target, and options into extra_args.',
    'Give one address, name, network or range as target, and no other word without a dash among the options.',
  );
}
