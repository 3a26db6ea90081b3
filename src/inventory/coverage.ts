/** What a look asked, and what it was kept from asking: without it no silence means anything. */
import type { Asked, Known } from '../core/fold.ts';
import type { Aspect, GapReason, Look } from '../core/look.ts';
import type { Protocol } from '../core/result.ts';
import { AddressRuns, type Networks } from './identity/networks.ts';
import { PortSpans } from './port-spans.ts';

export class LookCoverage {
  readonly #networks: Networks;
  readonly #hosts: AddressRuns<true>;
  readonly #gaps: AddressRuns<{ aspect: Aspect; why: GapReason }>;
  readonly #before: AddressRuns<Asked>;
  readonly #answered: ReadonlySet<string>;
  readonly #look: Look;
  readonly #full: boolean;

  constructor(look: Look, known: Pick<Known, 'asked'>, networks: Networks) {
    this.#look = look;
    this.#networks = networks;
    this.#full = look.completeness === 'full';
    this.#hosts = new AddressRuns(
      look.coverage
        .filter(({ aspect }) => aspect === 'host')
        .map(({ first, last }) => ({ first, last, what: true as const })),
    );
    this.#gaps = new AddressRuns(
      look.gaps.map(({ address, last, aspect, why }) => ({
        first: address,
        last: last ?? address,
        what: { aspect, why },
      })),
    );
    this.#before = new AddressRuns(
      known.asked
        .filter((row) => row.look !== look.hash || row.looks > 1)
        .map((row) => ({ first: row.first, last: row.last, what: row })),
    );
    this.#answered = new Set(
      look.sightings.flatMap(({ address, said }) => (said !== 'third_party' && address ? [address] : [])),
    );
  }

  /** True when the look asked whether somebody is there, and could have heard it. */
  asksHost(address: string): boolean {
    return (
      this.#full &&
      this.#hosts.at(this.#networks.parse(address)).length > 0 &&
      this.gap(address, 'host') === undefined
    );
  }

  /** True when it asked and nobody answered. */
  isSilent(address: string): boolean {
    return this.asksHost(address) && !this.#answered.has(address);
  }

  /** Why an address was not asked after all. */
  gap(address: string, aspect: Aspect): GapReason | undefined {
    return this.#gaps.at(this.#networks.parse(address)).find((one) => one.aspect === aspect)?.why;
  }

  /** True when this vantage (any, for traffic, which comes from everywhere) asked before that time who is there. */
  askedBefore(address: string, at: number): boolean {
    return this.#hostRows(address).some(({ firstAt }) => firstAt < at);
  }

  /** True when it asked after that time. */
  askedSince(address: string, at: number): boolean {
    return this.#hostRows(address).some(({ lastAt }) => lastAt > at);
  }

  #hostRows(address: string): Asked[] {
    const any = this.#look.kind === 'capture';
    return this.#before
      .at(this.#networks.parse(address))
      .filter((row) => row.aspect === 'host' && (any || row.vantage === this.#look.vantage));
  }

  /** True when nothing of what the look covers was ever looked at from there. */
  isFirst(): boolean {
    const { coverage, vantage } = this.#look;
    return coverage.some(({ first, last }) =>
      [first, last].some(
        (end) =>
          !this.#before
            .at(this.#networks.parse(end))
            .some((row) => row.vantage === vantage && row.firstAt <= this.#look.startedAt),
      ),
    );
  }

  /** How many addresses were asked for this port, in the network of one of them or in all. */
  addressesAsked(protocol: Protocol, port: number, near?: string): number {
    let sum = 0n;
    const within = near === undefined ? undefined : this.#networks.spanOf(near);
    for (const { first, last, aspect, protocol: of, ports } of this.#look.coverage) {
      if (aspect !== 'port' || of !== protocol || ports === undefined || !PortSpans.of(ports).has(port))
        continue;
      const [from, to] = [this.#networks.parse(first), this.#networks.parse(last)];
      if (!from || !to || from.family !== to.family) continue;
      if (within && within.first.family !== from.family) continue;
      const low = within && within.first.value > from.value ? within.first.value : from.value;
      const high = within && within.last.value < to.value ? within.last.value : to.value;
      if (low <= high) sum += high - low + 1n;
    }
    return Number(sum);
  }

  /** Addresses that were not asked, and why. */
  get gaps(): readonly { address: string; last?: string; why: GapReason }[] {
    return this.#look.gaps;
  }
}
