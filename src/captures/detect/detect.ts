/** From the evidence to findings: every source by itself, then what shows only across sources. */
import type { AddressBook } from '../decode/addresses.ts';
import * as R from '../decode/record.ts';
import type { DetectionSettings } from '../detection-settings.ts';
import * as E from '../evidence/endpoints.ts';
import type { Evidence } from '../evidence/evidence.ts';
import * as K from '../evidence/kinds.ts';
import type { Technique } from '../findings.ts';
import { type Cluster, clusters } from './clusters.ts';
import { idleScans, markDecoys } from './decoys-and-idle.ts';
import { distributed } from './distributed.ts';
import type { Finding } from './finding.ts';
import { byTarget, groupBy, only } from './group.ts';
import { cellsWithin, endpointsIn } from './large.ts';
import { ttlOf, worked } from './outcome.ts';
import { withoutResolution } from './resolution.ts';
import { Scene } from './scene.ts';
import { type Source, sourcesOf } from './sources.ts';
import { joinDiscovery, sweepsOf } from './sweeps.ts';
import { evidenceOf } from './technique-rules.ts';
import { joinTranslated } from './translated.ts';
import { weigh } from './weigh.ts';

/** Below this many endpoints nothing is a scan, whatever a caller asks for. */
export const FLOOR = 3;
/** Findings below the settings that are kept, largest first. */
const MAX_FAINT = 500;

export interface Detected {
  /** What the settings call a scan. */
  findings: Finding[];
  /** Less than that, but at least {@link FLOOR} endpoints. */
  faint: Finding[];
}

/** What scanned, by this evidence. */
export function detect(evidence: Evidence, book: AddressBook, settings: DetectionSettings): Detected {
  const table = evidence.endpoints;
  const { words } = table;
  const telling = (slot: number) => isTelling(words, slot);
  const scene = new Scene(evidence, book);
  const all: Finding[] = [];
  for (const source of sourcesOf(table, book, FLOOR, telling))
    all.push(...findingsOf(scene, source, settings));
  const isStrong = ({ telling, minimum, faint }: Finding) => faint === undefined && telling >= minimum;
  let findings = all.filter(isStrong);
  const shares = distributed(evidence, scene, findings, settings);
  const isCovered = coveredBy(shares);
  findings = findings.filter((finding) => !isCovered(finding));
  const askers = idleScans(table, findings);
  markDecoys(
    words,
    findings.filter((finding) => finding.technique !== 'idle'),
  );
  findings = withoutResolution(table, [...shares, ...askers, ...findings]);
  findings = joinTranslated(table, findings);
  const faint = all
    .filter((finding) => !isStrong(finding) && !isCovered(finding))
    .sort((a, b) => b.telling - a.telling)
    .slice(0, MAX_FAINT);
  return { findings, faint };
}

const ZMAP_ID = 54_321;
const SPOKEN = E.C_DATA | E.A_DATA;

/** Whether a record can be evidence of anything; most sources have none, and are passed over quickly. */
function isTelling(words: Int32Array, slot: number): boolean {
  const kind = E.kindOf(words, slot);
  if (kind !== K.STACK_SYN && kind !== K.UDP_PROBE) return true;
  if (!worked(words, slot)) return true;
  // A connection that carries nothing may be one that only looked whether the port is open.
  if (kind === K.STACK_SYN) return ((words[slot + E.STATE] ?? 0) & SPOKEN) === 0;
  // Of datagrams that were answered, those of raw tools: zmap's IP id, or a TTL that no system near by starts with.
  const ttl = ttlOf(words, slot);
  return ((words[slot + E.WINDOW_ID] ?? 0) & 0xffff) === ZMAP_ID || ttl > 200 || ttl < 60;
}

function findingsOf(scene: Scene, source: Source, settings: DetectionSettings): Finding[] {
  const { words } = scene.table;
  const found: Finding[] = sweepsOf(scene, source, settings, FLOOR);
  for (const evidence of evidenceOf(source.records, settings)) {
    const large = scene.large.of(source.address, source.ipv6, evidence.kind);
    if (evidence.slots.length < FLOOR) continue;
    const weighed = weigh(scene, evidence);
    const strong = clusters(scene, evidence, evidence.minimum, settings, weighed);
    const rest = without(evidence.slots, strong);
    const left = { ...evidence, slots: rest };
    const again = rest === evidence.slots ? weighed : undefined;
    const faint =
      evidence.minimum > FLOOR && rest.length >= FLOOR ? clusters(scene, left, FLOOR, settings, again) : [];
    for (const cluster of [...strong, ...faint]) {
      const isFaint = faint.includes(cluster);
      const technique = howOpened(words, cluster.slots, evidence.technique);
      const cells = cellsWithin(words, cluster.slots, large);
      found.push({
        source: source.address,
        ipv6: source.ipv6,
        technique,
        pattern: cluster.pattern,
        kind: cluster.pattern,
        slots: cluster.slots,
        ...(cells.length === 0 ? {} : { cells }),
        telling: cluster.telling + endpointsIn(cells),
        minimum: evidence.minimum,
        ...(isFaint ? { faint: true as const } : {}),
        reasons: cluster.reasons,
        role: 'scanner',
        activities: activitiesOf(words, source, cluster.slots, technique),
      });
    }
  }
  found.push(...protocolScans(words, source, settings));
  return joinDiscovery(words, source, found, settings);
}

