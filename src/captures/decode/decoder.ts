/** Turns a batch of packets into rows of numbers: see record.ts for what a row holds. */
import type { PacketBatch } from '../container/batch.ts';
import type { AddressBook } from './addresses.ts';
import { createLayer, LINK, NONE, open } from './layer.ts';
import { ETHERNET } from './link.ts';
import { NetworkDecoder } from './network.ts';
import { peel } from './peel.ts';
import { type Decoded, KIND, ROW, TCP, UDP } from './record.ts';
import { TUNNEL_PORTS } from './udp-tunnel.ts';
import { Unopened } from './unopened.ts';

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
   * Ethernet: those are read right here, everything else by {@link NetworkDecoder}, which gives the same rows for
   * these too (a test compares the two).
   */
  decode(batch: PacketBatch, decoded: Decoded, shortcut = true): void {
    const { view, offsets, captured, links, count } = batch;
    const rows = decoded.rows;
    const network = this.#network;
    const layer = this.#layer;
    const tunnels = TUNNEL_PORTS;
    for (let i = 0, row = 0; i < count; i++, row += ROW) {
      const at = offsets[i] ?? 0;
      const length = captured[i] ?? 0;
      // 54 bytes: Ethernet, IPv4 without options, TCP.
      if (shortcut && length >= 54 && links[i] === ETHERNET && view.getUint32(at + 12) >>> 8 === 0x080045) {
        const protocol = view.getUint8(at + 23);
        const ports = view.getInt32(at + 34);
        const whole = (view.getUint16(at + 20) & 0x3fff) === 0;
        const total = view.getUint16(at + 16);
        if (whole && total >= 40 && protocol === TCP) {
          rows[row] = view.getInt32(at + 26);
          rows[row + 1] = view.getInt32(at + 30);
          rows[row + 2] = ports;
          rows[row + 3] = TCP | (view.getUint8(at + 47) << 8);
          rows[row + 4] = total - 20 - ((view.getUint8(at + 46) >>> 4) << 2);
          rows[row + 5] = at + 14;
          rows[row + 6] = at + 34;
          continue;
        }
        // A bit for each port: neither of the two is one of a tunnel.
        const tunnel =
          ((tunnels[ports >>> 21] ?? 0) >>> (ports >>> 16)) |
          ((tunnels[(ports & 0xffff) >>> 5] ?? 0) >>> ports);
        if (whole && total >= 28 && protocol === UDP && (tunnel & 1) === 0) {
          rows[row] = view.getInt32(at + 26);
          rows[row + 1] = view.getInt32(at + 30);
          rows[row + 2] = ports;
          rows[row + 3] = UDP;
          rows[row + 4] = total - 28;
          rows[row + 5] = at + 14;
          rows[row + 6] = at + 34;
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
