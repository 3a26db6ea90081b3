/** From the beginning of a captured packet to its network layer, for every link type we know. */

export const ETHERNET = 1;
export const IPV4_TYPE = 0x0800;
export const IPV6_TYPE = 0x86dd;
export const ARP_TYPE = 0x0806;
/** Largest number of tags, labels and headers peeled off one packet. */
const MAX_TAGS = 16;

/** Where a layer begins and what it is, as an EtherType; type 0 when it cannot be told. Reused, never kept. */
export interface Layer {
  at: number;
  type: number;
}

export const LINK_NAMES: Readonly<Record<number, string>> = {
  0: 'BSD loopback',
  1: 'Ethernet',
  9: 'PPP',
  12: 'raw IP',
  14: 'raw IP',
  50: 'PPP in HDLC framing',
  51: 'PPPoE',
  101: 'raw IP',
  104: 'Cisco HDLC',
  105: '802.11',
  108: 'OpenBSD loopback',
  113: 'Linux cooked',
  119: '802.11 with Prism header',
  127: '802.11 with radiotap',
  163: '802.11 with AVS header',
  192: '802.11 with PPI',
  228: 'raw IPv4',
  229: 'raw IPv6',
  276: 'Linux cooked 2',
};

/** Finds the network layer of a packet that lies in [at, end) of the chunk. */
export function networkLayer(view: DataView, at: number, end: number, linkType: number, layer: Layer): void {
  layer.type = 0;
  const size = end - at;
  switch (linkType) {
    case ETHERNET:
      ethernet(view, at, end, layer);
      return;
    case 0:
    case 108: {
      if (size < 4) return;
      // The family of the capturing system in its own byte order: one of the two readings is a small number.
      const little = view.getUint32(at, true);
      family(little < 0x10000 ? little : view.getUint32(at), at + 4, layer);
      return;
    }
    case 9:
    case 50:
      ppp(view, at, end, layer);
      return;
    case 51:
      if (size >= 6) ppp(view, at + 6, end, layer);
      return;
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      rawIp(view, at, end, layer);
      return;
    case 104:
      if (size >= 4) etherType(view, at + 4, end, view.getUint16(at + 2), layer);
      return;
    case 113:
      if (size >= 16) etherType(view, at + 16, end, view.getUint16(at + 14), layer);
      return;
    case 276:
      if (size >= 20) etherType(view, at + 20, end, view.getUint16(at), layer);
      return;
    case 105:
      wireless(view, at, end, false, layer);
      return;
    case 119:
      if (size >= 144) wireless(view, at + 144, end, false, layer);
      return;
    case 127:
      if (size >= 8) {
        const length = view.getUint16(at + 2, true);
        const padded = radiotapPads(view, at, Math.min(end, at + length));
        if (length >= 8 && length <= size) wireless(view, at + length, end, padded, layer);
      }
      return;
    case 163:
      if (size >= 8) {
        const length = view.getUint32(at + 4);
        if (length >= 8 && length <= size) wireless(view, at + length, end, false, layer);
      }
      return;
    case 192:
      if (size >= 8) {
        const length = view.getUint16(at + 2, true);
        const inner = view.getUint32(at + 4, true);
        // PPI inside PPI is not defined, and would let a packet send us round in circles.
        if (length >= 8 && length <= size && inner !== 192)
          networkLayer(view, at + length, end, inner, layer);
      }
      return;
    default:
      return;
  }
}

/** An Ethernet frame, also as found inside a tunnel. */
export function ethernet(view: DataView, at: number, end: number, layer: Layer): void {
  layer.type = 0;
  if (end - at >= 14) etherType(view, at + 14, end, view.getUint16(at + 12), layer);
}

/** A point-to-point frame, with or without its address and control bytes (RFC 1661, 1662). */
export function ppp(view: DataView, start: number, end: number, layer: Layer): void {
  layer.type = 0;
  let at = start;
  if (end - at >= 2 && view.getUint16(at) === 0xff03) at += 2;
  if (end - at < 2) return;
  // An odd first byte is a whole (compressed) protocol number.
  const first = view.getUint8(at);
  const protocol = (first & 1) === 1 ? first : view.getUint16(at);
  at += (first & 1) === 1 ? 1 : 2;
  if (protocol === 0x21) family(2, at, layer);
  else if (protocol === 0x57) family(30, at, layer);
  else if (protocol === 0x281) mpls(view, at, end, layer);
}

