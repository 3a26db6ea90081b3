/**
 * What the analysis of a capture gives: the words shared by the engine, the tools and the terminal. Field names are
 * the public contract of the capture tools, so they are written as callers see them. Times are seconds since the
 * epoch with microseconds behind the point; packet numbers start at 1, as Wireshark counts them.
 */
import type { Compression } from './container/magic.ts';

/** How a suspect probed. Odd TCP flag sets are named by their flags: `syn-fin`, `syn-rst`, `fin-urg`, ... */
export type Technique =
  | 'syn'
  | 'connect'
  | 'fin'
  | 'null'
  | 'xmas'
  | 'maimon'
  | 'ack'
  | 'window'
  | 'udp'
  | 'sctp-init'
  | 'sctp-cookie-echo'
  | 'ip-protocol'
  | 'icmp-echo-sweep'
  | 'icmp-timestamp-sweep'
  | 'icmp-netmask-sweep'
  | 'host-discovery'
  | 'arp-sweep'
  | 'ndp-sweep'
  | 'idle'
  | `${string}-${string}`
  | 'psh'
  | 'rst'
  | 'urg';

/** The shape of a scan: many ports of a host, one port of many hosts, many of both, one host's ports by many sources. */
export type Pattern = 'vertical' | 'horizontal' | 'block' | 'distributed';
/** As {@link Pattern}, and `sweep` for probes that ask whether a host lives (ICMP, ARP, NDP, host discovery). */
export type SuspectKind = Pattern | 'sweep';

/** Endpoints that gave one kind of answer: all counted, at most {@link MAX_LISTED} targets listed. */
export interface AnswerGroup {
  /** Distinct (target, port) pairs. */
  count: number;
  /** Ports as ranges, `22,80,1000-1010`; empty where the technique has no ports. */
  targets: { ip: string; ports: string }[];
}

/** What the scanner now knows. A state that the technique cannot learn has count 0. */
export interface AnswersSeen {
  /** SYN-ACK, a UDP or SCTP INIT-ACK answer, an answer of that IP protocol. */
  open: AnswerGroup;
  /** RST, ICMP port (or protocol) unreachable, SCTP ABORT. */
  closed: AnswerGroup;
  /** Another ICMP unreachable. */
  filtered: AnswerGroup;
  /** RST to an ACK probe: not filtered, open or closed unknown. */
  unfiltered: AnswerGroup;
  /** Nothing came back within the capture. */
  silent: AnswerGroup;
  /** Hosts that answered at all; for sweeps this is the result. At most {@link MAX_LISTED}. */
  alive: string[];
}

/** The most new endpoints probed within any window of this length. */
export interface RateWindow {
  seconds: number;
  /** When that window began; null when the capture has no times. */
  start: number | null;
  /** Distinct (target, port) pairs first probed inside it. */
  endpoints: number;
  distinct_ports: number;
  distinct_hosts: number;
  /** endpoints / seconds. Repeated probes of one endpoint are not counted. */
  rate_pps: number;
}

export interface ToolGuess {
  /** `nmap`, `masscan`, `zmap`, `unicornscan`, `hping3`, `mirai`, `fping`; `unknown` when nothing tells. */
  name: string;
  why: string;
}

export interface Suspect {
  ip: string;
  kind: SuspectKind;
  pattern: Pattern;
  technique: Technique;
  /** Other names of the same bytes: an ACK and a Window scan cannot be told apart on the wire. */
  same_on_the_wire?: Technique[];
  /** `zombie`: its address was used by an idle scan; `decoy`: one of several sources that sent the same probes. */
  role: 'scanner' | 'zombie' | 'decoy' | 'member';
  /** Distinct ports (IP protocol numbers for `ip-protocol`). */
  distinct_ports: number;
  distinct_hosts: number;
  /** Best rate over {@link windows}. */
  rate_pps: number;
  windows: RateWindow[];
  /** Even its best window stays below DetectionSettings.slowBelowPps. */
  slow: boolean;
  /** TCP flags of the probes: `SYN`, `FIN`, `PSH`, ...; `NONE` for null probes. Empty for other protocols. */
  flags_seen: string[];
  tool: ToolGuess;
  /** At most {@link MAX_LISTED}, most probed first. */
  targets: { ip: string; probes: number; ports_hit: number }[];
  /** Probed ports as ranges, `1-1024,3306`. */
  ports: string;
  first_seen: number | null;
  last_seen: number | null;
  /** Probe packets, repeats included. */
  probes: number;
  answers: AnswersSeen;
  /** Endpoints that speak for a scan: those that failed, or hosts that were asked; `min_ports` counts these. */
  endpoints: number;
  /** When it scanned, where pauses of ten minutes and more tell campaigns apart; absent when there was one. */
  campaigns?: Campaign[];
  /** 0-1: how sure this is a scan. */
  confidence: number;
  /** In words, the facts that led to the verdict. */
  reasons: string[];
  /** Packets to look at: first probes and the first answers, ascending, at most 32. */
  packets: number[];
  /** Probes were cut into tiny IP fragments. */
  fragmented?: true;
  /** What else the source did to the same targets: `version-detection`, `os-detection`, `arp-discovery`, `ndp-discovery`. */
  activities?: string[];
  /** Sources that belong together: shares of a distributed scan, or decoys. Thresholds count the whole group. */
  group?: { id: string; why: string; sources: string[]; distinct_ports: number; endpoints: number };
  /** Idle scan: whose address the probes carry, and who asked for its IP ids (absent where it does not show). */
  zombie?: string;
  /** The first probe, for first_scan_event. */
  first_probe: ScanEvent;
}

