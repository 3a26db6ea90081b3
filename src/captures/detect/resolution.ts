/** Address resolution that only serves a scan, and is not one by itself. */
import * as R from '../decode/record.ts';
import * as E from '../evidence/endpoints.ts';
import type { Finding } from './finding.ts';
import { byTarget } from './group.ts';

/** Share of a source's requests that another reason explains. */
const EXPLAINED = 0.7;
const SECOND = 1e6;
/** A packet that waits for an address comes within this time. */
const FOLLOWED = 10 * SECOND;
/** Probes of one host that are looked at. */
const MAX_PROBES = 64;

interface Used {
  ipv4: Map<number, { first: number; last: number }>;
  ipv6: Map<number, { first: number; last: number }>;
}

/**
 * Drops ARP and neighbour sweeps that only resolve what is being scanned: by the scanner itself, or by a router that
 * passes somebody else's probes on.
 */
export function withoutResolution(table: E.EndpointTable, findings: Finding[]): Finding[] {
  const { words, times } = table;
  const time = (slot: number, word: number) => times[(slot + word) >> 1] ?? 0;
  const resolving = (finding: Finding) =>
    finding.technique === 'arp-sweep' || finding.technique === 'ndp-sweep';
  if (!findings.some(resolving)) return findings;
  const probes = findings.filter((finding) => !resolving(finding));
  const used = whenUsed(table, findings.filter(resolving));
  const probesOf = new Map<number, { slot: number; finding: Finding }[]>();
  for (const finding of probes)
    for (const slot of finding.slots) {
      const target = words[slot + E.TARGET] ?? 0;
      if (!used.ipv4.has(target) && !used.ipv6.has(target)) continue;
      const some = probesOf.get(target);
      if (some === undefined) probesOf.set(target, [{ slot, finding }]);
      else if (some.length < MAX_PROBES) some.push({ slot, finding });
    }
  return findings.filter((finding) => {
    if (!resolving(finding)) return true;
    if (isFollowed(table, finding, used)) return false;
    const explained = new Set<number>();
    const beside = new Set<Finding>();
    for (const ask of finding.slots) {
      const target = words[ask + E.TARGET] ?? 0;
      for (const { slot, finding: other } of probesOf.get(target) ?? []) {
        if (other.ipv6 !== finding.ipv6) continue;
        if (other.source === finding.source) beside.add(other);
        const before = time(slot, E.FIRST_TIME) <= time(ask, E.LAST_TIME) + SECOND;
        const near = time(slot, E.LAST_TIME) >= time(ask, E.FIRST_TIME) - 5 * SECOND;
        if (other.source === finding.source || (before && near)) explained.add(target);
      }
    }
    for (const other of beside) {
      if (!resolvesFor(words, finding, other)) continue;
      other.activities.push(finding.technique === 'arp-sweep' ? 'arp-discovery' : 'ndp-discovery');
      return false;
    }
    return explained.size < finding.slots.length * EXPLAINED;
  });
}

/** From when to when packets went to, or came from, each address that was asked for, questions for the address itself aside. */
function whenUsed(table: E.EndpointTable, asking: readonly Finding[]): Used {
  const { words, times, count } = table;
  const used: Used = { ipv4: new Map(), ipv6: new Map() };
  for (const { slots, ipv6 } of asking)
    for (const slot of slots) {
      const never = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY };
      (ipv6 ? used.ipv6 : used.ipv4).set(words[slot + E.TARGET] ?? 0, never);
    }
  for (let slot = 0; slot < count * E.RECORD; slot += E.RECORD) {
    const kind = E.kindOf(words, slot);
    if (kind === R.ARP || kind === R.NDP) continue;
    const family = ((words[slot + E.KEY] ?? 0) & E.KEY_IPV6) !== 0 ? used.ipv6 : used.ipv4;
    // Sent there, or come from there and to be answered.
    for (const end of [E.TARGET, E.SOURCE]) {
      const span = family.get(words[slot + end] ?? 0);
      if (span === undefined) continue;
      span.first = Math.min(span.first, times[(slot + E.FIRST_TIME) >> 1] ?? 0);
      span.last = Math.max(span.last, times[(slot + E.LAST_TIME) >> 1] ?? 0);
    }
  }
  return used;
}

/** True when packets went to what was asked for, as they do when an address is resolved to be used. */
function isFollowed(table: E.EndpointTable, { slots, ipv6 }: Finding, used: Used): boolean {
  const { words, times } = table;
  const spans = ipv6 ? used.ipv6 : used.ipv4;
  let followed = 0;
  for (const ask of slots) {
    const span = spans.get(words[ask + E.TARGET] ?? 0);
    if (span === undefined) continue;
    const asked = times[(ask + E.FIRST_TIME) >> 1] ?? 0;
    const askedLast = times[(ask + E.LAST_TIME) >> 1] ?? 0;
    if (span.last > asked - FOLLOWED && span.first < askedLast + FOLLOWED) followed++;
  }
  return followed >= slots.length * EXPLAINED;
}

/** True when what answered the asking was then scanned: nmap finds the hosts of its own network by ARP first. */
function resolvesFor(words: Int32Array, asking: Finding, scan: Finding): boolean {
  const scanned = new Set(scan.slots.map(byTarget(words)));
  let answered = 0;
  let covered = 0;
  for (const slot of asking.slots) {
    if (((words[slot + E.STATE] ?? 0) & E.A_OPEN) === 0) continue;
    answered++;
    if (scanned.has(words[slot + E.TARGET] ?? 0)) covered++;
  }
  return answered >= 3 && covered >= answered * EXPLAINED;
}
