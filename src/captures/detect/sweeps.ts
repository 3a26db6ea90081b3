/** Sweeps: many hosts asked whether they live, by ICMP, ARP, neighbour discovery, or nmap's mix of probes. */
import * as R from '../decode/record.ts';
import * as P from '../evidence/pairs.ts';
import type { Technique } from '../findings.ts';
import type { DetectionSettings } from '../settings.ts';
import type { Finding } from './finding.ts';

const MICROSECONDS = 1e6;
/** Asked more often than this, a host is watched rather than looked for. */
const MAX_ASKED = 4;
/** So many hosts asked once are a sweep even when nearly all answer. */
const MANY_HOSTS = 64;
/** Share of hosts without an answer below which asking is taken for monitoring or ordinary resolution. */
const SILENT_SHARE = 0.2;
/** Hosts that must have been asked in a second and third way for nmap's default host discovery. */
const MIXED_HOSTS = 5;

interface Ask {
  technique: Technique;
  slots: Int32Array;
}

/** Sweeps in the records of one source (all of one address family). */
export function sweepsOf(
  table: P.PairTable,
  slots: Int32Array,
  settings: DetectionSettings,
  base: Pick<Finding, 'source' | 'ipv6'>,
): Finding[] {
  const { words } = table;
  const of = (kind: number, ...ports: number[]) =>
    slots.filter((slot) => {
      const key = words[slot + P.KEY] ?? 0;
      return ((key >>> 16) & 0xff) === kind && (ports.length === 0 || ports.includes(key & 0xffff));
    });
  const found: Finding[] = [];
  const add = (technique: Technique, chosen: Int32Array, minimum: number, reason: string) =>
    found.push({
      ...base,
      technique,
      pattern: 'horizontal',
      kind: 'sweep',
      slots: chosen,
      probe: P.P_OTHER,
      minimum,
      reasons: [reason],
      role: 'scanner',
      activities: [],
    });
  const pings = of(R.PING);
  if (pings.length >= settings.icmpHosts) {
    const asks: Ask[] = [
      { technique: 'icmp-echo-sweep', slots: of(R.PING, 8, 128) },
      { technique: 'icmp-timestamp-sweep', slots: of(R.PING, 13) },
      { technique: 'icmp-netmask-sweep', slots: of(R.PING, 17) },
    ];
    for (const ask of asks) {
      const once = ask.slots.filter((slot) => (words[slot + P.PROBES] ?? 0) <= MAX_ASKED);
      if (once.length < settings.icmpHosts) continue;
      const silent = silentAmong(words, once);
      // Echo is also how monitoring works; hosts are asked for their time or netmask by nobody else.
      const plain = ask.technique === 'icmp-echo-sweep';
      if (plain && once.length < MANY_HOSTS && silent < once.length * SILENT_SHARE) continue;
      add(ask.technique, once, settings.icmpHosts, `asked ${once.length} hosts, ${silent} of them silent`);
    }
  }
  for (const { technique, class: kind, least, asked } of [
    { technique: 'arp-sweep', class: R.ARP, least: settings.arpHosts, asked: 'addresses' },
    { technique: 'ndp-sweep', class: R.NDP, least: settings.ndpHosts, asked: 'neighbours' },
  ] as const) {
    const hosts = burst(table, of(kind), settings.arpWindowSeconds);
    const silent = silentAmong(words, hosts);
    if (hosts.length < least || silent < hosts.length * SILENT_SHARE) continue;
    add(technique, hosts, least, `asked for ${hosts.length} ${asked} in a burst, ${silent} unanswered`);
  }
  return found;
}

function silentAmong(words: Int32Array, slots: Int32Array): number {
  return slots.reduce((sum, slot) => sum + (((words[slot + P.STATE] ?? 0) & P.A_OPEN) === 0 ? 1 : 0), 0);
}

/** All slots first seen in runs of bursts: those within a window that holds the most of them, grown while it goes on. */
function burst(table: P.PairTable, slots: Int32Array, seconds: number): Int32Array {
  if (slots.length === 0) return slots;
  const time = (slot: number) => table.times[(slot + P.FIRST_TIME) >> 1] ?? 0;
  const ordered = slots.toSorted((a, b) => time(a) - time(b));
  const first = time(ordered[0] ?? 0);
  // Without times there is no telling bursts from a long day.
  if (Number.isNaN(first)) return ordered;
  let best = ordered.subarray(0, 0);
  let start = 0;
  for (let end = 0; end < ordered.length; end++) {
    while (time(ordered[end] ?? 0) - time(ordered[start] ?? 0) > seconds * MICROSECONDS) start++;
    if (end + 1 - start > best.length) best = ordered.subarray(start, end + 1);
  }
  return best;
}

/**
 * nmap's default host discovery asks by ICMP echo, SYN to 443, ACK to 80 and ICMP timestamp (nmap manual, "Host
 * Discovery"). Where a source asked the same hosts in three of these ways, they are one finding.
 */
export function joinDiscovery(
  words: Int32Array,
  slots: Int32Array,
  findings: Finding[],
  settings: DetectionSettings,
): Finding[] {
  const hostsOf = (select: (key: number, state: number) => boolean) => {
    const chosen = slots.filter((slot) => select(words[slot + P.KEY] ?? 0, words[slot + P.STATE] ?? 0));
    return { slots: chosen, hosts: new Set(Array.from(chosen, (slot) => words[slot + P.TARGET] ?? 0)) };
  };
  const is = (key: number, kind: number, port: number) =>
    ((key >>> 16) & 0xff) === kind && (key & 0xffff) === port;
  const echo = hostsOf((key) => is(key, R.PING, 8) || is(key, R.PING, 128));
  if (echo.hosts.size < settings.icmpHosts) return findings;
  const others = [
    hostsOf((key) => is(key, R.PING, 13)),
    hostsOf((key, state) => is(key, R.TCP, 443) && (state & P.P_SYN) !== 0),
    hostsOf((key, state) => is(key, R.TCP, 80) && (state & P.P_ACK) !== 0 && (state & P.P_SYN) === 0),
  ].filter((other) => [...other.hosts].filter((host) => echo.hosts.has(host)).length >= MIXED_HOSTS);
  const model = findings[0];
  if (others.length < 2) return findings;
  const union = new Set<number>(echo.slots);
  for (const other of others)
    for (const slot of other.slots) if (echo.hosts.has(words[slot + P.TARGET] ?? 0)) union.add(slot);
  const first = echo.slots[0] ?? 0;
  const joined: Finding = {
    source: words[first + P.SOURCE] ?? 0,
    ipv6: ((words[first + P.KEY] ?? 0) & P.KEY_IPV6) !== 0,
    technique: 'host-discovery',
    pattern: 'horizontal',
    kind: 'sweep',
    slots: Int32Array.from(union),
    probe: P.P_OTHER,
    minimum: settings.icmpHosts,
    reasons: [`asked ${echo.hosts.size} hosts in ${others.length + 1} ways, as nmap does before it scans`],
    role: 'scanner',
    activities: [],
    ...(model === undefined ? {} : { source: model.source, ipv6: model.ipv6 }),
  };
  // What is wholly part of the discovery is not said twice.
  return [joined, ...findings.filter((finding) => !finding.slots.every((slot) => union.has(slot)))];
}
