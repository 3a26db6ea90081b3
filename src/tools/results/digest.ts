/** Which ports are open on how many hosts: what a reader of many hosts asks first. */
import { describeAddresses } from '../../core/address.ts';
import type { HostResult } from '../../core/result.ts';
import type { DigestOutput } from './output.ts';

/** Fewer hosts than this are read as quickly as their digest. */
const WORTH_IT = 4;
const MOST_PORTS = 12;
/** Addresses that are kept of one port; more are only counted. */
const KEPT = 32;
const MOST_ADDRESSES = 80;

interface Entry {
  port: number;
  protocol: string;
  service: string | undefined;
  hosts: number;
  addresses: string[];
}

export interface DigestSummary {
  /** The ports that most hosts have open. */
  ports: DigestOutput[];
  /** How many ports more there are. */
  more: number;
}

export class Digest {
  readonly #ports = new Map<string, Entry>();
  #hosts = 0;

  add(host: HostResult): void {
    this.#hosts += 1;
    for (const { port, protocol, state, service } of host.ports) {
      if (state !== 'open') continue;
      const key = `${port}/${protocol}`;
      const entry = this.#ports.get(key) ?? { port, protocol, service, hosts: 0, addresses: [] };
      this.#ports.set(key, entry);
      entry.hosts += 1;
      if (entry.addresses.length < KEPT) entry.addresses.push(host.address);
    }
  }

  /** Undefined where it would tell nothing new. */
  summary(): DigestSummary | undefined {
    if (this.#hosts < WORTH_IT) return undefined;
    const all = [...this.#ports.values()].sort((a, b) => b.hosts - a.hosts || a.port - b.port);
    const ports = all.slice(0, MOST_PORTS).map(({ port, protocol, service, hosts, addresses }) => ({
      port,
      protocol,
      ...(service === undefined ? {} : { service }),
      hosts,
      addresses: someOf(addresses, hosts),
    }));
    return { ports, more: all.length - ports.length };
  }
}

function someOf(addresses: string[], hosts: number): string {
  let text = '';
  for (const run of describeAddresses(addresses)) {
    if (text.length + run.length > MOST_ADDRESSES) return `${text}, …`;
    text += text === '' ? run : `, ${run}`;
  }
  return hosts > addresses.length ? `${text}, …` : text;
}
