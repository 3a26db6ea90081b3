/** Small pieces of text and number making shared by the suspects and the overview. */
import { type AddressBook, formatIpv4 } from '../decode/addresses.ts';

export function addressText(book: AddressBook, address: number, ipv6: boolean): string {
  return ipv6 ? book.text(address) : formatIpv4(address);
}

/** Seconds since the epoch, or null where the capture has no times. */
export function seconds(microseconds: number): number | null {
  return Number.isFinite(microseconds) ? Math.round(microseconds) / 1e6 : null;
}
