/** What came of an endpoint that was probed, and reasons why it tells nothing of a scan. */
import * as E from '../evidence/endpoints.ts';
import * as K from '../evidence/kinds.ts';
import { isCalled, isService } from './ports.ts';

/** No scan leaves a handshake half open so often. */
const HEALTH_CHECKS = 8;
/**
 * Asked so many times over so long (microseconds), or again after pauses so many times, an endpoint is watched or retried
 * rather than looked for. Many ports of one host are asked again by scanners too, so there it takes one pause more.
 */
const WATCHED_TIMES = 5;
const WATCHED_SPAN = 12e6;
const WATCHED_VISITS = 1;
const KNOWN_TIMES = 3;
const KNOWN_SPAN = 1e6;
const KNOWN_PAUSE = 600e6;
const WATCHED_RAW_TIMES = 24;
/** Packets of one flow that show a conversation of which one direction was not captured. */
const CONVERSATION = 12;
/** A traceroute's probes have a TTL of the number of hops; no system starts so low (RFC 1393, traceroute(8), mtr(8)). */
const TRACE_TTL = 32;
const TRACE_PORTS = 32_768;
/** Ports at which a client's side of a connection begins on today's systems (RFC 6335: 49152; Linux: 32768). */
export const EPHEMERAL = 32_768;

/** True when a client used the endpoint: a completed handshake, data, or an answer of the service. */
export function worked(words: Int32Array, slot: number): boolean {
  const state = words[slot + E.STATE] ?? 0;
  const kind = E.kindOf(words, slot);
  if (!K.isTcpKind(kind)) return (state & E.A_OPEN) !== 0;
  if (K.isSynKind(kind)) {
    // Half open again and again: a load balancer that looks whether its servers live.
    if ((state & E.A_OPEN) !== 0 && E.attemptsOf(words, slot) > HEALTH_CHECKS) return true;
    // A handshake reset before it was completed is a half-open probe, also when a later one was completed.
    if ((state & E.C_HALF) !== 0) return false;
    if ((state & (E.C_DATA | E.A_DATA | E.A_ACK)) !== 0) return true;
    // Seen from one side only, an acknowledgment shows that there was something to acknowledge.
    return (state & E.C_ACK) !== 0;
  }
  if (kind === K.ACK_PROBE || kind === K.MAIMON_PROBE) return (state & (E.A_ACK | E.A_DATA | E.A_OPEN)) !== 0;
  return false;
}

/** Why a failed endpoint says nothing of a scan. */
export type Against =
  | 'watched'
  | 'conversation'
  | 'traceroute'
  | 'wake'
  | 'answer'
  | 'old-connection'
  | 'named'
  | 'one-way'
  | 'fallback'
  | 'look-back'
  | 'ftp'
  | 'one-sided';

/** How each is said, after a number of endpoints. */
export const AGAINST_WORDS: Readonly<Record<Against, string>> = {
  watched: 'asked again over minutes, as monitoring and retries do',
  conversation: 'with one side of a conversation',
  traceroute: 'probed by a traceroute',
  wake: 'woken by Wake-on-LAN',
  answer: 'sent answers whose questions were not captured',
  'old-connection': 'of connections older than the capture',
  named: 'that were looked up by name and are of a service one calls by name',
  'one-way': 'of services that never answer, as syslog or NetFlow',
  fallback: 'tried by QUIC beside a connection by TCP',
  ftp: 'that were agreed in an FTP session with the host',
  'look-back': 'asked back who had come from there',
  'one-sided': 'of which only one direction was captured, so that silence says nothing',
};

/** DHCP servers answer from one fixed port to another (RFC 2131, RFC 8415). */
const DHCP: ReadonlyMap<number, number> = new Map([
  [67, 68],
  [547, 546],
]);
/** Receivers of syslog, SNMP traps, NetFlow, IPFIX, sFlow, StatsD, collectd, Graphite and GELF say nothing. */
const ONE_WAY = new Set([162, 514, 2003, 2055, 4739, 6343, 8125, 9995, 9996, 12201, 25826]);

/** How a source probed, taken together. */
export interface Manner {
  /** It asked more hosts than ports: services are watched this way, the ports of one host hardly. */
  wide: boolean;
  /** It asked nearly as many hosts as ports: no host is asked for many. */
  thin: boolean;
  /** Its probes bear the mark of a raw tool, not of an ordinary stack. */
  raw: boolean;
  /** Each of its probes has a TTL drawn anew, as nmap does it: nothing that a connection does. */
  drawn: boolean;
  /** Each of its segments was made by hping3, which no connection's stack sends. */
  crafted: boolean;
  /** A tool of which each probe bears the mark, or `unknown`. */
  tool: string;
  /** Whether it asked this host for nearly every port of a range: the ports of a host's clients do not lie so. */
  fills(target: number): boolean;
  /** Whether it asked a row of hosts for this port, each once, one after another or none left out. */
  walks(port: number): boolean;
}

