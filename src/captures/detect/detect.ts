/** From the evidence table to findings: every source by itself, then what shows only across sources. */
import type { AddressBook } from '../decode/addresses.ts';
import * as R from '../decode/record.ts';
import * as P from '../evidence/pairs.ts';
import type { DetectionSettings } from '../settings.ts';
import { clusters } from './clusters.ts';
import type { Finding } from './finding.ts';
import { allSlots, bySource, byTarget, groupBy, members } from './group.ts';
import { distributed, idleScans, markDecoys } from './groups.ts';
import { joinDiscovery, sweepsOf } from './sweeps.ts';
import { evidenceOf, worked } from './techniques.ts';

/** No rule asks for fewer records of one source than this (but distributed and idle scans, seen elsewhere). */
const LEAST_RECORDS = 8;
/** Share of a source's ARP requests that another reason explains. */
const EXPLAINED = 0.7;
const SECOND = 1e6;

export function detect(table: P.PairTable, book: AddressBook, settings: DetectionSettings): Finding[] {
  const { words } = table;
  const findings: Finding[] = [];
  const every = allSlots(words, table.count).filter((slot) => !toMany(words, slot, book));
  for (const ipv6 of [false, true]) {
    const slots = every.filter((slot) => (((words[slot + P.KEY] ?? 0) & P.KEY_IPV6) !== 0) === ipv6);
    if (slots.length === 0) continue;
    const own: Finding[] = [];
    const sources = groupBy(slots, bySource(words));
    for (let g = 0; g < sources.count; g++) {
      const some = members(sources, g);
      if (telling(words, some) >= LEAST_RECORDS) own.push(...findingsOf(table, some, settings, ipv6));
    }
    const shares = distributed(words, slots, settings);
    const rest = own.filter((finding) => !shares.some((share) => covers(share, finding)));
    const askers = idleScans(words, slots, rest);
    markDecoys(
      words,
      rest.filter((finding) => finding.technique !== 'idle'),
    );
    findings.push(...shares, ...askers, ...rest);
  }
  return withoutResolution(table, findings);
}

/** How many records can be evidence of anything; most sources have none, and are passed over quickly. */
function telling(words: Int32Array, slots: Int32Array): number {
  if (slots.length < LEAST_RECORDS) return 0;
  let count = 0;
  for (const slot of slots) {
    const kind = ((words[slot + P.KEY] ?? 0) >>> 16) & 0xff;
    const odd = ((words[slot + P.STATE] ?? 0) & (P.P_FIN | P.P_NULL | P.P_XMAS | P.P_ODD)) !== 0;
    if (odd || (kind !== R.TCP && kind !== R.UDP) || !worked(words, slot)) count++;
  }
  return count;
}

/** Multicast and broadcast have no ports that answer. */
function toMany(words: Int32Array, slot: number, book: AddressBook): boolean {
  const key = words[slot + P.KEY] ?? 0;
  const kind = (key >>> 16) & 0xff;
  if (kind === R.ARP || kind === R.NDP) return false;
  const target = words[slot + P.TARGET] ?? 0;
  if ((key & P.KEY_IPV6) !== 0) return book.isMulticast(target);
  return target === -1 || target >>> 28 === 14;
}

function findingsOf(
  table: P.PairTable,
  slots: Int32Array,
  settings: DetectionSettings,
  ipv6: boolean,
): Finding[] {
  const { words } = table;
  const source = words[(slots[0] ?? 0) + P.SOURCE] ?? 0;
  const base = { source, ipv6 };
  const found: Finding[] = sweepsOf(table, slots, settings, base);
  for (const evidence of evidenceOf(words, slots, settings)) {
    for (const cluster of clusters(words, evidence, settings)) {
      const technique = howOpened(words, cluster.slots, evidence.technique);
      found.push({
        ...base,
        technique,
        pattern: cluster.pattern,
        kind: cluster.pattern,
        slots: cluster.slots,
        probe: evidence.probe,
        minimum: evidence.minimum,
        reasons: [],
        role: 'scanner',
        activities: activitiesOf(words, slots, cluster.slots, technique),
      });
    }
  }
  found.push(...protocolScans(words, slots, settings, base));
  return joinDiscovery(words, slots, found, settings);
}

/** SYN scans and connect scans differ in what follows an open port: half open, or a whole handshake. */
function howOpened(
  words: Int32Array,
  slots: Int32Array,
  technique: Finding['technique'],
): Finding['technique'] {
  if (technique !== 'syn' && technique !== 'connect') return technique;
  let whole = 0;
  let half = 0;
  for (const slot of slots) {
    const state = words[slot + P.STATE] ?? 0;
    if ((state & P.A_OPEN) === 0) continue;
    if ((state & P.C_HALF) !== 0 || (state & P.C_ACK) === 0) half++;
    else whole++;
  }
  if (whole === half) return technique;
  if (whole < half) return 'syn';
  // Raw tools that go on to read banners complete handshakes too: their SYNs stay what they are, if they were seen whole.
  const cut = slots.reduce(
    (sum, slot) => sum + (((words[slot + P.SHAPE] ?? 0) & P.SHAPE_UNKNOWN) !== 0 ? 1 : 0),
    0,
  );
  return technique === 'connect' || cut * 2 > slots.length ? 'connect' : 'syn';
}

