/** Between the form of a scan, the address of its page, and the arguments of the tools. */
import { type Answer, type Arguments, call } from '../../api/call.ts';
import type { KINDS, POLITENESS, ScanSearch, STRATEGIES } from './view.ts';

export interface ScanForm {
  kind: (typeof KINDS)[number];
  /** Addresses, networks, names; several with spaces or commas between. */
  target: string;
  /** Of the kind `ports`. */
  ports: string;
  /** Of the kind `custom`: options and targets as nmap takes them. */
  command: string;
  /** Undefined: as the server has it. */
  politeness: (typeof POLITENESS)[number] | undefined;
  strategy: (typeof STRATEGIES)[number] | undefined;
  /** The machine it is scanned from; undefined: the server itself. */
  scanner: string | undefined;
}

/** What an address asks for; without a kind, the one that its fields are of. */
export function formOfSearch(search: ScanSearch): ScanForm {
  const { target = '', ports = '', command = '', politeness, strategy, scanner } = search;
  const kind = search.kind ?? (command !== '' ? 'custom' : ports !== '' ? 'ports' : 'quick');
  return { kind, target, ports, command, politeness, strategy, scanner };
}

/** Only what differs from an empty form. */
export function searchOf(form: ScanForm): ScanSearch {
  const { kind, target, ports, command, politeness, strategy, scanner } = form;
  const implied = formOfSearch({ target, ports, command }).kind;
  return {
    ...(kind === implied ? {} : { kind }),
    ...(target === '' ? {} : { target }),
    ...(ports === '' ? {} : { ports }),
    ...(command === '' ? {} : { command }),
    ...(politeness ? { politeness } : {}),
    ...(strategy ? { strategy } : {}),
    ...(scanner ? { scanner } : {}),
  };
}

/** What a scan was asked with, as a form. */
export function formOf(again: NonNullable<Answer<'get_task_status'>['again']>): ScanForm {
  const { target = '', command = '', port_range: ports = '', politeness, strategy, scanner } = again;
  return {
    kind: kindOf(again),
    target: typeof target === 'string' ? target : target.join(' '),
    ports,
    command,
    politeness,
    strategy,
    scanner,
  };
}

function kindOf({
  scan,
  scan_type: type,
  port_range: ports,
  host_discovery: discovery,
}: NonNullable<Answer<'get_task_status'>['again']>) {
  if (scan === 'custom_scan') return 'custom';
  if (scan === 'full_scan') return 'full';
  if (scan === 'quick_scan') return 'quick';
  if (discovery) return 'hosts';
  if (ports !== undefined) return 'ports';
  return type === 'full' ? 'full' : type === 'quick' ? 'core' : 'quick';
}

export type PlanArguments = Arguments<'plan_scan'>;

/** The arguments of plan_scan and set_schedule; undefined while there is nothing to scan. */
export function argumentsOf(form: ScanForm): PlanArguments | undefined {
  const scan = scanOf(form);
  return scan && form.scanner ? { ...scan, scanner: form.scanner } : scan;
}

function scanOf(form: ScanForm): PlanArguments | undefined {
  const { kind, command, politeness, strategy } = form;
  if (kind === 'custom')
    return command.trim() === '' ? undefined : { scan: 'custom_scan', command: command.trim() };
  const [target, ...others] = form.target.split(/[\s,;]+/).filter((word) => word !== '');
  if (target === undefined) return undefined;
  const how = { ...(politeness ? { politeness } : {}), ...(strategy ? { strategy } : {}) };
  if (kind === 'quick' || kind === 'full') {
    const list: [string, ...string[]] = [target, ...others];
    return {
      scan: kind === 'quick' ? 'quick_scan' : 'full_scan',
      target: others.length === 0 ? target : list,
      ...how,
    };
  }
  const ports = form.ports.replace(/\s+/g, '');
  if (kind === 'ports' && ports === '') return undefined;
  // scan_network takes one address, network or range; nmap's own words take more, and know no politeness.
  const several = others.length > 0 || isName(target);
  if (kind === 'ports' && several && Object.keys(how).length === 0)
    return { scan: 'custom_scan', command: `-T4 -n -p ${ports} ${[target, ...others].join(' ')}` };
  const network = { scan: 'scan_network', target: [target, ...others].join(','), ...how } as const;
  if (kind === 'hosts') return { ...network, host_discovery: true };
  if (kind === 'core') return { ...network, scan_type: 'quick' };
  return { ...network, port_range: ports };
}

const isName = (target: string) => /[a-z]/i.test(target) && !target.includes(':');

/** Starts what was planned, as a task. @returns its id. @throws Failure */
export async function startScan({ scan, ...args }: PlanArguments): Promise<string> {
  const detach = { detach: true };
  const { target = '', command = '', scanner } = args;
  switch (scan) {
    case 'custom_scan':
      return (await call('custom_scan', { command, ...(scanner ? { scanner } : {}) }, detach)).task_id;
    case 'scan_network':
      return (await call('scan_network', { ...args, target: String(target) }, detach)).task_id;
    default:
      return (await call(scan ?? 'quick_scan', { ...args, target }, detach)).task_id;
  }
}