/** Why this endpoint, which did not work, tells nothing; undefined when it may be a probe. */
export function against(table: E.EndpointTable, slot: number, manner: Manner): Against | undefined {
  const { words } = table;
  const kind = E.kindOf(words, slot);
  switch (kind) {
    case K.STACK_SYN:
    case K.RAW_SYN:
      if (isTrace(words, slot, 'tcp')) return 'traceroute';
      if (isWatched(table, slot, manner)) return 'watched';
      if (kind === K.STACK_SYN && isDataOfFtp(table, slot)) return 'ftp';
      return kind === K.STACK_SYN && isNamed(words, slot) ? 'named' : undefined;
    case K.UDP_PROBE:
      return againstUdp(table, slot, manner);
    case K.ACK_PROBE:
    case K.MAIMON_PROBE:
      return isOldConnection(words, slot, manner) ? 'old-connection' : undefined;
    case K.SYNACK_PROBE: {
      // A server whose clients are not seen, or the victim of a flood with forged sources.
      const isAnswer =
        looksOrdinary(words, slot) ||
        isFromServiceToClient(words, slot, manner) ||
        (manner.thin && !manner.crafted && isFromService(words, slot));
      return isAnswer ? 'answer' : undefined;
    }
    case K.RST_PROBE:
    case K.RST_ACK_PROBE:
      return againstReset(words, slot, manner);
    default:
      return undefined;
  }
}

/** Resets that belong to nothing: of a server to its clients, or of the middle of connections older than the capture. */
function againstReset(words: Int32Array, slot: number, manner: Manner): Against | undefined {
  if (manner.drawn || manner.crafted) return undefined;
  if (isFromService(words, slot)) return 'answer';
  if (manner.tool !== 'unknown') return undefined;
  return manner.thin || E.kindOf(words, slot) === K.RST_ACK_PROBE ? 'old-connection' : undefined;
}

function againstUdp(table: E.EndpointTable, slot: number, manner: Manner): Against | undefined {
  const { words } = table;
  const port = portOf(words, slot);
  if (((words[slot + E.STATE] ?? 0) & E.WAKES) !== 0) return 'wake';
  if (isTrace(words, slot, 'udp')) return 'traceroute';
  const probes = words[slot + E.PROBES] ?? 0;
  if (probes >= CONVERSATION * Math.max(1, E.attemptsOf(words, slot))) return 'conversation';
  if (DHCP.get(sourcePortOf(words, slot)) === port) return 'answer';
  if (isReportOnStream(table, slot)) return 'conversation';
  if (isWatched(table, slot, manner)) return 'watched';
  if (isNamed(words, slot)) return 'named';
  if (manner.raw || !hasPayload(words, slot)) return undefined;
  if (ONE_WAY.has(port)) return 'one-way';
  const key = words[slot + E.KEY] ?? 0;
  const tcp = (key & ~0xff0000) | (K.STACK_SYN << 16);
  const quic = port === 443 && table.find(words[slot] ?? 0, words[slot + E.TARGET] ?? 0, tcp) >= 0;
  return quic ? 'fallback' : undefined;
}

const FTP = 21;

/** In passive mode the server names a port for each transfer (RFC 959, PASV). */
function isDataOfFtp(table: E.EndpointTable, slot: number): boolean {
  const { words } = table;
  const key = words[slot + E.KEY] ?? 0;
  if ((key & 0xffff) < EPHEMERAL) return false;
  const control = table.find(words[slot] ?? 0, words[slot + E.TARGET] ?? 0, (key & ~0xffff) | FTP);
  return control >= 0 && ((words[control + E.STATE] ?? 0) & E.A_DATA) !== 0;
}

/** RTCP goes to the port after that of its RTP stream (RFC 3550, 11). */
function isReportOnStream(table: E.EndpointTable, slot: number): boolean {
  const { words } = table;
  const key = words[slot + E.KEY] ?? 0;
  if ((key & 1) === 0) return false;
  const stream = table.find(words[slot] ?? 0, words[slot + E.TARGET] ?? 0, key ^ 1);
  return stream >= 0 && (words[stream + E.PROBES] ?? 0) >= CONVERSATION;
}

