/**
 * What a scan may be pointed at: an address, a CIDR network, a last-octet range or a host name. This grammar is
 * narrower than nmap's on purpose: octet wildcards, octet lists, names with a mask and numbers that inet_aton would
 * read are refused, because two readers of them need not agree.
 */
import { isIP } from 'node:net';
import { parseAddress, parseNetwork, type Span } from './address.ts';
import { PortolanError } from './errors.ts';

export type Target =
  | { kind: 'addresses'; text: string; span: Span; zone?: string }
  | { kind: 'name'; text: string; name: string };

const ACCEPTED =
  'Give an address (192.168.1.10, fd00::1), a network (192.168.1.0/24), a range (192.168.1.1-20) or a host name; several of them as a list.';
const LONGEST = 253;

/** Reads one target strictly. Throws PortolanError `invalid_target`. Says nothing about scope. */
export function parseTarget(text: string): Target {
  const target = parseAddresses(text) ?? parseName(text);
  if (target) return target;
  throw new PortolanError('invalid_target', `${shown(text)} is not a target${why(text)}.`, ACCEPTED);
}

function parseAddresses(text: string): Target | undefined {
  const zoned = /^([0-9a-fA-F:]+)%([A-Za-z0-9_.-]{1,15})$/.exec(text);
  if (zoned) {
    const [, address, zone] = zoned;
    const span = address === undefined ? undefined : parseNetwork(address);
    // A zone means something on link-local addresses only (RFC 4007).
    if (span?.family !== 6 || zone === undefined || span.first >> 118n !== 0x3fan) return undefined;
    return { kind: 'addresses', text, span, zone };
  }
  const span = parseNetwork(text) ?? parseRange(text);
  return span && { kind: 'addresses', text, span };
}

/** `192.168.1.1-20`, or both ends in full when only the last octet differs: the one range nmap can say exactly. */
function parseRange(text: string): Span | undefined {
  const [from, to, ...rest] = text.split('-');
  if (from === undefined || to === undefined || rest.length > 0) return undefined;
  const first = parseAddress(from);
  if (first?.family !== 4) return undefined;
  const last = /^(0|[1-9][0-9]{0,2})$/.test(to)
    ? { family: 4 as const, value: (first.value & ~0xffn) + BigInt(to) }
    : parseAddress(to);
  if (last?.family !== 4 || last.value >> 8n !== first.value >> 8n || last.value < first.value)
    return undefined;
  return { family: 4, first: first.value, last: last.value };
}

/**
 * Letters, digits and hyphens (RFC 1123 2.1), underscores (RFC 2181 11: names of devices have them), and a last label
 * that no inet_aton takes for a number. The dot that ends an absolute name (RFC 1034 3.1) is not part of `name`, so
 * that both spellings are one name to the scope.
 */
function parseName(text: string): Target | undefined {
  const name = text.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  if (
    name.length > LONGEST ||
    !labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  ) {
    return undefined;
  }
  // Any label of digits or 0x… next to nothing but others like it would be an address to someone.
  if (/^([0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '') || /^[0-9.-]+$/.test(name)) return undefined;
  return { kind: 'name', text, name };
}

/** Quoted, with nothing in it that could move a cursor or turn the direction of a line. */
function shown(text: string): string {
  return JSON.stringify(shorten(text)).replace(
    /[^\x20-\x7e…]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function why(text: string): string {
  if (text.startsWith('-')) return ': it begins like an option';
  if (/[^\x21-\x7e]/.test(text))
    return ': it contains a space, a control character or a character outside ASCII';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return ': it is a URL; give its host alone';
  if (/^[^:/]+:\d+$/.test(text))
    return ': a port is no part of it; ports go into an option of their own (-p)';
  const [base] = text.split('/');
  if (text.includes('/') && base !== undefined && isIP(base) === 0)
    return ': only an address can take a /prefix';
  if (text.includes('/')) return ': the prefix does not fit';
  if (/^[0-9.]+-[0-9.]+$/.test(text)) return ': a range goes upwards within the last octet, to 255 at most';
  if (text.includes(',')) {
    const isOctetList = /^[0-9.,-]+$/.test(text) && !text.split(',').every((part) => isIP(part) !== 0);
    return isOctetList
      ? ': octet lists are not read; list the addresses one by one'
      : ': these are several targets in one word; give each by itself, as a list or, in a command, with a space between them';
  }
  if (/^[0-9a-fx.]+$/i.test(text)) return ': an IPv4 address is four decimal numbers without leading zeros';
  if (text.includes('%')) return ': a zone id belongs to one link-local IPv6 address (fe80::1%eth0)';
  return '';
}

const shorten = (text: string) => (text.length <= 100 ? text : `${text.slice(0, 100)}…`);
