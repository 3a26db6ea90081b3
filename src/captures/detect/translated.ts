/** Scans that were captured twice, before and after a router rewrote their addresses. */
import * as E from '../evidence/endpoints.ts';
import { hasPorts, UDP_PROBE } from '../evidence/kinds.ts';
import type { Finding } from './finding.ts';
import { byTarget } from './group.ts';
import { ttlOf } from './outcome.ts';

/** Share of the probes that must be found again. */
const SAME = 0.8;
/** Findings that are compared with one another, the largest. */
const MAX_COMPARED = 256;
/** Probes looked at. */
const SAMPLE = 256;
/** A router passes a packet on within this time, in microseconds. */
const PASSED_ON = 1e6;

/**
 * Joins findings whose probes are those of another finding under another address: the same ports, sequence numbers and
 * IP ids at the same time. Network address translation rewrites addresses and source ports and leaves those (RFC 3022).
 * Of each such scan the finding that was seen first stays, and names the other addresses.
 */
export function joinTranslated(table: E.EndpointTable, findings: readonly Finding[]): Finding[] {
  const { words, times } = table;
  const candidates = findings
    .filter(
      ({ slots, group }) => group === undefined && slots.every((slot) => hasPorts(E.kindOf(words, slot))),
    )
    .sort((a, b) => b.slots.length - a.slots.length)
    .slice(0, MAX_COMPARED);
  let groups = 0;
  const repeated = new Set<Finding>();
  for (const one of candidates) {
    if (one.group !== undefined || repeated.has(one)) continue;
    let seen: Map<string, number> | undefined;
    const same = candidates.filter((other) => {
      if (other === one || other.group !== undefined || other.ipv6 !== one.ipv6) return false;
      if (other.technique !== one.technique || other.pattern !== one.pattern) return false;
      const [large, small] = [
        Math.max(one.slots.length, other.slots.length),
        Math.min(one.slots.length, other.slots.length),
      ];
      if (small < large * SAME) return false;
      const targets = (finding: Finding) => new Set(finding.slots.map(byTarget(words)));
      const hidden = other.source !== one.source;
      if (!hidden && [...targets(other)].some((target) => targets(one).has(target))) return false;
      if (seen === undefined) {
        seen = new Map();
        for (const slot of one.slots) seen.set(signature(words, slot), slot);
      }
      const sample = other.slots.subarray(0, SAMPLE);
      const hops = new Map<number, number>();
      for (const slot of sample) {
        const there = seen.get(signature(words, slot));
        if (there === undefined) continue;
        const apart = Math.abs(
          (times[(slot + E.FIRST_TIME) >> 1] ?? 0) - (times[(there + E.FIRST_TIME) >> 1] ?? 0),
        );
        if (apart > PASSED_ON) continue;
        const passed = ttlOf(words, slot) - ttlOf(words, there);
        hops.set(passed, (hops.get(passed) ?? 0) + 1);
      }
      // A router takes the same number of hops off each; decoys are drawn a TTL each.
      return Math.max(0, ...hops.values()) >= sample.length * SAME;
    });
    if (same.length === 0) continue;
    const [first = one, ...others] = [one, ...same].sort((a, b) => firstTime(table, a) - firstTime(table, b));
    const addresses = [...new Set([first, ...others].map(({ source }) => source))];
    const why = 'its probes were captured before and after address translation: one scan, counted once';
    first.group = { id: `translated-${++groups}`, why, members: [first], addresses };
    first.reasons.push(why);
    for (const other of others) repeated.add(other);
  }
  return findings.filter((finding) => !repeated.has(finding));
}

function signature(words: Int32Array, slot: number): string {
  // Of UDP the checksum stands there, which covers the addresses.
  const sequence = E.kindOf(words, slot) === UDP_PROBE ? 0 : (words[slot + E.SEQUENCE] ?? 0);
  return `${(words[slot + E.KEY] ?? 0) & 0xffff} ${sequence} ${words[slot + E.WINDOW_ID]}`;
}

function firstTime(table: E.EndpointTable, { slots }: Finding): number {
  let first = Number.POSITIVE_INFINITY;
  for (const slot of slots) first = Math.min(first, table.times[(slot + E.FIRST_TIME) >> 1] ?? first);
  return first;
}
