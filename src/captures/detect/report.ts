/** Findings into the parts of the report: suspects in order, the overview numbers, the first event. */
import { BlockList } from 'node:net';
import type { AddressBook } from '../decode/addresses.ts';
import * as R from '../decode/record.ts';
import type { DetectionSettings } from '../detection-settings.ts';
import { TICK } from '../evidence/cells.ts';
import * as P from '../evidence/endpoints.ts';
import type { Evidence } from '../evidence/evidence.ts';
import * as K from '../evidence/kinds.ts';
import {
  type CaptureReport,
  MAX_OVERVIEW,
  type OverviewNumbers,
  type ScanEvent,
  type Suspect,
} from '../findings.ts';
import { backgroundOf } from './background.ts';
import type { Detected } from './detect.ts';
import type { Finding } from './finding.ts';
import { byPort, distinct, mostProbed, only, thresholdOf } from './group.ts';
import { eachRun, hostsOf, portsOf } from './large.ts';
import { suspectOf } from './suspect.ts';
import { addressText, seconds } from './text.ts';

const TIMELINE_BINS = 120;

type Verdicts = Pick<
  CaptureReport,
  'suspects' | 'faint' | 'background' | 'known_scanners' | 'first_event' | 'overview'
>;

export function verdicts(
  evidence: Evidence,
  { findings, faint }: Detected,
  settings: DetectionSettings,
  book: AddressBook,
): Verdicts {
  const table = evidence.endpoints;
  const isKnown = allowlist(settings.knownScanners);
  const known: CaptureReport['known_scanners'] = [];
  const kept: Finding[] = [];
  const suspects: Suspect[] = [];
  for (const finding of findings) {
    const suspect = suspectOf(evidence, finding, settings, book);
    if (isKnown(suspect.ip)) {
      known.push({ ip: suspect.ip, technique: suspect.technique, probes: suspect.probes });
    } else {
      suspects.push(suspect);
      kept.push(finding);
    }
  }
  const overview = overviewOf(table, kept, suspects, book);
  suspects.sort((a, b) => b.confidence - a.confidence || b.probes - a.probes || compare(a.ip, b.ip));
  let first: ScanEvent | null = null;
  // A forged address began nothing.
  const real = suspects.filter(({ role }) => role !== 'decoy' && role !== 'zombie');
  for (const { first_probe } of real.length > 0 ? real : suspects)
    if (first === null || first_probe.packet < first.packet) first = first_probe;
  const below = faint
    .map((finding) => suspectOf(evidence, finding, settings, book))
    .filter((suspect) => !isKnown(suspect.ip));
  const named = new Set<number>();
  for (const { source, ipv6, group } of findings) {
    if (ipv6) continue;
    named.add(source);
    for (const address of group?.addresses ?? []) named.add(address);
  }
  const background = backgroundOf(table, named, book);
  return { suspects, faint: below, background, known_scanners: known, first_event: first, overview };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Addresses and networks (CIDR), as the schema of the settings has checked them. */
function allowlist(entries: readonly string[]): (ip: string) => boolean {
  // The first list of a process costs as much as thousands of records.
  if (entries.length === 0) return () => false;
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (ip) => list.check(ip, ip.includes(':') ? 'ipv6' : 'ipv4');
}

/** How probes of a kind are called in flag_stats. */
function statOf(kind: number, finding: Finding): string {
  if (finding.technique === 'connect' || finding.technique === 'idle') return 'SYN';
  if (finding.technique === 'host-discovery') {
    if (K.isSynKind(kind)) return 'SYN';
    return K.isTcpKind(kind) ? 'ACK' : kind === R.OTHER_IP ? 'IP-PROTOCOL' : 'ICMP';
  }
  if (finding.technique.startsWith('icmp')) return 'ICMP';
  if (finding.technique === 'arp-sweep') return 'ARP';
  if (finding.technique === 'ndp-sweep') return 'NDP';
  return finding.technique.toUpperCase();
}

function overviewOf(
  table: P.EndpointTable,
  findings: readonly Finding[],
  suspects: readonly Suspect[],
  book: AddressBook,
): OverviewNumbers {
  const { words, times } = table;
  const scanners = new Map<string, OverviewNumbers['scanners'][number]>();
  const findingsOf = new Map<string, Finding[]>();
  const hits = new Float64Array(65_536);
  const patterns = new Set<string>();
  findings.forEach((finding, index) => {
    const suspect = suspects[index];
    if (suspect === undefined) return;
    patterns.add(patternOf(suspect.technique));
    const scanner = scanners.get(suspect.ip) ?? {
      ip: suspect.ip,
      pkts: 0,
      probes: 0,
      distinct_ports: 0,
      distinct_hosts: 0,
      flag_stats: {},
    };
    scanners.set(suspect.ip, scanner);
    findingsOf.set(suspect.ip, [...(findingsOf.get(suspect.ip) ?? []), finding]);
    const byKind = new Float64Array(256);
    const counted = finding.kind !== 'sweep' && finding.technique !== 'ip-protocol';
    const { slots } = finding;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] ?? 0;
      const probes = words[slot + P.PROBES] ?? 0;
      const kind = P.kindOf(words, slot);
      byKind[kind] = (byKind[kind] ?? 0) + probes;
      const port = (words[slot + P.KEY] ?? 0) & 0xffff;
      if (counted) hits[port] = (hits[port] ?? 0) + probes;
    }
    for (const cell of finding.cells ?? []) {
      byKind[cell.kind] = (byKind[cell.kind] ?? 0) + cell.probes;
      if (!counted) continue;
      const { port } = cell;
      eachRun(cell, (first, last) => {
        if (port !== undefined) hits[port] = (hits[port] ?? 0) + last - first + 1;
        else for (let at = first; at <= last; at++) hits[at] = (hits[at] ?? 0) + 1;
      });
    }
    byKind.forEach((probes, kind) => {
      if (probes === 0) return;
      const stat = statOf(kind, finding);
      scanner.probes += probes;
      scanner.flag_stats[stat] = (scanner.flag_stats[stat] ?? 0) + probes;
    });
  });
  for (const [ip, own] of findingsOf) {
    const scanner = scanners.get(ip);
    if (scanner === undefined) continue;
    const slots = joined(own.map((finding) => finding.slots));
    const cells = [...new Set(own.flatMap((finding) => finding.cells ?? []))];
    const withPorts = only(slots, (slot) => hasPort(words, slot));
    scanner.distinct_hosts = hostsOf(words, slots, cells);
    scanner.distinct_ports = portsOf(words, withPorts, cells).length;
  }
  countPackets(table, findings, scanners, book);
  return {
    scanners: [...scanners.values()]
      .sort((a, b) => b.probes - a.probes || compare(a.ip, b.ip))
      .slice(0, MAX_OVERVIEW),
    targets: targetsOf(words, findings, book),
    port_distribution: mostHit(hits),
    suspected_patterns: [...patterns].sort(),
    timeline: timelineOf(times, findings),
  };
}

