/** Collects, host by host, what a scan did not test or could not trust, and says it in a few notes. */
import type { CoverageNote, HostResult } from '../../core/result.ts';
import { looksLikeTarpit } from '../../core/sighting/tarpit.ts';
import { hostsNote } from './hosts-note.ts';
import { isIcmpRefusal, singular } from './port-reasons.ts';
import type { Unsent } from './unsent.ts';

export interface HostFacts {
  outputCut: boolean;
  /** Its ports were asked by connect(), which hears of an ICMP error only its kind (RFC 1122 4.2.3.9), not who sent which. */
  connect: boolean;
}

export interface Coverage {
  host(host: HostResult, facts: HostFacts): void;
  /** nmap gave up on some ports of a host: it answers too slowly, or limits its answers. */
  gaveUp(address: string): void;
  /**
   * @param unsent silence where a packet was not even sent is no word about the target
   * @param except addresses of which no port counts as filtered
   */
  notes(unsent?: Unsent, except?: ReadonlySet<string>): CoverageNote[];
}

export function createCoverage(): Coverage {
  /** Filtered ports by address: silent ones (to connect() apart), and refused ones by the reason. */
  const silent = new Map<string, number>();
  const unconnected = new Map<string, number>();
  const refused = new Map<string, Map<string, number>>();
  const unreachable = new Map<string, Map<string, number>>();
  const gaveUp = new Set<string>();
  const timedOut = new Set<string>();
  const tarpits = new Set<string>();
  const outputCut = new Set<string>();

  return {
    host(host, facts) {
      for (const [reason, count] of filteredOf(host)) {
        const reasons = facts.connect ? unreachable : refused;
        const unheard = facts.connect ? unconnected : silent;
        const into = isIcmpRefusal(reason) ? (reasons.get(reason) ?? new Map<string, number>()) : unheard;
        if (into !== unheard) reasons.set(reason, into);
        into.set(host.address, (into.get(host.address) ?? 0) + count);
      }
      if (host.timed_out) timedOut.add(host.address);
      if (looksLikeTarpit(host)) tarpits.add(host.address);
      if (facts.outputCut) outputCut.add(host.address);
    },
    gaveUp: (address) => void gaveUp.add(address),
    notes: (unsent, except) => [
      ...portsNote(
        [...silent].filter(([address]) => !unsent?.isRefused(address) && !except?.has(address)),
        (ports, hosts) =>
          `${ports} on ${hosts} did not answer in time (filtered): something drops the probes or the answers, or they were lost or late. Nothing is known of what is behind.`,
      ),
      ...portsNote(
        [...unconnected].filter(([address]) => !unsent?.isRefused(address) && !except?.has(address)),
        (ports, hosts) =>
          `${ports} on ${hosts} did not let connect() begin in time (filtered): something, perhaps a rule of the machine that scans, drops the probes or refuses them by ICMP, which connect() does not always tell, or they or the answers were lost or late. Nothing is known of what is behind.`,
      ),
      ...[...refused].flatMap(([reason, hosts]) =>
        portsNote(
          [...hosts].filter(([address]) => !except?.has(address)),
          (ports, on) =>
            `${ports} on ${on} were refused by ICMP (${reason}): a firewall or router says so, and nothing is known of what is behind.`,
        ),
      ),
      ...[...unreachable].flatMap(([reason, hosts]) =>
        portsNote(
          [...hosts].filter(([address]) => !except?.has(address)),
          (ports, on) =>
            `${ports} on ${on} could not be connected to (${reason}): an ICMP error of this kind or a like one says so, or there is no route, or nobody is at the address. Nothing is known of what is behind.`,
        ),
      ),
      ...hostsNote(
        'filtered',
        [...gaveUp],
        (hosts) =>
          `nmap gave up on some ports of ${hosts}, which limit or delay their answers: ports shown as filtered there may be open or closed. A slower scan (-T2, --max-rate) tells.`,
      ),
      ...hostsNote(
        'host_timeout',
        [...timedOut],
        (hosts) => `nmap gave up ${hosts} after the host timeout: their ports are unknown.`,
      ),
      ...hostsNote(
        'tarpit_suspected',
        [...tarpits],
        (hosts) =>
          `Nearly every port is open on ${hosts}: something in front (a tarpit, proxy or firewall) accepts connections, so "open" does not mean a service there.`,
      ),
      ...hostsNote(
        'output_cut',
        [...outputCut],
        (hosts) => `Script output of ${hosts} was longer than what is kept.`,
      ),
    ],
  };
}

function portsNote(
  filtered: readonly (readonly [address: string, ports: number])[],
  say: (ports: string, hosts: string) => string,
): CoverageNote[] {
  const ports = filtered.reduce((sum, [, count]) => sum + count, 0);
  const addresses = filtered.map(([address]) => address);
  return hostsNote('filtered', addresses, (hosts) => say(`${ports} port${ports === 1 ? '' : 's'}`, hosts));
}

/** How many ports are filtered, by reason. */
function filteredOf({ ports, other_ports: others = [] }: HostResult): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (reason: string, count: number) => {
    const known = singular(reason);
    if (count > 0) counts.set(known, (counts.get(known) ?? 0) + count);
  };
  for (const { state, reason = 'no-response' } of ports) if (state === 'filtered') add(reason, 1);
  for (const { state, count, reasons = [] } of others) {
    if (state !== 'filtered') continue;
    for (const { reason, count: some } of reasons) add(reason, some);
    // Old versions of nmap give no reasons for all of them.
    add('no-response', count - reasons.reduce((sum, { count: some }) => sum + some, 0));
  }
  return counts;
}
