/**
 * Tunnels over UDP: VXLAN (RFC 7348) and its group policy and generic extensions, Geneve (RFC 8926), GTP-U (3GPP TS
 * 29.281), L2TP (RFC 2661, 3931), Teredo (RFC 4380), CAPWAP (RFC 5415), MPLS (RFC 7510), LISP (RFC 9300), and TZSP.
 */
import { afterType, nextProtocol } from './ethernet.ts';
import { pseudowire } from './ip-tunnel.ts';
import {
  FRAME,
  has,
  IPV6_TYPE,
  ipOrFrame,
  type Layer,
  LINK,
  leave,
  open,
  PPP,
  RAW_IP,
  tunnelledWireless,
  WIRELESS,
} from './layer.ts';
import { LINK_TYPE, unopened } from './unopened.ts';

type Tunnel = (view: DataView, at: number, end: number, layer: Layer) => void;

const TUNNELS: Readonly<Record<number, Tunnel>> = {
  1701: l2tp,
  2152: gtp,
  3544: teredo,
  4341: lisp,
  4789: vxlan,
  4790: vxlanGeneric,
  5247: capwap,
  6081: geneve,
  6635: mpls,
  // The port Linux used before VXLAN had one.
  8472: vxlan,
  37008: tzsp,
};

/** A bit for each port that is one of a tunnel, 32 in a word: it is asked for every UDP packet. */
export const TUNNEL_PORTS = new Int32Array(2048);
for (const port of Object.keys(TUNNELS).map(Number))
  TUNNEL_PORTS[port >>> 5] = (TUNNEL_PORTS[port >>> 5] ?? 0) | (1 << (port & 31));

export function isTunnelPort(port: number): boolean {
  return (((TUNNEL_PORTS[port >>> 5] ?? 0) >>> (port & 31)) & 1) === 1;
}

/** Finds the layer inside a UDP payload sent to or from a tunnel port; NONE when it is no such tunnel. */
export function insideUdp(view: DataView, at: number, end: number, port: number, layer: Layer): void {
  leave(layer, 0);
  const tunnel = TUNNELS[port];
  if (tunnel !== undefined && end - at >= 8) tunnel(view, at, end, layer);
}

/** With group policy (G) and, where an implementation sets it on this port too, a next protocol (P). */
function vxlan(view: DataView, at: number, _end: number, layer: Layer): void {
  const flags = view.getUint8(at);
  if ((flags & 0x08) === 0) return;
  if ((flags & 0x84) === 0x04) nextProtocol(view.getUint8(at + 3), at + 8, layer);
  else open(layer, at + 8, FRAME);
}

/** draft-ietf-nvo3-vxlan-gpe: version 0; without the P bit what follows is Ethernet, as in VXLAN. */
function vxlanGeneric(view: DataView, at: number, _end: number, layer: Layer): void {
  const flags = view.getUint8(at);
  if ((flags & 0x38) !== 0x08) return;
  if ((flags & 0x04) === 0) open(layer, at + 8, FRAME);
  else nextProtocol(view.getUint8(at + 3), at + 8, layer);
}

function geneve(view: DataView, at: number, _end: number, layer: Layer): void {
  // Version 0; options come in four-byte words.
  if (view.getUint8(at) >>> 6 !== 0) return;
  const inner = at + 8 + (view.getUint8(at) & 0x3f) * 4;
  afterType(layer, inner, view.getUint16(at + 2));
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
  ipOrFrame(view, inner, end, layer);
}

/** Data messages only: control messages are a conversation of the tunnel's ends. */
function l2tp(view: DataView, at: number, end: number, layer: Layer): void {
  const flags = view.getUint16(at);
  const version = flags & 15;
  if ((flags & 0x8000) !== 0) return;
  if (version === 3) pseudowire(view, at + 8, end, layer);
  if (version !== 2) return;
  // Length, sequence numbers and offset are there when their bits say so.
  let inner = at + 6 + ((flags & 0x4000) === 0 ? 0 : 2) + ((flags & 0x0800) === 0 ? 0 : 4);
  if ((flags & 0x0200) !== 0) {
    if (end - inner < 2) return;
    inner += 2 + view.getUint16(inner);
  }
  open(layer, inner, PPP);
}

/** IPv6, behind an authentication and an origin indication where they are there. */
function teredo(view: DataView, start: number, end: number, layer: Layer): void {
  let at = start;
  // Client identifier and authentication value of any length, a nonce and a confirmation.
  if (view.getUint16(at) === 1) at += 13 + view.getUint8(at + 2) + view.getUint8(at + 3);
  if (end - at >= 8 && view.getUint16(at) === 0) at += 8;
  if (end - at >= 40 && view.getUint8(at) >>> 4 === 6) open(layer, at, IPV6_TYPE);
}

function lisp(_view: DataView, at: number, _end: number, layer: Layer): void {
  open(layer, at + 8, RAW_IP);
}

function mpls(_view: DataView, at: number, _end: number, layer: Layer): void {
  open(layer, at, 0x8847);
}

/** Data of an access point that is not encrypted: an Ethernet frame, or (T) that of its radio. */
function capwap(view: DataView, at: number, end: number, layer: Layer): void {
  const head = view.getUint32(at);
  const inner = at + ((head >>> 19) & 31) * 4;
  const keepAlive = (head & 0x08) !== 0;
  const later = (head & 0x80) !== 0 && view.getUint16(at + 6) >>> 3 !== 0;
  if (head >>> 24 !== 0 || inner < at + 8 || keepAlive || later || end - inner < 2) return;
  if ((head & 0x100) === 0) open(layer, inner, FRAME);
  // Radio binding 1 is 802.11.
  else if (((head >>> 9) & 31) === 1) tunnelledWireless(view, inner, end, layer);
}

/** TZSP, the Tazmen sniffer protocol (MikroTik, Aruba): version, type, encapsulation, tagged fields to an end mark. */
export function tzsp(view: DataView, start: number, end: number, layer: Layer): void {
  if (!has(layer, start, end, 5)) return;
  leave(layer, 0);
  // Received and transmitted packets; others are talk of the sensor.
  if (view.getUint8(start) !== 1 || view.getUint8(start + 1) > 1) return;
  let at = start + 4;
  for (;;) {
    if (!has(layer, at, end, 1)) return;
    const tag = view.getUint8(at++);
    if (tag === 1) break;
    if (tag === 0) continue;
    if (!has(layer, at, end, 1)) return;
    at += 1 + view.getUint8(at);
  }
  const types: Readonly<Record<number, number>> = {
    1: FRAME,
    18: WIRELESS,
    119: LINK + 119,
    127: LINK + 163,
  };
  const type = types[view.getUint16(start + 2)];
  if (type === undefined) leave(layer, unopened(LINK_TYPE, 128));
  else open(layer, at, type);
}
