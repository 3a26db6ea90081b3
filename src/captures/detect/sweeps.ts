/** Sweeps: many hosts asked whether they live, by ICMP, ARP, neighbour discovery, IP protocols, or nmap's mix of probes. */
import * as R from '../decode/record.ts';
import type { DetectionSettings } from '../detection-settings.ts';
import * as E from '../evidence/endpoints.ts';
import * as K from '../evidence/kinds.ts';
import type { Technique } from '../findings.ts';
import type { Finding } from './finding.ts';
import { byPort, byTarget, groupBy, only } from './group.ts';
import { isWatched, portOf } from './outcome.ts';
import { begunBefore, isByStack, measured } from './pace.ts';
import type { Scene } from './scene.ts';
import type { Source } from './sources.ts';
import { filling, inOrder, isRange } from './spread.ts';

const MICROSECONDS = 1e6;
/** Asked more often than this, a host is watched or measured rather than looked for. */
const MAX_ASKED = 4;
const MAX_ASKED_ANSWERED = 2;
/** Share of hosts asked again and again above which a source keeps up with hosts it knows. */
const UPKEEP = 0.3;
/** Without order, a resolver's questions are a sweep only when they come as fast as this (seconds), or fill a range. */
const UNORDERED_SECONDS = 10;
const FILLED = 0.6;
const FILLED_BY_FEW = 0.9;
/** So many hosts asked once are a sweep even when nearly all answer. */
const MANY_HOSTS = 64;
/** Share of hosts without an answer below which asking is taken for monitoring or ordinary resolution. */
const SILENT_SHARE = 0.2;
/** Share of steps to a neighbour that shows a range being walked. */
const IN_ORDER = 0.6;
/** Hosts that must have been asked in a second and third way for nmap's default host discovery. */
const MIXED_HOSTS = 5;
const NOBODY = new Int32Array(0);

interface Ask {
  technique: Technique;
  slots: Int32Array;
  minimum: number;
  /** What the answers are worth: nobody but a scanner asks for a netmask, everybody pings. */
  ordinary: boolean;
  asked: string;
}

/** Sweeps in the records of one source; of those smaller than the settings ask for, all above `floor`. */
export function sweepsOf(
  scene: Scene,
  source: Source,
  settings: DetectionSettings,
  floor: number,
): Finding[] {
  const { table, book } = scene;
  const { words } = table;
  const found: Finding[] = [];
  for (const ask of asksOf(words, source, settings)) {
    if (ask.slots.length < floor) continue;
    const resolves = ask.technique === 'arp-sweep' || ask.technique === 'ndp-sweep';
    const asked = only(ask.slots, (slot) => isAskedOnce(table, slot, ask.ordinary));
    const byStack = resolves && isByStack(table, asked);
    const once = without(asked, upkept(scene, ask, asked, byStack, source.ipv6));
    const left = ask.slots.length - once.length;
    if (once.length < floor || (ask.ordinary && left >= ask.slots.length * UPKEEP)) continue;
    const silent = silentAmong(words, once);
    const targets = once.map(byTarget(words));
    const order = inOrder(targets, source.ipv6, book);
    const walked = order >= IN_ORDER;
    const fill = filling(targets, source.ipv6, book);
    const filled = once.length >= ask.minimum && fill >= (once.length >= MANY_HOSTS ? FILLED : FILLED_BY_FEW);
    const seconds = Math.min(UNORDERED_SECONDS, settings.arpWindowSeconds);
    const lies = byStack ? fill >= FILLED && (walked || filled) : walked || filled;
    // Who has something to send to scattered neighbours asks for all of them at once, too.
    const some = byStack ? NOBODY : burst(table, once, seconds);
    const chosen = resolves && !lies ? some : once;
    if (chosen.length < floor) continue;
    const quiet = silentAmong(words, chosen) >= chosen.length * SILENT_SHARE;
    const many = !resolves && once.length >= MANY_HOSTS;
    const range = walked || (!resolves && isRange(targets, source.ipv6, book));
    // Few answers, or a range walked through, or very many hosts.
    if (ask.ordinary && !quiet && !many && !range) continue;
    // Silence of other IP protocols is the rule, and says nothing.
    if (ask.technique === 'ip-protocol' && !range) continue;
    if (ask.ordinary && !range && !many && chosen.length < ask.minimum) continue;
    found.push({
      source: source.address,
      ipv6: source.ipv6,
      technique: ask.technique,
      pattern: 'horizontal',
      kind: 'sweep',
      slots: chosen,
      telling: chosen.length,
      minimum: ask.minimum,
      reasons: [
        `asked ${ask.asked} ${chosen.length} hosts, ${Math.min(silent, chosen.length)} of them silent`,
        ...(walked ? ['in the order of their addresses'] : []),
        ...(left > 0
          ? [`not counted: ${left} hosts asked again and again, as monitoring and address upkeep do`]
          : []),
      ],
      role: 'scanner',
      activities: [],
    });
  }
  return found;
}

