/** Port lists in nmap's grammar (nmap manual, PORT SPECIFICATION: -p), read strictly and written anew. */
import { PortolanError } from './errors.ts';
import type { Protocol } from './result.ts';

/** One piece between commas. `protocol` is absent while no `T:` `U:` `S:` `P:` has been said: it then holds for all. */
export type PortPiece = { protocol?: Protocol } & (
  | { kind: 'range'; first: number; last: number }
  /** `[a-b]`: those of the range that nmap-services lists. */
  | { kind: 'known'; first: number; last: number }
  /** A service name of nmap-services, or a pattern of names with * and ?. */
  | { kind: 'service'; pattern: string }
);

export interface PortList {
  /** What to give to -p. Equal to what was read except for leading zeros. */
  text: string;
  pieces: readonly PortPiece[];
}

const MAX_PORT = 65_535;
const MAX_IP_PROTOCOL = 255;
const PREFIXES: Readonly<Record<string, Protocol>> = { T: 'tcp', U: 'udp', S: 'sctp', P: 'ip' };
const ACCEPTED =
  'Write ports as in 22,80,8000-8100 or T:80,U:53, with - for all of them, [1-1024] for the known ones among them, or service names such as http*.';

/**
 * Throws PortolanError `invalid_ports`, or `too_many_ports` beyond `maxPieces` pieces. With `base` 'ip' (an -sO scan)
 * the numbers are those of IP protocols, 0 to 255.
 */
export function parsePorts(text: string, maxPieces = 100, base?: 'ip'): PortList {
  const words = text.split(',');
  if (words.length > maxPieces) {
    throw new PortolanError(
      'too_many_ports',
      `The port list has ${words.length} pieces.`,
      'Join neighbouring ports to ranges, or scan the rest in another scan.',
      { limit: `at most ${maxPieces} port ranges a scan` },
    );
  }
  const pieces: PortPiece[] = [];
  const written: string[] = [];
  let protocol: Protocol | undefined;
  for (const word of words) {
    const prefix = /^([TUSP]):/.exec(word)?.[1];
    if (prefix !== undefined) protocol = PREFIXES[prefix];
    const piece = parsePiece(prefix === undefined ? word : word.slice(2), (protocol ?? base) === 'ip');
    if (!piece) {
      throw new PortolanError(
        'invalid_ports',
        `${JSON.stringify(word.slice(0, 60))} is not a port, a range of ports (upwards, 0 to ${(protocol ?? base) === 'ip' ? MAX_IP_PROTOCOL : MAX_PORT}) or a service name.`,
        ACCEPTED,
      );
    }
    pieces.push(protocol ? { ...piece, protocol } : piece);
    written.push((prefix === undefined ? '' : `${prefix}:`) + writePiece(piece));
  }
  return { text: written.join(','), pieces };
}

function parsePiece(word: string, ip: boolean): PortPiece | undefined {
  const max = ip ? MAX_IP_PROTOCOL : MAX_PORT;
  const known = /^\[(.*)\]$/.exec(word)?.[1];
  const range = /^([0-9]{1,5})?(-)?([0-9]{1,5})?$/.exec(known ?? word);
  if (range && (known ?? word) !== '') {
    const [, from, dash, to] = range;
    // For nmap "-" begins at protocol 0, but at port 1: port 0 takes part only when it is written out.
    const first = from === undefined ? Number(!ip) : Number(from);
    const last = to === undefined ? (dash ? max : first) : Number(to);
    if (first > last || last > max) return undefined;
    return { kind: known === undefined ? 'range' : 'known', first, last };
  }
  return known === undefined && /^[a-z*?][A-Za-z0-9_*?.+-]{0,39}$/.test(word)
    ? { kind: 'service', pattern: word }
    : undefined;
}

function writePiece(piece: PortPiece): string {
  if (piece.kind === 'service') return piece.pattern;
  const { first, last } = piece;
  const all = first === 1 && last === MAX_PORT;
  const text = all ? '-' : first === last ? String(first) : `${first}-${last}`;
  return piece.kind === 'known' ? `[${text}]` : text;
}

/**
 * How many ports of one protocol the list names, each counted once. Exact for numbers; for `[..]` and service names,
 * whose number depends on the installed nmap-services, it is an upper bound (the whole range) and one each.
 */
export function countPorts(list: PortList, protocol: Protocol): number {
  const mine = list.pieces.filter((piece) => piece.protocol === undefined || piece.protocol === protocol);
  const ranges = mine
    .filter((piece) => piece.kind !== 'service')
    .sort((a, b) => a.first - b.first || a.last - b.last);
  let count = mine.length - ranges.length;
  let next = 0;
  for (const { first, last } of ranges) {
    count += Math.max(0, last - Math.max(first, next) + 1);
    next = Math.max(next, last + 1);
  }
  return count;
}
