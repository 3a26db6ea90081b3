/** Ethernet, the tags and fabric headers inside it, and 802.2. */
import { BATMAN_TYPE, batman } from './batman.ts';
import {
  FRAME,
  has,
  IPV4_TYPE,
  IPV6_TYPE,
  ipOrFrame,
  type Layer,
  LLC,
  leave,
  NLPID,
  NONE,
  open,
  PPP,
  plausibleFrame,
  plausibleType,
  rawIp,
  SNAP,
} from './layer.ts';
import { DAMAGED, ETHER_TYPE, MACSEC_ENCRYPTED, SERVICE_POINT, unopened } from './unopened.ts';

/** Largest number of MPLS labels in one stack. */
const MAX_LABELS = 16;

/** Protocols that carry no packet of a host: they are read, and there is nothing in them to open. */
const QUIET = new Set([
  0x0842, 0x2000, 0x22ea, 0x22f0, 0x22f4, 0x6001, 0x6002, 0x8035, 0x8808, 0x8809, 0x8863, 0x886d, 0x887b,
  0x888e, 0x8892, 0x88a2, 0x88a4, 0x88ab, 0x88b4, 0x88b8, 0x88b9, 0x88ba, 0x88c7, 0x88ca, 0x88cc, 0x88cd,
  0x88dc, 0x88e1, 0x88e3, 0x88f5, 0x88f6, 0x88f7, 0x88f8, 0x88fb, 0x8902, 0x890d, 0x8914, 0x893a, 0x8940,
  0x9000, 0x9003, 0x9998, 0xfffa,
]);

/** IEEE 802.3, from the destination address on. */
export function frame(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 14)) return;
  const type = view.getUint16(at + 12);
  // Cisco ISL: a header of 26 bytes that looks like 802.3 to a group address of its own, and then the frame.
  const isl = type <= 1500 && (view.getUint32(at) | 0x02000000) === 0x03000c00 && view.getUint8(at + 4) === 0;
  if (isl && end - at >= 40) open(layer, at + 26, FRAME);
  else afterType(layer, at + 14, type);
}

/** An EtherType has been read, and `at` is behind it; up to 1500 it was a length, and 802.2 follows. */
export function afterType(layer: Layer, at: number, type: number): void {
  open(layer, at, type <= 1500 ? LLC : type);
}

/** A tag of `size` bytes, the last two of which are the EtherType of what follows. */
function tag(view: DataView, at: number, end: number, size: number, layer: Layer): void {
  if (has(layer, at, end, size)) afterType(layer, at + size, view.getUint16(at + size - 2));
}

/** Takes off what an EtherType other than IP and ARP announces. */
export function etherType(view: DataView, at: number, end: number, layer: Layer): void {
  const type = layer.type;
  switch (type) {
    case 0x8100:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
    case 0x9300:
    // A fine-grained label of TRILL is two tags (RFC 7172).
    case 0x893b:
      tag(view, at, end, 4, layer);
      return;
    case 0x8926: // VN-Tag
    case 0x892f: // HSR (IEC 62439-3)
      tag(view, at, end, 6, layer);
      return;
    case 0x893f: // E-Tag (802.1BR)
    case 0xdada: // a port of a Marvell switch
      tag(view, at, end, 8, layer);
      return;
    case 0xd28b:
      // Arista's time stamp: subtype, version, and eight or six bytes of time.
      if (has(layer, at, end, 4)) tag(view, at, end, view.getUint8(at + 3) >>> 4 === 2 ? 12 : 14, layer);
      return;
    case 0x8909:
      ciscoMetadata(view, at, end, layer);
      return;
    case 0x88e5:
      macsec(view, at, end, layer);
      return;
    case 0x88e7: // 802.1ah: a service tag, then the customer's frame
      open(layer, at + 4, FRAME);
      return;
    case 0x8903: // FabricPath: forwarding tag and time to live
      open(layer, at + 2, FRAME);
      return;
    case 0x6558:
      open(layer, at, FRAME);
      return;
    case 0x22f3:
      // RFC 6325: the options are counted in words of four bytes.
      if (has(layer, at, end, 6)) open(layer, at + 6 + ((view.getUint16(at) >>> 6) & 31) * 4, FRAME);
      return;
    case 0x894f:
      serviceHeader(view, at, end, layer);
      return;
    case BATMAN_TYPE:
      batman(view, at, end, layer);
      return;
    case 0x8847:
    case 0x8848:
      mpls(view, at, end, layer);
      return;
    case 0x8864:
      open(layer, at + 6, PPP);
      return;
    case 0x880b:
      open(layer, at, PPP);
      return;
    case 0x8870:
      open(layer, at, LLC);
      return;
    default:
      leave(layer, QUIET.has(type) ? 0 : unopened(ETHER_TYPE, type));
  }
}

