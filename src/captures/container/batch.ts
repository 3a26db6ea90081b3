/** A few thousand packets at a time, as columns: the containers fill it, the decoder reads it, nothing is allocated. */

/** Packets in one batch: its columns stay inside a core's second-level cache. */
export const BATCH_PACKETS = 2048;

export interface PacketBatch {
  /** The chunk of the file the packets lie in; both name the same memory. */
  bytes: Uint8Array;
  view: DataView;
  /** Packets filled in. */
  count: number;
  /** Number of the first packet, 1 for the first in the file. */
  firstNumber: number;
  /** Where packet i begins in `bytes`, and how many bytes of it were captured. */
  offsets: Int32Array;
  captured: Int32Array;
  /** Its link type (LINKTYPE_ values of tcpdump.org). */
  links: Int32Array;
  /** Microseconds since the epoch; NaN where the container has no time. */
  times: Float64Array;
  /**
   * Between these two a time is believed as it is. Whoever fills in one outside sets `doubtful`, and {@link Clock} looks
   * at the batch before anybody else does; +Infinity stands for a time that cannot be one.
   */
  earliest: number;
  latest: number;
  doubtful: boolean;
}

export function createBatch(): PacketBatch {
  const bytes = new Uint8Array(0);
  return {
    bytes,
    view: new DataView(bytes.buffer),
    count: 0,
    firstNumber: 1,
    offsets: new Int32Array(BATCH_PACKETS),
    captured: new Int32Array(BATCH_PACKETS),
    links: new Int32Array(BATCH_PACKETS),
    times: new Float64Array(BATCH_PACKETS),
    earliest: Number.POSITIVE_INFINITY,
    latest: Number.NEGATIVE_INFINITY,
    doubtful: false,
  };
}

/** What a container reader made of a stretch of bytes. */
export interface ContainerReader {
  readonly format: 'pcap' | 'pcapng';
  /**
   * Reads packets from `start` on into the batch until it is full or the bytes end; gives where it stopped. When it
   * could not take a step because more bytes are needed, `need` says how many from there (0: it can go on).
   */
  fill(batch: PacketBatch, start: number, end: number): number;
  need: number;
  /** Bytes of a block that is passed over and of which the end has not come yet. */
  passing: number;
  /** Set when what follows cannot be read; nothing after it is. */
  damage: string | undefined;
  /** Set when another capture begins where it stopped (`cat a.pcap b.pcap`); a new reader goes on there. */
  another: boolean;
  /** What a reader of the report should know of how the times were read. */
  readonly clock: string | undefined;
}

/** Largest packet or packet block believed, as in Wireshark's wiretap; a larger length is taken for damage. */
export const MAX_PACKET = 262_144;
export const MAX_BLOCK = 16 * 1024 * 1024;
