/** Whether a suspect is a scan of our own: by address, time, targets and ports. */
import { parseAddress, type Span } from '../core/address.ts';
import { parseTarget } from '../core/target.ts';
import type { Task } from '../core/task.ts';
import type { Suspect } from './findings.ts';

/** A scan that this Portolan ran, in the few words that tell it from others. */
export interface OurScan {
  taskId: string;
  /** Addresses of the machine that scanned. */
  addresses: readonly string[];
  /** Numeric targets as nmap was given them: addresses, CIDR networks, a.b.c.d-e ranges. */
  targets: readonly string[];
  /** Scanned ports as `1-1024,3306`; absent when not known (the most common ones, IP protocols). */
  ports?: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** Absent while it runs. */
  endedAt?: number;
}

/** Our scans that ran at some time between these two (milliseconds since the epoch). */
export type OurScans = (from: number, to: number) => readonly OurScan[] | Promise<readonly OurScan[]>;

/** Clocks of the capturing machine and ours may differ by as much. */
const CLOCK_SLACK_MS = 120_000;
/** Share of the suspect's ports that must be among the scanned: version detection touches a few others. */
const PORT_SHARE = 0.8;

/** The task that made this suspect, or undefined. A capture without times matches nothing. */
export function ownTask(suspect: Suspect, scans: readonly OurScan[]): string | undefined {
  const { first_seen: first, last_seen: last } = suspect;
  if (first === null || last === null) return undefined;
  return scans.find(
    (scan) =>
      scan.addresses.includes(suspect.ip) &&
      first * 1000 >= scan.startedAt - CLOCK_SLACK_MS &&
      last * 1000 <= (scan.endedAt ?? Number.POSITIVE_INFINITY) + CLOCK_SLACK_MS &&
      aimsAt(suspect, scan) &&
      portsFit(suspect, scan),
  )?.taskId;
}

function aimsAt(suspect: Suspect, scan: OurScan): boolean {
  const spans = scan.targets
    .map(parseTarget)
    .flatMap((target) => (target.kind === 'addresses' ? [target.span] : []));
  return suspect.targets.some(({ ip }) => spans.some((span) => holds(span, ip)));
}

function holds({ family, first, last }: Span, ip: string): boolean {
  const address = parseAddress(ip);
  return address?.family === family && address.value >= first && address.value <= last;
}

function portsFit(suspect: Suspect, scan: OurScan): boolean {
  if (scan.ports === undefined || suspect.ports === '') return true;
  const ours = spans(scan.ports);
  let all = 0;
  let inside = 0;
  for (const [from, to] of spans(suspect.ports)) {
    for (let port = from; port <= to; port++) {
      all += 1;
      if (ours.some(([low, high]) => port >= low && port <= high)) inside += 1;
    }
  }
  return all === 0 || inside / all >= PORT_SHARE;
}

function spans(ports: string): [number, number][] {
  return ports.split(',').map((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return [from, to];
  });
}

/**
 * The scan that a task ran, as far as its argv tells it; undefined when it never ran. `addresses` are those of the
 * machine that ran it.
 */
export function ourScan(task: Task, addresses: readonly string[]): OurScan | undefined {
  const { id, argv, startedAt, endedAt } = task;
  const end = argv?.indexOf('--') ?? -1;
  if (!argv || startedAt === undefined || end < 0) return undefined;
  const ports = portsIn(argv.slice(0, end));
  return {
    taskId: id,
    addresses,
    targets: argv.slice(end + 1),
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(ports === undefined ? {} : { ports }),
  };
}

// Service names and patterns of -p would need nmap's own table: such a scan is matched without its ports.
function portsIn(options: readonly string[]): string | undefined {
  const at = options.findIndex((option) => option.startsWith('-p'));
  const value = options[at] === '-p' ? options[at + 1] : options[at]?.slice(2);
  if (at < 0 || value === undefined) return undefined;
  if (value === '-') return '1-65535';
  const ports = value.replace(/[TUS]:/g, '');
  return /^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(ports) ? ports : undefined;
}