export interface Campaign {
  first_seen: number;
  last_seen: number;
  /** Endpoints probed for the first time, and those probed again. */
  endpoints: number;
}

/** Sources below every threshold whose probes bear a known tool's mark. */
export interface BackgroundNoise {
  /** How many there are, and their probe packets. */
  sources: number;
  probes: number;
  /** Sources by tool. */
  tools: Record<string, number>;
  /** At most {@link MAX_LISTED} of them, most probes first. */
  listed: NoiseSource[];
}

export interface NoiseSource {
  ip: string;
  /** Tool whose mark the probes bear. */
  tool: string;
  probes: number;
  endpoints: number;
  ports: string;
  first_seen: number | null;
  last_seen: number | null;
}

export interface ScanEvent {
  ts: number | null;
  src: string;
  dst: string;
  port: number | null;
  /** `SYN`, `FIN,PSH,URG`, `NONE`; for other protocols what it is: `UDP`, `ICMP echo`, `ARP who-has`, ... */
  flags: string;
  packet: number;
  technique: Technique;
}

/** Numbers of the whole capture, about detected scans only. Lists hold at most {@link MAX_OVERVIEW} entries. */
export interface OverviewNumbers {
  /** One entry a scanning address, its techniques together. */
  scanners: {
    ip: string;
    /** All packets the address sent in exchanges seen here, probes or not. */
    pkts: number;
    probes: number;
    distinct_ports: number;
    distinct_hosts: number;
    /** Probe packets by kind: SYN, FIN, NULL, XMAS, MAIMON, ACK, SYN-FIN, UDP, ICMP, ARP, ... */
    flag_stats: Record<string, number>;
  }[];
  targets: { ip: string; pkts: number; ports_hit: number }[];
  port_distribution: { port: number; hits: number }[];
  /** `syn_scan`, `xmas_scan`, `arp_sweep`, ... */
  suspected_patterns: string[];
  /** New endpoints probed by suspects over time, for a sparkline; empty when the capture has no times. */
  timeline: { start: number | null; bin_seconds: number; probes: number[] };
}

export interface UnreadPackets {
  /** What they are, after "are": `in EtherType 0x8137 (IPX)`, `encrypted by MACsec`, `cut short within their headers`. */
  what: string;
  packets: number;
}

export interface CaptureReport {
  format: 'pcap' | 'pcapng';
  compression: Compression;
  /** Captures that stand one behind the other in the file; absent when it is one. Packet numbers count on. */
  parts?: number;
  /** How times were read that cannot be what the file says, in sentences; absent when all are believed. */
  clock?: string[];
  packets: number;
  /** Bytes read, decompressed. */
  bytes: number;
  first_ts: number | null;
  last_ts: number | null;
  /** Link types met, with names where known, most packets first. */
  link_types: { link_type: number; name: string; packets: number; read: boolean }[];
  /**
   * Packets that were not opened, so that a scan in them would not be seen. What was read and has nothing to tell (a
   * spanning tree, a later fragment, an announcement) is not counted.
   */
  unread_packets: number;
  /** The same by reason, most packets first, at most {@link MAX_UNREAD}; absent when every packet was opened. */
  unread?: UnreadPackets[];
  /** The file ends early or is damaged: everything before `offset` (decompressed bytes) was read. */
  truncated?: { offset: number; reason: string };
  /** Probes that stand in the file twice, microseconds to milliseconds apart, and are counted once; absent when none. */
  captured_twice?: number;
  /** What had to be estimated because a table was full; absent when every number is exact. */
  approximated?: string[];
  /** Most confident and largest first. */
  suspects: Suspect[];
  /** Less than DetectionSettings asks for, but three endpoints at least: shown only to callers who ask for so few. */
  faint: Suspect[];
  /** Sources that probed less than a scan, with the mark of a scanner: the noise of the internet. */
  background: BackgroundNoise;
  /** Detected scans by addresses of DetectionSettings.knownScanners. */
  known_scanners: { ip: string; technique: Technique; probes: number }[];
  first_event: ScanEvent | null;
  overview: OverviewNumbers;
}

/** Longest list of targets in a suspect and in an answer group. */
export const MAX_LISTED = 512;
/** Longest list of reasons for unread packets. */
export const MAX_UNREAD = 16;
/** Longest list in the overview numbers. */
export const MAX_OVERVIEW = 1000;
