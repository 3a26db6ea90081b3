/**
 * Writes packets into a classic pcap file, microseconds, little-endian, through one buffer. IPv4 header checksums are
 * right; those of TCP, UDP and ICMP are left 0, as a capture on a sending host has them.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Address } from './addresses.ts';

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;
export const URG = 0x20;

export type TcpOptions = keyof typeof TCP_OPTIONS;

/** MSS 1460 alone (raw tools); with SACK, timestamps and window scale (a SYN of Linux); timestamps (its other segments). */
const TCP_OPTIONS = {
  none: [],
  mss: [2, 4, 5, 0xb4],
  opening: [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7],
  timestamps: [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1],
};

/** From where to where, and what the IP header says besides. */
export interface Route {
  from: Address;
  to: Address;
  ttl: number;
  /** IPv4 only, as `df` (do not fragment): operating systems set it on TCP, raw tools do not. */
  id: number;
  df: boolean;
  /** 0 for none. */
  vlan: number;
}

export interface Segment {
  sport: number;
  dport: number;
  seq: number;
  ack: number;
  flags: number;
  window: number;
  options: TcpOptions;
  payload: number;
}

export interface Datagram {
  sport: number;
  dport: number;
  payload: number;
}

const BUFFER = 4 << 20;
/** Record header, frame and options of the largest packet written here, well rounded up. */
const ROOM = 2048;
const LINK_ETHERNET = 1;
const LINK_RAW = 101;
/** Shortest Ethernet frame without its checksum. */
const SHORTEST = 60;

export class PacketWriter {
  packets = 0;
  bytes = 24;
  readonly #fd: number;
  readonly #ethernet: boolean;
  readonly #buffer = new Uint8Array(BUFFER);
  readonly #view = new DataView(this.#buffer.buffer);
  #used = 24;
  /** Where the packet that is being written begins: its record header, its first byte. */
  #record = 0;
  #frame = 0;
  #id = 0;

  constructor(file: string, link: 'ethernet' | 'raw' = 'ethernet') {
    this.#fd = openSync(file, 'w');
    this.#ethernet = link === 'ethernet';
    this.#view.setUint32(0, 0xa1b2c3d4, true);
    this.#view.setUint16(4, 2, true);
    this.#view.setUint16(6, 4, true);
    this.#view.setUint32(16, 65_535, true);
    this.#view.setUint32(20, this.#ethernet ? LINK_ETHERNET : LINK_RAW, true);
  }

  /** The next value of one counter for everybody, for senders whose IP id tells nothing. */
  nextId(): number {
    this.#id = (this.#id + 1) & 0xffff;
    return this.#id;
  }

  /** @param time microseconds since the epoch, as everywhere here. */
  tcp(time: number, route: Route, segment: Segment): void {
    const options = TCP_OPTIONS[segment.options];
    const header = 20 + options.length;
    const at = this.#ip(time, route, 6, header + segment.payload);
    const b = this.#buffer;
    put16(b, at, segment.sport);
    put16(b, at + 2, segment.dport);
    put32(b, at + 4, segment.seq);
    put32(b, at + 8, segment.ack);
    b[at + 12] = (header >> 2) << 4;
    b[at + 13] = segment.flags;
    put16(b, at + 14, segment.window);
    put32(b, at + 16, 0);
    for (let i = 0; i < options.length; i++) b[at + 20 + i] = options[i] ?? 0;
    if (segment.options === 'timestamps') put32(b, at + 24, Math.floor(time / 1000));
    this.#fill(at + header, segment.payload);
    this.#end(at + header + segment.payload);
  }

  udp(time: number, route: Route, { sport, dport, payload }: Datagram): void {
    const at = this.#ip(time, route, 17, 8 + payload);
    const b = this.#buffer;
    put16(b, at, sport);
    put16(b, at + 2, dport);
    put16(b, at + 4, 8 + payload);
    put16(b, at + 6, 0);
    this.#fill(at + 8, payload);
    this.#end(at + 8 + payload);
  }

