/**
 * Packets captured by a Juniper router: a magic number and flags, perhaps extensions, then a "cookie" of the interface
 * card that differs with the link type (tcpdump's print-juniper.c and Wireshark's packet-juniper.c are the sources).
 */
import {
  FRAME,
  FRAME_RELAY,
  HDLC,
  has,
  IPV4_TYPE,
  IPV6_TYPE,
  type Layer,
  LLC,
  leave,
  NLPID,
  NONE,
  open,
  PPP,
  rawIp,
} from './layer.ts';
import { LINK_TYPE, unopened } from './unopened.ts';

const MAGIC = 0x4d4743;
const INCOMING = 0x01;
const NO_LINK_LAYER = 0x02;
const EXTENDED = 0x80;

export const JUNIPER_NAMES: Readonly<Record<number, string>> = {
  130: 'Juniper MLPPP',
  131: 'Juniper MLFR',
  133: 'Juniper GGSN',
  135: 'Juniper ATM2',
  136: 'Juniper services',
  137: 'Juniper ATM1',
  167: 'Juniper PPPoE',
  168: 'Juniper PPPoE over ATM',
  178: 'Juniper Ethernet',
  179: 'Juniper PPP',
  180: 'Juniper Frame Relay',
  181: 'Juniper HDLC',
  183: 'Juniper voice',
  200: 'Juniper secure tunnel',
};

export function juniper(view: DataView, start: number, end: number, link: number, layer: Layer): void {
  if (!has(layer, start, end, 8)) return;
  let at = start;
  let flags = 0;
  // Some old releases write no header.
  if (view.getUint32(at) >>> 8 === MAGIC) {
    flags = view.getUint8(at + 3);
    at += (flags & EXTENDED) === 0 ? 4 : 6 + view.getUint16(at + 4);
  }
  if (!has(layer, at, end, 8)) return;
  if ((flags & NO_LINK_LAYER) !== 0) {
    routed(view, at, end, link, layer);
    return;
  }
  switch (link) {
    case 130:
      multilinkPpp(view, at, end, flags, layer);
      return;
    case 131:
      multilinkFrameRelay(view, at, end, layer);
      return;
    case 133:
      internal(view.getUint16(at, true), at + 4, link, layer);
      return;
    case 135:
    case 137:
      atm(view, at, end, flags, link, layer);
      return;
    case 136:
      rawIp(view, at + ((flags & INCOMING) === 0 ? 12 : 16), end, layer);
      return;
    case 167:
    case 178:
      open(layer, at, FRAME);
      return;
    case 168:
      open(layer, at + 2, view.getUint16(at));
      return;
    case 179:
      // Its address and control bytes may be others than those of HDLC framing.
      open(layer, view.getUint8(at) === 0xff ? at : at + 2, PPP);
      return;
    case 180:
      open(layer, at, FRAME_RELAY);
      return;
    case 181:
      open(layer, at, HDLC);
      return;
    case 183:
      rawIp(view, at + 18, end, layer);
      return;
    case 200:
      secureTunnel(view, at, end, link, layer);
      return;
    default:
      leave(layer, unopened(LINK_TYPE, link));
  }
}

/** No link layer: the protocol in numbers of JUNOS, little-endian. */
function routed(view: DataView, at: number, end: number, link: number, layer: Layer): void {
  const protocol = view.getUint32(at, true);
  if (protocol === 0xa248) rawIp(view, at + 8, end, layer);
  else internal(protocol, at + 4, link, layer);
}

function internal(protocol: number, at: number, link: number, layer: Layer): void {
  if (protocol === 2 || protocol === 3) open(layer, at, IPV4_TYPE);
  else if (protocol === 6 || protocol === 7) open(layer, at, IPV6_TYPE);
  else if (protocol === 4 || protocol === 5 || protocol === 8) open(layer, at, 0x8847);
  else if (protocol === 200) open(layer, at, PPP);
  else if (protocol === 204) open(layer, at, FRAME);
  // OSI, and what has no number here.
  else leave(layer, protocol === 10 || protocol === 32 || protocol === 33 ? 0 : unopened(LINK_TYPE, link));
}

