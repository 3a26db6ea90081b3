/** What came of an endpoint that was probed, and reasons why it tells nothing of a scan. */
import * as R from '../decode/record.ts';
import * as E from '../evidence/endpoints.ts';
import * as K from '../evidence/kinds.ts';

/** No scan leaves a handshake half open so often. */
const HEALTH_CHECKS = 8;
/** Asked so many times, over so long, an endpoint is watched or retried rather than looked for. */
const WATCHED_TIMES = 5;
const WATCHED_SPAN = 60e6;
/** Raw probes are sent again by scanners too (nmap: up to eleven times), and whole scans are repeated. */
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
export type Against = 'watched' | 'conversation' | 'traceroute' | 'wake' | 'answer' | 'old-connection';

/** How each is said, after a number of endpoints. */
export const AGAINST_WORDS: Readonly<Record<Against, string>> = {
  watched: 'asked again over minutes, as monitoring and retries do',
  conversation: 'with one side of a conversation',
  traceroute: 'probed by a traceroute',
  wake: 'woken by Wake-on-LAN',
  answer: 'sent answers whose questions were not captured',
  'old-connection': 'of connections older than the capture',
};

/** Why this endpoint, which did not work, tells nothing; undefined when it may be a probe. */
export function against(table: E.EndpointTable, slot: number): Against | undefined {
  const { words } = table;
  const kind = E.kindOf(words, slot);
  const state = words[slot + E.STATE] ?? 0;
  switch (kind) {
    case K.STACK_SYN:
      if (isTrace(words, slot, 'tcp')) return 'traceroute';
      return isWatched(table, slot, WATCHED_TIMES) ? 'watched' : undefined;
    case K.RAW_SYN:
      if (isTrace(words, slot, 'tcp')) return 'traceroute';
      return isWatched(table, slot, WATCHED_RAW_TIMES) ? 'watched' : undefined;
    case K.UDP_PROBE: {
      if ((state & E.WAKES) !== 0) return 'wake';
      if (isTrace(words, slot, 'udp')) return 'traceroute';
      const probes = words[slot + E.PROBES] ?? 0;
      if (probes >= CONVERSATION * Math.max(1, E.attemptsOf(words, slot))) return 'conversation';
      const raw = hasRandomTtl(words, slot);
      return isWatched(table, slot, raw ? WATCHED_RAW_TIMES : WATCHED_TIMES) ? 'watched' : undefined;
    }
    case K.ACK_PROBE:
    case K.MAIMON_PROBE:
      return isOldConnection(words, slot) ? 'old-connection' : undefined;
    case K.SYNACK_PROBE:
      // A server whose clients are not seen, or the victim of a flood with forged sources.
      return (state & E.FROM_SERVICE) !== 0 || looksOrdinary(words, slot) ? 'answer' : undefined;
    default:
      return undefined;
  }
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

function ttlOf(words: Int32Array, slot: number): number {
  return ((words[slot + E.SHAPE] ?? 0) >>> 8) & 0xff;
}

/** nmap draws a TTL between 37 and 59 for each raw probe (nmap manual, --ttl); hops take some off. */
function hasRandomTtl(words: Int32Array, slot: number): boolean {
  const ttl = ttlOf(words, slot);
  return ttl >= 20 && ttl < 60;
}

/** Asked again and again: attempts where each has a port of its own, else packets. */
export function isWatched(table: E.EndpointTable, slot: number, least = WATCHED_TIMES): boolean {
  const { words, times } = table;
  const kind = E.kindOf(words, slot);
  const asked = K.isTcpKind(kind) ? E.attemptsOf(words, slot) : (words[slot + E.PROBES] ?? 0);
  if (asked < least) return false;
  const first = times[(slot + E.FIRST_TIME) >> 1] ?? Number.NaN;
  const last = times[(slot + E.LAST_TIME) >> 1] ?? Number.NaN;
  // Without times only the number is known.
  return Number.isNaN(first) || last - first >= WATCHED_SPAN;
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
function isOldConnection(words: Int32Array, slot: number): boolean {
  const state = words[slot + E.STATE] ?? 0;
  if ((state & (E.A_OPEN | E.A_ACK | E.C_DATA | E.C_ACK)) !== 0) return true;
  if (looksOrdinary(words, slot)) return true;
  if ((words[slot + E.PROBES] ?? 0) > HEALTH_CHECKS) return true;
  return sourcePortOf(words, slot) < 1024 && portOf(words, slot) >= EPHEMERAL;
}

/** ICMP, ARP and neighbour questions are weighed as sweeps. */
export function isAsk(kind: number): boolean {
  return kind === R.PING || kind === R.ARP || kind === R.NDP;
}
