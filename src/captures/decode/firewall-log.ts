/** What packet filters write before the packets they log: PF of the BSDs, netfilter, and IPsec's own interface. */
import { family, has, IPV4_TYPE, IPV6_TYPE, type Layer, leave, open, RAW_IP } from './layer.ts';
import { DAMAGED, LINK_TYPE, unopened } from './unopened.ts';

const PFLOG = 117;
const NFLOG = 239;
/** Attributes in front of the packet that are looked through. */
const MAX_ATTRIBUTES = 64;
const NFULA_PAYLOAD = 9;

/**
 * PF (OpenBSD, FreeBSD, pfSense, OPNsense, macOS): the header says its length, which differs with the system, and is
 * filled up to a word of the system, which it does not say.
 */
export function pflog(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 4)) return;
  const length = view.getUint8(at);
  if (length < 28) {
    leave(layer, unopened(DAMAGED));
    return;
  }
  for (const word of [4, 8, 1]) {
    const packet = at + Math.ceil(length / word) * word;
    if (!has(layer, packet, end, 1)) return;
    const version = view.getUint8(packet) >>> 4;
    if (version === (view.getUint8(at + 1) === 2 ? 4 : 6)) {
      open(layer, packet, version === 4 ? IPV4_TYPE : IPV6_TYPE);
      return;
    }
  }
  leave(layer, unopened(LINK_TYPE, PFLOG));
}

/** PF before OpenBSD 3.4: 28 bytes, the address family first. */
export function oldPflog(view: DataView, at: number, end: number, layer: Layer): void {
  if (has(layer, at, end, 28)) family(view.getUint32(at), at + 28, layer);
}

/** Netfilter: family, version, resource, then attributes in the byte order of the system; one of them is the packet. */
export function nflog(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 8)) return;
  // The first attribute is short: read in the wrong order its length is not.
  const little = view.getUint16(at + 4, true) < view.getUint16(at + 4);
  let next = at + 4;
  for (let i = 0; i < MAX_ATTRIBUTES; i++) {
    if (!has(layer, next, end, 4)) return;
    const length = view.getUint16(next, little);
    if (length < 4) break;
    if ((view.getUint16(next + 2, little) & 0x7fff) === NFULA_PAYLOAD) {
      const protocols = view.getUint8(at);
      // Families of Linux; a bridge logs the network layer too.
      if (protocols === 2 || protocols === 10 || protocols === 7 || protocols === 0)
        open(layer, next + 4, RAW_IP);
      else leave(layer, unopened(LINK_TYPE, NFLOG));
      return;
    }
    next += (length + 3) & ~3;
  }
  leave(layer, unopened(DAMAGED));
}

/** enc(4): address family in the order of the system, security parameters, flags; then what IPsec carries, decrypted. */
export function enc(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 12)) return;
  const little = view.getUint32(at, true);
  family(little < 0x10000 ? little : view.getUint32(at), at + 12, layer);
}
