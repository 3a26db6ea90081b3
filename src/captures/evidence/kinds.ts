/** How an endpoint was probed: the kind in a record's key. Kinds that are no TCP are those of decode/record.ts. */
import * as R from '../decode/record.ts';

/** TCP probes are kept by their six flags (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32). */
export const TCP_BY_FLAGS = 0x40;
export const ODD_FLAGS = 0x3f;
export const NULL_PROBE = TCP_BY_FLAGS | 0x00;
export const FIN_PROBE = TCP_BY_FLAGS | 0x01;
export const XMAS_PROBE = TCP_BY_FLAGS | 0x29;
/** ACK, FIN/ACK (Maimon) and SYN/ACK that belong to no connection seen. */
export const ACK_PROBE = TCP_BY_FLAGS | 0x10;
export const MAIMON_PROBE = TCP_BY_FLAGS | 0x11;
export const SYNACK_PROBE = TCP_BY_FLAGS | 0x12;
/** RST, alone or with ACK, that belongs to no connection seen and was not made by a stack. */
export const RST_PROBE = TCP_BY_FLAGS | 0x04;
export const RST_ACK_PROBE = TCP_BY_FLAGS | 0x14;
/** A SYN with the options of a raw tool (segment size alone, or none), and one of an ordinary TCP stack. */
export const RAW_SYN = TCP_BY_FLAGS | 0x02;
export const STACK_SYN = 0x80;
/** A SYN probe that turned out to be none: the answer to one that came later in the file. */
export const VOID = 0xff;

export const UDP_PROBE = R.UDP;
export const SCTP_INIT = R.SCTP;
export const SCTP_COOKIE = R.SCTP + 1;

export function isTcpKind(kind: number): boolean {
  return kind >= TCP_BY_FLAGS && kind <= STACK_SYN;
}

export function isSynKind(kind: number): boolean {
  return kind === RAW_SYN || kind === STACK_SYN;
}

export function isReset(kind: number): boolean {
  return kind === RST_PROBE || kind === RST_ACK_PROBE;
}

/** Kinds that connections send too, and that are probes where there is none. */
export function isStray(kind: number): boolean {
  return kind === ACK_PROBE || kind === MAIMON_PROBE || kind === SYNACK_PROBE || isReset(kind);
}

/** Kinds that have ports. */
export function hasPorts(kind: number): boolean {
  return isTcpKind(kind) || kind === UDP_PROBE || kind === SCTP_INIT || kind === SCTP_COOKIE;
}
