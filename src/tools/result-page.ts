/** Cuts a result into pages that fit a reader: by hosts, and inside a host with very many ports by ports. */
import type { Caller } from '../core/caller.ts';
import { PortolanError } from '../core/errors.ts';
import type { HostResult } from '../core/result.ts';
import type { ScanService } from '../scans/service.ts';
import { brief } from './brief.ts';
import type { HostOutput } from './scan-output.ts';

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
  summary: { hosts: 50, ports: 250, scriptOutput: 300, details: false, characters: Number.POSITIVE_INFINITY },
  full: { hosts: 20, ports: 100, scriptOutput: Number.POSITIVE_INFINITY, details: true, characters: 200_000 },
} as const satisfies Record<string, PageSize>;

export interface ResultPage {
  hosts: HostOutput[];
  next?: string;
}

interface Position {
  /** Stored position of the last host that was given whole. */
  after: number;
  /** Ports of the next host that were given already. */
  ports: number;
}

/** @throws PortolanError `invalid_argument` for a cursor that is not ours. */
export async function readPage(
  scans: ScanService,
  taskId: string,
  caller: Caller,
  cursor: string | undefined,
  size: PageSize,
): Promise<ResultPage> {
  const start = parseCursor(cursor);
  const { hosts: rows, more } = await scans.hosts(taskId, caller, { after: start.after, limit: size.hosts });
  const hosts: HostOutput[] = [];
  let after = start.after;
  let skip = start.ports;
  let room = size.ports;
  let characters = 0;
  for (const { seq, host: whole } of rows) {
    const host = size.details ? whole : brief(whole);
    const ports = host.ports.slice(skip);
    if (ports.length > room && hosts.length > 0) return { hosts, next: formatCursor({ after, ports: 0 }) };
    const shown = ports.slice(0, room);
    const omitted = ports.length - shown.length;
    hosts.push({
      ...shorten(host, size.scriptOutput),
      ports: shown.map((port) => shorten(port, size.scriptOutput)),
      ...(omitted > 0 ? { ports_omitted: omitted } : {}),
    });
    if (omitted > 0) return { hosts, next: formatCursor({ after, ports: skip + shown.length }) };
    after = seq;
    if (size.characters < Number.POSITIVE_INFINITY) characters += JSON.stringify(hosts.at(-1)).length;
    const last = seq === rows.at(-1)?.seq;
    if (characters > size.characters && !(last && !more))
      return { hosts, next: formatCursor({ after, ports: 0 }) };
    room -= shown.length;
    skip = 0;
  }
  return { hosts, ...(more ? { next: formatCursor({ after, ports: 0 }) } : {}) };
}

function shorten<T extends Pick<HostResult, 'scripts'>>(thing: T, most: number): T {
  if (!thing.scripts) return thing;
  const scripts = thing.scripts.map(({ output, ...script }) => ({
    ...script,
    output: output.length <= most ? output : `${output.slice(0, most)}…[cut ${output.length - most}]`,
  }));
  return { ...thing, scripts };
}

function formatCursor({ after, ports }: Position): string {
  return ports > 0 ? `h${after}p${ports}` : `h${after}`;
}

function parseCursor(cursor: string | undefined): Position {
  if (cursor === undefined) return { after: 0, ports: 0 };
  const match = /^h(\d{1,15})(?:p(\d{1,6}))?$/.exec(cursor);
  if (match) return { after: Number(match[1]), ports: Number(match[2] ?? 0) };
  throw new PortolanError(
    'invalid_argument',
    'cursor: this is not a cursor that get_task_result gave.',
    'Leave cursor out for the first page, then pass the next_cursor of the page before.',
  );
}
