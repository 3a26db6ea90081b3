/**
 * A decoded packet is eight 32-bit numbers in a row of {@link Decoded.rows}: who to whom, which ports, what it is.
 * An IPv4 address is its 32 bits, an IPv6 address its number in the {@link AddressBook}.
 */
import { BATCH_PACKETS } from '../container/batch.ts';

/** Words in a row, and which is which. */
export const ROW = 8;
export const SRC = 0;
export const DST = 1;
/** Source port in the upper half, destination port (or ICMP type, IP protocol, ...) in the lower. */
export const PORTS = 2;
/** Kind, TCP flags << 8, and the marks below. 0: nothing to learn from this packet. */
export const KIND = 3;
/** Bytes the transport carries, by the IP header (not what the snap length left). */
export const PAYLOAD = 4;
/** Offsets in the chunk of the IP and of the transport header; -1 where there is none. */
export const IP_AT = 5;
export const TRANSPORT_AT = 6;

/** Kinds. TCP, UDP and SCTP are their IP protocol numbers. */
export const TCP = 6;
export const UDP = 17;
export const SCTP = 132;
/** An ICMP request (echo, timestamp, netmask); its answer. The destination "port" is the request's type. */
export const PING = 1;
export const PONG = 2;
/** ARP who-has and NDP neighbour solicitation: from the asker about the address asked for; and their answers. */
export const ARP = 3;
export const ARP_REPLY = 4;
export const NDP = 5;
export const NDP_REPLY = 7;
/** Any other IP protocol; its number is the destination "port". */
export const OTHER_IP = 8;
/** An ICMP error. The row is that of the packet it quotes; its own kind is in bits 24-31, the verdict in {@link PAYLOAD}. */
export const ERROR = 9;

/** Marks in the KIND word. */
export const IPV6 = 1 << 16;
/** Cut into fragments so small that the first does not hold the whole transport header. */
export const FRAGMENTED = 1 << 17;
/** The TCP flags were cut off or lost. */
export const FLAGS_UNKNOWN = 1 << 18;
/** ... and were inferred from lengths, as far as the ACK bit. */
export const GUESSED = 1 << 19;
/** For SCTP, the type of the first chunk is in bits 8-15. */

/** What an ICMP error says about the endpoint its quoted packet was sent to. */
export const ERROR_PORT = 1;
export const ERROR_FILTERED = 2;
export const ERROR_PROTOCOL = 3;
export const ERROR_TTL = 4;

/** A batch, decoded; row i belongs to packet i. */
export interface Decoded {
  rows: Int32Array;
}

export function createDecoded(): Decoded {
  return { rows: new Int32Array(BATCH_PACKETS * ROW) };
}
