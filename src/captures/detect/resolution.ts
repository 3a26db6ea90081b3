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

/**
 * Drops ARP and neighbour sweeps that only resolve what is being scanned: by the scanner itself, or by a router that
 * passes somebody else's probes on.
 */
export function withoutResolution(table: E.EndpointTable, findings: Finding[]): Finding[] {
  const { words, times } = table;
  const time = (slot: number, word: number) => times[(slot + word) >> 1] ?? 0;
  const resolving = (finding: Finding) =>
    finding.technique === 'arp-sweep' || finding.technique === 'ndp-sweep';
  const probes = findings.filter((finding) => !resolving(finding));
  return findings.filter((finding) => {
    if (!resolving(finding)) return true;
    if (isFollowed(table, finding)) return false;
    const asked = new Map(Array.from(finding.slots, (slot) => [words[slot + E.TARGET] ?? 0, slot] as const));
    const explained = new Set<number>();
    for (const other of probes) {
      if (other.ipv6 !== finding.ipv6) continue;
      if (other.source === finding.source && resolvesFor(words, finding, other)) {
        other.activities.push(finding.technique === 'arp-sweep' ? 'arp-discovery' : 'ndp-discovery');
        return false;
      }
      for (const slot of other.slots) {
        const target = words[slot + E.TARGET] ?? 0;
        const ask = asked.get(target);
        if (ask === undefined) continue;
        const before = time(slot, E.FIRST_TIME) <= time(ask, E.LAST_TIME) + SECOND;
        const near = time(slot, E.LAST_TIME) >= time(ask, E.FIRST_TIME) - 5 * SECOND;
        if (other.source === finding.source || (before && near)) explained.add(target);
      }
    }
    return explained.size < asked.size * EXPLAINED;
  });
}

/** True when packets went to what was asked for, as they do when an address is resolved to be used. */
function isFollowed(table: E.EndpointTable, { slots, ipv6 }: Finding): boolean {
  const { words, times, count } = table;
  const asked = new Map(Array.from(slots, (slot) => [words[slot + E.TARGET] ?? 0, slot] as const));
  const used = new Set<number>();
  for (let slot = 0; slot < count * E.RECORD; slot += E.RECORD) {
    const kind = E.kindOf(words, slot);
    if (
      kind === R.ARP ||
      kind === R.NDP ||
      ((words[slot + E.KEY] ?? 0) & E.KEY_IPV6) !== (ipv6 ? E.KEY_IPV6 : 0)
    )
      continue;
    const target = words[slot + E.TARGET] ?? 0;
    const ask = asked.get(target);
    if (ask === undefined) continue;
    const after = (times[(slot + E.LAST_TIME) >> 1] ?? 0) - (times[(ask + E.FIRST_TIME) >> 1] ?? 0);
    if (
      after > -FOLLOWED &&
      (times[(slot + E.FIRST_TIME) >> 1] ?? 0) - (times[(ask + E.LAST_TIME) >> 1] ?? 0) < FOLLOWED
    )
      used.add(target);
  }
  return used.size >= asked.size * EXPLAINED;
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
