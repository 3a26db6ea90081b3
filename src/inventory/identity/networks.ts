/** Which network of a site an address is in, and how long addresses stay with their hosts there. */
import { type Address, parseAddress } from '../../core/address.ts';
import type { Network } from '../../core/fold.ts';

/** A run of addresses, ready to be asked. */
interface Run {
  network: Network;
  first: Address;
  last: Address;
}

export class Networks {
  readonly #runs: readonly Run[];
  readonly #parsed = new Map<string, Address | undefined>();

  constructor(networks: readonly Network[]) {
    this.#runs = networks
      .flatMap((network) => {
        const [first, last] = [parseAddress(network.first), parseAddress(network.last)];
        return first && last ? [{ network, first, last }] : [];
      })
      // The narrowest that holds an address names it.
      .sort((a, b) => Number(a.last.value - a.first.value - (b.last.value - b.first.value)));
  }

  of(address: string): Network | undefined {
    const at = this.parse(address);
    return at && this.#runs.find(({ first, last }) => holds(first, last, at))?.network;
  }

  /** The network's name in events and keys: its own, its ends, or where none is told the /24 (IPv6: the /64). */
  nameOf(address: string): string {
    const network = this.of(address);
    if (network) return network.name ?? `${network.first}-${network.last}`;
    const at = this.parse(address);
    if (!at) return address;
    if (at.family === 4) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`;
    return `${(at.value >> 64n).toString(16)}::/64`;
  }

  /** Its ends, as {@link nameOf} names it. */
  spanOf(address: string): { first: Address; last: Address } | undefined {
    const at = this.parse(address);
    if (!at) return undefined;
    const run = this.#runs.find(({ first, last }) => holds(first, last, at));
    if (run) return run;
    const bits = at.family === 4 ? 8n : 64n;
    const first = (at.value >> bits) << bits;
    return { first: { ...at, value: first }, last: { ...at, value: first + (1n << bits) - 1n } };
  }

  same(a: string, b: string): boolean {
    return this.nameOf(a) === this.nameOf(b);
  }

  parse(address: string): Address | undefined {
    if (!this.#parsed.has(address)) this.#parsed.set(address, parseAddress(address));
    return this.#parsed.get(address);
  }
}

const holds = (first: Address, last: Address, at: Address) =>
  first.family === at.family && first.value <= at.value && at.value <= last.value;

/** Runs of addresses with something said of each, asked for those that hold an address. */
export class AddressRuns<T> {
  readonly #runs: { first: Address; last: Address; what: T }[] = [];

  constructor(rows: Iterable<{ first: string; last: string; what: T }>) {
    for (const { first, last, what } of rows) {
      const [from, to] = [parseAddress(first), parseAddress(last)];
      if (from && to) this.#runs.push({ first: from, last: to, what });
    }
  }

  /** What is said of the address. */
  at(address: Address | undefined): T[] {
    if (!address) return [];
    return this.#runs.filter(({ first, last }) => holds(first, last, address)).map(({ what }) => what);
  }
}
