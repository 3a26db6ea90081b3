/** Collects, host by host, what a scan did not test or could not trust, and says it in a few notes. */
import type { CoverageNote, HostResult } from '../core/result.ts';

/** Addresses a note lists at most; its message says how many there are. */
const MAX_LISTED = 256;
/** From this many probed ports on, a host that has nearly all of them open is rather a tarpit than a server. */
const TARPIT_PROBED = 100;
const TARPIT_SHARE = 0.9;
/** This many open ports, of which none says a word: something accepts connections for everyone. */
const TARPIT_SILENT = 20;

export interface Coverage {
  host(host: HostResult, facts: { outputCut: boolean }): void;
  skipped(specification: string, reason: string): void;
  /** nmap gave up on some ports of a host: it answers too slowly, or limits its answers. */
  gaveUp(address: string): void;
  notes(): CoverageNote[];
}

export function createCoverage(): Coverage {
  const filtered = new Set<string>();
  let filteredPorts = 0;
  const gaveUp = new Set<string>();
  const timedOut = new Set<string>();
  const tarpits = new Set<string>();
  const outputCut = new Set<string>();
  const skipped = new Set<string>();

  return {
    host(host, facts) {
      const count = countFiltered(host);
      if (count > 0) filtered.add(host.address);
      filteredPorts += count;
      if (host.timed_out) timedOut.add(host.address);
      if (looksLikeTarpit(host)) tarpits.add(host.address);
      if (facts.outputCut) outputCut.add(host.address);
    },
    skipped: (specification, reason) => void skipped.add(`${specification} (${reason})`),
    gaveUp: (address) => void gaveUp.add(address),
    notes: () => [
      ...note(
        'filtered',
        filtered,
        (hosts) =>
          `${filteredPorts} ports on ${hosts} did not answer (filtered): a firewall drops the probes, so nothing is known of what is behind.`,
      ),
      ...note(
        'filtered',
        gaveUp,
        (hosts) =>
          `nmap gave up on some ports of ${hosts}, which limit or delay their answers: ports shown as filtered there may be open or closed. A slower scan (-T2, --max-rate) tells.`,
      ),
      ...note(
        'host_timeout',
        timedOut,
        (hosts) => `nmap gave up ${hosts} after the host timeout: their ports are unknown.`,
      ),
      ...note(
        'tarpit_suspected',
        tarpits,
        (hosts) =>
          `Nearly every port is open on ${hosts}: something in front (a tarpit, proxy or firewall) accepts connections, so "open" does not mean a service there.`,
      ),
      ...note('output_cut', outputCut, (hosts) => `Script output of ${hosts} was longer than what is kept.`),
      ...note('not_scanned', skipped, (targets) => `nmap skipped ${targets}.`),
    ],
  };
}

function note(
  kind: CoverageNote['kind'],
  hosts: ReadonlySet<string>,
  say: (hosts: string) => string,
): CoverageNote[] {
  if (hosts.size === 0) return [];
  const [first = ''] = hosts;
  const listed = [...hosts].slice(0, MAX_LISTED);
  return [{ kind, hosts: listed, message: say(hosts.size === 1 ? first : `${hosts.size} hosts`) }];
}

function countFiltered({ ports, other_ports: others = [] }: HostResult): number {
  return (
    ports.filter(({ state }) => state === 'filtered').length +
    others.filter(({ state }) => state === 'filtered').reduce((sum, { count }) => sum + count, 0)
  );
}

function looksLikeTarpit({ ports, other_ports: others = [] }: HostResult): boolean {
  const open = ports.filter(({ state, protocol }) => state === 'open' && protocol === 'tcp');
  const probed = ports.length + others.reduce((sum, { count }) => sum + count, 0);
  if (probed >= TARPIT_PROBED && open.length > probed * TARPIT_SHARE) return true;
  return open.length >= TARPIT_SILENT && open.every(({ service }) => service === 'tcpwrapped');
}