function isNamed(words: Int32Array, slot: number): boolean {
  return ((words[slot + E.STATE] ?? 0) & E.NAMED) !== 0 && isCalled(portOf(words, slot));
}

export function hasPayload(words: Int32Array, slot: number): boolean {
  return ((words[slot + E.SHAPE] ?? 0) & E.SHAPE_EMPTY) === 0;
}

/** A SYN whose options are those of an ordinary stack. */
export function looksOrdinary(words: Int32Array, slot: number): boolean {
  return ((words[slot + E.SHAPE] ?? 0) & E.SHAPE_OS) !== 0;
}

export function portOf(words: Int32Array, slot: number): number {
  return (words[slot + E.KEY] ?? 0) & 0xffff;
}

export function sourcePortOf(words: Int32Array, slot: number): number {
  return (words[slot + E.SHAPE] ?? 0) >>> 16;
}

export function ttlOf(words: Int32Array, slot: number): number {
  return ((words[slot + E.SHAPE] ?? 0) >>> 8) & 0xff;
}

/** Asked again and again. Attempts count where each has a port of its own, else packets. */
export function isWatched(
  table: E.EndpointTable,
  slot: number,
  manner: Pick<Manner, 'wide' | 'raw' | 'drawn'>,
): boolean {
  const { words, times } = table;
  if ((words[slot + E.PROBES] ?? 0) < 2) return false;
  const { wide, raw } = manner;
  // Who repeats a scan with nmap scans twice; nothing that watches services draws a TTL for each packet.
  if (manner.drawn) return false;
  const kind = E.kindOf(words, slot);
  const answered = ((words[slot + E.STATE] ?? 0) & (E.A_OPEN | E.A_RST | E.A_PORT)) !== 0;
  // Raw probes that get no answer are sent again by scanners (nmap: up to eleven times), soon where few ports are asked.
  const patient = raw && !answered;
  if (E.revisitsOf(words, slot) >= WATCHED_VISITS + (wide ? 0 : 1) && (wide || !patient)) return true;
  const first = times[(slot + E.FIRST_TIME) >> 1] ?? Number.NaN;
  const last = times[(slot + E.LAST_TIME) >> 1] ?? Number.NaN;
  const asked = K.isTcpKind(kind) ? E.attemptsOf(words, slot) : (words[slot + E.PROBES] ?? 0);
  // No scanner asks again what was refused or open, unless the whole scan is repeated.
  const known = !raw && answered && asked >= KNOWN_TIMES;
  if (known && last - first >= KNOWN_SPAN && last - first < KNOWN_PAUSE * asked) return true;
  if (asked < (patient && !wide ? WATCHED_RAW_TIMES : WATCHED_TIMES)) return false;
  // Without times only the number is known.
  return Number.isNaN(first) || last - first >= WATCHED_SPAN * (patient ? 2 : 1);
}

function isTrace(words: Int32Array, slot: number, protocol: 'tcp' | 'udp'): boolean {
  if (((words[slot + E.STATE] ?? 0) & E.A_TTL) !== 0) return true;
  const ttl = ttlOf(words, slot);
  if (ttl === 0 || ttl > TRACE_TTL) return false;
  return protocol === 'tcp' || portOf(words, slot) >= TRACE_PORTS;
}

/**
 * A segment of a connection that began before the capture: with data, acknowledged, with the timestamps of an ordinary
 * stack, sent more often than a probe, or from a service to the port of a client.
 */
function isOldConnection(words: Int32Array, slot: number, manner: Manner): boolean {
  const state = words[slot + E.STATE] ?? 0;
  if ((state & (E.A_OPEN | E.A_ACK | E.C_DATA | E.C_ACK)) !== 0) return true;
  if (looksOrdinary(words, slot)) return true;
  if ((words[slot + E.PROBES] ?? 0) > HEALTH_CHECKS) return true;
  return isFromServiceToClient(words, slot, manner);
}

function isFromServiceToClient(words: Int32Array, slot: number, manner: Manner): boolean {
  if (!isService(sourcePortOf(words, slot)) || portOf(words, slot) < EPHEMERAL) return false;
  if (manner.drawn) return false;
  // A server that ends the connections of a gateway's clients, whose ports often count up, sends FINs in a row.
  if (E.kindOf(words, slot) === K.MAIMON_PROBE) return true;
  return !manner.crafted && !manner.fills(words[slot + E.TARGET] ?? 0);
}

function isFromService(words: Int32Array, slot: number): boolean {
  return isService(sourcePortOf(words, slot)) && portOf(words, slot) >= 1024;
}