/** Peels VLAN tags, MPLS labels, PPPoE and LLC/SNAP. */
export function etherType(view: DataView, start: number, end: number, type: number, layer: Layer): void {
  let at = start;
  let current = type;
  for (let i = 0; i < MAX_TAGS; i++) {
    switch (current) {
      case 0x8100:
      case 0x88a8:
      case 0x9100:
      case 0x9200:
      case 0x9300:
        if (end - at < 4) return;
        current = view.getUint16(at + 2);
        at += 4;
        continue;
      case 0x8847:
      case 0x8848:
        mpls(view, at, end, layer);
        return;
      case 0x8864:
        if (end - at >= 6) ppp(view, at + 6, end, layer);
        return;
      case IPV4_TYPE:
      case IPV6_TYPE:
      case ARP_TYPE:
        layer.at = at;
        layer.type = current;
        return;
      default:
        if (current > 1500 || end - at < 3) return;
        // 802.3: the field was a length, and 802.2 follows; only its SNAP form names a protocol.
        if (view.getUint16(at) === 0x0606) {
          family(2, at + 3, layer);
          return;
        }
        if (end - at < 8 || view.getUint16(at) !== 0xaaaa) return;
        current = view.getUint16(at + 6);
        if (current <= 1500) return;
        at += 8;
    }
  }
}

function mpls(view: DataView, start: number, end: number, layer: Layer): void {
  let at = start;
  for (let i = 0; i < MAX_TAGS && end - at >= 4; i++) {
    const bottom = (view.getUint8(at + 2) & 1) === 1;
    at += 4;
    if (!bottom) continue;
    rawIp(view, at, end, layer);
    // A pseudowire with a control word of zeros carries an Ethernet frame (RFC 4448).
    if (layer.type === 0 && end - at >= 18 && view.getUint32(at) === 0) ethernet(view, at + 4, end, layer);
    return;
  }
}

function rawIp(view: DataView, at: number, end: number, layer: Layer): void {
  if (end <= at) return;
  const version = view.getUint8(at) >>> 4;
  layer.at = at;
  layer.type = version === 4 ? IPV4_TYPE : version === 6 ? IPV6_TYPE : 0;
}

/** Address families: 2 is IPv4 everywhere, IPv6 is 10, 24, 28 or 30 depending on the system. */
function family(value: number, at: number, layer: Layer): void {
  layer.at = at;
  layer.type = value === 2 ? IPV4_TYPE : [10, 24, 28, 30].includes(value) ? IPV6_TYPE : 0;
}

/** A data frame of 802.11 that is not encrypted: skip its header, then LLC/SNAP. */
function wireless(view: DataView, at: number, end: number, padded: boolean, layer: Layer): void {
  if (end - at < 24) return;
  const control = view.getUint8(at);
  const flags = view.getUint8(at + 1);
  const subtype = control >>> 4;
  const isData = (control & 0x0c) === 0x08 && (control & 3) === 0 && (subtype & 4) === 0;
  if (!isData || (flags & 0x40) !== 0) return;
  let header = 24;
  if ((flags & 3) === 3) header += 6;
  if ((subtype & 8) !== 0) {
    if (end - at < header + 2 || (view.getUint8(at + header) & 0x80) !== 0) return;
    header += 2;
    if ((flags & 0x80) !== 0) header += 4;
  }
  if (padded) header = (header + 3) & ~3;
  const llc = at + header;
  if (end - llc < 8 || view.getUint16(llc) !== 0xaaaa) return;
  etherType(view, llc + 8, end, view.getUint16(llc + 6), layer);
}

/** True when the radiotap flags say that the 802.11 header was padded to four bytes. */
function radiotapPads(view: DataView, at: number, end: number): boolean {
  let fields = at + 4;
  let present = view.getUint32(fields, true);
  const first = present;
  while (present >>> 31 === 1) {
    fields += 4;
    if (end - fields < 4) return false;
    present = view.getUint32(fields, true);
  }
  fields += 4;
  // TSFT comes first and is aligned to eight bytes from the beginning of the header.
  if ((first & 1) === 1) fields = at + ((fields - at + 7) & ~7) + 8;
  return (first & 2) === 2 && fields < end && (view.getUint8(fields) & 0x20) !== 0;
}
