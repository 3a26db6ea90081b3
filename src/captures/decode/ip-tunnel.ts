/** Tunnels directly over IP: GRE (RFC 2784, 2890, 1701) and what runs in it, EtherIP (RFC 3378), L2TPv3 (RFC 3931). */
import { afterType } from './ethernet.ts';
import {
  FRAME,
  HDLC,
  has,
  IPV4_TYPE,
  IPV6_TYPE,
  type Layer,
  leave,
  open,
  PPP,
  plausibleFrame,
  plausibleIp,
  RAW_IP,
  tunnelledWireless,
} from './layer.ts';
import { DAMAGED, IP_PROTOCOL, unopened } from './unopened.ts';

/** Source routes that are skipped in one GRE header. */
const MAX_ROUTES = 16;

/** Finds the layer inside an IP protocol that is a tunnel; false when it is none. */
export function insideIp(protocol: number, view: DataView, at: number, end: number, layer: Layer): boolean {
  switch (protocol) {
    case 4:
      open(layer, at, IPV4_TYPE);
      return true;
    case 41:
      open(layer, at, IPV6_TYPE);
      return true;
    case 47:
      gre(view, at, end, layer);
      return true;
    case 94: // IPIP of the amateurs' network
      open(layer, at, RAW_IP);
      return true;
    case 97:
      // Version 3 in the first half byte, or, by a misreading that MikroTik and old BSDs share, in the second.
      if (has(layer, at, end, 2)) open(layer, at + 2, FRAME);
      return true;
    case 103:
      // PIM: a register message (RFC 7761) has the packet of a source in it.
      if (end - at < 28 || view.getUint8(at) !== 0x21) leave(layer, 0);
      else open(layer, at + 8, RAW_IP);
      return true;
    case 115:
      if (!has(layer, at, end, 8)) return true;
      // Session 0 is the control connection.
      if (view.getUint32(at) === 0) leave(layer, 0);
      else pseudowire(view, at + 4, end, layer);
      return true;
    case 137:
      open(layer, at, 0x8847);
      return true;
    case 143: // Ethernet, in segment routing over IPv6 (RFC 8986)
      open(layer, at, FRAME);
      return true;
    default:
      return false;
  }
}

function gre(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 4)) return;
  const flags = view.getUint16(at);
  const type = view.getUint16(at + 2);
  const version = flags & 7;
  // MikroTik's EoIP: length and number of the tunnel in place of the key.
  if (version === 1 && type === 0x6400) {
    open(layer, at + 8, FRAME);
    return;
  }
  let inner = at + 4;
  if ((flags & 0xc000) !== 0) inner += 4;
  if ((flags & 0x2000) !== 0) inner += 4;
  if ((flags & 0x1000) !== 0) inner += 4;
  // Enhanced GRE of PPTP (RFC 2637): an acknowledgment number may follow; without data it is alone.
  if (version === 1) {
    if ((flags & 0x0080) !== 0) inner += 4;
    if (type === 0x880b && (flags & 0x1000) !== 0) open(layer, inner, PPP);
    else leave(layer, 0);
    return;
  }
  if ((flags & 0x4000) !== 0) inner = afterRoutes(view, inner, end);
  if (version !== 0) leave(layer, unopened(DAMAGED));
  // A keepalive carries nothing.
  else if (inner >= end) leave(layer, 0);
  else greProtocol(view, inner, end, type, (flags & 0x1000) !== 0, layer);
}

/** RFC 1701: address family, offset, length, and a route; ended by one that is all zero. */
function afterRoutes(view: DataView, start: number, end: number): number {
  let at = start;
  for (let i = 0; i < MAX_ROUTES && end - at >= 4; i++) {
    const length = view.getUint8(at + 3);
    const last = view.getUint16(at) === 0 && length === 0;
    at += 4 + length;
    if (last) return at;
  }
  return end;
}

function greProtocol(
  view: DataView,
  at: number,
  end: number,
  type: number,
  numbered: boolean,
  layer: Layer,
): void {
  if (type === 0x88be) {
    // ERSPAN: type II has a header exactly when GRE carries a sequence number.
    open(layer, at + (numbered ? 8 : 0), FRAME);
  } else if (type === 0x22eb) {
    // Type III always, and a bit that tells of eight bytes more; its frames may be bare IP.
    if (!has(layer, at, end, 12)) return;
    const inner = at + 12 + ((view.getUint8(at + 11) & 1) === 0 ? 0 : 8);
    open(layer, inner, ((view.getUint16(at + 10) >>> 10) & 31) === 2 ? RAW_IP : FRAME);
  } else if (type === 0x883e) {
    // Web cache redirection (WCCP): version 2 has four bytes of its own, version 1 none.
    open(layer, view.getUint8(at) >>> 4 === 4 ? at : at + 4, IPV4_TYPE);
  } else if (type === 0x8909) {
    // Cisco CMD, here behind the EtherType it tags.
    if (has(layer, at, end, 8)) afterType(layer, at + 8, view.getUint16(at));
  } else if (type >= 0x8200 && type < 0x8400) {
    // Aruba's access points.
    tunnelledWireless(view, at, end, layer);
  } else if (type <= 1500 || type === 0x2001) {
    // OSI, next hop resolution and other housekeeping.
    leave(layer, 0);
  } else open(layer, at, type);
}

/**
 * A session of L2TPv3: its ends agreed on a cookie of 0, 4 or 8 bytes, a sublayer of 0 or 4, and what is carried; none
 * of it is in the packet. Taken is the first place where a packet can be right.
 */
export function pseudowire(view: DataView, start: number, end: number, layer: Layer): void {
  for (let at = start; at <= start + 12 && end - at >= 20; at += 4) {
    const head = view.getUint32(at);
    if (plausibleFrame(view, at, end)) open(layer, at, FRAME);
    else if (plausibleIp(view, at, end)) open(layer, at, RAW_IP);
    else if (head === 0xff030021 || head === 0xff030057) open(layer, at, PPP);
    else if (head === 0x0f000800 || head === 0x0f0086dd) open(layer, at, HDLC);
    else continue;
    return;
  }
  leave(layer, unopened(IP_PROTOCOL, 115));
}
