/** Reads a whole capture from a byte source, batch after batch, and says where and why it had to stop. */
import { PortolanError } from '../../core/errors.ts';
import { BATCH_PACKETS, type ContainerReader, createBatch, type PacketBatch } from './batch.ts';
import { type ByteSource, readFully } from './bytes.ts';
import { CLASSIC_HEADER, ClassicReader, classicDialect } from './classic.ts';
import { type Compression, decompressed } from './compression.ts';
import { isPcapng, PcapngReader } from './pcapng.ts';

/** Bytes read at a time. Measured on two cores: smaller reads cost calls, larger ones fall out of the cache. */
const CHUNK = 256 * 1024;

export interface CaptureExtent {
  format: 'pcap' | 'pcapng';
  compression: Compression;
  packets: number;
  /** Decompressed. */
  bytes: number;
  truncated?: { offset: number; reason: string };
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
  const { source, compression } = await decompressed(raw);
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
  let fault: string | undefined;
  let filled = 0;
  try {
    filled = await readFully(source, buffer.subarray(0, CLASSIC_HEADER));
  } catch (error) {
    fault = reasonOf(error);
  }
  const { reader, start } = open(batch.view, filled, compression, fault);
  let position = start;
  /** Offset in the decompressed file of the buffer's first byte. */
  let base = 0;
  let packets = 0;
  let ended = false;
  for (;;) {
    batch.count = 0;
    batch.firstNumber = packets + 1;
    position = reader.fill(batch, position, filled);
    if (batch.count > 0) {
      packets += batch.count;
      options.onBatch(batch);
    }
    if (reader.damage !== undefined) break;
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
      count = await source.read(buffer.subarray(filled));
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
    await options.onChunk({ bytes: base + filled, packets });
  }
  if (packets === 0 && (reader.damage ?? fault) !== undefined) {
    throw new PortolanError(
      'corrupt_capture',
      `No packet of this ${reader.format} file can be read: ${reader.damage ?? fault}.`,
      'Give a capture that opens in Wireshark, or repair this one.',
    );
  }
  const extent: CaptureExtent = { format: reader.format, compression, packets, bytes: base + filled };
  const reason =
    reader.damage ?? fault ?? (position < filled ? 'the file ends in the middle of a packet' : undefined);
  return reason === undefined ? extent : { ...extent, truncated: { offset: base + position, reason } };
}

function open(
  view: DataView,
  filled: number,
  compression: Compression,
  fault: string | undefined,
): { reader: ContainerReader; start: number } {
  const inside = compression === 'none' ? '' : ` inside ${compression}`;
  if (filled >= 12 && isPcapng(view)) return { reader: new PcapngReader(), start: 0 };
  const dialect = filled >= 4 ? classicDialect(view) : undefined;
  if (dialect !== undefined && filled >= CLASSIC_HEADER) {
    return { reader: new ClassicReader(view, dialect), start: CLASSIC_HEADER };
  }
  throw new PortolanError(
    'corrupt_capture',
    dialect === undefined
      ? `This is no pcap or pcapng file${inside}: ${fault ?? (filled === 0 ? 'it is empty' : 'its first bytes are none of theirs')}.`
      : `The capture${inside} ends inside its file header, after ${filled} bytes${fault === undefined ? '' : `: ${fault}`}.`,
    'Give a capture written by tcpdump, dumpcap or Wireshark (pcap or pcapng, also gzip, zstd, xz or lz4 compressed).',
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
