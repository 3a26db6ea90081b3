/** Scans that were captured twice, before and after a router rewrote their addresses. */
import * as E from '../evidence/endpoints.ts';
import { isTcpKind } from '../evidence/kinds.ts';
import type { Finding } from './finding.ts';
import { byTarget } from './group.ts';

/** Share of the probes that must be found again. */
const SAME = 0.8;
/** Probes looked at. */
const SAMPLE = 256;
/** A router passes a packet on within this time, in microseconds. */
const PASSED_ON = 1e6;

/**
 * Marks findings whose probes are those of another finding under another address: the same ports, sequence numbers and
 * IP ids at the same time. Network address translation rewrites addresses and source ports and leaves those (RFC 3022).
 */
export function markTranslated(table: E.EndpointTable, findings: readonly Finding[]): void {
  const { words, times } = table;
  const candidates = findings.filter(
    ({ slots, group }) => group === undefined && slots.every((slot) => isTcpKind(E.kindOf(words, slot))),
  );
  let groups = 0;
  for (const one of candidates) {
    if (one.group !== undefined) continue;
    const seen = new Map<string, number>();
    for (const slot of one.slots) seen.set(signature(words, slot), slot);
    const same = candidates.filter((other) => {
      if (other === one || other.group !== undefined || other.ipv6 !== one.ipv6) return false;
      if (other.technique !== one.technique) return false;
      const [large, small] = [Math.max(one.slots.length, other.slots.length), Math.min(one.slots.length, other.slots.length)];
      if (small < large * SAME) return false;
      const targets = (finding: Finding) => new Set(finding.slots.map(byTarget(words)));
      const hidden = other.source !== one.source;
      if (!hidden && [...targets(other)].some((target) => targets(one).has(target))) return false;
      const sample = other.slots.subarray(0, SAMPLE);
      let common = 0;
      for (const slot of sample) {
        const there = seen.get(signature(words, slot));
        if (there === undefined) continue;
        const apart = Math.abs((times[(slot + E.FIRST_TIME) >> 1] ?? 0) - (times[(there + E.FIRST_TIME) >> 1] ?? 0));
        if (!(apart > PASSED_ON)) common++;
      }
      return common >= sample.length * SAME;
    });
    if (same.length === 0) continue;
    const members = [one, ...same].sort((a, b) => firstTime(table, a) - firstTime(table, b));
    const why = 'the same probes, seen before and after address translation: one scan';
    const group = { id: `translated-${++groups}`, why, members };
    for (const member of members) {
      member.group = group;
      member.reasons.push(why);
    }
  }
}

function signature(words: Int32Array, slot: number): string {
  return `${(words[slot + E.KEY] ?? 0) & 0xffff} ${words[slot + E.SEQUENCE]} ${words[slot + E.WINDOW_ID]}`;
}

function firstTime(table: E.EndpointTable, { slots }: Finding): number {
  let first = Number.POSITIVE_INFINITY;
  for (const slot of slots) first = Math.min(first, table.times[(slot + E.FIRST_TIME) >> 1] ?? first);
  return first;
}
