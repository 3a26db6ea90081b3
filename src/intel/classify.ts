/** What an address is, before anyone is asked about it. */
import { formatAddress, parseAddress, parseNetwork, type Span } from '../core/address.ts';
import { cleanField } from '../core/clean.ts';
import { PortolanError } from '../core/errors.ts';
import { IPV4_SPECIAL, IPV6_SPECIAL, type SpecialRange } from '../core/special-ranges.ts';

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

/** What organisations hand out for themselves: RFC 1918 and RFC 4193. */
const PRIVATE_KINDS: ReadonlySet<string> = new Set(['private', 'unique_local']);

export function isPrivate(address: AddressClass): boolean {
  return PRIVATE_KINDS.has(address.kind);
}

/**
 * What this address is by the IANA registries: the most specific special-purpose block that holds it, else `public`.
 * Takes plain addresses only; `010.0.0.1`, `127.1`, `0x7f000001`, networks and zones are `invalid_ip`.
 */
export function classify(text: string): AddressClass {
  const address = parseAddress(withoutDots(text));
  if (!address) throw invalidIp(text);
  const { family, value } = address;
  const range = blocksOf(family).find(({ span }) => span.first <= value && value <= span.last)?.range;
  const embedded = family === 6 ? embeddedIpv4(value, range?.kind) : undefined;
  return {
    // RFC 5952 section 5: a mapped address shows its IPv4 part as such.
    ip: embedded?.kind === 'ipv4_mapped' ? `::ffff:${embedded.ipv4}` : formatAddress(address),
    family,
    kind: range?.kind ?? 'public',
    ...(range ? { range } : {}),
    ...(embedded ? { embedded } : {}),
  };
}

// ipaddr.js reads ::1.2.3.4 as the mapped ::ffff:1.2.3.4 (RFC 4291 section 2.2 says ::102:304), so the dotted tail is
// written in hexadecimal before it gets there.
function withoutDots(text: string): string {
  const [, head, tail = ''] = /^([0-9a-f:]*:)([\d.]+)$/i.exec(text) ?? [];
  const low = tail.includes('.') ? parseAddress(tail) : undefined;
  if (head === undefined || low?.family !== 4) return text;
  return `${head}${(low.value >> 16n).toString(16)}:${(low.value & 0xffffn).toString(16)}`;
}

function invalidIp(text: string): PortolanError {
  return new PortolanError(
    'invalid_ip',
    `"${cleanField(text, 64)}" is not an IP address.`,
    'Give one IPv4 address in four decimal parts (192.0.2.7) or one IPv6 address without a zone (2001:db8::7).',
  );
}

/** Smallest blocks first, so that the first that holds an address is the most specific. */
function smallestFirst(ranges: readonly SpecialRange[]): { range: SpecialRange; span: Span }[] {
  const size = ({ span }: { span: Span }) => span.last - span.first;
  return ranges
    .flatMap((range) => {
      const span = parseNetwork(range.block);
      return span ? [{ range, span }] : [];
    })
    .sort((a, b) => (size(a) < size(b) ? -1 : 1));
}

let blocks: Record<4 | 6, ReturnType<typeof smallestFirst>> | undefined;

/** Sorted when they are first asked for: most commands never ask, and all of them wait for this module. */
function blocksOf(family: 4 | 6) {
  blocks ??= { 4: smallestFirst(IPV4_SPECIAL), 6: smallestFirst(IPV6_SPECIAL) };
  return blocks[family];
}

const ALL_ONES = 0xffff_ffffn;

function embeddedIpv4(address: bigint, kind: string | undefined): AddressClass['embedded'] {
  const low = address & ALL_ONES;
  switch (kind) {
    case 'ipv4_mapped':
    case 'ipv4_compatible':
    case 'nat64':
      return { ipv4: dotted(low), kind };
    case '6to4': // RFC 3056 section 2: right after the 16-bit prefix
      return { ipv4: dotted((address >> 80n) & ALL_ONES), kind };
    case 'teredo': // RFC 4380 section 4: the client's address with every bit turned over
      return { ipv4: dotted(low ^ ALL_ONES), kind };
  }
  // RFC 5214 section 6.1: ISATAP puts [00|02]00:5efe before the address, behind any prefix.
  if (((address >> 32n) & 0xfdff_ffffn) === 0x0000_5efen) return { ipv4: dotted(low), kind: 'isatap' };
  return undefined;
}

function dotted(value: bigint): string {
  return formatAddress({ family: 4, value });
}
