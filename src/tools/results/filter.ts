/** What a reader of a result wants to see of it. */
import { parseAddress, type Span } from '../../core/address.ts';
import { type PortPiece, parsePorts } from '../../core/ports.ts';
import type { HostResult } from '../../core/result.ts';
import { parseTarget } from '../../core/target.ts';
import type { FilterInput } from './filter-inputs.ts';

export interface ResultFilter {
  /** In words, for the answer; absent when everything is wanted. */
  words?: string;
  /** Hosts without open ports are not wanted at all. */
  openOnly: boolean;
  since?: number;
  /** The host with what is wanted of it; undefined when it is not wanted. */
  choose(host: HostResult): HostResult | undefined;
}

/** @throws PortolanError `invalid_ports`, `invalid_target` */
export function createFilter({ open_only = false, port, host, since }: FilterInput): ResultFilter {
  const pieces = port === undefined ? undefined : parsePorts(port).pieces;
  const isWanted = host === undefined ? undefined : matcher(host);
  const words = [
    open_only ? 'open ports only' : '',
    port === undefined ? '' : `port ${port} open`,
    host === undefined ? '' : `host ${host}`,
    since === undefined ? '' : `reported since ${since}`,
  ].filter((word) => word !== '');
  const openOnly = open_only || pieces !== undefined;
  return {
    ...(words.length > 0 ? { words: words.join(', ') } : {}),
    openOnly,
    ...(since === undefined ? {} : { since: Date.parse(since) }),
    choose(found) {
      if (isWanted && !isWanted(found)) return undefined;
      if (!openOnly) return found;
      const ports = found.ports.filter(
        (one) => one.state === 'open' && (!pieces || pieces.some((piece) => covers(piece, one))),
      );
      if (ports.length === 0) return undefined;
      const { other_ports: _, ...rest } = found;
      return { ...rest, ports };
    },
  };
}

function matcher(text: string): (host: HostResult) => boolean {
  const target = parseTarget(text);
  if (target.kind === 'addresses') return ({ address }) => within(address, target.span);
  return ({ hostnames = [] }) => hostnames.some(({ name }) => name.toLowerCase() === target.name);
}

function within(text: string, span: Span): boolean {
  const address = parseAddress(text);
  return address?.family === span.family && span.first <= address.value && address.value <= span.last;
}

function covers(piece: PortPiece, { port, protocol, service }: HostResult['ports'][number]): boolean {
  if (piece.protocol !== undefined && piece.protocol !== protocol) return false;
  if (piece.kind !== 'service') return piece.first <= port && port <= piece.last;
  const pattern = piece.pattern
    .split(/([*?])/)
    .map((part) => PATTERN[part] ?? part.replace(/[^\w-]/g, '\\$&'));
  return service !== undefined && new RegExp(`^${pattern.join('')}$`).test(service);
}

const PATTERN: Readonly<Record<string, string>> = { '*': '.*', '?': '.' };
