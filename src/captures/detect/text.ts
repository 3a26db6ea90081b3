/** Small pieces of text and number making shared by the suspects and the overview. */
import { type AddressBook, formatIpv4 } from '../decode/addresses.ts';

/** Sorted distinct ports as ranges: `22,80,1000-1010`. */
export function portRanges(ports: ArrayLike<number>): string {
  const sorted = new Int32Array(ports);
  if (!isAscending(sorted)) sorted.sort();
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let j = i;
    while (j + 1 < sorted.length && (sorted[j + 1] ?? 0) - (sorted[j] ?? 0) <= 1) j++;
    parts.push(sorted[i] === sorted[j] ? `${sorted[i]}` : `${sorted[i]}-${sorted[j]}`);
    i = j + 1;
  }
  return parts.join(',');
}

function isAscending(numbers: Int32Array): boolean {
  for (let i = 1; i < numbers.length; i++) if ((numbers[i] ?? 0) < (numbers[i - 1] ?? 0)) return false;
  return true;
}

export function addressText(book: AddressBook, address: number, ipv6: boolean): string {
  return ipv6 ? book.text(address) : formatIpv4(address);
}

/** Seconds since the epoch, or null where the capture has no times. */
export function seconds(microseconds: number): number | null {
  return Number.isFinite(microseconds) ? Math.round(microseconds) / 1e6 : null;
}
