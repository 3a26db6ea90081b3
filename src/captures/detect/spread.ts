/** How addresses lie: side by side, as a range that is walked, or scattered over the world, as names are. */
import type { AddressBook } from '../decode/addresses.ts';

/** Share of addresses with a neighbour above which they are a range. */
const WALKED = 0.5;
/** Neighbours are at most so far apart. */
const NEAR = 8;
/** Share of hosts in networks of their own above which they are scattered. */
const ALONE = 0.6;

/** True when hardly two of these addresses lie in one network (IPv4: /24, IPv6: /64). */
export function scattered(addresses: Int32Array, ipv6: boolean, book: AddressBook): boolean {
  const networks = new Set<number>();
  for (const address of addresses) networks.add(ipv6 ? book.network(address) : address >>> 8);
  return networks.size >= addresses.length * ALONE;
}

/** True when most of these addresses have another of them next to them. */
export function isRange(addresses: Int32Array, ipv6: boolean, book: AddressBook): boolean {
  const sorted = Float64Array.from(addresses, (address) => place(address, ipv6, book)).sort();
  let near = 0;
  for (let i = 0; i < sorted.length; i++) {
    const value = sorted[i] ?? 0;
    const before = i > 0 && value - (sorted[i - 1] ?? 0) <= NEAR;
    const after = i + 1 < sorted.length && (sorted[i + 1] ?? 0) - value <= NEAR;
    if (before || after) near++;
  }
  return near >= sorted.length * WALKED;
}

/** How much of the span from the lowest to the highest of these addresses they fill, 0-1. */
export function filling(addresses: Int32Array, ipv6: boolean, book: AddressBook): number {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const address of addresses) {
    const value = place(address, ipv6, book);
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  return addresses.length / (highest - lowest + 1);
}

/** Share of steps, in the order given, that go to a close neighbour: a range asked from one end to the other. */
export function inOrder(addresses: Int32Array, ipv6: boolean, book: AddressBook): number {
  let steps = 0;
  for (let i = 1; i < addresses.length; i++) {
    const step = place(addresses[i] ?? 0, ipv6, book) - place(addresses[i - 1] ?? 0, ipv6, book);
    if (step !== 0 && Math.abs(step) <= NEAR) steps++;
  }
  return addresses.length < 2 ? 0 : steps / (addresses.length - 1);
}

/** A number that is close for neighbours: of IPv6, 20 bits for the network and the last 32, which a double holds exactly. */
function place(address: number, ipv6: boolean, book: AddressBook): number {
  return ipv6 ? (book.network(address) >>> 12) * 2 ** 32 + (book.low(address) >>> 0) : address >>> 0;
}
