/**
 * Which tool sent the probes, from what its packets look like. Sources: the header fields each tool sets in its own
 * code, as collected by Ghiette, Blenn, Doerr: "Remote Identification of Port Scan Toolchains" (NTMS 2016), and what
 * was seen on the wire of the tools themselves (docs/detection.md).
 */
import * as P from '../evidence/endpoints.ts';
import { isTcpKind } from '../evidence/kinds.ts';
import type { Technique, ToolGuess } from '../findings.ts';

/** Share of the probes that must show a mark. */
const MOST = 0.8;
/** Probes looked at. */
const SAMPLE = 512;
const HPING_WINDOW = 512;
/** Probes below which a mark may be chance. */
const FEW = 8;
const NMAP_WINDOWS = new Set([1024, 2048, 3072, 4096]);
/** nmap draws the TTL of each raw probe between 37 and 59; routers on the way take some off. */
const NMAP_TTL_SPREAD = 22;

/** What is left of 255 after any sensible number of hops; ordinary stacks start at 64 or 128. */
const HIGH_TTL = 200;

interface Probe {
  target: number;
  port: number;
  window: number;
  id: number;
  sequence: number;
  sport: number;
  ttl: number;
  marks: number;
  tiny: boolean;
}

function probeAt(words: Int32Array, slot: number): Probe {
  const windowId = words[slot + P.WINDOW_ID] ?? 0;
  const shape = words[slot + P.SHAPE] ?? 0;
  return {
    target: words[slot + P.TARGET] ?? 0,
    port: (words[slot + P.KEY] ?? 0) & 0xffff,
    window: windowId >>> 16,
    id: windowId & 0xffff,
    sequence: words[slot + P.SEQUENCE] ?? 0,
    sport: shape >>> 16,
    ttl: (shape >>> 8) & 0xff,
    marks: shape & 0xff,
    tiny: ((words[slot + P.STATE] ?? 0) & P.TINY) !== 0,
  };
}

/** The first probes in the order in which they were sent. */
function sampleOf(words: Int32Array, slots: Int32Array): { slot: number; probe: Probe }[] {
  let ordered = true;
  for (let i = 1; ordered && i < slots.length; i++)
    ordered =
      (words[(slots[i] ?? 0) + P.FIRST_PACKET] ?? 0) > (words[(slots[i - 1] ?? 0) + P.FIRST_PACKET] ?? 0);
  const sorted = ordered
    ? slots
    : slots.toSorted((a, b) => (words[a + P.FIRST_PACKET] ?? 0) - (words[b + P.FIRST_PACKET] ?? 0));
  return Array.from(sorted.subarray(0, SAMPLE), (slot) => ({ slot, probe: probeAt(words, slot) }));
}

