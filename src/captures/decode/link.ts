/** From the beginning of a captured packet to its first layer, for every link type we know (LINKTYPE_ of tcpdump.org). */
import { afterType } from './ethernet.ts';
import { enc, nflog, oldPflog, pflog } from './firewall-log.ts';
import { JUNIPER_NAMES, juniper } from './juniper.ts';
import {
  ARP_TYPE,
  FRAME,
  FRAME_RELAY,
  family,
  HDLC,
  has,
  IPV4_TYPE,
  IPV6_TYPE,
  type Layer,
  LINK,
  LLC,
  leave,
  open,
  PPP,
  plausibleType,
  RAW_IP,
  WIRELESS,
} from './layer.ts';
import { tzsp } from './udp-tunnel.ts';
import { LINK_TYPE, unopened } from './unopened.ts';
import { avs, prism, radiotap } from './wireless.ts';

export const ETHERNET = 1;
const PPI = 192;
const PKTAP = 258;
/** DLT_USER2, under which macOS first wrote PKTAP. */
const PKTAP_OLD = 149;
const PKTAP_HEADER = 108;

/** Link types that begin with a header of fixed length: its bytes, and the layer behind it. */
const FIXED: Readonly<Record<number, readonly [name: string, size: number, type: number]>> = {
  1: ['Ethernet', 0, FRAME],
  9: ['PPP', 0, PPP],
  10: ['FDDI', 13, LLC],
  11: ['ATM', 0, LLC],
  12: ['raw IP', 0, RAW_IP],
  14: ['raw IP', 0, RAW_IP],
  16: ['classical IP over ATM', 0, RAW_IP],
  18: ['classical IP over ATM', 0, RAW_IP],
  19: ['classical IP over ATM', 0, RAW_IP],
  50: ['PPP in HDLC framing', 0, PPP],
  51: ['PPPoE', 6, PPP],
  100: ['ATM', 0, LLC],
  101: ['raw IP', 0, RAW_IP],
  104: ['Cisco HDLC', 0, HDLC],
  105: ['802.11', 0, WIRELESS],
  106: ['classical IP over ATM', 0, RAW_IP],
  107: ['Frame Relay', 0, FRAME_RELAY],
  112: ['HDLC', 0, HDLC],
  122: ['IP over Fibre Channel', 16, LLC],
  204: ['PPP with direction', 1, PPP],
  205: ['Cisco HDLC with direction', 1, HDLC],
  206: ['Frame Relay with direction', 1, FRAME_RELAY],
  226: ['Solaris IPNET', 24, RAW_IP],
  228: ['raw IPv4', 0, RAW_IP],
  229: ['raw IPv6', 0, RAW_IP],
  240: ['netANALYZER', 4, FRAME],
  241: ['netANALYZER with preamble', 12, FRAME],
  274: ['Ethernet with preamble', 8, FRAME],
  282: ['Ethernet behind a Broadcom tag', 4, FRAME],
};

/** Link types whose packets are read, with their names. */
export const LINK_NAMES: Readonly<Record<number, string>> = {
  ...Object.fromEntries(Object.entries(FIXED).map(([type, [name]]) => [type, name])),
  0: 'BSD loopback',
  6: 'token ring',
  7: 'ARCnet',
  17: 'PFLOG of old OpenBSD',
  108: 'OpenBSD loopback',
  109: 'ENC',
  113: 'Linux cooked',
  117: 'PFLOG',
  119: '802.11 with Prism header',
  123: 'SunATM',
  127: '802.11 with radiotap',
  128: 'TZSP',
  129: 'ARCnet',
  138: 'Apple IP over IEEE 1394',
  149: 'PKTAP as USER2',
  163: '802.11 with AVS header',
  192: '802.11 with PPI',
  197: 'ERF',
  239: 'NFLOG',
  242: 'IP over InfiniBand',
  247: 'InfiniBand',
  258: 'PKTAP',
  276: 'Linux cooked 2',
  281: 'Ethernet with Broadcom tag',
  284: 'Ethernet with Marvell tag',
  285: 'Ethernet with Marvell EtherType tag',
  ...JUNIPER_NAMES,
};

/** Takes off what the capture program wrote, and says what the link carries. */
export function link(view: DataView, at: number, end: number, layer: Layer): void {
  const type = layer.type - LINK;
  const fixed = FIXED[type];
  if (fixed !== undefined) {
    open(layer, at + fixed[1], fixed[2]);
    return;
  }
  switch (type) {
    case 0:
    case 108:
      loopback(view, at, end, layer);
      return;
    case 113:
      if (has(layer, at, end, 16)) afterType(layer, at + 16, view.getUint16(at + 14));
      return;
    case 276:
      if (has(layer, at, end, 20)) afterType(layer, at + 20, view.getUint16(at));
      return;
    case 138:
      if (has(layer, at, end, 18)) afterType(layer, at + 18, view.getUint16(at + 16));
      return;
    case 6:
      tokenRing(view, at, end, layer);
      return;
    case 7:
      arcnet(view, at + 2, end, layer);
      return;
    case 129:
      arcnet(view, at + 4, end, layer);
      return;
    case 17:
      oldPflog(view, at, end, layer);
      return;
    case 109:
      enc(view, at, end, layer);
      return;
    case 117:
      pflog(view, at, end, layer);
      return;
    case 239:
      nflog(view, at, end, layer);
      return;
    case 119:
      prism(view, at, end, layer);
      return;
    case 127:
      radiotap(view, at, end, layer);
      return;
    case 163:
      avs(view, at, end, layer);
      return;
    case 123:
      sunAtm(view, at, end, layer);
      return;
    case 128:
      tzsp(view, at, end, layer);
      return;
    case PPI:
      perPacket(view, at, end, layer);
      return;
    case PKTAP:
    case PKTAP_OLD:
      pktap(view, at, end, type, layer);
      return;
    case 197:
      endace(view, at, end, layer);
      return;
    case 242:
      ipOverInfiniband(view, at, end, layer);
      return;
    case 247:
      infiniband(view, at, end, layer);
      return;
    case 281:
    case 284:
      // A switch's tag of four bytes between the addresses and the EtherType.
      if (has(layer, at, end, 18)) afterType(layer, at + 18, view.getUint16(at + 16));
      return;
    case 285:
      if (has(layer, at, end, 22)) afterType(layer, at + 22, view.getUint16(at + 20));
      return;
    default:
      if (type in JUNIPER_NAMES) juniper(view, at, end, type, layer);
      else leave(layer, unopened(LINK_TYPE, type));
  }
}

