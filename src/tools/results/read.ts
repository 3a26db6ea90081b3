/**
 * Reads of a result what a page can have: hosts with open ports first, then those without, which are told together when
 * they are many. Only the first page reads it whole, and the one on which those without open ports begin.
 */
import type { Caller } from '../../core/caller.ts';
import type { HostResult } from '../../core/result.ts';
import type { ScanService } from '../../scans/service.ts';
import { type Part, type Position, parseCursor } from './cursor.ts';
import { Digest, type DigestSummary } from './digest.ts';
import type { ResultFilter } from './filter.ts';
import { canFold, FEW, Folds } from './folds.ts';
import type { FoldOutput } from './output.ts';

export interface Row {
  part: Part;
  seq: number;
  host: HostResult;
}

/** A result from a position on, of which pages of several sizes can be cut. */
export interface Reading {
  start: Position;
  /** Hosts that are listed one by one, up to {@link MOST_ROWS}. */
  rows: Row[];
  /** For the page on which the hosts with open ports end. */
  folds: FoldOutput[];
  digest: DigestSummary | undefined;
  /** Position of the last host with open ports that this page, or one before it, can have listed as such. */
  openUpTo: number;
}

/** More than any page lists, so that a page knows whether there is another one. */
export const MOST_ROWS = 51;

/** @throws PortolanError `invalid_argument` for a cursor that is not ours. */
export async function readResult(
  scans: ScanService,
  taskId: string,
  caller: Caller,
  { cursor, filter, full }: { cursor: string | undefined; filter: ResultFilter; full: boolean },
): Promise<Reading> {
  const first = cursor === undefined;
  const start = first
    ? { part: 'open' as const, after: 0, ports: 0, before: 0, total: 0 }
    : parseCursor(cursor);
  const hosts = (part: Part) => {
    const range = {
      open: part === 'open',
      ...(start.openUpTo === undefined ? {} : { openBehind: start.openUpTo }),
      ...(filter.since === undefined ? {} : { since: filter.since }),
    };
    return wanted(scans, taskId, caller, { ...range, after: part === start.part ? start.after : 0 }, filter);
  };
  const listed: Listed = { rows: [], total: 0 };
  if (start.part !== 'open') {
    for await (const found of hosts(start.part)) {
      if (start.part === 'unfoldable' && isQuiet(found.host) && canFold(found.host)) continue;
      if (!list(listed, start.part, found)) break;
    }
    const { openUpTo = Number.MAX_SAFE_INTEGER } = start;
    return { start, rows: listed.rows, folds: [], digest: undefined, openUpTo };
  }
  const digest = new Digest();
  let openUpTo = start.after;
  for await (const found of hosts('open')) {
    openUpTo = found.seq;
    const room = list(listed, 'open', found);
    if (first) digest.add(found.host);
    else if (!room) break;
  }
  const mayEnd = first || listed.rows.length < MOST_ROWS;
  const { quiet, folds } = mayEnd && !filter.openOnly ? await readQuiet(hosts('quiet'), full) : NOTHING;
  const total = first ? listed.total + quiet.total : start.total;
  return {
    start: { ...start, total },
    rows: [...listed.rows, ...quiet.rows].slice(0, MOST_ROWS),
    folds,
    digest: first ? digest.summary() : undefined,
    openUpTo,
  };
}

const isQuiet = ({ ports }: HostResult): boolean => !ports.some(({ state }) => state === 'open');

interface Listed {
  rows: Row[];
  total: number;
}

interface Found {
  seq: number;
  host: HostResult;
}

const NOTHING = { quiet: { rows: [], total: 0 } satisfies Listed, folds: [] };

/** Adds a host, of which only as many are kept as a page can have. @returns whether there is room for another one */
function list(listed: Listed, part: Part, { seq, host }: Found): boolean {
  listed.total += 1;
  if (listed.rows.length < MOST_ROWS) listed.rows.push({ part, seq, host });
  return listed.rows.length < MOST_ROWS;
}

async function readQuiet(hosts: AsyncIterable<Found>, full: boolean) {
  const all: Listed = { rows: [], total: 0 };
  const unfoldable: Listed = { rows: [], total: 0 };
  const folds = new Folds();
  for await (const found of hosts) {
    list(all, 'quiet', found);
    if (canFold(found.host)) folds.add(found.host);
    else list(unfoldable, 'unfoldable', found);
  }
  const folding = !full && all.total > FEW;
  return folding ? { quiet: unfoldable, folds: folds.all() } : { quiet: all, folds: [] };
}

async function* wanted(
  scans: ScanService,
  taskId: string,
  caller: Caller,
  range: HostRange,
  filter: ResultFilter,
): AsyncGenerator<Found> {
  for await (const { seq, host } of eachHost(scans, taskId, caller, range)) {
    const chosen = filter.choose(host);
    if (chosen) yield { seq, host: chosen };
  }
}

interface HostRange {
  after?: number;
  open?: boolean;
  openBehind?: number;
  since?: number;
  downToo?: boolean;
}

/** How many hosts are held at once, and how many ports of theirs before it is fewer. */
const AT_ONCE = 500;
const PORTS_AT_ONCE = 5000;

/** The hosts of a task in the order they were reported. */
export async function* eachHost(
  scans: Pick<ScanService, 'hosts'>,
  taskId: string,
  caller: Caller,
  range: HostRange,
): AsyncGenerator<Found> {
  let after = range.after ?? 0;
  let limit = 2;
  for (;;) {
    const { hosts, more } = await scans.hosts(taskId, caller, { ...range, after, limit });
    const ports = hosts.reduce((sum, { host }) => sum + host.ports.length, 0);
    limit =
      ports > PORTS_AT_ONCE
        ? Math.max(1, Math.floor((limit * PORTS_AT_ONCE) / ports))
        : Math.min(4 * limit, AT_ONCE);
    yield* hosts;
    after = hosts.at(-1)?.seq ?? after;
    if (!more) return;
  }
}
