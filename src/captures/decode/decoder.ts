/** Turns a batch of packets into rows of numbers: see record.ts for what a row holds. */
import type { PacketBatch } from '../container/batch.ts';
import type { AddressBook } from './addresses.ts';
import { createLayer, IPV4_TYPE, LINK, NONE, open } from './layer.ts';
import { ETHERNET } from './link.ts';
import { NetworkDecoder } from './network.ts';
import { peel } from './peel.ts';
import { type Decoded, KIND, ROW, TCP, UDP } from './record.ts';
import { TUNNEL_PORTS } from './udp-tunnel.ts';
import { Unopened } from './unopened.ts';

/** More bytes than any packet has: nothing of this link is read by the shortcut. */
const NOT_PLAIN = 1 << 30;
const NO_PLAIN_LINK = { before: NOT_PLAIN, typeAt: -1 };
const RAW = { before: 0, typeAt: -1 };
/** Links behind whose header IPv4 begins at once: the bytes of the header, and where in it the EtherType stands. */
const PLAIN_LINKS: Readonly<Record<number, { before: number; typeAt: number }>> = {
  [ETHERNET]: { before: 14, typeAt: 12 },
  113: { before: 16, typeAt: 14 },
  276: { before: 20, typeAt: 0 },
  12: RAW,
  14: RAW,
  101: RAW,
  228: RAW,
};

export class Decoder {
  readonly #network: NetworkDecoder;
  readonly #layer = createLayer();
  /** Packets that were not opened, and why. */
  readonly unopened = new Unopened();

  constructor(addresses: AddressBook) {
    this.#network = new NetworkDecoder(addresses);
  }

  /**
   * Decodes every packet of the batch. Nine of ten packets of an ordinary capture are TCP or UDP over plain IPv4 over
   * Ethernet, Linux cooked or nothing: those are read right here, everything else by {@link NetworkDecoder}, which gives
   * the same rows for these too (a test compares the two).
   */
  decode(batch: PacketBatch, decoded: Decoded, shortcut = true): void {
    const { view, offsets, captured, links, count } = batch;
    const rows = decoded.rows;
    const network = this.#network;
    const layer = this.#layer;
    const tunnels = TUNNEL_PORTS;
    let link = -1;
    let before = NOT_PLAIN;
    let typeAt = 0;
    for (let i = 0, row = 0; i < count; i++, row += ROW) {
      const at = offsets[i] ?? 0;
      const length = captured[i] ?? 0;
      if (links[i] !== link) {
        link = links[i] ?? 0;
        ({ before, typeAt } = (shortcut ? PLAIN_LINKS[link] : undefined) ?? NO_PLAIN_LINK);
      }
      const ip = at + before;
      // IPv4 without options and a UDP header.
      if (
        length >= before + 28 &&
        view.getUint8(ip) === 0x45 &&
        (typeAt < 0 || view.getUint16(at + typeAt) === IPV4_TYPE)
      ) {
        const protocol = view.getUint8(ip + 9);
        const ports = view.getInt32(ip + 20);
        const whole = (view.getUint16(ip + 6) & 0x3fff) === 0;
        const total = view.getUint16(ip + 2);
        if (whole && total >= 40 && protocol === TCP && length >= before + 40) {
          rows[row] = view.getInt32(ip + 12);
          rows[row + 1] = view.getInt32(ip + 16);
          rows[row + 2] = ports;
          rows[row + 3] = TCP | (view.getUint8(ip + 33) << 8);
          rows[row + 4] = total - 20 - ((view.getUint8(ip + 32) >>> 4) << 2);
          rows[row + 5] = ip;
          rows[row + 6] = ip + 20;
          continue;
        }
        // A bit for each port: neither of the two is one of a tunnel.
        const tunnel =
          ((tunnels[ports >>> 21] ?? 0) >>> (ports >>> 16)) |
          ((tunnels[(ports & 0xffff) >>> 5] ?? 0) >>> ports);
        if (whole && total >= 28 && protocol === UDP && (tunnel & 1) === 0) {
          rows[row] = view.getInt32(ip + 12);
          rows[row + 1] = view.getInt32(ip + 16);
          rows[row + 2] = ports;
          rows[row + 3] = UDP;
          rows[row + 4] = total - 28;
          rows[row + 5] = ip;
          rows[row + 6] = ip + 20;
          continue;
        }
      }
      rows[row + KIND] = 0;
      // An EtherType is what most packets begin with; up to 1500 it is a length.
      const type = links[i] === ETHERNET && length >= 14 ? view.getUint16(at + 12) : 0;
      if (type > 1500) open(layer, at + 14, type);
      else open(layer, at, LINK + (links[i] ?? 0));
      peel(view, at + length, layer);
      if (layer.type === NONE) {
        if (layer.left !== 0) this.unopened.count(layer.left);
        continue;
      }
      network.left = 0;
      network.decode(view, layer.at, at + length, layer.type, rows, row, 0);
      if (network.left !== 0) this.unopened.count(network.left);
    }
  }
}
