/** Cuts a result into pages that fit a reader: by hosts, and inside a host with very many ports by ports. */
import type { HostResult } from '../../core/result.ts';
import { brief } from './brief.ts';
import { formatCursor, type Position } from './cursor.ts';
import type { DigestSummary } from './digest.ts';
import { portOutput } from './host-output.ts';
import type { FoldOutput, HostOutput } from './output.ts';
import { MOST_ROWS, type Reading, type Row } from './read.ts';

export interface PageSize {
  hosts: number;
  ports: number;
  /** Characters of one script's output that are kept. */
  scriptOutput: number;
  /** Everything that nmap said of each host. */
  details: boolean;
  /** Of the hosts as JSON, before the page ends with the host that goes beyond. */
  characters: number;
}

/** `summary` answers from one glance; `full` gives all there is, script output whole, and is therefore shorter in hosts. */
export const PAGE_SIZES = {
  summary: {
    hosts: MOST_ROWS - 1,
    ports: 250,
    scriptOutput: 300,
    details: false,
    characters: Number.POSITIVE_INFINITY,
  },
  full: { hosts: 20, ports: 100, scriptOutput: Number.POSITIVE_INFINITY, details: true, characters: 200_000 },
} as const satisfies Record<string, PageSize>;

export interface ResultPage {
  hosts: HostOutput[];
  /** Of the hosts that are listed one by one, on all pages, which these are; absent when there is one page. */
  shown?: { from: number; to: number; of: number };
  folded: FoldOutput[];
  digest?: DigestSummary;
  next?: string;
}

/** The first page of a reading that is not larger than `size`. */
export function cutPage({ start, rows, folds, digest, openUpTo }: Reading, size: PageSize): ResultPage {
  const from = { ...start, openUpTo };
  const hosts: HostOutput[] = [];
  let room = size.ports;
  let characters = 0;
  let next: Position | undefined;
  for (const [index, row] of rows.entries()) {
    const host = size.details ? row.host : brief(row.host);
    const given = index === 0 ? start.ports : 0;
    const ports = host.ports.slice(given);
    if (
      hosts.length === size.hosts ||
      characters > size.characters ||
      (ports.length > room && hosts.length > 0)
    ) {
      next = placeBefore(rows, index, from);
      break;
    }
    const shown = ports.slice(0, room);
    const omitted = ports.length - shown.length;
    hosts.push({
      ...shorten(host, size.scriptOutput),
      ports: shown.map((port) => portOutput(shorten(port, size.scriptOutput))),
      ...(omitted > 0 ? { ports_omitted: omitted } : {}),
    });
    if (omitted > 0) {
      next = { ...placeBefore(rows, index, from), ports: given + shown.length };
      break;
    }
    room -= shown.length;
    if (size.details) characters += JSON.stringify(hosts.at(-1)).length;
  }
  const { before, total } = start;
  const alone = !next && before === 0 && start.ports === 0;
  const to = before + hosts.length;
  return {
    hosts,
    // A scan that still runs may have found more since the first page counted.
    ...(alone ? {} : { shown: { from: before + 1, to, of: Math.max(to, total) } }),
    folded: next?.part === 'open' ? [] : folds,
    ...(digest ? { digest } : {}),
    ...(next ? { next: formatCursor(next) } : {}),
  };
}

/** Where to go on with the row at `index`: behind the one before it, if that is of the same part. */
function placeBefore(
  rows: readonly Row[],
  index: number,
  { openUpTo, ...start }: Position & { openUpTo: number },
): Position {
  const part = rows[index]?.part ?? start.part;
  const last = rows[index - 1] ?? { part: start.part, seq: start.after };
  const after = last.part === part ? last.seq : 0;
  const place = { part, after, ports: 0, before: start.before + index, total: start.total };
  return part === 'open' ? place : { ...place, openUpTo };
}

function shorten<T extends Pick<HostResult, 'scripts'>>(thing: T, most: number): T {
  if (!thing.scripts) return thing;
  const scripts = thing.scripts.map(({ output, ...script }) => ({
    ...script,
    output: output.length <= most ? output : `${output.slice(0, most)}…[cut ${output.length - most}]`,
  }));
  return { ...thing, scripts };
}
