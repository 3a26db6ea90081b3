/**
 * pcapng (draft-ietf-opsawg-pcapng): sections, interfaces, enhanced, simple and obsolete packet blocks; every other
 * block is skipped. Byte order, interfaces and clocks begin anew with each section.
 */
import { BATCH_PACKETS, type ContainerReader, MAX_BLOCK, MAX_PACKET, type PacketBatch } from './batch.ts';
import { beginsCapture, CLASSIC_HEADER } from './classic.ts';
import { BYTE_ORDER, classicMagic, SECTION } from './magic.ts';

const INTERFACE = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;

/** Interfaces believed in one section; each takes memory. */
const MAX_INTERFACES = 65_536;
const DIFFERENT_LENGTHS = 'a block ends with another length than it began with';

interface Interface {
  linkType: number;
  snapLength: number;
  /** Microseconds in one tick, and microseconds added to every time. */
  tick: number;
  offset: number;
}

export class PcapngReader implements ContainerReader {
  readonly format = 'pcapng';
  need = 0;
  passing = 0;
  damage: string | undefined;
  another = false;
  readonly clock = undefined;
  #littleEndian = true;
  #interfaces: Interface[] = [];
  /** Length of the block that is passed over, to be found again at its end. */
  #length = 0;

  fill(batch: PacketBatch, start: number, end: number): number {
    const view = batch.view;
    let position = start;
    this.need = 0;
    while (batch.count < BATCH_PACKETS) {
      if (this.passing > 0) {
        position = this.#pass(view, position, end);
        if (this.need > 0 || this.damage !== undefined) break;
      }
      if (end - position < 12) {
        this.need = 12;
        break;
      }
      // The type of a section header reads the same in both orders: it says which order follows.
      if (view.getUint32(position) === SECTION && !this.#beginSection(view, position)) break;
      const type = view.getUint32(position, this.#littleEndian);
      const length = view.getUint32(position + 4, this.#littleEndian);
      const read = isRead(type);
      if (!read && this.#classicBegins(view, position, end)) break;
      if (length < 12 || length % 4 !== 0 || (read && length > MAX_BLOCK)) {
        this.damage = `a block claims an impossible length of ${length} bytes`;
        break;
      }
      if (!read) {
        this.#length = length;
        this.passing = length;
        continue;
      }
      if (end - position < length) {
        this.need = length;
        break;
      }
      if (view.getUint32(position + length - 4, this.#littleEndian) !== length) {
        this.damage = DIFFERENT_LENGTHS;
        break;
      }
      this.damage = this.#block(batch, type, position + 8, position + length - 4);
      if (this.damage !== undefined) break;
      position += length;
    }
    return position;
  }

  /** Goes on over a block that is not read, however long it is: nothing of it is kept. */
  #pass(view: DataView, start: number, end: number): number {
    const step = Math.min(this.passing - 4, end - start);
    const position = start + step;
    this.passing -= step;
    if (this.passing > 4 || end - position < 4) {
      this.need = 4;
      return position;
    }
    if (view.getUint32(position, this.#littleEndian) !== this.#length) this.damage = DIFFERENT_LENGTHS;
    this.passing = 0;
    return position + 4;
  }

  /** `cat a.pcapng b.pcap`: true when a classic header stands here, or the bytes to tell have not come yet. */
  #classicBegins(view: DataView, position: number, end: number): boolean {
    if (classicMagic(view, position) === undefined) return false;
    if (end - position < CLASSIC_HEADER) this.need = CLASSIC_HEADER;
    else this.another = beginsCapture(view, position);
    return this.another || this.need > 0;
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
        if (this.#interfaces.length === MAX_INTERFACES) return `more than ${MAX_INTERFACES} interfaces`;
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
        return `block type ${type} is not read`;
    }
  }
}

/** True for blocks whose body is read; all others are passed over. */
function isRead(type: number): boolean {
  return (
    type === ENHANCED_PACKET ||
    type === SIMPLE_PACKET ||
    type === OBSOLETE_PACKET ||
    type === INTERFACE ||
    type === SECTION
  );
}

function add(batch: PacketBatch, offset: number, captured: number, linkType: number, time: number): void {
  const i = batch.count++;
  batch.offsets[i] = offset;
  batch.captured[i] = captured;
  batch.links[i] = linkType;
  batch.times[i] = time;
  if (time < batch.earliest || time > batch.latest) batch.doubtful = true;
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
