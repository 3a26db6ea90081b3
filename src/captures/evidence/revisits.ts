/**
 * When sources came back to endpoints they had probed long before. A record keeps only its first and last probe; this
 * keeps the visits in between, so that campaigns hours apart can be told apart. Bounded, whatever a capture holds.
 */

/** A pause that ends a visit, in microseconds: ten minutes. */
export const PAUSE = 600e6;
const MAX_SOURCES = 4096;
const MAX_VISITS = 64;

export interface Visit {
  /** Microseconds since the epoch. */
  first: number;
  last: number;
  probes: number;
}

export class Revisits {
  readonly #visits = new Map<number, Visit[]>();

  /** Notes a probe of an endpoint whose last probe was more than {@link PAUSE} before. */
  add(source: number, kind: number, ipv6: boolean, time: number): void {
    const key = keyOf(source, kind, ipv6);
    let visits = this.#visits.get(key);
    if (visits === undefined) {
      if (this.#visits.size >= MAX_SOURCES) return;
      visits = [];
      this.#visits.set(key, visits);
    }
    const latest = visits.at(-1);
    if (latest !== undefined && (time - latest.last <= PAUSE || visits.length >= MAX_VISITS)) {
      latest.last = Math.max(latest.last, time);
      latest.probes++;
    } else visits.push({ first: time, last: time, probes: 1 });
  }

  /** Visits of a source with one kind of probe. */
  of(source: number, kind: number, ipv6: boolean): readonly Visit[] {
    return this.#visits.get(keyOf(source, kind, ipv6)) ?? [];
  }

  /** IPv6 addresses are numbered anew. */
  forgetIpv6(): void {
    for (const key of this.#visits.keys()) if (key < 0) this.#visits.delete(key);
  }
}

/** IPv6 numbers count up from 0; IPv4 addresses are 32 bits. */
function keyOf(source: number, kind: number, ipv6: boolean): number {
  const key = (source >>> 0) * 256 + kind;
  return ipv6 ? -1 - key : key;
}