function asksOf(words: Int32Array, { records }: Source, settings: DetectionSettings): Ask[] {
  const { icmpHosts, arpHosts, ndpHosts } = settings;
  const asks: Ask[] = [];
  const add = (technique: Technique, some: Int32Array, minimum: number, ordinary: boolean, asked: string) => {
    if (some.length > 0) asks.push({ technique, slots: some, minimum, ordinary, asked });
  };
  if (records.count(R.PING) > 0) {
    const pings = (...types: number[]) => withPorts(words, records.of(R.PING), types);
    add('icmp-echo-sweep', pings(8, 128), icmpHosts, true, 'by ICMP echo');
    add('icmp-timestamp-sweep', pings(13), icmpHosts, false, 'for their time');
    add('icmp-netmask-sweep', pings(17), icmpHosts, false, 'for their netmask');
  }
  add('arp-sweep', records.of(R.ARP), arpHosts, true, 'by ARP for');
  add('ndp-sweep', records.of(R.NDP), ndpHosts, true, 'by neighbour solicitation for');
  // nmap -PO sends datagrams of a few IP protocols to each host; routers speak such protocols with few others.
  for (const [protocol, some] of groupBy(records.of(R.OTHER_IP), byPort(words)))
    add('ip-protocol', some, icmpHosts, true, `with IP protocol ${protocol}`);
  return asks;
}

/** Hosts that are measured, or whose addresses a stack asked for already before the capture. */
function upkept(
  { table, book, begin }: Scene,
  { technique }: Ask,
  slots: Int32Array,
  byStack: boolean,
  ipv6: boolean,
): Int32Array {
  if (byStack) return begunBefore(table, slots, begin());
  if (technique !== 'icmp-echo-sweep') return NOBODY;
  const targets = slots.map(byTarget(table.words));
  // Whoever measures a whole network sweeps it.
  if (slots.length >= MANY_HOSTS && filling(targets, ipv6, book) >= FILLED) return NOBODY;
  return measured(table, slots);
}

function without(slots: Int32Array, others: Int32Array): Int32Array {
  if (others.length === 0) return slots;
  const out = new Set(others);
  return only(slots, (slot) => !out.has(slot));
}

/** Those at these ports; of ICMP and other IP protocols, of these types and numbers. */
function withPorts(words: Int32Array, slots: Int32Array, ports: readonly number[]): Int32Array {
  return only(slots, (slot) => ports.includes(portOf(words, slot)));
}

/** Not asked again after a pause, and not often: monitoring, measuring, and the upkeep of a neighbour table do both. */
function isAskedOnce(table: E.EndpointTable, slot: number, ordinary: boolean): boolean {
  const { words } = table;
  if (!ordinary) return !isWatched(table, slot, { wide: false, raw: false, drawn: false });
  const answered = ((words[slot + E.STATE] ?? 0) & E.A_OPEN) !== 0;
  if (E.revisitsOf(words, slot) > 0) return false;
  return (words[slot + E.PROBES] ?? 0) <= (answered ? MAX_ASKED_ANSWERED : MAX_ASKED);
}