/** The tool behind a finding's probes, and the marks that tell. */
export function fingerprint(
  words: Int32Array,
  slots: Int32Array,
  technique: Technique,
  ipv6: boolean,
): ToolGuess {
  const ordered = sampleOf(words, slots);
  const probes = ordered.map(({ probe }) => probe);
  const tcp = ordered.filter(({ slot }) => isTcpKind(P.kindOf(words, slot))).map(({ probe }) => probe);
  const known = tcp.filter((probe) => (probe.marks & P.SHAPE_UNKNOWN) === 0);
  const most = (some: Probe[], mark: (probe: Probe) => boolean) =>
    some.length > 0 && some.filter(mark).length >= some.length * MOST;

  if (!ipv6 && most(known, (p) => p.sequence === p.target)) {
    return { name: 'mirai', why: 'the sequence number of each probe is the address it goes to' };
  }
  if (!ipv6 && technique !== 'arp-sweep' && most(probes, (p) => p.id === 54_321)) {
    return { name: 'zmap', why: 'every probe has IP id 54321' };
  }
  if (!ipv6 && most(known, (p) => p.id === ((p.target ^ p.port ^ p.sequence) & 0xffff))) {
    return { name: 'masscan', why: 'the IP id is derived from destination, port and sequence number' };
  }
  if (!ipv6 && isUnicornscan(known)) {
    return { name: 'unicornscan', why: 'the sequence number is one key mixed with addresses and ports' };
  }
  if (most(known, isOfHping)) {
    return { name: 'hping3', why: 'window 512 and no options' };
  }
  const rawShape = (p: Probe) =>
    (p.marks & (P.SHAPE_MSS | P.SHAPE_BARE)) !== 0 && (p.marks & P.SHAPE_DF) === 0;
  if (most(known, (p) => NMAP_WINDOWS.has(p.window) && rawShape(p))) {
    const few = new Set(known.map((p) => p.sequence)).size <= Math.max(4, known.length / 10);
    const more = few ? ', the same sequence number again and again' : '';
    return { name: 'nmap', why: `window ${known[0]?.window}, no option but the segment size, DF off${more}` };
  }
  if (known.length === 0 && most(tcp, (p) => p.tiny)) {
    return { name: 'nmap', why: 'TCP headers cut into fragments of 8 bytes (nmap -f)' };
  }
  const counting = (number: (probe: Probe) => number) =>
    probes.length >= 8 &&
    probes.filter((p, i) => i > 0 && number(p) === 1 + number(probes[i - 1] ?? p)).length >=
      (probes.length - 1) * MOST;
  if (
    technique === 'udp' &&
    counting((p) => p.sport) &&
    most(probes, (p) => (p.marks & P.SHAPE_EMPTY) !== 0)
  ) {
    return { name: 'hping3', why: 'empty datagrams from source ports that count up' };
  }
  if (technique === 'icmp-echo-sweep' && counting((p) => p.sequence)) {
    return {
      name: 'fping',
      why: 'one ICMP identifier, and sequence numbers that count up from host to host',
    };
  }
  const oneSource = new Set(probes.map((p) => p.sport)).size <= 2;
  const distant = most(probes, (p) => p.ttl > HIGH_TTL);
  if (!ipv6 && /^(udp|sctp)/.test(technique) && oneSource && distant && probes.length >= 8) {
    return { name: 'masscan', why: 'a TTL that starts at 255 and one source port' };
  }
  if (technique !== 'connect' && randomTtl(probes)) {
    return { name: 'nmap', why: "each probe has another TTL within nmap's range" };
  }
  if (technique === 'connect') {
    return {
      name: 'unknown',
      why: 'the probes are those of an ordinary TCP stack: connect scans of nmap, netcat and others look alike',
    };
  }
  return { name: 'unknown', why: 'no mark of a tool we know' };
}

/** The tool whose mark a single probe bears for sure, over IPv4; undefined where one packet does not tell. */
export function markOf(words: Int32Array, slot: number): string | undefined {
  const p = probeAt(words, slot);
  if (p.id === 54_321) return 'zmap';
  if (!isTcpKind(P.kindOf(words, slot)) || (p.marks & P.SHAPE_UNKNOWN) !== 0) return undefined;
  if (p.sequence === p.target) return 'mirai';
  if (p.id === ((p.target ^ p.port ^ p.sequence) & 0xffff)) return 'masscan';
  const mss = (p.marks & P.SHAPE_MSS) !== 0 && (p.marks & P.SHAPE_DF) === 0;
  return mss && NMAP_WINDOWS.has(p.window) ? 'nmap' : undefined;
}

/** True when the first of these probes have TTLs that nmap draws anew for each. */
export function drawsTtls(words: Int32Array, slots: Int32Array): boolean {
  return randomTtl(sampleOf(words, slots).map(({ probe }) => probe));
}

/** True when each of these segments has hping3's window, no options, and DF off, which no stack has together. */
export function isCrafted(words: Int32Array, slots: Int32Array): boolean {
  const probes = sampleOf(words, slots);
  const marks = probes.filter(({ probe }) => isOfHping(probe) && (probe.marks & P.SHAPE_DF) === 0);
  return probes.length >= FEW && marks.length >= probes.length * MOST;
}

function isOfHping({ window, marks }: Probe): boolean {
  return window === HPING_WINDOW && (marks & P.SHAPE_BARE) !== 0;
}

/** Many values, within nmap's spread, and none at which an ordinary stack starts. */
function randomTtl(probes: readonly Probe[]): boolean {
  const values = new Set(probes.map((probe) => probe.ttl));
  if (probes.length < 8 || values.size < 6) return false;
  const highest = Math.max(...values);
  return highest <= 60 && highest - Math.min(...values) <= NMAP_TTL_SPREAD;
}

/** unicornscan: sequence = key ^ destination ^ (source port << 16 | destination port), one key a run. */
function isUnicornscan(probes: readonly Probe[]): boolean {
  if (probes.length < 8) return false;
  const keys = new Map<number, number>();
  for (const p of probes) {
    const key = p.sequence ^ p.target ^ ((p.sport << 16) | p.port);
    keys.set(key, (keys.get(key) ?? 0) + 1);
  }
  return (
    Math.max(...keys.values()) >= probes.length * MOST && new Set(probes.map((p) => p.sequence)).size > 4
  );
}
