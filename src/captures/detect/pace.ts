/** At what pace hosts are asked again: retries wait longer each time, measurements and ARP keep step. */
import * as E from '../evidence/endpoints.ts';
import { only } from './group.ts';

/** How far from an even pace a series of questions may be, as a share of its length. */
const UNEVEN = 0.1;
/** Questions from which a pace can be told. */
const SERIES = 3;
/** A stack asks for an address so many times, a second apart (Linux: mcast_solicit, retrans_time_ms; RFC 4861, 10). */
const SOLICITATIONS = 3;
const SECOND = 1e6;
const LATE = 1.06;
const EARLY = 0.98;
/** Share of silent hosts that must be asked so. */
const MOST = 0.5;

/**
 * Of hosts asked for an echo, those that are measured: asked at an even pace, as `fping -c` does it whether they answer or
 * not. Where those that answer are asked no more, the others are merely retried.
 */
export function measured(table: E.EndpointTable, slots: Int32Array): Int32Array {
  const { words } = table;
  let once = 0;
  let again = 0;
  for (const slot of slots) {
    if (isSilent(words, slot)) continue;
    if ((words[slot + E.PROBES] ?? 0) === 1) once++;
    else again++;
  }
  return once > again ? new Int32Array(0) : only(slots, (slot) => isEven(table, slot));
}

function isEven(table: E.EndpointTable, slot: number): boolean {
  const asked = table.words[slot + E.PROBES] ?? 0;
  if (asked < SERIES) return false;
  const span = spanOf(table, slot);
  return Math.abs(span - E.pauseOf(table.words, slot) * (asked - 1)) <= span * UNEVEN;
}

/** True when most of the addresses that do not answer are asked for by a stack that has something to send there. */
export function isByStack(table: E.EndpointTable, slots: Int32Array): boolean {
  const silent = only(slots, (slot) => isSilent(table.words, slot));
  const solicited = only(silent, (slot) => isSolicited(table, slot));
  return silent.length > 0 && solicited.length >= silent.length * MOST;
}

/**
 * Of addresses asked for by a stack, those it began to ask for before the capture, which began at `begin`. Whoever looks
 * for hosts comes upon one that lives.
 */
export function begunBefore(table: E.EndpointTable, slots: Int32Array, begin: number): Int32Array {
  if (!slots.every((slot) => isSilent(table.words, slot))) return new Int32Array(0);
  return only(slots, (slot) => {
    const missing = SOLICITATIONS - (table.words[slot + E.PROBES] ?? 0);
    const since = (table.times[(slot + E.FIRST_TIME) >> 1] ?? Number.NaN) - begin;
    return isSilent(table.words, slot) && missing > 0 && since <= missing * SECOND * LATE;
  });
}

function isSolicited(table: E.EndpointTable, slot: number): boolean {
  const asked = table.words[slot + E.PROBES] ?? 0;
  if (asked < 2 || asked > SOLICITATIONS) return false;
  const steps = spanOf(table, slot) / SECOND / (asked - 1);
  return steps >= EARLY && steps <= LATE;
}

function spanOf({ times }: E.EndpointTable, slot: number): number {
  return (times[(slot + E.LAST_TIME) >> 1] ?? Number.NaN) - (times[(slot + E.FIRST_TIME) >> 1] ?? Number.NaN);
}

function isSilent(words: Int32Array, slot: number): boolean {
  return ((words[slot + E.STATE] ?? 0) & E.A_OPEN) === 0;
}
