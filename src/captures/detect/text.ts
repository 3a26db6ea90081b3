/** Small pieces of text and number making shared by the suspects and the overview. */
import { type AddressBook, formatIpv4 } from '../decode/addresses.ts';

/** Ports as ranges, in any order and more than once: `22,80,1000-1010`. */
export class PortRanges {
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];

  add(first: number, last = first): void {
    const latest = this.#firsts.length - 1;
    if (latest >= 0 && first === (this.#lasts[latest] ?? 0) + 1) this.#lasts[latest] = last;
    else {
      this.#firsts.push(first);
      this.#lasts.push(last);
    }
  }

  toString(): string {
    // First and last port in one number: these sort without being called back for each two.
    const ranges = Float64Array.from(
      this.#firsts,
      (first, i) => first * PORTS + (this.#lasts[i] ?? 0),
    ).sort();
    const parts: string[] = [];
    for (let i = 0; i < ranges.length; ) {
      const first = Math.floor((ranges[i] ?? 0) / PORTS);
      let last = (ranges[i] ?? 0) % PORTS;
      while (++i < ranges.length && Math.floor((ranges[i] ?? 0) / PORTS) <= last + 1)
        last = Math.max(last, (ranges[i] ?? 0) % PORTS);
      parts.push(first === last ? `${first}` : `${first}-${last}`);
    }
    return parts.join(',');
  }
}

const PORTS = 65_536;

export function portRanges(ports: ArrayLike<number>): string {
  const ranges = new PortRanges();
  for (let i = 0; i < ports.length; i++) ranges.add(ports[i] ?? 0);
  return ranges.toString();
}

export function addressText(book: AddressBook, address: number, ipv6: boolean): string {
  return ipv6 ? book.text(address) : formatIpv4(address);
}

/** Seconds since the epoch, or null where the capture has no times. */
export function seconds(microseconds: number): number | null {
  return Number.isFinite(microseconds) ? Math.round(microseconds) / 1e6 : null;
}
