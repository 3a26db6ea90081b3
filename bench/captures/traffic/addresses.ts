import ipaddr from 'ipaddr.js';

/** 4 or 16 bytes, as they stand in a packet. */
export type Address = Uint8Array;

export const ipv4 = (a: number, b: number, c: number, d: number): Address => Uint8Array.of(a, b, c, d);

export const ipv4Of = (value: number): Address =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);

/** In 2001:db8::/32, which RFC 3849 keeps for examples. */
export function ipv6(network: number, host: number): Address {
  const bytes = new Uint8Array(16);
  bytes.set([0x20, 0x01, 0x0d, 0xb8, 0, 0, network >>> 8, network & 0xff]);
  bytes.set(ipv4Of(host), 12);
  return bytes;
}

export const textOf = (address: Address): string => ipaddr.fromByteArray([...address]).toString();
