/**
 * Addresses as 16 bytes, IPv4 within ::ffff:0:0/96 (RFC 4291 2.5.5.2): the order of bytes is then the order of addresses
 * in BLOB and BYTEA alike, so a network is one range of an index.
 */
import { type Address, formatAddress, parseAddress } from '../../core/address.ts';

const MAPPED = 0xffffn << 32n;

/** @throws RangeError for what is no address; who hands in a look has parsed it. */
export function addressBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const quad = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (quad) {
    bytes[10] = 0xff;
    bytes[11] = 0xff;
    for (let at = 1; at <= 4; at += 1) bytes[11 + at] = Number(quad[at]);
    return bytes;
  }
  const address = parseAddress(text);
  if (!address) throw new RangeError(`${JSON.stringify(text)} is no IP address`);
  let { value } = address;
  for (let at = 15; at >= 0; at -= 1, value >>= 8n) bytes[at] = Number(value & 0xffn);
  return bytes;
}

export function addressText(bytes: Uint8Array): string {
  const address = addressOf(bytes);
  if (address.family === 6) return formatAddress(address);
  return `${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}`;
}

function addressOf(bytes: Uint8Array): Address {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  if (value >> 32n === 0xffffn) return { family: 4, value: value - MAPPED };
  return { family: 6, value };
}
