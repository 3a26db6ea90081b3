/** Makes a {@link Suspect}, in words and numbers, out of a finding. */
import { formatPorts } from '../../core/port-set.ts';
import type { AddressBook } from '../decode/addresses.ts';
import * as R from '../decode/record.ts';
import type { DetectionSettings } from '../detection-settings.ts';
import type { Cell } from '../evidence/cells.ts';
import * as P from '../evidence/endpoints.ts';
import type { Evidence } from '../evidence/evidence.ts';
import * as K from '../evidence/kinds.ts';
import { MAX_LISTED, type ScanEvent, type Suspect } from '../findings.ts';
import { answersSeen, protocolOf } from './answers.ts';
import { campaignsOf } from './campaigns.ts';
import type { Finding } from './finding.ts';
import { fingerprint } from './fingerprint.ts';
import { byPort, byTarget, distinct, mostProbed, only } from './group.ts';
import { hostsOf, largeWindows, portsOf } from './large.ts';
import { firstTimes, highest, isSlow, lastTimes, lowest, windowsOf } from './rates.ts';
import { flagsOf } from './technique-rules.ts';
import { addressText, seconds } from './text.ts';

const MAX_PACKETS = 32;

export function suspectOf(
  evidence: Evidence,
  finding: Finding,
  settings: DetectionSettings,
  book: AddressBook,
): Suspect {
  const table = evidence.endpoints;
  const { words } = table;
  const { slots, technique, ipv6, cells = [] } = finding;
  const sweep = finding.kind === 'sweep';
  const portOf = (slot: number) => {
    const key = words[slot + P.KEY] ?? 0;
    return technique === 'ip-protocol' ? protocolOf(key, ipv6) : key & 0xffff;
  };
  const hasPorts = !sweep;
  const ports = hasPorts ? portsOf(words, slots, cells, portOf) : new Int32Array(0);
  const hosts = hostsOf(words, slots, cells);
  const whole = { hosts, ports: ports.length };
  const starts = firstTimes(table, slots);
  const windows =
    cells.length === 0
      ? windowsOf(table, slots, starts, settings.windowSeconds, whole)
      : largeWindows(table.times, finding, settings.windowSeconds, whole);
  const rate = Math.max(0, ...windows.map((window) => window.rate_pps));
  const timed = windows.length > 0;
  const slow = timed && rate < settings.slowBelowPps && isSlow(starts, settings.slowBelowPps);
  const inCells = cells.reduce((sum, cell) => sum + cell.probes, 0);
  const { probes, first, fragmented } = totalsOf(words, slots);
  const last = highest(lastTimes(table, slots));
  const tool = fingerprint(words, slots, technique, ipv6);
  const answers = answersSeen(words, slots, technique, sweep, ipv6, book, cells);
  const suspect: Suspect = {
    ip: addressText(book, finding.source, ipv6),
    kind: finding.kind,
    pattern: finding.pattern,
    technique,
    role: finding.role,
    distinct_ports: ports.length,
    distinct_hosts: hosts,
    rate_pps: Math.round(rate * 1000) / 1000,
    windows,
    slow,
    flags_seen: technique === 'host-discovery' ? ['SYN', 'ACK'] : flagsOf(technique),
    tool,
    targets: targetsOf(words, slots, cells, ipv6, book),
    ports: formatPorts(ports),
    first_seen: seconds(lowest(starts)),
    last_seen: seconds(cells.reduce((latest, cell) => Math.max(latest, cell.last), last)),
    probes: probes + inCells,
    answers,
    confidence: confidenceOf(finding, tool.name),
    endpoints: finding.telling,
    reasons: [
      ...finding.reasons,
      ...otherAddresses(finding, book),
      ...reasonsOf(finding, hosts, ports, answers, slow, fragmented),
    ],
    packets: packetsOf(words, slots),
    first_probe: eventOf(table, finding, first, book),
  };
  if (technique === 'ack') suspect.same_on_the_wire = ['window'];
  const campaigns = campaignsOf(evidence, finding, starts);
  if (campaigns.length > 1) suspect.campaigns = campaigns;
  if (fragmented) suspect.fragmented = true;
  if (finding.activities.length > 0) suspect.activities = finding.activities;
  if (finding.zombie !== undefined) suspect.zombie = addressText(book, finding.zombie, ipv6);
  if (finding.group !== undefined) {
    const all = Int32Array.from(finding.group.members.flatMap((member) => [...member.slots]));
    const union = distinct(all, byPort(words));
    const hosts = distinct(all, byTarget(words));
    suspect.group = {
      id: finding.group.id,
      why: finding.group.why,
      sources: (finding.group.addresses ?? finding.group.members.map(({ source }) => source)).map((address) =>
        addressText(book, address, ipv6),
      ),
      distinct_ports: union,
      endpoints: Math.max(union, hosts),
    };
  }
  return suspect;
}

/** Probes of these records, the record of the first of them, and whether any came in fragments. */
function totalsOf(words: Int32Array, slots: Int32Array) {
  let probes = 0;
  let first = slots[0] ?? 0;
  let fragmented = false;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] ?? 0;
    probes += words[slot + P.PROBES] ?? 0;
    if ((words[slot + P.FIRST_PACKET] ?? 0) < (words[first + P.FIRST_PACKET] ?? 0)) first = slot;
    if (((words[slot + P.STATE] ?? 0) & P.TINY) !== 0) fragmented = true;
  }
  return { probes, first, fragmented };
}