  /** ICMP echo request, or the reply to one. */
  echo(time: number, route: Route, kind: 'request' | 'reply', sequence: number, payload: number): void {
    const at = this.#ip(time, route, 1, 8 + payload);
    put32(this.#buffer, at, (kind === 'request' ? 8 : 0) << 24);
    put16(this.#buffer, at + 4, 77);
    put16(this.#buffer, at + 6, sequence);
    this.#fill(at + 8, payload);
    this.#end(at + 8 + payload);
  }

  /** ICMP port unreachable: `route.from` quotes the UDP datagram that `route.to` had sent to it. */
  portUnreachable(time: number, route: Route, quoted: Datagram): void {
    const at = this.#ip(time, route, 1, 8 + 28);
    const b = this.#buffer;
    put32(b, at, 0x03030000);
    put32(b, at + 4, 0);
    writeIpv4(b, at + 8, { ...route, from: route.to, to: route.from }, 17, 8 + quoted.payload);
    put16(b, at + 28, quoted.sport);
    put16(b, at + 30, quoted.dport);
    put16(b, at + 32, 8 + quoted.payload);
    put16(b, at + 34, 0);
    this.#end(at + 36);
  }

  /** Who has `to`? Asked by `from`. */
  arpRequest(time: number, from: Address, to: Address): void {
    const at = this.#link(time, from, undefined, 0, 0x0806);
    const b = this.#buffer;
    b.set([0, 1, 8, 0, 6, 4, 0, 1], at);
    putMac(b, at + 8, from);
    b.set(from, at + 14);
    b.fill(0, at + 18, at + 24);
    b.set(to, at + 24);
    this.#end(at + 28);
  }

  close(): void {
    this.#flush();
    closeSync(this.#fd);
  }

  /** Gives where the transport header begins. */
  #ip(time: number, route: Route, protocol: number, carried: number): number {
    const six = route.from.length === 16;
    const at = this.#link(time, route.from, route.to, route.vlan, six ? 0x86dd : 0x0800);
    if (six) writeIpv6(this.#buffer, at, route, protocol, carried);
    else writeIpv4(this.#buffer, at, route, protocol, carried);
    return at + (six ? 40 : 20);
  }

  /** Begins a packet; gives where the network header begins. Without `to` a broadcast. */
  #link(time: number, from: Address, to: Address | undefined, vlan: number, type: number): number {
    if (this.#used + ROOM > BUFFER) this.#flush();
    this.#record = this.#used;
    this.#frame = this.#used + 16;
    const seconds = Math.floor(time / 1e6);
    this.#view.setUint32(this.#record, seconds, true);
    this.#view.setUint32(this.#record + 4, time - seconds * 1e6, true);
    if (!this.#ethernet) return this.#frame;
    const b = this.#buffer;
    let at = this.#frame;
    if (to === undefined) b.fill(0xff, at, at + 6);
    else putMac(b, at, to);
    putMac(b, at + 6, from);
    at += 12;
    if (vlan > 0) {
      put16(b, at, 0x8100);
      put16(b, at + 2, vlan);
      at += 4;
    }
    put16(b, at, type);
    return at + 2;
  }

  #end(end: number): void {
    let length = end - this.#frame;
    if (this.#ethernet && length < SHORTEST) {
      this.#buffer.fill(0, end, this.#frame + SHORTEST);
      length = SHORTEST;
    }
    this.#view.setUint32(this.#record + 8, length, true);
    this.#view.setUint32(this.#record + 12, length, true);
    this.#used = this.#frame + length;
    this.bytes += 16 + length;
    this.packets++;
  }

  #fill(at: number, length: number): void {
    for (let i = 0; i < length; i++) this.#buffer[at + i] = 0x20 + ((i * 7) & 0x3f);
  }

  #flush(): void {
    writeSync(this.#fd, this.#buffer, 0, this.#used);
    this.#used = 0;
  }
}

function writeIpv4(b: Uint8Array, at: number, route: Route, protocol: number, carried: number): void {
  put16(b, at, 0x4500);
  put16(b, at + 2, 20 + carried);
  put16(b, at + 4, route.id);
  put16(b, at + 6, route.df ? 0x4000 : 0);
  b[at + 8] = route.ttl;
  b[at + 9] = protocol;
  put16(b, at + 10, 0);
  for (let i = 0; i < 4; i++) {
    b[at + 12 + i] = route.from[i] ?? 0;
    b[at + 16 + i] = route.to[i] ?? 0;
  }
  // RFC 1071.
  let sum = 0;
  for (let i = at; i < at + 20; i += 2) sum += ((b[i] ?? 0) << 8) | (b[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  put16(b, at + 10, ~sum);
}

function writeIpv6(b: Uint8Array, at: number, route: Route, protocol: number, carried: number): void {
  put32(b, at, 0x60000000);
  put16(b, at + 4, carried);
  b[at + 6] = protocol;
  b[at + 7] = route.ttl;
  b.set(route.from, at + 8);
  b.set(route.to, at + 24);
}

/** A locally administered address made of the last four bytes of the IP address. */
function putMac(b: Uint8Array, at: number, address: Address): void {
  b[at] = 2;
  b[at + 1] = 0;
  const last = address.length - 4;
  for (let i = 0; i < 4; i++) b[at + 2 + i] = address[last + i] ?? 0;
}

function put16(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 8;
  b[at + 1] = value;
}

function put32(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 24;
  b[at + 1] = value >>> 16;
  b[at + 2] = value >>> 8;
  b[at + 3] = value;
}
