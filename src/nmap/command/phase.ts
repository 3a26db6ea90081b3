/**
 * A part of an allowed scan that one nmap runs: typed values, which only argvFor turns into words. A phase can take
 * away from what was authorised (ports, version detection), change nmap's pace within the operator's ceiling, and bring
 * a version database; it can add no target, no port and no other option.
 */

import { formatPorts, type PortSet } from '../../core/port-set.ts';
import { countPorts, parsePorts } from '../../core/ports.ts';
import type { ScanOption } from '../../core/request.ts';
import { flagRow } from '../../policy/allowed-options.ts';
import type { AllowedScan } from '../../policy/authorize.ts';

export interface Phase {
  /** `ask` finds out which hosts are up, as the scan's options say; `assume up` is for those that answered before. */
  hosts: 'ask' | 'assume up';
  /** `as asked`, `none` (host discovery alone), or some of those asked for. */
  ports: 'as asked' | 'none' | PortSet;
  /** Whether version detection, where the scan asks for it, is part of this phase. */
  versions: boolean;
  pace: Pace;
  /** Content of an nmap-service-probes file to use instead of the installed one. */
  versionDatabase?: Uint8Array;
  /** Whether nmap tells of every connection to a service (--version-trace), for a listener's `service`. */
  trace?: true;
}

/** Absent: nmap's own congestion control and retries, by the scan's timing template. */
export interface Pace {
  /** Packets a second. */
  minRate?: number;
  maxRate?: number;
  /** Further tries of a probe that nobody answered. */
  retries?: number;
  /** Probes, and services asked for their version, under way at a time at the least (--min-parallelism). */
  parallelism?: number;
  /** The most of them (--max-parallelism). */
  atMost?: number;
  /** Seconds after which nmap gives a script up (version detection runs scripts too). */
  scriptTimeout?: number;
  /** Milliseconds that an answer is waited for at the least. */
  patience?: number;
  /** Seconds after which nmap gives a host up. */
  hostTimeout?: number;
}

/** Options that a phase may leave out or replace; a scan with any other is run plain. */
const KEPT = new Set(['-T', '-r', '--reason', '-v', '--disable-arp-ping']);
const NAMES = new Set(['-n', '-R', '--system-dns']);
const TECHNIQUES = new Set(['-sS', '-sT']);
const PORTS = new Set(['-p', '-F', '--top-ports', '--port-ratio', '--exclude-ports']);
const VERSIONS = new Set(['-sV', '--version-intensity', '--version-light', '--version-all']);

const isPing = (flag: string) =>
  flag === '-Pn' || flag === '--discovery-ignore-rst' || flagRow(flag)?.ping === true;

/** Whether all options of the scan have a meaning in phases: TCP by SYN or connect, with or without versions. */
export function canBePhased(scan: AllowedScan): boolean {
  return (
    scan.options.every(
      ({ flag, value }) =>
        (KEPT.has(flag) && !(flag === '-T' && Number(value) < 3)) ||
        NAMES.has(flag) ||
        TECHNIQUES.has(flag) ||
        PORTS.has(flag) ||
        VERSIONS.has(flag) ||
        isPing(flag),
    ) &&
    (askedPorts(scan)?.pieces.every(({ protocol }) => (protocol ?? 'tcp') === 'tcp') ?? true)
  );
}