function mostHit(hits: Float64Array): OverviewNumbers['port_distribution'] {
  const least = Math.max(1, thresholdOf(hits, MAX_OVERVIEW));
  const ports: number[] = [];
  for (let port = 0, tied = 0; port < hits.length; port++) {
    const count = hits[port] ?? 0;
    if (count > least || (count === least && ++tied <= MAX_OVERVIEW)) ports.push(port);
  }
  return ports
    .sort((a, b) => (hits[b] ?? 0) - (hits[a] ?? 0) || a - b)
    .slice(0, MAX_OVERVIEW)
    .map((port) => ({ port, hits: hits[port] ?? 0 }));
}

/** `syn_scan`, `xmas_scan`, `arp_sweep`, `host_discovery`, ... */
function patternOf(technique: string): string {
  const word = technique.replaceAll('-', '_');
  return /_(sweep|discovery)$/.test(word) ? word : `${word}_scan`;
}

/** All slots of several findings, each once. */
function joined(parts: readonly Int32Array[]): Int32Array {
  const [single] = parts;
  if (parts.length === 1 && single !== undefined) return single;
  const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  all.sort();
  let previous = -1;
  return only(all, (slot) => {
    const isNew = slot !== previous;
    previous = slot;
    return isNew;
  });
}

function hasPort(words: Int32Array, slot: number): boolean {
  return K.hasPorts(P.kindOf(words, slot));
}

