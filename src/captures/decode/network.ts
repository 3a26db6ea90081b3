/** IPv4, IPv6, ARP and what they carry, through tunnels down to a bounded depth, into one row. */
import type { AddressBook } from './addresses.ts';
import { arp } from './arp.ts';
import { FragmentCache } from './fragments.ts';
import { IcmpDecoder } from './icmp.ts';
import { insideIp } from './ip-tunnel.ts';
import { ARP_TYPE, createLayer, IPV4_TYPE, IPV6_TYPE, type Layer, NONE } from './layer.ts';
import { peel } from './peel.ts';
import * as R from './record.ts';
import { TunnelPeers } from './tunnel-peers.ts';
import { insideUdp, isTunnelPort } from './udp-tunnel.ts';
import { CUT, DAMAGED, IP_PROTOCOL, MACSEC_ENCRYPTED, NESTED, unopened } from './unopened.ts';

/** Tunnels inside tunnels that are followed. */
const MAX_DEPTH = 4;
/** IPv6 extension headers that are skipped in one packet. */
const MAX_EXTENSIONS = 16;
/** Protocols that hide what they carry: ESP and IPComp. */
const ESP = 50;
const IPCOMP = 108;
/** Bytes a tunnel has at least; less is a probe of the protocol itself. */
const TUNNEL_BYTES = 8;

export class NetworkDecoder {
  readonly #addresses: AddressBook;
  readonly #fragments = new FragmentCache();
  readonly #icmp: IcmpDecoder;
  readonly #peers = new TunnelPeers();
  /** One for each depth. */
  readonly #layers = Array.from({ length: MAX_DEPTH + 1 }, createLayer);
  /** Why the last packet, or what it carries, was not opened (unopened.ts); 0 when it was. Reset by the caller. */
  left = 0;

  constructor(addresses: AddressBook) {
    this.#addresses = addresses;
    this.#icmp = new IcmpDecoder(addresses);
  }

  /** Decodes the network layer at `at` into the row; leaves its kind 0 when there is nothing to learn. */
  decode(
    view: DataView,
    at: number,
    end: number,
    type: number,
    rows: Int32Array,
    row: number,
    depth: number,
  ): void {
    if (type === IPV4_TYPE) this.#ipv4(view, at, end, rows, row, depth);
    else if (type === IPV6_TYPE) this.#ipv6(view, at, end, rows, row, depth);
    else if (type === ARP_TYPE && !arp(view, at, end, rows, row)) this.left = unopened(CUT);
  }

