/** What an address is, before anyone is asked about it. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { PortolanError } from '../core/errors.ts';
import { IPV4_SPECIAL, IPV6_SPECIAL, type SpecialRange } from './special-ranges.ts';

export interface AddressClass {
  /** Canonical text: RFC 5952 for IPv6. */
  ip: string;
  family: 4 | 6;
  /** `public`, or what the registry says it is: `private`, `multicast`, `documentation`, ... */
  kind: string;
  /** The block that says so; absent for a public address. */
  range?: SpecialRange;
  /** The IPv4 address inside an IPv6 one (mapped, NAT64, 6to4, Teredo, ISATAP). */
  embedded?: { ipv4: string; kind: string };
}

/** What organisations use inside: RFC 1918 and RFC 4193. */
const PRIVATE_KINDS: ReadonlySet<string> = new Set(['private', 'unique_local']);

/** True for addresses that organisations hand out for themselves (RFC 1918, RFC 4193). */
export function isPrivate(address: AddressClass): boolean {
  return PRIVATE_KINDS.has(address.kind);
}

/**
 * What this address is by the IANA registries: the most specific special-purpose block that holds it, else `public`.
 * Takes plain addresses only; `010.0.0.1`, `127.1`, `0x7f000001`, networks and zones are `invalid_ip`.
 */
export function classify(text: string): AddressClass {
  const family = isIP(text);
  if ((family !== 4 && family !== 6) || text.includes('%')) throw invalidIp(text);
  const parsed = ipaddr.parse(text);
  const bytes = parsed.toByteArray();
  const range = mostSpecific(bytes);
  const embedded = bytes.length === 16 ? embeddedIpv4(bytes, range?.kind) : undefined;
  return {
    ip: canonical(parsed, bytes),
    family,
    kind: range?.kind ?? 'public',
    ...(range ? { range } : {}),
    ...(embedded ? { embedded } : {}),
  };
}

function invalidIp(text: string): PortolanError {
  const shown = text.length > 64 ? `${text.slice(0, 64)}…` : text;
  return new PortolanError(
    'invalid_ip',
    `${JSON.stringify(shown)} is not an IP address.`,
    'Give one IPv4 address in four decimal parts (192.0.2.7) or one IPv6 address without a zone (2001:db8::7).',
  );
}

// ipaddr.js writes mapped addresses in hexadecimal; RFC 5952 section 5 recommends the dotted form.
function canonical(parsed: ipaddr.IPv4 | ipaddr.IPv6, bytes: readonly number[]): string {
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) return `::ffff:${dotted(bytes, 12)}`;
  return parsed.kind() === 'ipv6' && parsed instanceof ipaddr.IPv6
    ? parsed.toRFC5952String()
    : parsed.toString();
}

interface Block {
  range: SpecialRange;
  bytes: readonly number[];
  bits: number;
}

const blocks = (ranges: readonly SpecialRange[]): Block[] =>
  ranges
    .map((range) => {
      const [network, bits] = ipaddr.parseCIDR(range.block);
      return { range, bytes: network.toByteArray(), bits };
    })
    .sort((a, b) => b.bits - a.bits);

const BLOCKS = { 4: blocks(IPV4_SPECIAL), 16: blocks(IPV6_SPECIAL) };

function mostSpecific(address: readonly number[]): SpecialRange | undefined {
  return BLOCKS[address.length === 4 ? 4 : 16].find((block) => holds(block, address))?.range;
}

function holds({ bytes, bits }: Block, address: readonly number[]): boolean {
  for (let at = 0; at * 8 < bits; at++) {
    const rest = bits - at * 8;
    const mask = rest >= 8 ? 0xff : (0xff << (8 - rest)) & 0xff;
    if (((bytes[at] ?? 0) ^ (address[at] ?? 0)) & mask) return false;
  }
  return true;
}

function embeddedIpv4(bytes: readonly number[], kind: string | undefined): AddressClass['embedded'] {
  switch (kind) {
    case 'ipv4_mapped':
    case 'ipv4_compatible':
    case 'nat64':
      return { ipv4: dotted(bytes, 12), kind };
    case '6to4': // RFC 3056 section 2: right after the 16-bit prefix
      return { ipv4: dotted(bytes, 2), kind };
    case 'teredo': // RFC 4380 section 4: the client's address with every bit turned over
      return {
        ipv4: dotted(
          bytes.map((byte) => byte ^ 0xff),
          12,
        ),
        kind,
      };
  }
  // RFC 5214 section 6.1: ISATAP puts [00|02]00:5efe before the address in any prefix.
  if (((bytes[8] ?? 1) & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe) {
    return { ipv4: dotted(bytes, 12), kind: 'isatap' };
  }
  return undefined;
}

function dotted(bytes: readonly number[], from: number): string {
  return bytes.slice(from, from + 4).join('.');
}
