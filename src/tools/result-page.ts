/** Cuts a result into pages that fit a reader: by hosts, and inside a host with very many ports by ports. */
import type { Caller } from '../core/caller.ts';
import { PortolanError } from '../core/errors.ts';
import type { HostResult } from '../core/result.ts';
import type { ScanService } from '../scans/service.ts';
import { type HostOutput, portOutput } from './scan-output.ts';

export interface PageSize {
  hosts: number;
  ports: number;
  /** Characters of one script's output that are kept. */
  scriptOutput: number;
}

/** `summary` answers from one glance; `full` gives script output whole and is therefore shorter in hosts. */
export const PAGE_SIZES = {
  summary: { hosts: 50, ports: 250, scriptOutput: 300 },
  full: { hosts: 20, ports: 100, scriptOutput: 4000 },
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
  for (const { seq, host } of rows) {
    const ports = host.ports.slice(skip);
    if (ports.length > room && hosts.length > 0) return { hosts, next: formatCursor({ after, ports: 0 }) };
    const shown = ports.slice(0, room);
    const { details: _, ...frame } = host;
    const omitted = ports.length - shown.length;
    hosts.push({
      ...shorten(frame, size.scriptOutput),
      ports: shown.map((port) => portOutput(shorten(port, size.scriptOutput))),
      ...(omitted > 0 ? { ports_omitted: omitted } : {}),
    });
    if (omitted > 0) return { hosts, next: formatCursor({ after, ports: skip + shown.length }) };
    after = seq;
    room -= shown.length;
    skip = 0;
  }
  return { hosts, ...(more ? { next: formatCursor({ after, ports: 0 }) } : {}) };
}

function shorten<T extends Pick<HostResult, 'scripts'>>(thing: T, most: number): T {
  if (!thing.scripts) return thing;
  const scripts = thing.scripts.map(({ id, output }) => ({
    id,
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
