/**
 * Which records are evidence for which technique, and what counts as failed and as worked. A record can be evidence
 * for several: nmap's OS detection sends odd flags to a port it has already scanned with SYN.
 */
import * as R from '../decode/record.ts';
import * as P from '../evidence/pairs.ts';
import type { Technique } from '../findings.ts';
import type { DetectionSettings } from '../settings.ts';

export interface Evidence {
  technique: Technique;
  /** Bit of STATE that such a probe sets, for counting its packets. */
  probe: number;
  /** Distinct failed endpoints needed; those that worked count against them when `weighed`. */
  minimum: number;
  weighed: boolean;
  slots: Int32Array;
}

/** Port range of the classic UDP traceroute, which climbs from 33434 (RFC 1393, traceroute(8)). */
const TRACEROUTE_FIRST = 33_434;
const TRACEROUTE_LAST = 33_600;
/** An ACK probe is sent a few times; a one-sided view of a long connection shows many more packets. */
const MAX_STRAY_PACKETS = 8;

/** No scan asks an open port so often. */
const HEALTH_CHECKS = 8;
/** Other ports of a host that show that a source probes it, rather than answers from a well-known port. */
const PLAIN_PROBES = 5;

const kindOf = (key: number) => (key >>> 16) & 0xff;

/** True when the endpoint refused, was silent, or was left half open: what a scan leaves behind. */
export function failed(words: Int32Array, slot: number): boolean {
  return !worked(words, slot);
}

/** True when a client used the endpoint: a completed handshake, data, or an answer of the service. */
export function worked(words: Int32Array, slot: number): boolean {
  const state = words[slot + P.STATE] ?? 0;
  if (kindOf(words[slot + P.KEY] ?? 0) !== R.TCP) return (state & P.A_OPEN) !== 0;
  if ((state & (P.P_SYN | P.P_ACK | P.P_MAIMON)) === 0) return false;
  // Half open again and again: a load balancer that looks whether its servers live.
  if ((state & P.A_OPEN) !== 0 && (words[slot + P.PROBES] ?? 0) > HEALTH_CHECKS) return true;
  // A handshake reset before it was completed is a half-open probe, also when a later one was completed.
  if ((state & P.C_HALF) !== 0) return false;
  if ((state & (P.C_DATA | P.A_DATA)) !== 0) return true;
  if ((state & P.A_OPEN) !== 0) return (state & P.C_ACK) !== 0;
  return (state & P.A_ACK) !== 0;
}

/** A SYN whose options are those of an ordinary stack. */
export function looksOrdinary(words: Int32Array, slot: number): boolean {
  return ((words[slot + P.SHAPE] ?? 0) & P.SHAPE_OS) !== 0;
}

