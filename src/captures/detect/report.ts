/** Findings into the parts of the report: suspects in order, the overview numbers, the first event. */
import { BlockList, isIPv6 } from 'node:net';
import type { AddressBook } from '../decode/addresses.ts';
import * as R from '../decode/record.ts';
import * as P from '../evidence/pairs.ts';
import {
  type CaptureReport,
  MAX_OVERVIEW,
  type OverviewNumbers,
  type ScanEvent,
  type Suspect,
} from '../findings.ts';
import type { DetectionSettings } from '../settings.ts';
import type { Finding } from './finding.ts';
import { allSlots } from './group.ts';
import { suspectOf } from './suspect.ts';
import { addressText, seconds } from './text.ts';

const TIMELINE_BINS = 120;

type Verdicts = Pick<CaptureReport, 'suspects' | 'known_scanners' | 'first_event' | 'overview'>;

export function verdicts(
  table: P.PairTable,
  findings: readonly Finding[],
  settings: DetectionSettings,
  book: AddressBook,
): Verdicts {
  const isKnown = allowlist(settings.knownScanners);
  const known: CaptureReport['known_scanners'] = [];
  const kept: Finding[] = [];
  const suspects: Suspect[] = [];
  for (const finding of findings) {
    const suspect = suspectOf(table, finding, settings, book);
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
  for (const { first_probe } of suspects)
    if (first === null || first_probe.packet < first.packet) first = first_probe;
  return { suspects, known_scanners: known, first_event: first, overview };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Addresses and networks (CIDR) written in configuration; what is neither is ignored there, and refused by its schema. */
function allowlist(entries: readonly string[]): (ip: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (ip) => list.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
}

/** How the probes of one record are called in flag_stats. */
function statOf(words: Int32Array, slot: number, finding: Finding): string {
  const kind = ((words[slot + P.KEY] ?? 0) >>> 16) & 0xff;
  const state = words[slot + P.STATE] ?? 0;
  if (finding.technique === 'connect' || finding.technique === 'idle') return 'SYN';
  if (finding.technique === 'host-discovery') {
    if (kind === R.TCP) return (state & P.P_SYN) !== 0 ? 'SYN' : 'ACK';
    return 'ICMP';
  }
  if (finding.technique.startsWith('icmp')) return 'ICMP';
  if (finding.kind === 'sweep') return finding.technique === 'arp-sweep' ? 'ARP' : 'NDP';
  return finding.technique.toUpperCase();
}

function overviewOf(
  table: P.PairTable,
  findings: readonly Finding[],
  suspects: readonly Suspect[],
  book: AddressBook,
): OverviewNumbers {
  const { words, times } = table;
  const scanners = new Map<
    string,
    OverviewNumbers['scanners'][number] & { ports: Set<number>; hosts: Set<number> }
  >();
  const targets = new Map<string, { ip: string; pkts: number; ports: Set<number> }>();
  const hits = new Map<number, number>();
  const firsts: number[] = [];
  const patterns = new Set<string>();
  findings.forEach((finding, index) => {
    const suspect = suspects[index];
    if (suspect === undefined) return;
    patterns.add(
      /-(sweep|discovery)$/.test(suspect.technique)
        ? suspect.technique.replaceAll('-', '_')
        : `${suspect.technique.replaceAll('-', '_')}_scan`,
    );
    let scanner = scanners.get(suspect.ip);
    if (scanner === undefined) {
      scanner = {
        ip: suspect.ip,
        pkts: 0,
        probes: 0,
        distinct_ports: 0,
        distinct_hosts: 0,
        flag_stats: {},
        ports: new Set(),
        hosts: new Set(),
      };
      scanners.set(suspect.ip, scanner);
    }
    for (const slot of finding.slots) {
      const probes = words[slot + P.PROBES] ?? 0;
      const target = words[slot + P.TARGET] ?? 0;
      const port = (words[slot + P.KEY] ?? 0) & 0xffff;
      const stat = statOf(words, slot, finding);
      scanner.probes += probes;
      scanner.flag_stats[stat] = (scanner.flag_stats[stat] ?? 0) + probes;
      scanner.hosts.add(target);
      const first = times[(slot + P.FIRST_TIME) >> 1] ?? Number.NaN;
      if (Number.isFinite(first)) firsts.push(first);
      const ip = addressText(book, target, finding.ipv6);
      const seen = targets.get(ip) ?? { ip, pkts: 0, ports: new Set<number>() };
      targets.set(ip, seen);
      seen.pkts += probes;
      if (finding.kind === 'sweep') continue;
      scanner.ports.add(port);
      seen.ports.add(port);
      if (finding.technique !== 'ip-protocol') hits.set(port, (hits.get(port) ?? 0) + probes);
    }
  });
  countPackets(table, findings, scanners, book);
  return {
    scanners: [...scanners.values()]
      .sort((a, b) => b.probes - a.probes || compare(a.ip, b.ip))
      .slice(0, MAX_OVERVIEW)
      .map(({ ports, hosts, ...rest }) => ({
        ...rest,
        distinct_ports: ports.size,
        distinct_hosts: hosts.size,
      })),
    targets: [...targets.values()]
      .sort((a, b) => b.pkts - a.pkts || compare(a.ip, b.ip))
      .slice(0, MAX_OVERVIEW)
      .map(({ ip, pkts, ports }) => ({ ip, pkts, ports_hit: ports.size })),
    port_distribution: [...hits]
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, MAX_OVERVIEW)
      .map(([port, count]) => ({ port, hits: count })),
    suspected_patterns: [...patterns].sort(),
    timeline: timelineOf(firsts),
  };
}

/** Adds up everything the scanners sent, in probes, in what followed them, and in answers to others. */
function countPackets(
  table: P.PairTable,
  findings: readonly Finding[],
  scanners: ReadonlyMap<string, { pkts: number }>,
  book: AddressBook,
): void {
  const { words } = table;
  const byAddress = new Map<string, { pkts: number }>();
  for (const finding of findings) {
    const scanner = scanners.get(addressText(book, finding.source, finding.ipv6));
    if (scanner !== undefined) byAddress.set(`${finding.ipv6} ${finding.source}`, scanner);
  }
  if (byAddress.size === 0) return;
  for (const slot of allSlots(words)) {
    const ipv6 = ((words[slot + P.KEY] ?? 0) & P.KEY_IPV6) !== 0;
    const source = byAddress.get(`${ipv6} ${words[slot + P.SOURCE]}`);
    if (source !== undefined) source.pkts += (words[slot + P.PROBES] ?? 0) + (words[slot + P.OTHERS] ?? 0);
    const target = byAddress.get(`${ipv6} ${words[slot + P.TARGET]}`);
    if (target !== undefined) target.pkts += words[slot + P.ANSWERS] ?? 0;
  }
}

function timelineOf(firsts: readonly number[]): OverviewNumbers['timeline'] {
  if (firsts.length === 0) return { start: null, bin_seconds: 0, probes: [] };
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const time of firsts) {
    start = Math.min(start, time);
    end = Math.max(end, time);
  }
  const width = Math.max((end - start) / TIMELINE_BINS, 1000);
  const probes = new Array<number>(Math.min(TIMELINE_BINS, Math.floor((end - start) / width) + 1)).fill(0);
  for (const time of firsts) {
    const bin = Math.min(probes.length - 1, Math.floor((time - start) / width));
    probes[bin] = (probes[bin] ?? 0) + 1;
  }
  return { start: seconds(start), bin_seconds: width / 1e6, probes };
}
