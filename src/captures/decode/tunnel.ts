/** What is inside a tunnel: VXLAN (RFC 7348), Geneve (RFC 8926), GTP-U (3GPP TS 29.281), GRE (RFC 2784, 2890). */
import { ethernet, etherType, type Layer, ppp } from './link.ts';

const VXLAN = 4789;
/** The port Linux used before VXLAN had one. */
const VXLAN_OLD = 8472;
const GENEVE = 6081;
const GTP_U = 2152;

export function isTunnelPort(port: number): boolean {
  return port === VXLAN || port === VXLAN_OLD || port === GENEVE || port === GTP_U;
}

/** Finds the layer inside a UDP payload sent to a tunnel port; layer.type stays 0 when it is no such tunnel. */
export function insideUdp(view: DataView, at: number, end: number, port: number, layer: Layer): void {
  layer.type = 0;
  if (end - at < 8) return;
  if (port === GTP_U) {
    gtp(view, at, end, layer);
    return;
  }
  if (port === GENEVE) {
    // Version 0; options come in four-byte words.
    if (view.getUint8(at) >>> 6 !== 0) return;
    const inner = at + 8 + (view.getUint8(at) & 0x3f) * 4;
    const type = view.getUint16(at + 2);
    if (inner > end) return;
    if (type === 0x6558) ethernet(view, inner, end, layer);
    else etherType(view, inner, end, type, layer);
    return;
  }
  // The I flag set, and what is reserved zero: anything else sent to this port is no VXLAN.
  if (view.getUint8(at) === 0x08 && (view.getUint32(at) & 0xffffff) === 0 && view.getUint8(at + 7) === 0) {
    ethernet(view, at + 8, end, layer);
  }
}

function gtp(view: DataView, at: number, end: number, layer: Layer): void {
  const flags = view.getUint8(at);
  // Version 1, protocol type GTP, message type G-PDU.
  if (flags >>> 4 !== 3 || view.getUint8(at + 1) !== 0xff) return;
  let inner = at + 8;
  if ((flags & 7) !== 0) {
    if (end - inner < 4) return;
    let extension = (flags & 4) === 0 ? 0 : view.getUint8(inner + 3);
    inner += 4;
    for (let i = 0; extension !== 0 && i < 8; i++) {
      if (end - inner < 4) return;
      const length = view.getUint8(inner) * 4;
      if (length === 0 || end - inner < length) return;
      extension = view.getUint8(inner + length - 1);
      inner += length;
    }
  }
  if (inner >= end) return;
  const version = view.getUint8(inner) >>> 4;
  layer.at = inner;
  layer.type = version === 4 ? 0x0800 : version === 6 ? 0x86dd : 0;
}

/** Finds the layer behind a GRE header; layer.type stays 0 when it is none we know. */
export function insideGre(view: DataView, at: number, end: number, layer: Layer): void {
  layer.type = 0;
  if (end - at < 4) return;
  const flags = view.getUint16(at);
  const type = view.getUint16(at + 2);
  const version = flags & 7;
  let inner = at + 4;
  if ((flags & 0x8000) !== 0) inner += 4;
  if ((flags & 0x2000) !== 0) inner += 4;
  if ((flags & 0x1000) !== 0) inner += 4;
  if (version === 1) {
    // Enhanced GRE of PPTP (RFC 2637): an acknowledgment number may follow.
    if ((flags & 0x0080) !== 0) inner += 4;
    if (inner < end && type === 0x880b) ppp(view, inner, end, layer);
    return;
  }
  if (version !== 0 || inner >= end) return;
  if (type === 0x6558) ethernet(view, inner, end, layer);
  // ERSPAN: type II has a header exactly when GRE carries a sequence number; type III always.
  else if (type === 0x88be) ethernet(view, inner + ((flags & 0x1000) === 0 ? 0 : 8), end, layer);
  else if (type === 0x22eb && end - inner >= 12)
    ethernet(view, inner + 12 + ((view.getUint8(inner + 11) & 1) === 0 ? 0 : 8), end, layer);
  else etherType(view, inner, end, type, layer);
}
