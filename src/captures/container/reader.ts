/** Reads a whole capture from a byte source, batch after batch, and says where and why it had to stop. */
import { PortolanError } from '../../core/errors.ts';
import { BATCH_PACKETS, type ContainerReader, createBatch, type PacketBatch } from './batch.ts';
import type { ByteSource } from './bytes.ts';
import { CLASSIC_HEADER, ClassicReader } from './classic.ts';
import { Clock } from './clock.ts';
import { decompressed } from './compression.ts';
import { CAPTURE_MAGIC, type Compression, classicMagic, isSection } from './magic.ts';
import { PcapngReader } from './pcapng.ts';

/** Bytes read at a time. Measured on two cores: smaller reads cost calls, larger ones fall out of the cache. */
const CHUNK = 256 * 1024;
/** Bytes waited for before the first packet is looked at. */
const AHEAD = 64 * 1024;

export interface CaptureExtent {
  format: 'pcap' | 'pcapng';
  compression: Compression;
  packets: number;
  /** Decompressed. */
  bytes: number;
  truncated?: { offset: number; reason: string };
  /** Captures that stand one behind the other in the file. */
  parts: number;
  /** How the times were read, in sentences, where they are not what the file says. */
  clock: string[];
  /** Microseconds since the epoch from which the span of the capture counts, if not from its earliest packet. */
  since?: number;
}

export interface ReadOptions {
  /** Decompressed. */
  maxBytes?: number | undefined;
  /** Called for each batch. The batch is reused: nothing of it may be kept. */
  onBatch: (batch: PacketBatch) => void;
  /** Called after each chunk; may throw to stop. */
  onChunk: (state: { bytes: number; packets: number }) => void | Promise<void>;
}

/** @throws PortolanError corrupt_capture when not even the beginning can be read; file_too_large beyond maxBytes. */
export async function readCapture(raw: ByteSource, options: ReadOptions): Promise<CaptureExtent> {
  const { source, compression } = await decompressed(raw, options.maxBytes);
  try {
    return await readPlain(source, compression, options);
  } finally {
    // Also when it fails half way: a decompressor left behind holds its memory, and that of xz blocks the next one.
    source.close();
  }
}

async function readPlain(
  source: ByteSource,
  compression: Compression,
  options: ReadOptions,
): Promise<CaptureExtent> {
  const maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
  const batch = createBatch();
  let buffer = new Uint8Array(CHUNK);
  use(batch, buffer);
  let { filled, fault }: { filled: number; fault: string | undefined } = await readAhead(source, buffer);
  let reader = open(batch.view, 0, filled, compression, fault);
  let position = reader.format === 'pcap' ? CLASSIC_HEADER : 0;
  const { format } = reader;
  const clock = new Clock();
  const clockNotes = new Set<string>();
  let parts = 1;
  /** Offset in the decompressed file of the buffer's first byte. */
  let base = 0;
  let packets = 0;
  let ended = fault !== undefined;
  for (;;) {
    batch.count = 0;
    batch.firstNumber = packets + 1;
    clock.prepare(batch);
    position = reader.fill(batch, position, filled);
    if (reader.clock !== undefined) clockNotes.add(reader.clock);
    if (batch.count > 0) {
      clock.check(batch);
      packets += batch.count;
      options.onBatch(batch);
    }
    if (reader.damage !== undefined) break;
    if (reader.another) {
      reader = open(batch.view, position, filled, compression, undefined);
      if (reader.format === 'pcap') position += CLASSIC_HEADER;
      clock.restart();
      parts++;
      continue;
    }
    if (batch.count === BATCH_PACKETS) continue;
    if (ended) break;
    // Move what is left to the front and read on behind it.
    buffer.copyWithin(0, position, filled);
    base += position;
    filled -= position;
    position = 0;
    if (reader.need > buffer.length) {
      const larger = new Uint8Array(reader.need);
      larger.set(buffer.subarray(0, filled));
      buffer = larger;
      use(batch, buffer);
    }
    let count = 0;
    try {
      const reading = source.read(buffer.subarray(filled));
      count = typeof reading === 'number' ? reading : await reading;
    } catch (error) {
      fault = reasonOf(error);
    }
    filled += count;
    ended = count === 0;
    if (base + filled > maxBytes) {
      throw new PortolanError(
        'file_too_large',
        `The capture holds more than ${maxBytes} bytes${compression === 'none' ? '' : ' once decompressed'}.`,
        'Cut it with editcap, or read it with `portolan pcap`, which has no limit.',
        { limit: `captures.maxFileMb, ${maxBytes} bytes decompressed` },
      );
    }
    const waiting = options.onChunk({ bytes: base + filled, packets });
    if (waiting !== undefined) await waiting;
  }
  const cut = position < filled || reader.passing > 0;
  const reason = reader.damage ?? fault ?? (cut ? 'the file ends in the middle of a packet' : undefined);
  if (packets === 0 && reason !== undefined) throw unreadable(reader, reason, cut, base + filled);
  const extent: CaptureExtent = {
    format,
    compression,
    packets,
    bytes: base + filled,
    parts,
    clock: [...clockNotes, ...clock.notes()],
  };
  if (clock.since !== undefined) extent.since = clock.since;
  if (reason !== undefined) extent.truncated = { offset: base + position, reason };
  return extent;
}