function loopback(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 4)) return;
  // The family of the capturing system in its own byte order: one of the two readings is a small number.
  const little = view.getUint32(at, true);
  if (view.getUint16(at) === 0xff03) open(layer, at, PPP);
  else family(little < 0x10000 ? little : view.getUint32(at), at + 4, layer);
}

/** 802.5: access and frame control, addresses, and the route through bridges when the source address says so. */
function tokenRing(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 17)) return;
  const route = (view.getUint8(at + 8) & 0x80) === 0 ? 0 : view.getUint8(at + 14) & 31;
  if (view.getUint8(at + 1) >>> 6 === 1) open(layer, at + 14 + route, LLC);
  else leave(layer, 0);
}

/** From the protocol on: RFC 1051, or RFC 1201, which splits packets and numbers the parts. */
function arcnet(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 4)) return;
  const protocol = view.getUint8(at);
  if (protocol === 240) open(layer, at + 1, IPV4_TYPE);
  else if (protocol === 241) open(layer, at + 1, ARP_TYPE);
  else if (protocol === 212) open(layer, at + 4, IPV4_TYPE);
  else if (protocol === 196) open(layer, at + 4, IPV6_TYPE);
  else if (protocol === 213) open(layer, at + 4, ARP_TYPE);
  else leave(layer, 0);
}

/** Which kind of traffic, virtual path and channel; then LAN emulation or 802.2. */
function sunAtm(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 6)) return;
  const kind = view.getUint8(at) & 15;
  if (kind === 2) open(layer, at + 4, LLC);
  else if (kind === 1) open(layer, at + 6, FRAME);
  else leave(layer, 0);
}

/** PPI: its length, and the link type of what follows. */
function perPacket(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 8)) return;
  const length = view.getUint16(at + 2, true);
  if (has(layer, at, end, length)) captured(at + Math.max(8, length), view.getUint32(at + 4, true), layer);
}

/** PKTAP of macOS: its length, whether a packet follows, and of which link type. */
function pktap(view: DataView, at: number, end: number, type: number, layer: Layer): void {
  if (!has(layer, at, end, PKTAP_HEADER)) return;
  const length = view.getUint32(at, true);
  const record = view.getUint32(at + 4, true);
  if (length < PKTAP_HEADER || length > 0xffff || record > 1) leave(layer, unopened(LINK_TYPE, type));
  else if (record === 0) leave(layer, 0);
  else if (has(layer, at, end, length)) captured(at + length, view.getUint32(at + 8, true), layer);
}

/** A packet within a packet of the capture program. */
function captured(at: number, type: number, layer: Layer): void {
  open(layer, at, LINK + (type & 0xffff));
}

/** Endace ERF: time, type, flags, lengths; extension headers while the type says so. */
function endace(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 16)) return;
  const type = view.getUint8(at + 8);
  let next = at + 16;
  let more = (type & 0x80) !== 0;
  for (let i = 0; more && i < 16; i++) {
    if (!has(layer, next, end, 8)) return;
    more = (view.getUint8(next) & 0x80) !== 0;
    next += 8;
  }
  const kind = type & 0x7f;
  // Ethernet has two more bytes; HDLC, IPv4 and IPv6 none.
  if (kind === 2 || kind === 11 || kind === 16) open(layer, next + 2, FRAME);
  else if (kind === 1) open(layer, next, HDLC);
  else if (kind === 22 || kind === 23) open(layer, next, RAW_IP);
  else leave(layer, unopened(LINK_TYPE, 197));
}

/** RFC 4391: EtherType and two bytes of zero, behind the 40 bytes of a global routing header or alone. */
function ipOverInfiniband(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 4)) return;
  const alone = plausibleType(view.getUint16(at)) && view.getUint16(at + 2) === 0;
  const start = alone ? at : at + 40;
  if (has(layer, start, end, 4)) afterType(layer, start + 4, view.getUint16(start));
}

/** InfiniBand: local (8 bytes), perhaps global (40), base (12) and datagram headers (8); then as IP over InfiniBand. */
function infiniband(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 28)) return;
  const next = view.getUint8(at + 1) & 3;
  const base = at + (next === 3 ? 48 : 8);
  if (next < 2) leave(layer, 0);
  else if (!has(layer, base, end, 24)) return;
  // Only unreliable datagrams carry IP.
  else if (view.getUint8(base) !== 0x64 || !plausibleType(view.getUint16(base + 20))) leave(layer, 0);
  else afterType(layer, base + 24, view.getUint16(base + 20));
}