function activitiesOf(
  words: Int32Array,
  all: Int32Array,
  slots: Int32Array,
  technique: Finding['technique'],
): string[] {
  if (technique !== 'syn' && technique !== 'connect') return [];
  const activities: string[] = [];
  const state = (slot: number) => words[slot + P.STATE] ?? 0;
  if (slots.some((slot) => (state(slot) & (P.C_HALF | P.C_DATA)) === (P.C_HALF | P.C_DATA)))
    activities.push('version-detection');
  const targets = new Set(Array.from(slots, (slot) => words[slot + P.TARGET] ?? 0));
  const odd = all.filter(
    (slot) =>
      ((words[slot + P.KEY] ?? 0) >>> 16) % 256 === R.TCP &&
      targets.has(words[slot + P.TARGET] ?? 0) &&
      (state(slot) & (P.P_NULL | P.P_ODD | P.P_XMAS)) !== 0,
  );
  // nmap's OS detection sends a handful of odd segments to one open and one closed port.
  if (odd.length > 0 && odd.length <= targets.size * 4) activities.push('os-detection');
  return activities;
}

/** Many IP protocol numbers on one host. TCP, UDP and the like sent in between belong to the same scan. */
function protocolScans(
  words: Int32Array,
  slots: Int32Array,
  settings: DetectionSettings,
  base: Pick<Finding, 'source' | 'ipv6'>,
): Finding[] {
  const found: Finding[] = [];
  const kindOf = (slot: number) => ((words[slot + P.KEY] ?? 0) >>> 16) & 0xff;
  const isOther = (slot: number) => kindOf(slot) === R.OTHER_IP;
  if (slots.filter(isOther).length < settings.ipProtocols) return found;
  const packet = (slot: number) => words[slot + P.FIRST_PACKET] ?? 0;
  const targets = groupBy(slots, byTarget(words));
  for (let g = 0; g < targets.count; g++) {
    const some = members(targets, g);
    const others = some.filter(isOther);
    if (others.length < settings.ipProtocols) continue;
    const first = Math.min(...others.map(packet));
    const last = Math.max(...others.map(packet));
    const between = some.filter(
      (slot) =>
        kindOf(slot) !== R.ARP &&
        kindOf(slot) !== R.NDP &&
        packet(slot) >= first - others.length &&
        packet(slot) <= last + others.length,
    );
    found.push({
      ...base,
      technique: 'ip-protocol',
      pattern: 'vertical',
      kind: 'vertical',
      slots: between,
      probe: P.P_OTHER,
      minimum: settings.ipProtocols,
      reasons: [],
      role: 'scanner',
      activities: [],
    });
  }
  return found;
}

/** True when a share of a distributed scan says already what this finding says. */
function covers(share: Finding, finding: Finding): boolean {
  if (share.source !== finding.source || finding.technique !== share.technique) return false;
  const shared = new Set(share.slots);
  const common = finding.slots.reduce((sum, slot) => sum + (shared.has(slot) ? 1 : 0), 0);
  return common * 2 >= finding.slots.length;
}

/**
 * Drops ARP and neighbour sweeps that only resolve what is being scanned: by the scanner itself, or by a router that
 * passes somebody else's probes on.
 */
function withoutResolution(table: P.PairTable, findings: Finding[]): Finding[] {
  const { words, times } = table;
  const time = (slot: number, word: number) => times[(slot + word) >> 1] ?? 0;
  const resolving = (finding: Finding) =>
    finding.technique === 'arp-sweep' || finding.technique === 'ndp-sweep';
  const probes = findings.filter((finding) => !resolving(finding));
  return findings.filter((finding) => {
    if (!resolving(finding)) return true;
    const asked = new Map(Array.from(finding.slots, (slot) => [words[slot + P.TARGET] ?? 0, slot] as const));
    const explained = new Set<number>();
    for (const other of probes) {
      if (other.ipv6 !== finding.ipv6) continue;
      if (other.source === finding.source && resolvesFor(words, finding, other)) {
        other.activities.push(finding.technique === 'arp-sweep' ? 'arp-discovery' : 'ndp-discovery');
        return false;
      }
      for (const slot of other.slots) {
        const target = words[slot + P.TARGET] ?? 0;
        const ask = asked.get(target);
        if (ask === undefined) continue;
        const before = time(slot, P.FIRST_TIME) <= time(ask, P.LAST_TIME) + SECOND;
        const near = time(slot, P.LAST_TIME) >= time(ask, P.FIRST_TIME) - 5 * SECOND;
        if (other.source === finding.source || (before && near)) explained.add(target);
      }
    }
    return explained.size < asked.size * EXPLAINED;
  });
}

/** True when what answered the asking was then scanned: nmap finds the hosts of its own network by ARP first. */
function resolvesFor(words: Int32Array, asking: Finding, scan: Finding): boolean {
  const scanned = new Set(Array.from(scan.slots, (slot) => words[slot + P.TARGET] ?? 0));
  let answered = 0;
  let covered = 0;
  for (const slot of asking.slots) {
    if (((words[slot + P.STATE] ?? 0) & P.A_OPEN) === 0) continue;
    answered++;
    if (scanned.has(words[slot + P.TARGET] ?? 0)) covered++;
  }
  return answered >= 3 && covered >= answered * EXPLAINED;
}
