/** Serial lines: PPP, HDLC, Frame Relay, and the network identifiers that ATM shares with them. */
import { afterType } from './ethernet.ts';
import {
  FRAME,
  HDLC,
  has,
  IPV4_TYPE,
  IPV6_TYPE,
  type Layer,
  leave,
  NLPID,
  open,
  PPP,
  SNAP,
} from './layer.ts';
import { NETWORK_ID, PPP_PROTOCOL, unopened } from './unopened.ts';

/** A point-to-point frame, with or without its address and control bytes (RFC 1661, 1662). */
export function ppp(view: DataView, start: number, end: number, layer: Layer): void {
  let at = start;
  if (!has(layer, at, end, 2)) return;
  const address = view.getUint16(at);
  if (address === 0xff03) at += 2;
  // Cisco's framing on the same line (RFC 1547).
  else if (address === 0x0f00 || address === 0x8f00) {
    open(layer, at, HDLC);
    return;
  }
  if (!has(layer, at, end, 2)) return;
  // An odd first byte is a whole (compressed) protocol number.
  const first = view.getUint8(at);
  const short = (first & 1) === 1;
  const protocol = short ? first : view.getUint16(at);
  at += short ? 1 : 2;
  if (protocol === 0x21) open(layer, at, IPV4_TYPE);
  else if (protocol === 0x57) open(layer, at, IPV6_TYPE);
  else if (protocol === 0x281 || protocol === 0x283) open(layer, at, 0x8847);
  else if (protocol === 0x31) bridged(view, at, end, layer);
  else if (protocol === 0x3d) multilink(view, at, end, layer);
  // From 0x4000 on: low-volume and control protocols (LCP, IPCP, authentication).
  else leave(layer, protocol >= 0x4000 ? 0 : unopened(PPP_PROTOCOL, protocol));
}

/** RFC 3518: flags, kind of the frame, perhaps a LAN's number, then the frame. */
function bridged(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 2)) return;
  if (view.getUint8(at + 1) !== 1) leave(layer, 0);
  else open(layer, at + ((view.getUint8(at) & 0x40) === 0 ? 2 : 6), FRAME);
}

/** RFC 1990: opened where the fragment is the whole packet. */
function multilink(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 4)) return;
  if ((view.getUint8(at) & 0xc0) === 0xc0) open(layer, at + 4, PPP);
  else leave(layer, (view.getUint8(at) & 0x80) === 0 ? 0 : unopened(PPP_PROTOCOL, 0x3d));
}

/** Cisco HDLC: address, control, EtherType. */
export function hdlc(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 4)) return;
  const type = view.getUint16(at + 2);
  if (view.getUint16(at) === 0xff03) open(layer, at, PPP);
  else if (type === 0xfefe) open(layer, at + 5, NLPID);
  else afterType(layer, at + 4, type);
}

/** Frame Relay (RFC 2427): an address of two to four bytes, then a network identifier or Cisco's EtherType. */
export function frameRelay(view: DataView, start: number, end: number, layer: Layer): void {
  let at = start;
  // The last byte of the address is odd.
  while (at - start < 4 && at < end && (view.getUint8(at) & 1) === 0) at++;
  at++;
  if (!has(layer, at, end, 2)) return;
  if (view.getUint8(at) === 0x03) open(layer, at + 1, NLPID);
  // Circuit 0 is the line's own management.
  else if ((view.getUint16(start) & 0xfcf0) === 0) leave(layer, 0);
  else afterType(layer, at + 2, view.getUint16(at));
}

export function networkId(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 1)) return;
  const id = view.getUint8(at);
  if (id === 0xcc) open(layer, at + 1, IPV4_TYPE);
  else if (id === 0x8e) open(layer, at + 1, IPV6_TYPE);
  else if (id === 0x80) open(layer, at + 1, SNAP);
  else if (id === 0xcf) open(layer, at + 1, PPP);
  // A byte of padding before the identifier.
  else if (id === 0) open(layer, at + 1, NLPID);
  // Routing of OSI, signalling and management of the line.
  else if (id === 0x81 || id === 0x82 || id === 0x83 || id === 0x08 || id === 0x09) leave(layer, 0);
  else leave(layer, unopened(NETWORK_ID, id));
}
