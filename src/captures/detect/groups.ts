/** Findings that make sense only together: shares of a distributed scan, decoys, and the two sides of an idle scan. */
import * as R from '../decode/record.ts';
import * as P from '../evidence/pairs.ts';
import type { Technique } from '../findings.ts';
import type { DetectionSettings } from '../settings.ts';
import type { Finding } from './finding.ts';
import { byPort, bySource, byTarget, distinct, groupBy, members } from './group.ts';
import { failed, looksOrdinary } from './techniques.ts';

/** Ports of one host that a source must have tried to count as taking a share; floods come with one or two each. */
const SHARE_PORTS = 3;
/** Probes on the same ports by several sources: above this overlap they are decoys, below it shares. */
const SAME_PORTS = 0.8;
const OVERLAP = 2;
/** SYN/ACK probes to a zombie, answered by RST, that nmap sends at the least before it begins (nmap manual, -sI). */
const ZOMBIE_CHECKS = 4;

interface Share {
  technique: Technique;
  probe: number;
  match: (key: number, state: number) => boolean;
}

const SHARES: readonly Share[] = [
  { technique: 'syn', probe: P.P_SYN, match: (key, state) => kind(key) === R.TCP && (state & P.P_SYN) !== 0 },
  { technique: 'fin', probe: P.P_FIN, match: (key, state) => kind(key) === R.TCP && (state & P.P_FIN) !== 0 },
  {
    technique: 'null',
    probe: P.P_NULL,
    match: (key, state) => kind(key) === R.TCP && (state & P.P_NULL) !== 0,
  },
  {
    technique: 'xmas',
    probe: P.P_XMAS,
    match: (key, state) => kind(key) === R.TCP && (state & P.P_XMAS) !== 0,
  },
  {
    technique: 'udp',
    probe: P.P_OTHER,
    match: (key, state) => kind(key) === R.UDP && (state & (P.FROM_SERVICE | P.A_TTL)) === 0,
  },
];

function kind(key: number): number {
  return (key >>> 16) & 0xff;
}

/** Scans of one host whose ports several sources shared among themselves. */
export function distributed(words: Int32Array, slots: Int32Array, settings: DetectionSettings): Finding[] {
  const found: Finding[] = [];
  for (const share of SHARES) {
    const failing = slots.filter(
      (slot) => share.match(words[slot + P.KEY] ?? 0, words[slot + P.STATE] ?? 0) && failed(words, slot),
    );
    if (failing.length < settings.distributedPorts) continue;
    const targets = groupBy(failing, byTarget(words));
    for (let g = 0; g < targets.count; g++) {
      const onHost = members(targets, g);
      if (onHost.length < settings.distributedPorts) continue;
      const sources = groupBy(onHost, bySource(words));
      const shares: Int32Array[] = [];
      for (let s = 0; s < sources.count; s++) {
        const own = members(sources, s);
        if (own.length >= SHARE_PORTS) shares.push(own);
      }
      if (shares.length < settings.distributedSources) continue;
      const together = Int32Array.from(shares.flatMap((own) => [...own]));
      const ports = distinct(together, byPort(words));
      if (ports < settings.distributedPorts || together.length > ports * OVERLAP) continue;
      const why = `${shares.length} sources share ${ports} ports of one host, each taking others`;
      const group: NonNullable<Finding['group']> = {
        id: `distributed-${found.length + 1}`,
        why,
        members: [],
      };
      for (const own of shares) {
        const first = own[0] ?? 0;
        const connect = share.technique === 'syn' && own.every((slot) => looksOrdinary(words, slot));
        const finding: Finding = {
          source: words[first + P.SOURCE] ?? 0,
          ipv6: ((words[first + P.KEY] ?? 0) & P.KEY_IPV6) !== 0,
          technique: connect ? 'connect' : share.technique,
          pattern: 'distributed',
          kind: 'distributed',
          slots: own,
          probe: share.probe,
          minimum: SHARE_PORTS,
          reasons: [why],
          role: 'member',
          group,
          activities: [],
        };
        group.members.push(finding);
        found.push(finding);
      }
    }
  }
  return found;
}

/** Marks findings that are the same probes under several addresses (nmap -D). */
export function markDecoys(words: Int32Array, findings: readonly Finding[]): void {
  const vertical = findings.filter(
    (finding) => finding.pattern === 'vertical' && finding.group === undefined,
  );
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
export function idleScans(words: Int32Array, slots: Int32Array, findings: readonly Finding[]): Finding[] {
  const checks = slots.filter((slot) => {
    const state = words[slot + P.STATE] ?? 0;
    return (
      kind(words[slot + P.KEY] ?? 0) === R.TCP &&
      (state & P.P_SYNACK) !== 0 &&
      (state & P.A_RST) !== 0 &&
      (words[slot + P.PROBES] ?? 0) >= ZOMBIE_CHECKS
    );
  });
  const found: Finding[] = [];
  if (checks.length === 0) return found;
  for (const finding of findings) {
    if (finding.technique !== 'syn' && finding.technique !== 'connect') continue;
    const port = ((words[(finding.slots[0] ?? 0) + P.SHAPE] ?? 0) >>> 16) & 0xffff;
    const onePort = finding.slots.every((slot) => (words[slot + P.SHAPE] ?? 0) >>> 16 === port);
    if (!onePort) continue;
    const targets = new Set(Array.from(finding.slots, (slot) => words[slot + P.TARGET] ?? 0));
    const askers = checks.filter((slot) => {
      const sameFamily = ((words[slot + P.KEY] ?? 0) & P.KEY_IPV6) === (finding.ipv6 ? P.KEY_IPV6 : 0);
      return (
        sameFamily &&
        words[slot + P.TARGET] === finding.source &&
        ((words[slot + P.KEY] ?? 0) & 0xffff) === port &&
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