/** What the cookie of a services card says follows it; NONE when it is no such cookie, and 0 bytes long. */
function serviceCookie(view: DataView, at: number): { length: number; type: number } {
  const id = view.getUint8(at);
  if (id === 0x54) return { length: 4, type: NONE };
  if (id !== 0x40 && id !== 0x47) return { length: 0, type: NONE };
  const types = [IPV4_TYPE, IPV6_TYPE, 0x8847];
  return { length: 8, type: types[view.getUint8(at + 5) >>> 4] ?? NONE };
}

function multilinkPpp(view: DataView, at: number, end: number, flags: number, layer: Layer): void {
  const { length, type } = serviceCookie(view, at);
  // To and from the routing engine, its own protocols are sent as PPP.
  const own = (flags & INCOMING) !== 0 && (view.getUint8(at + 4) & 3) !== 3;
  if (length === 8 && type === NONE) leave(layer, 0);
  else if (length === 8) open(layer, at + 8, type === IPV4_TYPE && own ? PPP : type);
  else if (length === 4) open(layer, at + 4, PPP);
  else open(layer, looksLikePpp(view, at + 2, end) && view.getUint16(at) !== 0xff03 ? at + 2 : at, PPP);
}

function multilinkFrameRelay(view: DataView, at: number, end: number, layer: Layer): void {
  const { length, type } = serviceCookie(view, at);
  if (length === 8) {
    if (type === NONE || (view.getUint8(at + 4) & 3) === 3) leave(layer, 0);
    else open(layer, at + 8, type);
    return;
  }
  // A bundle has a cookie or a number of two bytes; then an unnumbered frame and what it carries.
  let next = at + (length === 4 ? 4 : 2);
  if (!has(layer, next, end, 4)) return;
  const control = view.getUint16(next);
  if (control === 0x0003 || control === 0x0300) next += 2;
  else if (control >>> 8 === 0x03) next += 1;
  open(layer, next, NLPID);
}

function looksLikePpp(view: DataView, at: number, end: number): boolean {
  if (end - at < 2) return false;
  const protocol = view.getUint16(at);
  return (
    [0x21, 0x23, 0x3d, 0x57, 0x281, 0x283].includes(protocol) || protocol === 0x8021 || protocol === 0xc021
  );
}

/** A cookie of four bytes (ATM1) or eight (ATM2), then one of the encapsulations of RFC 2684, which it does not name. */
function atm(view: DataView, start: number, end: number, flags: number, link: number, layer: Layer): void {
  const second = link === 135;
  const cell = second ? (view.getUint8(start + 7) & 0x70) !== 0 : view.getUint8(start) === 0x80;
  const at = start + (second ? 8 : 4);
  if (!has(layer, at, end, 4)) return;
  const head = view.getUint32(at) >>> 8;
  if (cell) leave(layer, 0);
  else if (head === 0xfefe03 || head === 0xaaaa03) open(layer, at, LLC);
  else if (second && (flags & INCOMING) === 0 && (view.getUint8(start + 3) & 0x3f) !== 0)
    open(layer, at, FRAME);
  else if (second && looksLikePpp(view, at, end)) open(layer, at, PPP);
  else if (head >>> 16 === 0x03) open(layer, at + 1, NLPID);
  else rawIp(view, at, end, layer);
}

/** Ethernet, IPv4 and ESP of the tunnel, 16 bytes of its own, then the packet decrypted. */
function secureTunnel(view: DataView, at: number, end: number, link: number, layer: Layer): void {
  if (!has(layer, at, end, 34)) return;
  const isEsp = view.getUint16(at + 12) === IPV4_TYPE && view.getUint8(at + 23) === 50;
  if (isEsp) rawIp(view, at + 14 + (view.getUint8(at + 14) & 15) * 4 + 24, end, layer);
  else leave(layer, unopened(LINK_TYPE, link));
}
