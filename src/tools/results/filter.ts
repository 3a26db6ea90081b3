/** What a reader of a result wants to see of it. */
import { z } from 'zod';
import { parseAddress, type Span } from '../../core/address.ts';
import { type PortPiece, parsePorts } from '../../core/ports.ts';
import type { HostResult } from '../../core/result.ts';
import { parseTarget } from '../../core/target.ts';

/** A moment that means the same everywhere. */
export const Since = z
  .string()
  .max(40)
  .refine(
    (text) =>
      /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) && Date.parse(text) >= 0,
    'write a moment with its time zone, such as 2026-01-31T09:30:00Z',
  );

/** The arguments of get_task_result that choose. */
export const filterInputs = {
  open_only: z.boolean().optional().describe('Only hosts with open ports, and only those ports.'),
  port: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .describe('Only hosts on which one of these ports is open, and only these ports: 443 or 80,8000-8100.'),
  host: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('Only this host: an address, a network (10.0.0.0/28), a range or a name.'),
  since: Since.optional().describe(
    'Only hosts reported at or after this moment, such as 2026-01-31T09:30:00Z.',
  ),
};

const FilterInput = z.object(filterInputs);
export type FilterInput = z.output<typeof FilterInput>;

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