/** Cisco CMD with the security group (draft-smith-kandula-sxp): one option of four bytes, seldom more. */
function ciscoMetadata(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 8)) return;
  const options = view.getUint8(at + 1) * 4;
  const longer = options > 4 && end - at >= options + 4 && !plausibleType(view.getUint16(at + 6));
  tag(view, at, end, longer ? options + 4 : 8, layer);
}

/** MACsec (802.1AE): open where it only protects integrity, neither encrypted (E) nor changed (C). */
function macsec(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 8)) return;
  const control = view.getUint8(at);
  if ((control & 0x0c) !== 0) leave(layer, unopened(MACSEC_ENCRYPTED));
  else tag(view, at, end, (control & 0x20) === 0 ? 8 : 16, layer);
}

/** Network service header (RFC 8300), also inside VXLAN-GPE and GRE. */
function serviceHeader(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 8)) return;
  const fixed = view.getUint8(at + 2) === 1;
  const length = fixed ? 24 : Math.max(8, (view.getUint8(at + 1) & 63) * 4);
  nextProtocol(view.getUint8(at + 3), at + length, layer);
}

/** The protocol numbers that NSH and VXLAN-GPE share. */
export function nextProtocol(protocol: number, at: number, layer: Layer): void {
  const types = [NONE, IPV4_TYPE, IPV6_TYPE, FRAME, 0x894f, 0x8847];
  const type = types[protocol] ?? NONE;
  if (type === NONE) leave(layer, 0);
  else open(layer, at, type);
}

/** MPLS (RFC 3032): what is below the labels is not said, and found by what it looks like. */
function mpls(view: DataView, start: number, end: number, layer: Layer): void {
  let at = start;
  for (let i = 0; i < MAX_LABELS; i++) {
    if (!has(layer, at, end, 4)) return;
    const bottom = (view.getUint8(at + 2) & 1) === 1;
    at += 4;
    if (!bottom) continue;
    if (!has(layer, at, end, 1)) return;
    const first = view.getUint8(at) >>> 4;
    const framed = plausibleFrame(view, at, end);
    // An Ethernet pseudowire (RFC 4448) has a control word or none; an associated channel (RFC 5586) is management.
    if (first === 0 && !framed) open(layer, at + 4, FRAME);
    else if (first === 1 && !framed) leave(layer, 0);
    else ipOrFrame(view, at, end, layer);
    return;
  }
  leave(layer, unopened(DAMAGED));
}

/** 802.2 from its destination service access point on. */
export function llc(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 3)) return;
  const points = view.getUint16(at);
  const destination = (points >>> 8) & 0xfe;
  if (points === 0xaaaa) open(layer, at + 3, SNAP);
  else if (points === 0x0606) rawIp(view, at + 3, end, layer);
  else if (points === 0xfefe) open(layer, at + 3, NLPID);
  else if (points === 0xffff) leave(layer, unopened(ETHER_TYPE, 0x8137));
  // Spanning tree, bridge and link management, tests of the link.
  else if (destination === 0x42 || destination <= 0x02 || points === 0xaaab) leave(layer, 0);
  else leave(layer, unopened(SERVICE_POINT, destination));
}

/** SNAP (802, RFC 1042): an organisation and its protocol. */
export function snap(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 5)) return;
  const organisation = view.getUint32(at) >>> 8;
  const protocol = view.getUint16(at + 3);
  if (organisation === 0x0080c2) {
    // A bridged frame (RFC 2684, 2427); ATM puts two bytes before it.
    const padded = end - at >= 21 && plausibleType(view.getUint16(at + 19));
    if (protocol === 1 || protocol === 7) open(layer, at + (padded ? 7 : 5), FRAME);
    else leave(layer, 0);
  } else if (organisation === 0 || organisation === 0x0000f8 || plausibleType(protocol)) {
    if (protocol > 1500) open(layer, at + 5, protocol);
    else leave(layer, 0);
  } else {
    // Discovery, trunking and spanning trees of vendors.
    leave(layer, 0);
  }
}
