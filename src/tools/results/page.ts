/**
 * Cuts a result into pages that fit a reader: hosts with open ports first, those without told together, and inside a
 * host with very many ports by ports.
 */
import type { Caller } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import type { HostResult } from '../../core/result.ts';
import type { ScanService } from '../../scans/service.ts';
import type { DigestOutput, FoldOutput, HostOutput } from '../scan-output.ts';
import { Digest } from './digest.ts';
import type { ResultFilter } from './filter.ts';
import { canFold, FEW, Folds } from './folds.ts';

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
  /** Of the hosts that are listed one by one, on all pages, which these are; absent when these are all. */
  shown?: { from: number; to: number; of: number };
  folded: FoldOutput[];
  digest?: { ports: DigestOutput[]; more: number };
  next?: string;
}

interface Position {
  /** Hosts with open ports come first, then those without. */
  part: 'open' | 'quiet';
  /** Stored position of the last host of that part that was given whole. */
  after: number;
  /** Ports of the next host that were given already. */
  ports: number;
}

interface Row {
  part: Position['part'];
  seq: number;
  host: HostResult;
}

/** A result from a cursor on, read once, of which pages of several sizes can be cut. */
export interface Reading {
  start: Position;
  /** Hosts from the cursor on that are listed one by one, as many as a page can have and one more. */
  rows: Row[];
  /** Such hosts on the pages before, and on all pages. */
  before: number;
  total: number;
  folds: FoldOutput[];
  digest: { ports: DigestOutput[]; more: number } | undefined;
}

/** @throws PortolanError `invalid_argument` for a cursor that is not ours. */
export async function readResult(
  scans: ScanService,
  taskId: string,
  caller: Caller,
  { cursor, filter, full }: { cursor: string | undefined; filter: ResultFilter; full: boolean },
): Promise<Reading> {
  const start = parseCursor(cursor);
  const limit = PAGE_SIZES.summary.hosts + 1;
  const open = new Part('open', start, limit);
  const quiet = new Part('quiet', start, limit);
  const unfoldable = new Part('quiet', start, limit);
  const digest = new Digest();
  const folds = new Folds();
  const query = filter.since === undefined ? {} : { since: filter.since };
  for await (const { seq, host } of eachHost(scans, taskId, caller, { ...query, open: true })) {
    const wanted = filter.choose(host);
    if (!wanted) continue;
    open.add(seq, wanted);
    if (cursor === undefined) digest.add(wanted);
  }
  if (!filter.openOnly) {
    for await (const { seq, host } of eachHost(scans, taskId, caller, { ...query, open: false })) {
      const wanted = filter.choose(host);
      if (!wanted) continue;
      quiet.add(seq, wanted);
      if (canFold(wanted)) folds.add(wanted);
      else unfoldable.add(seq, wanted);
    }
  }
  const folding = !full && quiet.total > FEW;
  const listed = folding ? unfoldable : quiet;
  return {
    start,
    rows: [...open.rows, ...listed.rows].slice(0, limit),
    before: open.before + listed.before,
    total: open.total + listed.total,
    folds: folding && start.part === 'open' ? folds.all() : [],
    digest: digest.summary(),
  };
}

/** One part of the result, of which only what a page can have is kept. */
class Part {
  readonly rows: Row[] = [];
  total = 0;
  before = 0;
  readonly #part: Position['part'];
  readonly #start: Position;
  readonly #limit: number;

  constructor(part: Position['part'], start: Position, limit: number) {
    this.#part = part;
    this.#start = start;
    this.#limit = limit;
  }

  add(seq: number, host: HostResult): void {
    this.total += 1;
    const { part, after } = this.#start;
    if (part === this.#part ? seq <= after : part === 'quiet') this.before += 1;
    else if (this.rows.length < this.#limit) this.rows.push({ part: this.#part, seq, host });
  }
}

/** How many hosts are read at once. */
const AT_ONCE = 100;

/** The hosts of a task in the order they were reported. */
export async function* eachHost(
  scans: Pick<ScanService, 'hosts'>,
  taskId: string,
  caller: Caller,
  query: { open?: boolean; since?: number; downToo?: boolean },
): AsyncGenerator<{ seq: number; host: HostResult }> {
  let after = 0;
  for (;;) {
    const { hosts, more } = await scans.hosts(taskId, caller, { ...query, after, limit: AT_ONCE });
    yield* hosts;
    after = hosts.at(-1)?.seq ?? after;
    if (!more) return;
  }
}

/** The first page of a reading that is not larger than `size`. */
export function cutPage(reading: Reading, size: PageSize): ResultPage {
  const { start, rows, before, total, folds, digest } = reading;
  const hosts: HostOutput[] = [];
  let room = size.ports;
  let next: Position | undefined;
  for (const [index, { host }] of rows.entries()) {
    const given = index === 0 ? start.ports : 0;
    const ports = host.ports.slice(given);
    const full = hosts.length === size.hosts || (ports.length > room && hosts.length > 0);
    if (full) {
      next = placeBefore(rows, index, start);
      break;
    }
    const shown = ports.slice(0, room);
    const omitted = ports.length - shown.length;
    hosts.push({
      ...shorten(host, size.scriptOutput),
      ports: shown.map((port) => shorten(port, size.scriptOutput)),
      ...(omitted > 0 ? { ports_omitted: omitted } : {}),
    });
    if (omitted > 0) {
      next = { ...placeBefore(rows, index, start), ports: given + shown.length };
      break;
    }
    room -= shown.length;
  }
  return {
    hosts,
    ...(hosts.length < total ? { shown: { from: before + 1, to: before + hosts.length, of: total } } : {}),
    folded: next?.part === 'open' ? [] : folds,
    ...(digest ? { digest } : {}),
    ...(next ? { next: formatCursor(next) } : {}),
  };
}

/** Where to go on with the row at `index`: behind the one before it, if that is of the same part. */
function placeBefore(rows: readonly Row[], index: number, start: Position): Position {
  const part = rows[index]?.part ?? start.part;
  const before = rows[index - 1] ?? { part: start.part, seq: start.after };
  return { part, after: before.part === part ? before.seq : 0, ports: 0 };
}

function shorten<T extends Pick<HostResult, 'scripts'>>(thing: T, most: number): T {
  if (!thing.scripts) return thing;
  const scripts = thing.scripts.map(({ id, output }) => ({
    id,
    output: output.length <= most ? output : `${output.slice(0, most)}…[cut ${output.length - most}]`,
  }));
  return { ...thing, scripts };
}

function formatCursor({ part, after, ports }: Position): string {
  return `${part === 'open' ? 'h' : 'q'}${after}${ports > 0 ? `p${ports}` : ''}`;
}

function parseCursor(cursor: string | undefined): Position {
  if (cursor === undefined) return { part: 'open', after: 0, ports: 0 };
  const match = /^([hq])(\d{1,15})(?:p(\d{1,6}))?$/.exec(cursor);
  if (match) {
    const part = match[1] === 'q' ? 'quiet' : 'open';
    return { part, after: Number(match[2]), ports: Number(match[3] ?? 0) };
  }
  throw new PortolanError(
    'invalid_argument',
    'cursor: this is not a cursor that get_task_result gave.',
    'Leave cursor out for the first page, then pass the next_cursor of the page before.',
  );
}