/** The evidence in the records of one source, strongest words first. ICMP, ARP and NDP are weighed in sweeps.ts. */
export function evidenceOf(words: Int32Array, slots: Int32Array, settings: DetectionSettings): Evidence[] {
  const found: Evidence[] = [];
  const take = (
    technique: Technique,
    probe: number,
    minimum: number,
    weighed: boolean,
    select: (key: number, state: number, slot: number) => boolean,
  ) => {
    const chosen = slots.filter((slot) => select(words[slot + P.KEY] ?? 0, words[slot + P.STATE] ?? 0, slot));
    if (chosen.length >= Math.min(minimum, 3))
      found.push({ technique, probe, minimum, weighed, slots: chosen });
  };
  const isTcp = (key: number) => kindOf(key) === R.TCP;
  let union = 0;
  for (const slot of slots) if (isTcp(words[slot + P.KEY] ?? 0)) union |= words[slot + P.STATE] ?? 0;
  const { stealthEndpoints, strayEndpoints, failedEndpoints, udpEndpoints, sctpEndpoints } = settings;
  if ((union & P.P_SYN) !== 0) {
    take(
      'syn',
      P.P_SYN,
      failedEndpoints,
      true,
      (key, state, slot) => isTcp(key) && (state & P.P_SYN) !== 0 && !looksOrdinary(words, slot),
    );
    take(
      'connect',
      P.P_SYN,
      failedEndpoints,
      true,
      (key, state, slot) => isTcp(key) && (state & P.P_SYN) !== 0 && looksOrdinary(words, slot),
    );
  }
  const stealth: [Technique, number][] = [
    ['fin', P.P_FIN],
    ['null', P.P_NULL],
    ['xmas', P.P_XMAS],
  ];
  for (const [technique, bit] of stealth) {
    if ((union & bit) === 0) continue;
    take(technique, bit, stealthEndpoints, false, (key, state) => isTcp(key) && (state & bit) !== 0);
  }
  if ((union & P.P_ODD) !== 0) {
    const sets = new Set<number>();
    for (const slot of slots) {
      const state = words[slot + P.STATE] ?? 0;
      if (isTcp(words[slot + P.KEY] ?? 0) && (state & P.P_ODD) !== 0) sets.add(state >>> P.ODD_SHIFT);
    }
    for (const flags of sets) {
      take(
        oddName(flags),
        P.P_ODD,
        stealthEndpoints,
        false,
        (key, state) => isTcp(key) && (state & P.P_ODD) !== 0 && state >>> P.ODD_SHIFT === flags,
      );
    }
  }
  const stray = (bit: number) => (key: number, state: number, slot: number) =>
    isTcp(key) &&
    (state & bit) !== 0 &&
    (state & (P.A_OPEN | P.A_ACK | P.C_DATA)) === 0 &&
    ((state & P.P_SYN) === 0 || (state & P.A_RST) !== 0) &&
    // Timestamps or the like: an ordinary stack whose connection was forgotten by the other side or a firewall.
    !looksOrdinary(words, slot) &&
    (words[slot + P.PROBES] ?? 0) <= MAX_STRAY_PACKETS;
  if ((union & P.P_MAIMON) !== 0) take('maimon', P.P_MAIMON, strayEndpoints, false, stray(P.P_MAIMON));
  if ((union & P.P_ACK) !== 0) take('ack', P.P_ACK, strayEndpoints, false, stray(P.P_ACK));
  const plain = new Map<number, number>();
  for (const slot of slots) {
    const answer = ((words[slot + P.STATE] ?? 0) & P.FROM_SERVICE) !== 0;
    if (answer || kindOf(words[slot + P.KEY] ?? 0) !== R.UDP) continue;
    const target = words[slot + P.TARGET] ?? 0;
    plain.set(target, (plain.get(target) ?? 0) + 1);
  }
  take('udp', P.P_OTHER, udpEndpoints, true, (key, state, slot) => {
    const port = key & 0xffff;
    const traceroute = port >= TRACEROUTE_FIRST && port <= TRACEROUTE_LAST;
    if (kindOf(key) !== R.UDP || (state & P.A_TTL) !== 0 || traceroute) return false;
    return (state & P.FROM_SERVICE) === 0 || (plain.get(words[slot + P.TARGET] ?? 0) ?? 0) >= PLAIN_PROBES;
  });
  take(
    'sctp-init',
    P.P_OTHER,
    sctpEndpoints,
    true,
    (key, state) => kindOf(key) === R.SCTP && (state & P.P_OTHER) !== 0,
  );
  take(
    'sctp-cookie-echo',
    P.P_COOKIE,
    sctpEndpoints,
    true,
    (key, state) => kindOf(key) === R.SCTP && (state & P.P_COOKIE) !== 0 && (state & P.P_OTHER) === 0,
  );
  return found;
}

const FLAG_NAMES = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg'] as const;
/** The order in which people say them: `syn-fin`, `fin-psh-urg`. */
const SPOKEN = [1, 0, 2, 3, 4, 5];

/** The technique named by an odd set of flags. */
export function oddName(flags: number): Technique {
  const names = SPOKEN.filter((bit) => (flags & (1 << bit)) !== 0).map((bit) => FLAG_NAMES[bit] ?? '');
  return names.join('-') as Technique;
}

/** The flags of a probe of this technique, as `flags_seen` and first_scan_event show them. */
export function flagsOf(technique: Technique): string[] {
  switch (technique) {
    case 'syn':
    case 'connect':
    case 'idle':
      return ['SYN'];
    case 'fin':
      return ['FIN'];
    case 'null':
      return ['NONE'];
    case 'xmas':
      return ['FIN', 'PSH', 'URG'];
    case 'maimon':
      return ['FIN', 'ACK'];
    case 'ack':
    case 'window':
      return ['ACK'];
    default: {
      const parts = technique.split('-');
      const known: readonly string[] = FLAG_NAMES;
      return parts.every((part) => known.includes(part)) ? parts.map((part) => part.toUpperCase()) : [];
    }
  }
}
