/** What was put into a capture, as an analysis should find it. */
import { type Address, textOf } from './addresses.ts';

/** What came back for one probed endpoint. */
export type Outcome = 'open' | 'closed' | 'unfiltered' | 'silent' | 'alive';

export interface ScanLabel {
  technique: string;
  pattern: string;
  /** Whose marks the probes bear, where they bear any. */
  tool: string | null;
  sources: string[];
  first_target: string;
  /** Of all sources together, as written into the file. Every endpoint is probed once. */
  probes: number;
  distinct_ports: number;
  distinct_hosts: number;
  answers: Record<Outcome, number>;
  /** Seconds since the epoch, of the first and the last probe. */
  start: number;
  end: number;
}

export interface Labels {
  file: string;
  arguments: Record<string, number>;
  packets: number;
  bytes: number;
  benign_tcp_sessions: number;
  scans: ScanLabel[];
  /** Not scans, though many addresses are in them: whoever sends or receives these is innocent. */
  noise: { kind: string; address: string; addresses: number; packets: number }[];
}

/** Counts what a scan does while it is written. */
export class Tally {
  readonly answers: ScanLabel['answers'] = { open: 0, closed: 0, unfiltered: 0, silent: 0, alive: 0 };
  readonly ports = new Set<number>();
  readonly hosts = new Set<Address>();
  readonly sources = new Set<Address>();
  probes = 0;
  first = 0;
  last = 0;

  count(now: number, probe: { from: Address; to: Address; port?: number }, outcome: Outcome): void {
    if (this.probes === 0) this.first = now;
    this.last = now;
    this.probes++;
    this.answers[outcome]++;
    this.sources.add(probe.from);
    this.hosts.add(probe.to);
    if (probe.port !== undefined) this.ports.add(probe.port);
  }

  label(name: { technique: string; pattern: string; tool?: string }): ScanLabel {
    const [first] = this.hosts;
    return {
      technique: name.technique,
      pattern: name.pattern,
      tool: name.tool ?? null,
      sources: [...this.sources].map(textOf),
      first_target: first === undefined ? '' : textOf(first),
      probes: this.probes,
      distinct_ports: this.ports.size,
      distinct_hosts: this.hosts.size,
      answers: this.answers,
      start: this.first / 1e6,
      end: this.last / 1e6,
    };
  }
}
