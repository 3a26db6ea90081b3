/** Large scans, most of whose endpoints lie in cells (evidence/cells.ts): what those add to the numbers of a finding. */
import { type Cell, isProbed, TICK } from '../evidence/cells.ts';
import * as E from '../evidence/endpoints.ts';
import type { RateWindow } from '../findings.ts';
import type { Finding } from './finding.ts';
import { byPort, byTarget, distinctValues, markedIn, type NumberOf } from './group.ts';
import { seconds } from './text.ts';

const MICROSECONDS = 1e6;
/** Ports of a host, hosts of a /16. */
const PLACES = 65_536;
const NONE: readonly Cell[] = [];

/** Cells by source, for findings to look up theirs. */
export class LargeScans {
  readonly #bySource = new Map<number, Cell[]>();

  constructor(cells: readonly Cell[]) {
    for (const cell of cells) {
      const key = keyOf(cell.source, cell.ipv6);
      this.#bySource.set(key, [...(this.#bySource.get(key) ?? []), cell]);
    }
  }

  /** All cells of a source for one kind of probe. */
  of(source: number, ipv6: boolean, kind: number): readonly Cell[] {
    return this.#bySource.get(keyOf(source, ipv6))?.filter((cell) => cell.kind === kind) ?? NONE;
  }
}

function keyOf(source: number, ipv6: boolean): number {
  return ipv6 ? -1 - source : source >>> 0;
}

/** Those of the cells that continue what these records began: the same host, or the same port of the same network. */
export function cellsWithin(words: Int32Array, slots: Int32Array, cells: readonly Cell[]): readonly Cell[] {
  if (cells.length === 0) return NONE;
  const hosts = new Set(distinctValues(slots, byTarget(words)));
  const networks = new Set<string>();
  if (cells.some(({ port }) => port !== undefined))
    for (const slot of slots) {
      const port = (words[slot + E.KEY] ?? 0) & 0xffff;
      networks.add(`${port} ${(words[slot + E.TARGET] ?? 0) >>> 16}`);
    }
  return cells.filter(({ port, target }) =>
    port === undefined ? hosts.has(target) : networks.has(`${port} ${target >>> 16}`),
  );
}

/** Endpoints in these cells. */
export function endpointsIn(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.endpoints, 0);
}

/** Calls back for each run of probed places of a cell, ports or lower halves of addresses, that are in one state. */
export function eachRun({ states }: Cell, take: (first: number, last: number, state: number) => void): void {
  let first = 0;
  let state = states[0] ?? 0;
  for (let at = 1; at <= states.length; at++) {
    const next = states[at] ?? -1;
    if (next === state) continue;
    if (isProbed(state)) take(first, at - 1, state);
    first = at;
    state = next;
  }
}

/** Distinct ports of records and cells, ascending. */
export function portsOf(
  words: Int32Array,
  slots: Int32Array,
  cells: readonly Cell[],
  numberOf: NumberOf = byPort(words),
): Int32Array {
  const own = distinctValues(slots, numberOf);
  if (cells.length === 0) return own;
  const seen = new Uint8Array(PLACES);
  for (let i = 0; i < own.length; i++) seen[own[i] ?? 0] = 1;
  for (const cell of cells) {
    if (cell.port !== undefined) seen[cell.port] = 1;
    else markProbed(cell, seen);
  }
  return markedIn(seen);
}

function markProbed(cell: Cell, seen: Uint8Array): void {
  eachRun(cell, (first, last) => seen.fill(1, first, last + 1));
}

/** Distinct hosts of records and cells. */
export function hostsOf(words: Int32Array, slots: Int32Array, cells: readonly Cell[]): number {
  const own = distinctValues(slots, byTarget(words));
  if (cells.every(({ port }) => port === undefined)) return own.length;
  const networks = new Map<number, Uint8Array>();
  for (const cell of cells) {
    if (cell.port === undefined) continue;
    const seen = networks.get(cell.target >>> 16) ?? new Uint8Array(PLACES);
    networks.set(cell.target >>> 16, seen);
    markProbed(cell, seen);
  }
  let hosts = 0;
  for (const host of own) if (networks.get(host >>> 16)?.[host & 0xffff] !== 1) hosts++;
  for (const seen of networks.values()) hosts += markedIn(seen).length;
  return hosts;
}

/** For each window length, the window with most new endpoints, to the grain at which times of cells are known. */
export function largeWindows(
  times: Float64Array,
  { slots, cells }: Finding,
  lengths: readonly number[],
  whole: { hosts: number; ports: number },
): RateWindow[] {
  const { at, counts } = momentsOf(times, slots, cells ?? NONE);
  if (at.some(Number.isNaN)) return [];
  return lengths.map((length) => {
    let best = 0;
    let bestStart = 0;
    let inside = 0;
    for (let start = 0, end = 0; end < at.length; end++) {
      inside += counts[end] ?? 0;
      while ((at[end] ?? 0) - (at[start] ?? 0) > length * MICROSECONDS) inside -= counts[start++] ?? 0;
      if (inside > best) {
        best = inside;
        bestStart = start;
      }
    }
    return {
      seconds: length,
      start: seconds(at[bestStart] ?? Number.NaN),
      endpoints: best,
      distinct_ports: Math.min(whole.ports, best),
      distinct_hosts: Math.min(whole.hosts, best),
      rate_pps: best / length,
    };
  });
}

/** When endpoints were first probed, in the order of time, and how many at each moment. */
function momentsOf(times: Float64Array, slots: Int32Array, cells: readonly Cell[]) {
  const at: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < slots.length; i++) {
    at.push(times[((slots[i] ?? 0) + E.FIRST_TIME) >> 1] ?? Number.NaN);
    counts.push(1);
  }
  for (const { ticks, endpoints } of cells)
    ticks.forEach((time, i) => {
      at.push(time);
      counts.push(Math.min(TICK, endpoints - i * TICK));
    });
  // Records and the ticks of each cell are runs in order of time, which this sort merges.
  const order = Array.from(at, (_, i) => i).sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0));
  return {
    at: Float64Array.from(order, (i) => at[i] ?? 0),
    counts: Int32Array.from(order, (i) => counts[i] ?? 0),
  };
}
