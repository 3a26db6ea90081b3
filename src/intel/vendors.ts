/** Who made a network card, by the prefix the IEEE gave them (MA-L, MA-M, MA-S: 24, 28 and 36 bits). */
import { createRequire } from 'node:module';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
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
  const bytes = ipaddr.parse(ip).toByteArray();
  if (bytes.length !== 16 || bytes[11] !== 0xff || bytes[12] !== 0xfe) return undefined;
  const mac = [(bytes[8] ?? 0) ^ 0x02, bytes[9] ?? 0, bytes[10] ?? 0, ...bytes.slice(13)];
  return mac.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