/** The options of nmap for a phase. Throws a TypeError for what was not authorised: that is a defect of a strategy. */
export function phaseOptions(scan: AllowedScan, phase: Phase): ScanOption[] {
  if (!canBePhased(scan)) throw new TypeError('This scan cannot be run in phases.');
  const { hosts, ports, versions, pace } = phase;
  const numbers = typeof ports === 'string' ? undefined : ports;
  if (numbers) checkPorts(scan, numbers);
  const options = scan.options.filter(({ flag }) => {
    if (isPing(flag)) return hosts === 'ask';
    if (TECHNIQUES.has(flag)) return ports !== 'none';
    // Names were looked up when the hosts were, if at all.
    if (NAMES.has(flag)) return hosts === 'ask';
    if (PORTS.has(flag)) return ports === 'as asked';
    if (VERSIONS.has(flag)) return versions && ports !== 'none';
    return true;
  });
  if (hosts === 'assume up') {
    options.push({ flag: '-n' }, { flag: '-Pn' });
    // Even then nmap asks by ARP whether the host is there, as often as --max-retries says: one lost answer, no host.
    if (!options.some(({ flag }) => flag === '--disable-arp-ping'))
      options.push({ flag: '--disable-arp-ping' });
  }
  if (ports === 'none') options.push({ flag: '-sn' });
  if (numbers) options.push({ flag: '-p', value: formatPorts(numbers) });
  for (const [flag, rate] of [
    ['--min-rate', pace.minRate],
    ['--max-rate', pace.maxRate],
  ] as const) {
    if (rate === undefined) continue;
    if (!(rate > 0) || rate > scan.maxRate) throw new TypeError(`${flag} ${rate} was not authorised.`);
    options.push({ flag, value: String(Math.floor(rate)) });
  }
  if (pace.retries !== undefined) options.push({ flag: '--max-retries', value: String(pace.retries) });
  if (pace.parallelism !== undefined) {
    options.push({ flag: '--min-parallelism', value: String(pace.parallelism) });
  }
  if (pace.atMost !== undefined) options.push({ flag: '--max-parallelism', value: String(pace.atMost) });
  if (pace.scriptTimeout !== undefined) {
    options.push({ flag: '--script-timeout', value: `${pace.scriptTimeout}s` });
  }
  if (pace.patience !== undefined) options.push({ flag: '--min-rtt-timeout', value: `${pace.patience}ms` });
  if (pace.hostTimeout !== undefined) {
    options.push({ flag: '--host-timeout', value: `${Math.ceil(pace.hostTimeout)}s` });
  }
  if (phase.trace) options.push({ flag: '--version-trace' });
  return options;
}

/** Linux takes no longer single argument than 128 KiB (execve(2), MAX_ARG_STRLEN), and sshd the whole command as one. */
const MOST_PORTS_TEXT = 100_000;

/** Whether nmap can be given this list of ports; scattered ones may make it too long. */
export function fitsArgument(ports: PortSet): boolean {
  return formatPorts(ports).length <= MOST_PORTS_TEXT;
}

function checkPorts(scan: AllowedScan, ports: PortSet): void {
  if (ports.length === 0) throw new TypeError('A phase needs ports.');
  const asked = askedPorts(scan);
  if (asked?.pieces.every(({ kind }) => kind === 'range')) {
    const allowed = new Uint8Array(65_536);
    for (const piece of asked.pieces) {
      if (piece.kind === 'range') allowed.fill(1, piece.first, piece.last + 1);
    }
    const stray = ports.find((port) => allowed[port] !== 1);
    if (stray !== undefined) throw new TypeError(`Port ${stray} was not authorised.`);
    return;
  }
  // What --top-ports and service names mean is known to nmap alone; it can only be bounded here.
  if (ports.length > askedPortCount(scan)) throw new TypeError('More ports than were authorised.');
}

/** The list of -p; undefined when the ports are said in another way. */
function askedPorts(scan: AllowedScan) {
  const list = scan.options.find(({ flag }) => flag === '-p')?.value;
  return list === undefined ? undefined : parsePorts(list, Number.POSITIVE_INFINITY);
}

/** How many TCP ports of a host the scan asks for; for names and [ranges] an upper bound (nmap manual, -p). */
export function askedPortCount(scan: AllowedScan): number {
  const value = (flag: string) => scan.options.find((option) => option.flag === flag)?.value;
  const asked = askedPorts(scan);
  if (asked) {
    const names = asked.pieces.some(({ kind }) => kind === 'service');
    return names ? 65_536 : countPorts(asked, 'tcp');
  }
  const top = value('--top-ports');
  if (top !== undefined) return Number(top);
  if (scan.options.some(({ flag }) => flag === '-F')) return 100;
  return value('--port-ratio') === undefined ? 1000 : 65_536;
}

/** The ports that the scan asks for, when its own words say them; undefined for names and the most common ones. */
export function numericPorts(scan: AllowedScan): PortSet | undefined {
  const asked = askedPorts(scan);
  if (!asked || scan.options.some(({ flag }) => flag === '--exclude-ports')) return undefined;
  if (!asked.pieces.every(({ kind }) => kind === 'range')) return undefined;
  const ports = new Set<number>();
  for (const piece of asked.pieces) {
    if (piece.kind !== 'range') continue;
    for (let port = piece.first; port <= piece.last; port += 1) ports.add(port);
  }
  return [...ports].sort((a, b) => a - b);
}
