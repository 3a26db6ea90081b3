/** Findings that make sense only together: decoys, and the two sides of an idle scan. */
import * as P from '../evidence/endpoints.ts';
import { SYNACK_PROBE } from '../evidence/kinds.ts';
import type { Finding } from './finding.ts';
import { byTarget } from './group.ts';
import { sourcePortOf } from './outcome.ts';

/** Probes on the same ports by several sources: above this overlap they are decoys. */
const SAME_PORTS = 0.8;
/** Findings that are compared with one another, the largest: decoys are a handful. */
const MAX_COMPARED = 128;
/** SYN/ACK probes to a zombie, answered by RST, that nmap sends at the least before it begins (nmap manual, -sI). */
const ZOMBIE_CHECKS = 4;

/** Marks findings that are the same probes under several addresses (nmap -D). */
export function markDecoys(words: Int32Array, findings: readonly Finding[]): void {
  const vertical = findings
    .filter((finding) => finding.pattern === 'vertical' && finding.group === undefined)
    .sort((a, b) => b.slots.length - a.slots.length)
    .slice(0, MAX_COMPARED);
  let groups = 0;
  for (const finding of vertical) {
    if (finding.group !== undefined) continue;
    const same = vertical.filter((other) => other.group === undefined && sameProbes(words, finding, other));
    if (same.length < 3) continue;
    groups++;
    const why = `${same.length} sources sent the same probes at the same time: all but one are decoys`;
    const group = { id: `decoys-${groups}`, why, members: same };
    // A decoy that does not exist answers nothing; the real stack resets the SYN-ACK it did not ask for.
    const real = same.filter((member) =>
      member.slots.some((slot) => ((words[slot + P.STATE] ?? 0) & P.C_RST) !== 0),
    );
    for (const member of same) {
      member.group = group;
      member.reasons.push(why);
      if (real.length !== 1) continue;
      const isReal = real[0] === member;
      member.role = isReal ? 'scanner' : 'decoy';
      member.reasons.push(
        isReal ? 'it alone reset what answered' : 'it never reset what answered, as a made-up address',
      );
    }
  }
}

function sameProbes(words: Int32Array, a: Finding, b: Finding): boolean {
  if (a === b) return true;
  if (a.technique !== b.technique || a.ipv6 !== b.ipv6) return false;
  if (Math.min(a.slots.length, b.slots.length) < Math.max(a.slots.length, b.slots.length) * SAME_PORTS)
    return false;
  const endpoint = (slot: number) => `${words[slot + P.TARGET]} ${words[slot + P.KEY]}`;
  const ends = new Set(Array.from(a.slots, endpoint));
  let common = 0;
  for (const slot of b.slots) if (ends.has(endpoint(slot))) common++;
  if (common < ends.size * SAME_PORTS) return false;
  // Sent one after another for each port: in the order of packets, the two interleave from the start.
  const firstOf = (finding: Finding) => Math.min(...packets(words, finding));
  const lastOf = (finding: Finding) => Math.max(...packets(words, finding));
  return firstOf(a) < lastOf(b) && firstOf(b) < lastOf(a);
}

function packets(words: Int32Array, finding: Finding): number[] {
  return Array.from(finding.slots.subarray(0, 4096), (slot) => words[slot + P.FIRST_PACKET] ?? 0);
}

/**
 * Idle scans: probes under the address of a zombie, from the very port of the zombie that somebody else asks again and
 * again with SYN/ACK, for the IP ids of its RSTs. Gives the findings of those askers and marks the zombies.
 */
export function idleScans(table: P.EndpointTable, findings: readonly Finding[]): Finding[] {
  const { words } = table;
  const found: Finding[] = [];
  const checks: number[] = [];
  for (let slot = 0; slot < table.count * P.RECORD; slot += P.RECORD) {
    const asked = P.kindOf(words, slot) === SYNACK_PROBE && (words[slot + P.PROBES] ?? 0) >= ZOMBIE_CHECKS;
    if (asked && ((words[slot + P.STATE] ?? 0) & P.A_RST) !== 0) checks.push(slot);
  }
  if (checks.length === 0) return found;
  for (const finding of findings) {
    if (finding.technique !== 'syn' && finding.technique !== 'connect') continue;
    const port = sourcePortOf(words, finding.slots[0] ?? 0);
    if (!finding.slots.every((slot) => sourcePortOf(words, slot) === port)) continue;
    const targets = new Set(finding.slots.map(byTarget(words)));
    const askers = checks.filter((slot) => {
      const key = words[slot + P.KEY] ?? 0;
      return (
        (key & P.KEY_IPV6) === (finding.ipv6 ? P.KEY_IPV6 : 0) &&
        words[slot + P.TARGET] === finding.source &&
        (key & 0xffff) === port &&
        !targets.has(words[slot + P.SOURCE] ?? 0)
      );
    });
    if (askers.length === 0) continue;
    finding.technique = 'idle';
    finding.role = 'zombie';
    finding.zombie = finding.source;
    finding.reasons.push(`its probes come from port ${port}, which another host asks for IP ids by SYN/ACK`);
    for (const asker of askers) {
      found.push({
        ...finding,
        source: words[asker + P.SOURCE] ?? 0,
        role: 'scanner',
        reasons: [
          `asked port ${port} of the zombie ${words[asker + P.PROBES]} times by SYN/ACK while the zombie probed`,
        ],
        activities: [],
      });
    }
  }
  return found;
}
