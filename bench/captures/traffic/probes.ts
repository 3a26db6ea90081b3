/** One probe of each technique with what comes back, as packets. Answers lie some hundred microseconds later. */
import type { Address } from './addresses.ts';
import type { Outcome } from './labels.ts';
import { ACK, FIN, type PacketWriter, PSH, type Route, RST, type Segment, SYN, URG } from './packets.ts';
import type { PortState } from './services.ts';

export interface Probe {
  from: Address;
  to: Address;
  port: number;
  sport: number;
  /** What it meets. */
  state: PortState;
}

/** What a tool's SYN looks like. */
export interface Mark {
  seq: number;
  id: number;
  ttl: number;
  window: number;
  options: 'mss' | 'none';
}

/** nmap sends one sequence number for a while, a window of 1024 times something, and no option but MSS. */
export const nmapMark = ({ port }: Probe): Mark => ({
  seq: 0x1f00d000,
  id: (port * 40_503) & 0xffff,
  ttl: 52,
  window: 1024,
  options: 'mss',
});

/** Until the answer comes, in microseconds. */
const ROUND_TRIP = 300;
const FLAGS = { fin: FIN, xmas: FIN | PSH | URG, null: 0, ack: ACK };
export type StealthTechnique = keyof typeof FLAGS;

const there = (from: Address, to: Address, ttl: number, id: number): Route => ({
  from,
  to,
  ttl,
  id,
  df: false,
  vlan: 0,
});
const back = ({ from, to }: Probe): Route => ({ from: to, to: from, ttl: 64, id: 0, df: true, vlan: 0 });

/** RST to what is closed; an open port's SYN-ACK is reset by the scanner, so that it stays half open. */
export function synProbe(packets: PacketWriter, now: number, probe: Probe, mark: Mark): Outcome {
  const { port, sport } = probe;
  const out = there(probe.from, probe.to, mark.ttl, mark.id);
  const bare = { sport, dport: port, seq: mark.seq, ack: 0, payload: 0 };
  packets.tcp(now, out, { ...bare, flags: SYN, window: mark.window, options: mark.options });
  if (probe.state === 'silent') return 'silent';
  const answer: Segment = {
    sport: port,
    dport: sport,
    seq: 0,
    ack: mark.seq + 1,
    flags: RST | ACK,
    window: 0,
    options: 'none',
    payload: 0,
  };
  if (probe.state === 'closed') {
    packets.tcp(now + ROUND_TRIP, back(probe), answer);
    return 'closed';
  }
  packets.tcp(now + ROUND_TRIP, back(probe), {
    ...answer,
    seq: 0x51ab0000 + port,
    flags: SYN | ACK,
    window: 29_200,
    options: 'mss',
  });
  const reset: Segment = { ...bare, seq: mark.seq + 1, flags: RST, window: 0, options: 'none' };
  packets.tcp(now + ROUND_TRIP + 150, there(probe.from, probe.to, mark.ttl, 0), reset);
  return 'open';
}

/** FIN, Xmas, NULL: RST from what is closed, nothing from what is open (RFC 9293, 3.10.7). ACK: RST from both. */
export function stealthProbe(
  packets: PacketWriter,
  now: number,
  probe: Probe,
  technique: StealthTechnique,
): Outcome {
  const { port, sport } = probe;
  const ack = technique === 'ack' ? 0x4d0c + port : 0;
  const segment: Segment = {
    sport,
    dport: port,
    seq: 0x7e11c0de,
    ack,
    flags: FLAGS[technique],
    window: 1024,
    options: 'none',
    payload: 0,
  };
  packets.tcp(now, there(probe.from, probe.to, 52, port), segment);
  if (probe.state === 'silent' || (probe.state === 'open' && technique !== 'ack')) return 'silent';
  packets.tcp(now + ROUND_TRIP, back(probe), {
    ...segment,
    sport: port,
    dport: sport,
    seq: ack,
    ack: technique === 'ack' ? 0 : segment.seq,
    flags: technique === 'ack' ? RST : RST | ACK,
    window: 0,
  });
  return technique === 'ack' ? 'unfiltered' : 'closed';
}

/** An empty datagram; data from what is open, ICMP port unreachable from what is not. */
export function udpProbe(packets: PacketWriter, now: number, probe: Probe): Outcome {
  const sent = { sport: probe.sport, dport: probe.port, payload: 0 };
  packets.udp(now, there(probe.from, probe.to, 52, probe.port), sent);
  if (probe.state === 'silent') return 'silent';
  if (probe.state === 'closed') {
    packets.portUnreachable(now + ROUND_TRIP, back(probe), sent);
    return 'closed';
  }
  packets.udp(now + ROUND_TRIP, back(probe), { sport: probe.port, dport: probe.sport, payload: 30 });
  return 'open';
}

export function echoProbe(packets: PacketWriter, now: number, probe: Probe, sequence: number): Outcome {
  packets.echo(now, there(probe.from, probe.to, 52, sequence), 'request', sequence, 8);
  if (probe.state === 'silent') return 'silent';
  packets.echo(now + ROUND_TRIP, back(probe), 'reply', sequence, 8);
  return 'alive';
}
