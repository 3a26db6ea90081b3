/**
 * The layer a packet has been opened to. Each header is taken off by one function, which says where the next layer
 * begins and what it is; `peel.ts` goes on until that is IPv4, IPv6 or ARP, or nobody knows.
 */
import { CUT, DAMAGED, unopened } from './unopened.ts';

/** Up to 0xffff a layer's type is its EtherType; above stand the layers that have none. */
export const IPV4_TYPE = 0x0800;
export const IPV6_TYPE = 0x86dd;
export const ARP_TYPE = 0x0806;
/** Nothing further: read to its end, or not opened ({@link Layer.left}). */
export const NONE = 0;
/** An Ethernet frame from its destination address on. */
export const FRAME = 0x10000;
/** IPv4 or IPv6, told apart by the first half byte. */
export const RAW_IP = 0x10001;
/** 802.2, from its destination service access point on. */
export const LLC = 0x10002;
/** An OSI network layer protocol identifier (ISO/IEC TR 9577), as in Frame Relay and ATM. */
export const NLPID = 0x10003;
/** The OUI and protocol of SNAP. */
export const SNAP = 0x10004;
export const PPP = 0x10005;
export const HDLC = 0x10006;
export const FRAME_RELAY = 0x10007;
export const WIRELESS = 0x10008;
/** 802.11 with the two bytes of its frame control exchanged, as Cisco tunnels it. */
export const WIRELESS_SWAPPED = 0x10009;
/** A captured packet of link type n is LINK + n (LINKTYPE_ values of tcpdump.org). */
export const LINK = 0x20000;

/** Reused, never kept. */
export interface Layer {
  /** Where the layer begins. */
  at: number;
  type: number;
  /** Why it was not opened (unopened.ts), when type is NONE; 0 when there is nothing to open. */
  left: number;
}

export function createLayer(): Layer {
  return { at: 0, type: NONE, left: 0 };
}

/** The next layer is `type` and begins at `at`. */
export function open(layer: Layer, at: number, type: number): void {
  layer.at = at;
  layer.type = type;
}

/** What comes cannot be opened, for this reason; 0: it holds no packet of ours. */
export function leave(layer: Layer, reason: number): void {
  layer.type = NONE;
  layer.left = reason;
}

/** True when `size` bytes are there; otherwise the layer is left as cut short. */
export function has(layer: Layer, at: number, end: number, size: number): boolean {
  if (end - at >= size) return true;
  leave(layer, unopened(CUT));
  return false;
}

/** IPv4 or IPv6 by its first half byte; some systems write PPP under the same number, with its address and control. */
export function rawIp(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 1)) return;
  const version = view.getUint8(at) >>> 4;
  if (version === 4) open(layer, at, IPV4_TYPE);
  else if (version === 6) open(layer, at, IPV6_TYPE);
  else if (end - at >= 2 && view.getUint16(at) === 0xff03) open(layer, at, PPP);
  else leave(layer, unopened(DAMAGED));
}

/**
 * 802.11 as it comes out of a tunnel: some exchange the two bytes of the frame control, some do not. A data frame has 8
 * in the lower half of one of them.
 */
export function tunnelledWireless(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 2)) return;
  const straight = (view.getUint8(at) & 15) === 8;
  open(layer, at, straight ? WIRELESS : WIRELESS_SWAPPED);
}

/** Address families: 2 is IPv4 everywhere, IPv6 is 10, 24, 28 or 30 depending on the system. */
export function family(value: number, at: number, layer: Layer): void {
  if (value === 2) open(layer, at, IPV4_TYPE);
  else if (value === 10 || value === 24 || value === 28 || value === 30) open(layer, at, IPV6_TYPE);
  else leave(layer, 0);
}

/**
 * True when what begins at `at` can be taken for an IP packet, where no header says so: an IPv4 header whose checksum is
 * right, or an IPv6 header whose length fits what is there.
 */
export function plausibleIp(view: DataView, at: number, end: number): boolean {
  if (end - at < 20) return false;
  const first = view.getUint8(at);
  if (first >>> 4 === 6) return end - at >= 40 && view.getUint16(at + 4) <= end - at - 40;
  const header = (first & 15) * 4;
  if (first >>> 4 !== 4 || header < 20 || header > end - at) return false;
  let sum = 0;
  for (let i = 0; i < header; i += 2) sum += view.getUint16(at + i);
  return ((sum & 0xffff) + (sum >>> 16)) % 0xffff === 0;
}

/** True for the EtherTypes of frames that carry IP; for guesses. */
export function plausibleType(type: number): boolean {
  return type === IPV4_TYPE || type === IPV6_TYPE || type === ARP_TYPE || type === 0x8100 || type === 0x88a8;
}

/** True for a frame of Ethernet, where no header says so: an EtherType of ours, and for IP a packet that can be right. */
export function plausibleFrame(view: DataView, at: number, end: number): boolean {
  if (end - at < 34) return false;
  const type = view.getUint16(at + 12);
  if (type === IPV6_TYPE) return view.getUint8(at + 14) >>> 4 === 6;
  if (type === IPV4_TYPE) return plausibleIp(view, at + 14, end);
  return plausibleType(type);
}

/** What a tunnel carries that does not say: IP, or else an Ethernet frame. */
export function ipOrFrame(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 1)) return;
  const version = view.getUint8(at) >>> 4;
  const framed = end - at >= 14 && plausibleType(view.getUint16(at + 12));
  if ((version === 4 || version === 6) && (!framed || plausibleIp(view, at, end))) open(layer, at, RAW_IP);
  else if (framed) open(layer, at, FRAME);
  else leave(layer, unopened(DAMAGED));
}