/** The slots that are in none of these clusters. */
function without(slots: Int32Array, found: readonly Cluster[]): Int32Array {
  const inside = found.reduce((sum, cluster) => sum + cluster.slots.length, 0);
  if (inside === 0) return slots;
  if (inside === slots.length) return new Int32Array(0);
  // Clusters keep the order of the slots they were taken from.
  const next = found.map(() => 0);
  return only(slots, (slot) => {
    const cluster = found.findIndex((one, i) => one.slots[next[i] ?? 0] === slot);
    if (cluster >= 0) next[cluster] = (next[cluster] ?? 0) + 1;
    return cluster < 0;
  });
}

/**
 * SYN scans and connect scans differ in the options of the SYN. Where the snap length cut those off, what follows an open
 * port tells: half open, or a whole handshake.
 */
function howOpened(words: Int32Array, slots: Int32Array, technique: Technique): Technique {
  if (technique !== 'syn' && technique !== 'connect') return technique;
  let whole = 0;
  let half = 0;
  let cut = 0;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] ?? 0;
    const state = words[slot + E.STATE] ?? 0;
    if (((words[slot + E.SHAPE] ?? 0) & E.SHAPE_UNKNOWN) !== 0) cut++;
    if ((state & E.A_OPEN) === 0) continue;
    if ((state & E.C_HALF) !== 0 || (state & E.C_ACK) === 0) half++;
    else whole++;
  }
  // A whole stack whose handshakes are never completed: a tool that takes over the options of one.
  if (technique === 'connect') return half > whole && half > 2 ? 'syn' : 'connect';
  return cut * 2 > slots.length && whole > half ? 'connect' : 'syn';
}

function activitiesOf(words: Int32Array, source: Source, slots: Int32Array, technique: Technique): string[] {
  if (technique !== 'syn' && technique !== 'connect') return [];
  const { slots: all, records } = source;
  const others = all.length - records.count(K.RAW_SYN) - records.count(K.STACK_SYN);
  if (others === 0 && (technique === 'connect' || records.count(K.STACK_SYN) === 0)) return [];
  const activities: string[] = [];
  const targets = new Set(slots.map(byTarget(words)));
  const open = new Set<number>();
  for (const slot of slots)
    if (((words[slot + E.STATE] ?? 0) & E.A_OPEN) !== 0) open.add((words[slot + E.KEY] ?? 0) & 0xffff);
  let odd = 0;
  let spoken = 0;
  for (const slot of all) {
    if (!targets.has(words[slot + E.TARGET] ?? 0)) continue;
    const kind = E.kindOf(words, slot);
    const state = words[slot + E.STATE] ?? 0;
    // Ordinary connections with data to ports found open by raw probes, or by connections that said nothing.
    const speaks = kind === K.STACK_SYN && (state & E.C_DATA) !== 0;
    if (speaks && technique === 'syn' && open.has((words[slot + E.KEY] ?? 0) & 0xffff)) spoken++;
    const flags = E.flagsOfKind(kind);
    if (flags >= 0 && (flags & 0x10) === 0 && flags !== 0x02 && flags !== 0x01) odd++;
  }
  if (spoken > 0) activities.push('version-detection');
  // nmap's OS detection sends a handful of odd segments to one open and one closed port.
  if (odd > 0 && odd <= targets.size * 6) activities.push('os-detection');
  return activities;
}

/** Many IP protocol numbers on one host. TCP, UDP and the like sent in between belong to the same scan. */
function protocolScans(words: Int32Array, source: Source, settings: DetectionSettings): Finding[] {
  const found: Finding[] = [];
  const isOther = (slot: number) => E.kindOf(words, slot) === R.OTHER_IP;
  if (source.records.count(R.OTHER_IP) < FLOOR) return found;
  const packet = (slot: number) => words[slot + E.FIRST_PACKET] ?? 0;
  for (const some of groupBy(source.slots, byTarget(words)).values()) {
    const others = some.filter(isOther);
    if (others.length < FLOOR) continue;
    const first = others.reduce((least, slot) => Math.min(least, packet(slot)), Number.POSITIVE_INFINITY);
    const last = others.reduce((most, slot) => Math.max(most, packet(slot)), 0);
    const between = some.filter((slot) => {
      const kind = E.kindOf(words, slot);
      if (kind === R.ARP || kind === R.NDP) return false;
      return packet(slot) >= first - others.length && packet(slot) <= last + others.length;
    });
    found.push({
      source: source.address,
      ipv6: source.ipv6,
      technique: 'ip-protocol',
      pattern: 'vertical',
      kind: 'vertical',
      slots: between,
      telling: others.length,
      minimum: settings.ipProtocols,
      reasons: [],
      role: 'scanner',
      activities: [],
    });
  }
  return found;
}

/** Findings that a share of a distributed scan says already. */
function coveredBy(shares: readonly Finding[]): (finding: Finding) => boolean {
  if (shares.length === 0) return () => false;
  const bySource = new Map<string, { technique: Technique; slots: Set<number> }[]>();
  for (const share of shares) {
    const entry = { technique: share.technique, slots: new Set(share.slots) };
    for (const source of share.group?.addresses ?? [share.source]) {
      const key = `${source} ${share.ipv6}`;
      bySource.set(key, [...(bySource.get(key) ?? []), entry]);
    }
  }
  return ({ source, ipv6, technique, slots }) =>
    (bySource.get(`${source} ${ipv6}`) ?? []).some((share) => {
      if (share.technique !== technique) return false;
      let common = 0;
      for (const slot of slots) if (share.slots.has(slot)) common++;
      return common * 2 >= slots.length;
    });
}
