/** Who made a network card, by the prefix the IEEE gave them (MA-L, MA-M, MA-S: 24, 28 and 36 bits). */
import { createRequire } from 'node:module';
import { z } from 'zod';
import { parseAddress } from '../core/address.ts';
import { cleanField } from '../core/clean.ts';

let registry: Record<string, string> | undefined;

/**
 * The maker of this card, or undefined when the prefix is nobody's or the address was made up by software (the
 * locally administered bit: randomised phones, virtual machines). Takes any usual spelling of a MAC address.
 */
export function vendorOf(mac: string): string | undefined {
  const digits = mac.replace(/[^0-9a-f]/gi, '').toUpperCase();
  if (digits.length !== 12 || Number.parseInt(digits.slice(0, 2), 16) & 0x02) return undefined;
  // 5.6 MB of JSON, read when the first card is asked for.
  registry ??= z.record(z.string(), z.string()).parse(createRequire(import.meta.url)('oui-data'));
  const entry = [9, 7, 6].map((length) => registry?.[digits.slice(0, length)]).find(Boolean);
  return entry && cleanField(entry.split('\n')[0] ?? '', 128);
}

/** The MAC address inside an IPv6 interface identifier of the modified EUI-64 form (RFC 4291 appendix A). */
export function macInside(ip: string): string | undefined {
  const address = parseAddress(ip);
  if (address?.family !== 6 || ((address.value >> 24n) & 0xffffn) !== 0xfffen) return undefined;
  const maker = ((address.value >> 40n) & 0xff_ffffn) ^ 0x02_0000n;
  const digits = ((maker << 24n) | (address.value & 0xff_ffffn)).toString(16).padStart(12, '0');
  return digits.match(/../g)?.join(':');
}