/** The most probed targets, over all findings. */
function targetsOf(
  words: Int32Array,
  findings: readonly Finding[],
  book: AddressBook,
): OverviewNumbers['targets'] {
  const cells = [...new Set(findings.flatMap((finding) => finding.cells ?? []))];
  const most = [false, true].flatMap((ipv6) => {
    const slots = joined(findings.filter((finding) => finding.ipv6 === ipv6).map((finding) => finding.slots));
    return mostProbed(words, slots, MAX_OVERVIEW).map((target) => ({ ...target, ipv6 }));
  });
  return most
    .sort((a, b) => b.probes - a.probes)
    .slice(0, MAX_OVERVIEW)
    .map(({ target, probes, slots, ipv6 }) => {
      const ports = only(slots, (slot) => hasPort(words, slot));
      const more = cells.filter(
        (cell) => cell.target === target && cell.port === undefined && cell.ipv6 === ipv6,
      );
      return {
        ip: addressText(book, target, ipv6),
        pkts: more.reduce((sum, cell) => sum + cell.probes, probes),
        ports_hit: more.length === 0 ? distinct(ports, byPort(words)) : portsOf(words, ports, more).length,
      };
    })
    .sort((a, b) => b.pkts - a.pkts);
}

/** Adds up everything the scanners sent, in probes, in what followed them, and in answers to others. */
function countPackets(
  table: P.EndpointTable,
  findings: readonly Finding[],
  scanners: ReadonlyMap<string, { pkts: number }>,
  book: AddressBook,
): void {
  const { words } = table;
  const byAddress = { v4: new Map<number, { pkts: number }>(), v6: new Map<number, { pkts: number }>() };
  for (const finding of findings) {
    const scanner = scanners.get(addressText(book, finding.source, finding.ipv6));
    if (scanner !== undefined) byAddress[finding.ipv6 ? 'v6' : 'v4'].set(finding.source, scanner);
  }
  if (scanners.size === 0) return;
  for (let slot = 0; slot < table.count * P.RECORD; slot += P.RECORD) {
    const key = words[slot + P.KEY] ?? 0;
    const known = (key & P.KEY_IPV6) !== 0 ? byAddress.v6 : byAddress.v4;
    const source = known.get(words[slot + P.SOURCE] ?? 0);
    if (source !== undefined) source.pkts += (words[slot + P.PROBES] ?? 0) + (words[slot + P.OTHERS] ?? 0);
    const target = known.get(words[slot + P.TARGET] ?? 0);
    if (target !== undefined) target.pkts += words[slot + P.ANSWERS] ?? 0;
  }
  for (const cell of new Set(findings.flatMap((finding) => finding.cells ?? []))) {
    const source = (cell.ipv6 ? byAddress.v6 : byAddress.v4).get(cell.source);
    if (source !== undefined) source.pkts += cell.probes;
  }
}

function timelineOf(times: Float64Array, findings: readonly Finding[]): OverviewNumbers['timeline'] {
  const slots = joined(findings.map((finding) => finding.slots));
  const cells = [...new Set(findings.flatMap((finding) => finding.cells ?? []))];
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  const each = (take: (time: number, count: number) => void) => {
    for (let i = 0; i < slots.length; i++)
      take(times[((slots[i] ?? 0) + P.FIRST_TIME) >> 1] ?? Number.NaN, 1);
    for (const { ticks, endpoints } of cells)
      ticks.forEach((time, i) => {
        take(time, Math.min(TICK, endpoints - i * TICK));
      });
  };
  each((time) => {
    if (time < start) start = time;
    if (time > end) end = time;
  });
  if (!Number.isFinite(start)) return { start: null, bin_seconds: 0, probes: [] };
  const width = Math.max((end - start) / TIMELINE_BINS, 1000);
  const probes = new Array<number>(Math.min(TIMELINE_BINS, Math.floor((end - start) / width) + 1)).fill(0);
  each((time, count) => {
    const bin = Math.min(probes.length - 1, Math.floor((time - start) / width));
    if (bin >= 0) probes[bin] = (probes[bin] ?? 0) + count;
  });
  return { start: seconds(start), bin_seconds: width / 1e6, probes };
}
