/**
 * Hosts that are up and have nothing open, told together: "1,020 hosts: 100 closed (reset)". A page for each fifty of
 * them would say the same fifty times.
 */
import { describeAddresses } from '../../core/address.ts';
import { formatPorts } from '../../core/port-set.ts';
import type { HostResult } from '../../core/result.ts';
import type { FoldOutput } from './output.ts';

/** Up to so many hosts without open ports are listed like the others. */
export const FEW = 20;
const MOST_FOLDS = 12;
/** Characters of the addresses of one fold; the report and detail "full" have them all. */
const MOST_ADDRESSES = 400;

/** Whether nothing but its address would be lost when a host is told together with others. */
export function canFold(host: HostResult): boolean {
  const { os, scripts, timed_out, partial, trace, uptime, mac, hostnames, other_ports, ports } = host;
  if (os?.length || scripts?.length || timed_out || partial || trace || uptime) return false;
  // A name that was asked for is looked for in the answer.
  if (hostnames?.some(({ type }) => type === 'user')) return false;
  if (ports.some((port) => port.scripts?.length || port.product)) return false;
  // Where no port was asked, who is there is all that was found.
  const asked = ports.length > 0 || (other_ports?.length ?? 0) > 0;
  return asked || (mac === undefined && (hostnames?.length ?? 0) === 0);
}

/** What was found, and of whom. */
type Group = [found: string, addresses: string[]];

export class Folds {
  readonly #groups = new Map<Group[0], Group[1]>();

  add(host: HostResult): void {
    const found = statesOf(host);
    const group = this.#groups.get(found);
    if (group) group.push(host.address);
    else this.#groups.set(found, [host.address]);
  }

  /** For one glance: the largest first; those of rare kinds are told as one, and of many addresses some. */
  all(): FoldOutput[] {
    const groups = this.#largestFirst();
    const rare = groups.slice(MOST_FOLDS).flatMap(([, addresses]) => addresses);
    const told = groups.slice(0, MOST_FOLDS);
    if (rare.length > 0) told.push(['nothing open, in other combinations (detail "full" lists them)', rare]);
    return told.map((group) => foldOf(group, shortened));
  }

  /** All kinds, the largest first, with every address. */
  whole(): FoldOutput[] {
    return this.#largestFirst().map((group) => foldOf(group, (runs) => runs.join(', ')));
  }

  #largestFirst(): Group[] {
    return [...this.#groups].sort(([, a], [, b]) => b.length - a.length);
  }
}

function foldOf([found, addresses]: Group, tell: (runs: string[]) => string): FoldOutput {
  return { hosts: addresses.length, found, addresses: tell(describeAddresses(addresses)) };
}

/** `22,80/tcp closed (reset), 98 filtered (no-response)`: listed ports by name, the others as nmap counted them. */
function statesOf({ status, reason: why, ports, other_ports = [] }: HostResult): string {
  const alone = [status, why ? `(${why})` : ''].join(' ').trim();
  if (ports.length + other_ports.length === 0) return alone;
  const listed = Map.groupBy(ports, ({ protocol, state, reason }) =>
    [protocol, ' ', state, reason ? ` (${reason})` : ''].join(''),
  );
  const words = [
    ...[...listed].map(([kind, same]) => `${formatPorts(same.map(({ port }) => port))}/${kind}`),
    ...other_ports.map(({ count, state, reasons = [] }) => {
      const why = reasons.map(({ reason }) => reason).join(', ');
      return `${count} ${state}${why === '' ? '' : ` (${why})`}`;
    }),
  ];
  return words.join(', ') || alone;
}

function shortened(runs: string[]): string {
  let text = '';
  for (const [index, run] of runs.entries()) {
    if (text.length + run.length > MOST_ADDRESSES) return `${text}, … (${runs.length - index} more)`;
    text += index === 0 ? run : `, ${run}`;
  }
  return text;
}