  #ipv4(view: DataView, at: number, end: number, rows: Int32Array, row: number, depth: number): void {
    if (end - at < 20) {
      this.left = unopened(CUT);
      return;
    }
    const first = view.getUint8(at);
    const header = (first & 15) * 4;
    if (first >>> 4 !== 4 || header < 20) {
      this.left = unopened(DAMAGED);
      return;
    }
    const total = view.getUint16(at + 2);
    // A total length of 0 is what a card that segments by itself shows for large packets.
    const length = total === 0 ? end - at : total;
    if (length < header) {
      this.left = unopened(DAMAGED);
      return;
    }
    const src = view.getInt32(at + 12);
    const dst = view.getInt32(at + 16);
    const protocol = view.getUint8(at + 9);
    rows[row + R.SRC] = src;
    rows[row + R.DST] = dst;
    rows[row + R.IP_AT] = at;
    const start = at + header;
    const stop = Math.min(end, at + length);
    const fragment = view.getUint16(at + 6);
    if ((fragment & 0x3fff) !== 0) {
      const id = (view.getUint16(at + 4) << 8) | protocol;
      this.#fragment(view, start, stop, protocol, (fragment & 0x1fff) * 8, id, 0, rows, row, depth);
      return;
    }
    this.#transport(view, start, stop, length - header, protocol, 0, rows, row, depth);
  }

  #ipv6(view: DataView, at: number, end: number, rows: Int32Array, row: number, depth: number): void {
    if (end - at < 40 || view.getUint8(at) >>> 4 !== 6) {
      this.left = unopened(end - at < 40 ? CUT : DAMAGED);
      return;
    }
    const length = view.getUint16(at + 4);
    const stop = length === 0 ? end : Math.min(end, at + 40 + length);
    const src = this.#addresses.number(view, at + 8);
    const dst = this.#addresses.number(view, at + 24);
    if (src < 0 || dst < 0) return;
    rows[row + R.SRC] = src;
    rows[row + R.DST] = dst;
    rows[row + R.IP_AT] = at;
    let protocol = view.getUint8(at + 6);
    let next = at + 40;
    for (let i = 0; i < MAX_EXTENSIONS; i++) {
      if (protocol === 44) {
        if (stop - next < 8) {
          this.left = unopened(CUT);
          return;
        }
        const position = view.getUint16(next + 2);
        protocol = view.getUint8(next);
        if ((position & 0xfff9) !== 0) {
          const id = Math.imul(view.getInt32(next + 4), 0x9e3779b1) ^ protocol;
          this.#fragment(view, next + 8, stop, protocol, position & 0xfff8, id, R.IPV6, rows, row, depth);
          return;
        }
        next += 8;
        continue;
      }
      // Hop-by-hop, routing, destination options, mobility, HIP, shim6; authentication counts in other units.
      const isExtension = [0, 43, 51, 60, 135, 139, 140].includes(protocol);
      if (!isExtension) break;
      const units = stop - next < 8 ? 0 : view.getUint8(next + 1);
      const size = protocol === 51 ? (units + 2) * 4 : (units + 1) * 8;
      if (stop - next < Math.max(8, size)) {
        if (end < at + 40 + length) this.left = unopened(CUT);
        break;
      }
      protocol = view.getUint8(next);
      next += size;
    }
    const carried = length === 0 ? stop - next : at + 40 + length - next;
    this.#transport(view, next, stop, carried, protocol, R.IPV6, rows, row, depth);
  }

  /**
   * @param length bytes by the IP header, which can be more than were captured
   * @param family R.IPV6 or 0
   */
  #transport(
    view: DataView,
    at: number,
    end: number,
    length: number,
    protocol: number,
    family: number,
    rows: Int32Array,
    row: number,
    depth: number,
  ): void {
    const size = end - at;
    rows[row + R.TRANSPORT_AT] = at;
    switch (protocol) {
      case R.TCP:
        if (size >= 4 && length >= 20) {
          const carried = length - 20;
          rows[row + R.PORTS] = view.getInt32(at);
          if (size >= 14) {
            rows[row + R.PAYLOAD] = length - ((view.getUint8(at + 12) >>> 4) << 2);
            rows[row + R.KIND] = R.TCP | family | (view.getUint8(at + 13) << 8);
          } else {
            rows[row + R.PAYLOAD] = carried;
            rows[row + R.KIND] =
              R.TCP | family | (size >= 10 ? guessFlags(view.getUint16(at + 8), carried) : R.FLAGS_UNKNOWN);
          }
          return;
        }
        break;
      case R.UDP:
        if (size >= 4 && length >= 8) {
          const ports = view.getInt32(at);
          if ((isTunnelPort(ports & 0xffff) || isTunnelPort(ports >>> 16)) && depth < MAX_DEPTH) {
            if (this.#insideUdp(view, at + 8, end, ports, rows, row, depth)) return;
          }
          rows[row + R.PORTS] = ports;
          rows[row + R.PAYLOAD] = length - 8;
          rows[row + R.TRANSPORT_AT] = at;
          rows[row + R.KIND] = R.UDP | family;
          return;
        }
        break;
      case R.SCTP:
        if (size >= 4 && length >= 12) {
          rows[row + R.PORTS] = view.getInt32(at);
          rows[row + R.PAYLOAD] = length - 12;
          const chunk = size >= 13 ? view.getUint8(at + 12) << 8 : R.FLAGS_UNKNOWN;
          rows[row + R.KIND] = R.SCTP | family | chunk;
          return;
        }
        break;
      case 1:
        if (family === 0 && this.#icmp.v4(view, at, end, rows, row)) return;
        if (size < length) this.left = unopened(CUT);
        break;
      case 58:
        if (family !== 0 && this.#icmp.v6(view, at, end, rows, row)) return;
        if (size < length) this.left = unopened(CUT);
        break;
      case 51:
        // Authentication header in IPv4: what it protects follows in the clear (RFC 4302).
        if (family === 0 && size >= 12 && depth < MAX_DEPTH) {
          const header = (view.getUint8(at + 1) + 2) * 4;
          const next = view.getUint8(at);
          if (next !== 51 && header >= 12 && header < size) {
            this.#transport(view, at + header, end, length - header, next, family, rows, row, depth + 1);
            return;
          }
        }
        break;
      default: {
        const layer = this.#layerAt(depth);
        if (!insideIp(protocol, view, at, end, layer)) {
          if ((protocol === ESP || protocol === IPCOMP) && length >= TUNNEL_BYTES)
            this.left = unopened(IP_PROTOCOL, protocol);
        } else if (depth >= MAX_DEPTH) this.left = unopened(NESTED);
        else if (this.#inner(view, layer, end, rows, row, depth)) return;
        else if (length < TUNNEL_BYTES) this.left = 0;
        else if (this.left === unopened(DAMAGED)) this.left = unopened(IP_PROTOCOL, protocol);
      }
    }
    if (protocol === R.TCP || protocol === R.UDP || protocol === R.SCTP)
      this.left = unopened(size < length ? CUT : DAMAGED);
    rows[row + R.PORTS] = protocol;
    rows[row + R.PAYLOAD] = length;
    rows[row + R.TRANSPORT_AT] = at;
    rows[row + R.KIND] = R.OTHER_IP | family;
  }

  #layerAt(depth: number): Layer {
    const layer = this.#layers[Math.min(depth, MAX_DEPTH)];
    return layer ?? createLayer();
  }

  /** What is sent to a tunnel's port, or from it to a client that it answers. */
  #insideUdp(
    view: DataView,
    at: number,
    end: number,
    ports: number,
    rows: Int32Array,
    row: number,
    depth: number,
  ): boolean {
    const layer = this.#layerAt(depth);
    const from = ports >>> 16;
    const to = ports & 0xffff;
    const forth = isTunnelPort(to);
    insideUdp(view, at, end, forth ? to : from, layer);
    if (layer.type === NONE) return false;
    if (!forth && !this.#peers.answers(rows[row + R.SRC] ?? 0, rows[row + R.DST] ?? 0, from, to))
      return false;
    if (this.#inner(view, layer, end, rows, row, depth)) return true;
    // Anything may be sent to such a port: what is no packet inside is an ordinary datagram.
    if (this.left !== unopened(MACSEC_ENCRYPTED)) this.left = 0;
    return false;
  }

  /** Decodes what a tunnel carries; when that says nothing, restores the row of the outer packet and gives false. */
  #inner(view: DataView, layer: Layer, end: number, rows: Int32Array, row: number, depth: number): boolean {
    peel(view, end, layer);
    if (layer.type === NONE) {
      this.left = layer.left;
      return false;
    }
    const src = rows[row + R.SRC] ?? 0;
    const dst = rows[row + R.DST] ?? 0;
    const ip = rows[row + R.IP_AT] ?? 0;
    rows[row + R.KIND] = 0;
    this.decode(view, layer.at, end, layer.type, rows, row, depth + 1);
    if (rows[row + R.KIND] !== 0) return true;
    rows[row + R.SRC] = src;
    rows[row + R.DST] = dst;
    rows[row + R.IP_AT] = ip;
    return false;
  }

  #fragment(
    view: DataView,
    at: number,
    end: number,
    protocol: number,
    offset: number,
    id: number,
    family: number,
    rows: Int32Array,
    row: number,
    depth: number,
  ): void {
    if (offset === 0 && (protocol !== R.TCP || end - at >= 20)) {
      // The transport header is whole: an ordinary large datagram. Its later fragments say nothing new.
      const size = end - at;
      if (protocol === 1 || protocol === 58) return;
      this.#transport(view, at, end, Math.max(size, 20), protocol, family, rows, row, depth);
      // Large datagrams break at about 1,500 bytes; whoever breaks so early means to hide.
      if (size <= 64 && (protocol === R.TCP || protocol === R.SCTP))
        rows[row + R.KIND] = (rows[row + R.KIND] ?? 0) | R.FRAGMENTED;
      return;
    }
    if (protocol !== R.TCP) return;
    const src = rows[row + R.SRC] ?? 0;
    const dst = rows[row + R.DST] ?? 0;
    const header = this.#fragments.add(src, dst, id, view, at, end, offset);
    if (header === undefined) return;
    rows[row + R.PORTS] = header.getInt32(0);
    rows[row + R.PAYLOAD] = 0;
    rows[row + R.TRANSPORT_AT] = -1;
    rows[row + R.KIND] = R.TCP | family | R.FRAGMENTED | (header.getUint8(13) << 8);
  }
}

/**
 * The snap length cut the flags off. Of a segment that acknowledges nothing, the length still tells an opening SYN
 * (which carries options) from a RST; the rest is left to the evidence table, which knows what came before.
 */
function guessFlags(acknowledged: number, carried: number): number {
  if (acknowledged !== 0) return R.GUESSED | R.FLAGS_UNKNOWN | 0x1000;
  return R.GUESSED | (carried > 0 ? 0x0200 : 0x0400);
}
