/**
 * pcapng (draft-ietf-opsawg-pcapng): sections, interfaces, enhanced, simple and obsolete packet blocks; every other
 * block is skipped. Byte order, interfaces and clocks begin anew with each section.
 */
import { BATCH_PACKETS, type ContainerReader, MAX_BLOCK, MAX_PACKET, type PacketBatch } from './batch.ts';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;

interface Interface {
  linkType: number;
  snapLength: number;
  /** Microseconds in one tick, and microseconds added to every time. */
  tick: number;
  offset: number;
}

/** True when these first 12 bytes open a pcapng file. */
export function isPcapng(view: DataView): boolean {
  if (view.getUint32(0) !== SECTION) return false;
  return view.getUint32(8, true) === BYTE_ORDER || view.getUint32(8, false) === BYTE_ORDER;
}

export class PcapngReader implements ContainerReader {
  readonly format = 'pcapng';
  need = 0;
  damage: string | undefined;
  #littleEndian = true;
  #interfaces: Interface[] = [];

  fill(batch: PacketBatch, start: number, end: number): number {
    const view = batch.view;
    let position = start;
    this.need = 0;
    while (batch.count < BATCH_PACKETS) {
      if (end - position < 12) {
        this.need = 12;
        break;
      }
      // The type of a section header reads the same in both orders: it says which order follows.
      if (view.getUint32(position) === SECTION && !this.#beginSection(view, position)) break;
      const type = view.getUint32(position, this.#littleEndian);
      const length = view.getUint32(position + 4, this.#littleEndian);
      if (length < 12 || length % 4 !== 0 || length > MAX_BLOCK) {
        this.damage = `a block claims an impossible length of ${length} bytes`;
        break;
      }
      if (end - position < length) {
        this.need = length;
        break;
      }
      if (view.getUint32(position + length - 4, this.#littleEndian) !== length) {
        this.damage = 'a block ends with another length than it began with';
        break;
      }
      this.damage = this.#block(batch, type, position + 8, position + length - 4);
      if (this.damage !== undefined) break;
      position += length;
    }
    return position;
  }

  #beginSection(view: DataView, position: number): boolean {
    const little = view.getUint32(position + 8, true) === BYTE_ORDER;
    if (!little && view.getUint32(position + 8, false) !== BYTE_ORDER) {
      this.damage = 'a section header has no byte-order mark';
      return false;
    }
    this.#littleEndian = little;
    this.#interfaces = [];
    return true;
  }

  /** Reads the body of one block; gives the reason when it cannot be right. */
  #block(batch: PacketBatch, type: number, start: number, end: number): string | undefined {
    const view = batch.view;
    const little = this.#littleEndian;
    const size = end - start;
    switch (type) {
      case SECTION: {
        if (size < 16) return 'a section header is too short';
        const major = view.getUint16(start + 4, little);
        const minor = view.getUint16(start + 6, little);
        // 1.2 was written by some tools and is read as 1.0 (draft-ietf-opsawg-pcapng, section 4.1).
        return major === 1 && (minor === 0 || minor === 2) ? undefined : `unknown version ${major}.${minor}`;
      }
      case INTERFACE:
        if (size < 8) return 'an interface description is too short';
        this.#interfaces.push(readInterface(view, start, end, little));
        return undefined;
      case ENHANCED_PACKET:
      case OBSOLETE_PACKET: {
        if (size < 20) return 'a packet block is too short';
        const id = type === ENHANCED_PACKET ? view.getUint32(start, little) : view.getUint16(start, little);
        const source = this.#interfaces[id];
        if (source === undefined) return `a packet names interface ${id}, which was never described`;
        const captured = view.getUint32(start + 12, little);
        if (captured > size - 20 || captured > MAX_PACKET) return 'a packet is longer than its block';
        const ticks = view.getUint32(start + 4, little) * 4_294_967_296 + view.getUint32(start + 8, little);
        add(batch, start + 20, captured, source.linkType, ticks * source.tick + source.offset);
        return undefined;
      }
      case SIMPLE_PACKET: {
        const source = this.#interfaces[0];
        if (source === undefined || size < 4) return 'a simple packet block has no interface or no length';
        const original = view.getUint32(start, little);
        const limit = source.snapLength === 0 ? original : Math.min(original, source.snapLength);
        if (limit > size - 4 || limit > MAX_PACKET) return 'a packet is longer than its block';
        add(batch, start + 4, limit, source.linkType, Number.NaN);
        return undefined;
      }
      default:
        return undefined;
    }
  }
}

function add(batch: PacketBatch, offset: number, captured: number, linkType: number, time: number): void {
  const i = batch.count++;
  batch.offsets[i] = offset;
  batch.captured[i] = captured;
  batch.links[i] = linkType;
  batch.times[i] = time;
}

function readInterface(view: DataView, start: number, end: number, little: boolean): Interface {
  const found: Interface = {
    linkType: view.getUint16(start, little),
    snapLength: view.getUint32(start + 4, little),
    tick: 1,
    offset: 0,
  };
  let position = start + 8;
  while (end - position >= 4) {
    const code = view.getUint16(position, little);
    const length = view.getUint16(position + 2, little);
    const value = position + 4;
    if (code === 0 || length > end - value) break;
    if (code === OPTION_TSRESOL && length === 1) {
      const resolution = view.getUint8(value);
      const exponent = resolution & 0x7f;
      found.tick = 1e6 / ((resolution & 0x80) === 0 ? 10 ** exponent : 2 ** exponent);
    } else if (code === OPTION_TSOFFSET && length === 8) {
      found.offset = Number(view.getBigInt64(value, little)) * 1e6;
    }
    position = value + ((length + 3) & ~3);
  }
  return found;
}
