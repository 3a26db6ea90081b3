/**
 * Which records of a source are evidence for which technique. Records are kept by the kind of their probe, so a port that
 * was probed in two ways is evidence for both.
 */

import type { DetectionSettings } from '../detection-settings.ts';
import * as K from '../evidence/kinds.ts';
import type { Technique } from '../findings.ts';
import type { ByKind } from './by-kind.ts';

export interface Evidence {
  technique: Technique;
  /** Kind of the probes (evidence/kinds.ts). */
  kind: number;
  /** Distinct failed endpoints that make a scan; those that worked count against them when `weighed`. */
  minimum: number;
  weighed: boolean;
  slots: Int32Array;
}

/** The evidence in the records of one source. ICMP, ARP and NDP are weighed in sweeps.ts. */
export function evidenceOf(records: ByKind, settings: DetectionSettings): Evidence[] {
  return records.kinds
    .filter((kind) => K.hasPorts(kind))
    .map((kind) => ({ ...ruleOf(kind, settings), kind, slots: records.of(kind) }));
}

function ruleOf(
  kind: number,
  settings: DetectionSettings,
): Pick<Evidence, 'technique' | 'minimum' | 'weighed'> {
  const { stealthEndpoints, strayEndpoints, failedEndpoints, udpEndpoints, sctpEndpoints } = settings;
  switch (kind) {
    case K.RAW_SYN:
      return { technique: 'syn', minimum: failedEndpoints, weighed: true };
    case K.STACK_SYN:
      return { technique: 'connect', minimum: failedEndpoints, weighed: true };
    case K.UDP_PROBE:
      return { technique: 'udp', minimum: udpEndpoints, weighed: true };
    case K.SCTP_INIT:
      return { technique: 'sctp-init', minimum: sctpEndpoints, weighed: true };
    case K.SCTP_COOKIE:
      return { technique: 'sctp-cookie-echo', minimum: sctpEndpoints, weighed: true };
    case K.ACK_PROBE:
      return { technique: 'ack', minimum: strayEndpoints, weighed: false };
    case K.MAIMON_PROBE:
      return { technique: 'maimon', minimum: strayEndpoints, weighed: false };
    case K.SYNACK_PROBE:
      return { technique: 'syn-ack', minimum: strayEndpoints, weighed: false };
    case K.RST_PROBE:
      return { technique: 'rst', minimum: strayEndpoints, weighed: false };
    case K.RST_ACK_PROBE:
      return { technique: 'rst-ack', minimum: strayEndpoints, weighed: false };
    case K.FIN_PROBE:
      return { technique: 'fin', minimum: stealthEndpoints, weighed: false };
    case K.NULL_PROBE:
      return { technique: 'null', minimum: stealthEndpoints, weighed: false };
    case K.XMAS_PROBE:
      return { technique: 'xmas', minimum: stealthEndpoints, weighed: false };
    default:
      return { technique: oddName(kind & K.ODD_FLAGS), minimum: stealthEndpoints, weighed: false };
  }
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
