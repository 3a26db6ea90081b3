/**
 * The classic capture file (draft-ietf-opsawg-pcap): a file header, then records. Both byte orders, micro- and
 * nanoseconds, and Alexey Kuznetzov's modified format of old Linux systems with its longer record header.
 */
import { BATCH_PACKETS, type ContainerReader, MAX_PACKET, type PacketBatch } from './batch.ts';

export const CLASSIC_HEADER = 24;

interface Dialect {
  littleEndian: boolean;
  recordHeader: number;
  /** Microseconds in one unit of the record's fraction of a second. */
  fraction: number;
}

/** The dialect its magic number names, or undefined when this is no classic capture. */
export function classicDialect(view: DataView): Dialect | undefined {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === 0xa1b2c3d4) return { littleEndian, recordHeader: 16, fraction: 1 };
    if (magic === 0xa1b23c4d) return { littleEndian, recordHeader: 16, fraction: 0.001 };
    if (magic === 0xa1b2cd34) return { littleEndian, recordHeader: 24, fraction: 1 };
  }
  return undefined;
}

export class ClassicReader implements ContainerReader {
  readonly format = 'pcap';
  need = 0;
  damage: string | undefined;
  readonly #dialect: Dialect;
  readonly #linkType: number;

  /** @param header the first {@link CLASSIC_HEADER} bytes of the file. */
  constructor(header: DataView, dialect: Dialect) {
    this.#dialect = dialect;
    // The upper bits hold the length of the frame check sequence and flags, not the type.
    this.#linkType = header.getUint32(20, dialect.littleEndian) & 0xffff;
  }

  fill(batch: PacketBatch, start: number, end: number): number {
    const { littleEndian, recordHeader, fraction } = this.#dialect;
    const { view, offsets, captured, links, times } = batch;
    const linkType = this.#linkType;
    let position = start;
    let count = batch.count;
    this.need = 0;
    while (count < BATCH_PACKETS) {
      if (end - position < recordHeader) {
        this.need = recordHeader;
        break;
      }
      const length = view.getUint32(position + 8, littleEndian);
      if (length > MAX_PACKET) {
        this.damage = `a record claims ${length} bytes, more than any packet has (${MAX_PACKET})`;
        break;
      }
      const body = position + recordHeader;
      if (end - body < length) {
        this.need = recordHeader + length;
        break;
      }
      offsets[count] = body;
      captured[count] = length;
      links[count] = linkType;
      times[count] =
        view.getUint32(position, littleEndian) * 1e6 + view.getUint32(position + 4, littleEndian) * fraction;
      count++;
      position = body + length;
    }
    batch.count = count;
    return position;
  }
}