/** The first packets are judged together (clock.ts): a good number of them should be there, also from a slow pipe. */
async function readAhead(source: ByteSource, buffer: Uint8Array) {
  let filled = 0;
  try {
    while (filled < AHEAD) {
      const count = await source.read(buffer.subarray(filled));
      if (count === 0) break;
      filled += count;
    }
  } catch (error) {
    return { filled, fault: reasonOf(error) };
  }
  return { filled, fault: undefined };
}

function unreadable({ format, damage }: ContainerReader, reason: string, cut: boolean, bytes: number) {
  if (damage === undefined && cut) {
    return new PortolanError(
      'corrupt_capture',
      `This ${format} file ends in the middle of its first packet, after ${bytes} bytes: no packet can be read.`,
      'It was cut short (an unfinished copy, a full disk, a capture not yet written out): copy or record it again.',
    );
  }
  return new PortolanError(
    'corrupt_capture',
    `No packet of this ${format} file can be read: ${reason}.`,
    'Give a capture that opens in Wireshark, or repair this one.',
  );
}

/** A reader for the capture whose header begins at `at`. */
function open(
  view: DataView,
  at: number,
  filled: number,
  compression: Compression,
  fault: string | undefined,
): ContainerReader {
  const size = filled - at;
  const inside = compression === 'none' ? '' : ` inside ${compression}`;
  if (size >= CAPTURE_MAGIC && isSection(view, at)) return new PcapngReader();
  const classic = size >= 4 && classicMagic(view, at) !== undefined;
  if (classic && size >= CLASSIC_HEADER) return new ClassicReader(view, at);
  throw new PortolanError(
    'corrupt_capture',
    !classic
      ? `This is no pcap or pcapng file${inside}: ${fault ?? (size === 0 ? 'it is empty' : 'its first bytes are none of theirs')}.`
      : `The capture${inside} ends inside its file header, after ${size} bytes${fault === undefined ? '' : `: ${fault}`}.`,
    'Give a capture written by tcpdump, dumpcap or Wireshark (pcap or pcapng, also compressed with gzip, zstd, xz, lz4, bzip2 or zip).',
  );
}

function use(batch: PacketBatch, buffer: Uint8Array<ArrayBuffer>): void {
  batch.bytes = buffer;
  batch.view = new DataView(buffer.buffer);
}

function reasonOf(error: unknown): string {
  if (error instanceof PortolanError) throw error;
  // A read of a directory or a failing disk is not damage of the capture.
  if (error instanceof Error && 'syscall' in error) throw error;
  return `decompression failed: ${error instanceof Error ? error.message : String(error)}`;
}