function silentAmong(words: Int32Array, slots: Int32Array): number {
  let silent = 0;
  for (const slot of slots) if (((words[slot + E.STATE] ?? 0) & E.A_OPEN) === 0) silent++;
  return silent;
}

/** All slots first seen within the window of this length that holds the most of them. */
function burst(table: E.EndpointTable, slots: Int32Array, seconds: number): Int32Array {
  if (slots.length === 0) return slots;
  const time = (slot: number) => table.times[(slot + E.FIRST_TIME) >> 1] ?? 0;
  // Without times there is no telling bursts from a long day.
  if (Number.isNaN(time(slots[0] ?? 0))) return slots;
  const ordered = slots.toSorted((a, b) => time(a) - time(b));
  let best = ordered.subarray(0, 0);
  let start = 0;
  for (let end = 0; end < ordered.length; end++) {
    while (time(ordered[end] ?? 0) - time(ordered[start] ?? 0) > seconds * MICROSECONDS) start++;
    if (end + 1 - start > best.length) best = ordered.subarray(start, end + 1);
  }
  return best;
}

/**
 * nmap's default host discovery asks by ICMP echo, SYN to 443, ACK to 80 and ICMP timestamp, -PO by IP protocols (nmap
 * manual, "Host Discovery"). Where a source asked the same hosts in three of these ways, they are one finding.
 */
export function joinDiscovery(
  words: Int32Array,
  source: Source,
  findings: Finding[],
  settings: DetectionSettings,
): Finding[] {
  if (source.records.count(R.PING) < settings.icmpHosts) return findings;
  const hostsOf = (kind: number, ...ports: number[]) => {
    const chosen = withPorts(words, source.records.of(kind), ports);
    return { slots: chosen, hosts: new Set(chosen.map(byTarget(words))) };
  };
  const echo = hostsOf(R.PING, 8, 128);
  if (echo.hosts.size < settings.icmpHosts) return findings;
  const others = [
    hostsOf(R.PING, 13),
    hostsOf(K.RAW_SYN, 443),
    hostsOf(K.ACK_PROBE, 80),
    hostsOf(R.OTHER_IP, 2),
    hostsOf(R.OTHER_IP, 4),
  ].filter((other) => [...other.hosts].filter((host) => echo.hosts.has(host)).length >= MIXED_HOSTS);
  // Hosts that answer the first question are asked nothing more, so two ways may be all, if nothing else was sent.
  const onlyDiscovery = source.slots.every((slot) => {
    const kind = E.kindOf(words, slot);
    if (kind === R.PING || kind === R.ARP || kind === R.NDP) return true;
    const port = (words[slot + E.KEY] ?? 0) & 0xffff;
    return (kind === K.RAW_SYN && port === 443) || (kind === K.ACK_PROBE && port === 80);
  });
  if (others.length < (onlyDiscovery ? 1 : 2)) return findings;
  const union = new Set<number>(echo.slots);
  for (const other of others)
    for (const slot of other.slots) if (echo.hosts.has(words[slot + E.TARGET] ?? 0)) union.add(slot);
  const joined: Finding = {
    source: source.address,
    ipv6: source.ipv6,
    technique: 'host-discovery',
    pattern: 'horizontal',
    kind: 'sweep',
    slots: Int32Array.from(union),
    telling: echo.hosts.size,
    minimum: settings.icmpHosts,
    reasons: [`asked ${echo.hosts.size} hosts in ${others.length + 1} ways, as nmap does before it scans`],
    role: 'scanner',
    activities: [],
  };
  // What is wholly part of the discovery is not said twice.
  return [joined, ...findings.filter((finding) => !finding.slots.every((slot) => union.has(slot)))];
}