function targetsOf(
  words: Int32Array,
  slots: Int32Array,
  cells: readonly Cell[],
  ipv6: boolean,
  book: AddressBook,
): Suspect['targets'] {
  const vertical = new Map(cells.filter(({ port }) => port === undefined).map((cell) => [cell.target, cell]));
  const most = mostProbed(words, slots, MAX_LISTED).map(({ target, probes, slots: some }) => {
    const cell = vertical.get(target);
    return {
      ip: addressText(book, target, ipv6),
      probes: probes + (cell?.probes ?? 0),
      ports_hit: some.length + (cell?.endpoints ?? 0),
    };
  });
  return most.sort((a, b) => b.probes - a.probes);
}

function packetsOf(words: Int32Array, slots: Int32Array): number[] {
  const chosen = new Set([
    ...leastOf(words, slots, P.FIRST_PACKET, MAX_PACKETS - 12),
    ...leastOf(words, slots, P.ANSWER_PACKET, 12),
  ]);
  return [...chosen].sort((a, b) => a - b);
}

/** The smallest `count` packet numbers at this word. */
function leastOf(words: Int32Array, slots: Int32Array, word: number, count: number): Int32Array {
  const packets = only(
    slots.map((slot) => words[slot + word] ?? 0),
    (packet) => packet > 0,
  );
  return packets.sort().subarray(0, count);
}

/** 0.6 at the threshold, towards 0.95 with many times as much; what only a tool sends adds, a decoy takes away. */
function confidenceOf(finding: Finding, tool: string): number {
  const group = finding.group;
  const times = (group?.id.startsWith('distributed') ? 3 : 1) * (finding.telling / finding.minimum);
  let confidence = 0.6 + 0.35 * (1 - 1 / Math.max(1, times));
  if (tool !== 'unknown') confidence += 0.1;
  if (group?.id.startsWith('decoys') && finding.role !== 'scanner') confidence = 0.4;
  else if (group?.id.startsWith('decoys')) confidence = Math.min(confidence, 0.8);
  if (finding.role === 'zombie') confidence = 0.5;
  return Math.round(Math.min(0.99, confidence) * 100) / 100;
}

function reasonsOf(
  finding: Finding,
  hosts: number,
  ports: Int32Array,
  answers: Suspect['answers'],
  slow: boolean,
  fragmented: boolean,
): string[] {
  const reasons: string[] = [];
  const count = (number: number, one: string) => `${number} ${one}${number === 1 ? '' : 's'}`;
  if (ports.length > 0) {
    const what = finding.technique === 'ip-protocol' ? 'IP protocol' : 'port';
    reasons.push(`probed ${count(ports.length, what)} of ${count(hosts, 'host')}`);
    const said = (['open', 'closed', 'filtered', 'unfiltered', 'silent'] as const)
      .filter((state) => answers[state].count > 0)
      .map((state) => `${answers[state].count} ${state}`);
    reasons.push(`answers: ${said.join(', ')}`);
  }
  if (finding.technique === 'ack')
    reasons.push('ACK without a connection; a Window scan sends the same bytes');
  if (fragmented) reasons.push('headers were cut into tiny IP fragments');
  if (slow) reasons.push('slow: found by what it probed over the whole capture, not by its rate');
  return reasons;
}

/** Under which addresses a translated scan was seen. */
function otherAddresses({ group, source, ipv6 }: Finding, book: AddressBook): string[] {
  if (!group?.id.startsWith('translated')) return [];
  const others = (group.addresses ?? []).filter((address) => address !== source);
  if (others.length === 0) return [];
  return [`seen as ${others.map((address) => addressText(book, address, ipv6)).join(', ')} too`];
}

const OTHER_FLAGS: Readonly<Record<number, string>> = {
  [R.UDP]: 'UDP',
  [R.ARP]: 'ARP who-has',
  [R.NDP]: 'NDP solicitation',
  [R.OTHER_IP]: 'IP protocol',
};

function eventOf(table: P.EndpointTable, finding: Finding, slot: number, book: AddressBook): ScanEvent {
  const { words, times } = table;
  const key = words[slot + P.KEY] ?? 0;
  const kind = (key >>> 16) & 0xff;
  const port = key & 0xffff;
  let flags = OTHER_FLAGS[kind] ?? '';
  if (K.isTcpKind(kind)) {
    const tcp =
      finding.technique === 'host-discovery'
        ? [K.isSynKind(kind) ? 'SYN' : 'ACK']
        : flagsOf(finding.technique);
    flags = tcp.join(',');
  } else if (kind === R.PING)
    flags = port === 13 ? 'ICMP timestamp' : port === 17 ? 'ICMP netmask' : 'ICMP echo';
  else if (kind === K.SCTP_INIT) flags = 'SCTP INIT';
  else if (kind === K.SCTP_COOKIE) flags = 'SCTP COOKIE-ECHO';
  return {
    ts: seconds(times[(slot + P.FIRST_TIME) >> 1] ?? Number.NaN),
    src: addressText(book, finding.source, finding.ipv6),
    dst: addressText(book, words[slot + P.TARGET] ?? 0, finding.ipv6),
    port: K.hasPorts(kind) ? port : null,
    flags,
    packet: words[slot + P.FIRST_PACKET] ?? 0,
    technique: finding.technique,
  };
}
