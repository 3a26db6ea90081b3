/**
 * The classic capture file (draft-ietf-opsawg-pcap): a file header, then records. Both byte orders, micro- and
 * nanoseconds, and Alexey Kuznetzov's modified format of old Linux systems with its longer record header.
 */
import { BATCH_PACKETS, type ContainerReader, MAX_PACKET, type PacketBatch } from './batch.ts';
import { classicMagic, isSection, KUZNETZOV, NANOSECONDS } from './magic.ts';

export const CLASSIC_HEADER = 24;

const MICRO = 1_000_000;
const NANO = 1_000_000_000;
/** Records looked at to tell whether their fractions are what the magic number says. */
const SAMPLE = 2048;

export class ClassicReader implements ContainerReader {
  readonly format = 'pcap';
  need = 0;
  readonly passing = 0;
  damage: string | undefined;
  another = false;
  clock: string | undefined;
  readonly #littleEndian: boolean;
  readonly #recordHeader: number;
  readonly #linkType: number;
  /** Units of the record's fraction in a second. */
  #units: number;
  #judged = false;

  /** @param at where a file header begins ; all {@link CLASSIC_HEADER} bytes of it must be there. */
  constructor(view: DataView, at: number) {
    const { magic, littleEndian } = classicMagic(view, at) ?? { magic: 0, littleEndian: true };
    this.#littleEndian = littleEndian;
    this.#recordHeader = magic === KUZNETZOV ? 24 : 16;
    this.#units = magic === NANOSECONDS ? NANO : MICRO;
    // The upper bits hold the length of the frame check sequence and flags, not the type.
    this.#linkType = view.getUint32(at + 20, littleEndian) & 0xffff;
  }

  fill(batch: PacketBatch, start: number, end: number): number {
    if (!this.#judged && end - start >= this.#recordHeader) this.#judge(batch.view, start, end);
    const { view, offsets, captured, times, earliest, latest } = batch;
    const littleEndian = this.#littleEndian;
    const recordHeader = this.#recordHeader;
    const units = this.#units;
    const micros = MICRO / units;
    const first = batch.count;
    let position = start;
    let count = first;
    this.need = 0;
    while (count < BATCH_PACKETS) {
      const body = position + recordHeader;
      if (body > end) {
        this.need = recordHeader;
        break;
      }
      const length = view.getUint32(position + 8, littleEndian);
      // A file header read as a record has its time zone, 0, for a length, and a time in 2055 or 2083.
      if ((length === 0 || length > MAX_PACKET) && this.#stops(view, position, end, length)) break;
      if (end - body < length) {
        this.need = recordHeader + length;
        break;
      }
      const fraction = view.getUint32(position + 4, littleEndian);
      let time = view.getUint32(position, littleEndian) * MICRO + fraction * micros;
      if (fraction >= units || time < earliest || time > latest) {
        if (this.#stops(view, position, end, length)) break;
        batch.doubtful = true;
        // A carry into the second was forgotten by some writers; more than that is no fraction at all.
        if (fraction >= 2 * units) time = Number.POSITIVE_INFINITY;
      }
      offsets[count] = body;
      captured[count] = length;
      times[count] = time;
      count++;
      position = body + length;
    }
    batch.links.fill(this.#linkType, first, count);
    batch.count = count;
    return position;
  }

  /** True when no record begins here; says why. */
  #stops(view: DataView, position: number, end: number, length: number): boolean {
    if (beginsCapture(view, position)) {
      this.another = end - position >= CLASSIC_HEADER;
      this.need = this.another ? 0 : CLASSIC_HEADER;
      return true;
    }
    if (length <= MAX_PACKET) return false;
    this.damage = `a record claims ${length} bytes, more than any packet has (${MAX_PACKET})`;
    return true;
  }

  /**
   * Some programs write nanoseconds behind the magic number of microseconds, or the reverse. Fractions of nanoseconds
   * nearly all have more than six digits. Fractions that never have seven in several different seconds, though they
   * come near, are microseconds: by chance that happens once in a thousand for each second.
   */
  #judge(view: DataView, start: number, end: number): void {
    this.#judged = true;
    let records = 0;
    let long = 0;
    let largest = 0;
    let seconds = 0;
    let last = -1;
    for (let at = start; records < SAMPLE && end - at >= this.#recordHeader; records++) {
      const length = view.getUint32(at + 8, this.#littleEndian);
      if (length > MAX_PACKET) break;
      const second = view.getUint32(at, this.#littleEndian);
      const fraction = view.getUint32(at + 4, this.#littleEndian);
      if (fraction >= MICRO && fraction < NANO) long++;
      if (fraction > largest) largest = fraction;
      if (second > last && fraction > 0) {
        seconds++;
        last = second;
      }
      at += this.#recordHeader + length;
    }
    if (this.#units === MICRO && long * 2 > records) {
      this.#units = NANO;
      this.clock =
        'The file says that it counts microseconds, but it counts nanoseconds: its times were read so.';
    } else if (this.#units === NANO && seconds >= 4 && largest >= MICRO / 2 && largest < MICRO) {
      this.#units = MICRO;
      this.clock =
        'The file says that it counts nanoseconds, but it counts microseconds: its times were read so.';
    }
  }
}

/**
 * True where the header of a capture stands in the midst of a file: 16 bytes must be there, and more is asked of them
 * than of the first of a file.
 */
export function beginsCapture(view: DataView, at: number): boolean {
  if (isSection(view, at)) return true;
  const found = classicMagic(view, at);
  if (found === undefined) return false;
  const { littleEndian } = found;
  const major = view.getUint16(at + 4, littleEndian);
  const minor = view.getUint16(at + 6, littleEndian);
  // Accuracy of the clock: written as 0 by everybody (draft-ietf-opsawg-pcap, section 4).
  const accuracy = view.getUint32(at + 12, littleEndian);
  return major === 2 && minor >= 2 && minor <= 4 && accuracy === 0;
}
