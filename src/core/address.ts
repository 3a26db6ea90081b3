/**
 * IP addresses as numbers, and runs of them. Scope, exclusion and "what is left" are then plain arithmetic.
 * `net.isIP` decides what an address is: ipaddr.js alone (like inet_aton) also takes 010.0.0.1, 127.1 and 0x7f000001.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Family = 4 | 6;

/** One address; `value` is its 32 or 128 bits as a number. */
export interface Address {
  family: Family;
  value: bigint;
}

/** The addresses from `first` to `last`, both included. */
export interface Span {
  family: Family;
  first: bigint;
  last: bigint;
}

const bits = (family: Family) => (family === 4 ? 32 : 128);

/** The address that `text` writes in the strict form, without a zone; undefined for everything else. */
export function parseAddress(text: string): Address | undefined {
  const family = isIP(text);
  // By far the most, and ipaddr.js takes three times as long for one.
  if (family === 4) return { family, value: BigInt(dottedValue(text)) };
  if (family !== 6 || text.includes('%')) return undefined;
  // ipaddr.js takes ::1.2.3.4 for the mapped ::ffff:1.2.3.4; it is ::102:304 (RFC 4291, section 2.2).
  const dotted = /^::(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const bytes = dotted ? dotted.slice(1).map(Number) : ipaddr.parse(text).toByteArray();
  return { family, value: bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) };
}

function dottedValue(text: string): number {
  return text.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

/** Dotted quad, or RFC 5952 text for IPv6. */
export function formatAddress({ family, value }: Address): string {
  if (family === 4) {
    const number = Number(value);
    return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
  }
  const bytes = Array.from({ length: 16 }, (_, index) => Number((value >> BigInt(120 - 8 * index)) & 0xffn));
  return ipaddr.fromByteArray(bytes).toString();
}

/** An address (`10.0.0.1`) or CIDR network as a span. Host bits are allowed, as nmap allows them: 10.0.0.5/24 is 10.0.0.0/24. */
export function parseNetwork(text: string): Span | undefined {
  const [base, prefix, ...rest] = text.split('/');
  const address = base === undefined ? undefined : parseAddress(base);
  if (!address || rest.length > 0) return undefined;
  if (prefix === undefined) return { family: address.family, first: address.value, last: address.value };
  if (!/^(0|[1-9][0-9]{0,2})$/.test(prefix) || Number(prefix) > bits(address.family)) return undefined;
  const size = 1n << BigInt(bits(address.family) - Number(prefix));
  const first = address.value - (address.value % size);
  return { family: address.family, first, last: first + size - 1n };
}

export const countAddresses = (span: Span): bigint => span.last - span.first + 1n;

/** What two spans share. */
export function intersect(a: Span, b: Span): Span | undefined {
  if (a.family !== b.family) return undefined;
  const first = a.first > b.first ? a.first : b.first;
  const last = a.last < b.last ? a.last : b.last;
  return first <= last ? { family: a.family, first, last } : undefined;
}

/** What is left of `span` without `removed`, in order. */
export function subtract(span: Span, removed: readonly Span[]): Span[] {
  return removed.reduce<Span[]>(
    (left, hole) =>
      left.flatMap((piece) => {
        const shared = intersect(piece, hole);
        if (!shared) return [piece];
        return [
          { ...piece, last: shared.first - 1n },
          { ...piece, first: shared.last + 1n },
        ].filter((rest) => rest.first <= rest.last);
      }),
    [span],
  );
}

/** Each address of the span as text. Bound the span first: a /64 never ends. */
export function* enumerate(span: Span): Generator<string> {
  for (let value = span.first; value <= span.last; value++)
    yield formatAddress({ family: span.family, value });
}

/**
 * The span in the words nmap reads: one address, one CIDR network, `a.b.c.d-e`, or else the fewest CIDR networks that
 * cover it exactly (nmap manual, TARGET SPECIFICATION).
 */
export function formatSpan(span: Span): string[] {
  const pieces = cidrs(span);
  const [only, ...others] = pieces;
  if (span.family === 4 && others.length > 0 && span.first >> 8n === span.last >> 8n) {
    return [`${formatAddress({ family: 4, value: span.first })}-${span.last & 0xffn}`];
  }
  return only === undefined ? [] : pieces;
}

function cidrs({ family, first, last }: Span): string[] {
  const networks: string[] = [];
  for (let start = first; start <= last; ) {
    let hostBits = 0;
    while (hostBits < bits(family)) {
      const size = 1n << BigInt(hostBits + 1);
      if (start % size !== 0n || start + size - 1n > last) break;
      hostBits++;
    }
    const address = formatAddress({ family, value: start });
    networks.push(hostBits === 0 ? address : `${address}/${bits(family) - hostBits}`);
    start += 1n << BigInt(hostBits);
  }
  return networks;
}

/** A span for a message: `10.0.0.1`, `10.0.0.0/24` or `first-last`. */
export function describeSpan(span: Span): string {
  const words = formatSpan(span);
  if (words.length === 1 && words[0] !== undefined) return words[0];
  const { family } = span;
  return `${formatAddress({ family, value: span.first })} to ${formatAddress({ family, value: span.last })}`;
}

/** Spans in order and each address once: overlapping and neighbouring ones become one. */
export function joinSpans(spans: Iterable<Span>): Span[] {
  const order = [...spans].sort(
    (a, b) => a.family - b.family || (a.first < b.first ? -1 : a.first > b.first ? 1 : 0),
  );
  const joined: Span[] = [];
  for (const { family, first, last } of order) {
    const before = joined.at(-1);
    if (before?.family !== family || first > before.last + 1n) joined.push({ family, first, last });
    else if (last > before.last) before.last = last;
  }
  return joined;
}

/** What is left of some spans without others; both as {@link joinSpans} gives them. One pass, however many there are. */
export function difference(spans: readonly Span[], removed: readonly Span[]): Span[] {
  const left: Span[] = [];
  let at = 0;
  for (const span of spans) {
    const before = (hole: Span) =>
      hole.family < span.family || (hole.family === span.family && hole.last < span.first);
    while (at < removed.length && before(removed[at] ?? span)) at += 1;
    let end = at;
    while (end < removed.length && intersect(span, removed[end] ?? span)) end += 1;
    left.push(...subtract(span, removed.slice(at, end)));
  }
  return left;
}

/** Addresses that are written one by one as the fewest runs, in order. */
export function runsOf(addresses: Iterable<string>): Span[] {
  const values = [...addresses].flatMap((text) => parseAddress(text) ?? []);
  return joinSpans(values.map(({ family, value }) => ({ family, first: value, last: value })));
}

/** The same in words: `10.0.0.1-20, 10.0.0.25`. */
export const describeAddresses = (addresses: Iterable<string>): string[] =>
  runsOf(addresses).map(describeSpan);

/** Whether an address lies between two of its family, both included; all as text. */
export function isWithin(text: string, from: string, to: string): boolean {
  const [address, first, last] = [text, from, to].map(parseAddress);
  return (
    address !== undefined &&
    first !== undefined &&
    last !== undefined &&
    address.family === first.family &&
    address.value >= first.value &&
    address.value <= last.value
  );
}
