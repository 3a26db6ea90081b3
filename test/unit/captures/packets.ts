/** Makes small captures in memory for unit tests. */

export interface Segment {
  src: string;
  dst: string;
  sport: number;
  dport: number;
  flags: number;
  /** Seconds. */
  at?: number;
}

const number = (ip: string) => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** A classic pcap of raw IPv4 TCP segments without options. */
export function pcapOf(segments: Iterable<Segment>): Buffer {
  const parts = [header()];
  for (const one of segments)
    parts.push(recordOf(number(one.src), number(one.dst), one.sport, one.dport, one.flags, one.at));
  return Buffer.concat(parts);
}

export function header(): Buffer {
  const b = Buffer.alloc(24);
  b.writeUInt32LE(0xa1b2c3d4, 0);
  b.writeUInt16LE(2, 4);
  b.writeUInt16LE(4, 6);
  b.writeUInt32LE(65_535, 16);
  b.writeUInt32LE(101, 20);
  return b;
}

/** One record: header, IPv4, TCP. */
export function recordOf(
  src: number,
  dst: number,
  sport: number,
  dport: number,
  flags: number,
  at = 1_700_000_000,
): Buffer {
  const b = Buffer.alloc(56);
  b.writeUInt32LE(Math.floor(at), 0);
  b.writeUInt32LE(Math.round((at % 1) * 1e6), 4);
  b.writeUInt32LE(40, 8);
  b.writeUInt32LE(40, 12);
  b[16] = 0x45;
  b.writeUInt16BE(40, 18);
  b[24] = 64;
  b[25] = 6;
  b.writeUInt32BE(src >>> 0, 28);
  b.writeUInt32BE(dst >>> 0, 32);
  b.writeUInt16BE(sport, 36);
  b.writeUInt16BE(dport, 38);
  b[48] = 0x50;
  b[49] = flags;
  b.writeUInt16BE(1024, 50);
  return b;
}

/** The same for UDP, with a payload of sixteen bytes. */
export function datagramOf(src: number, dst: number, sport: number, dport: number, at?: number): Buffer {
  const b = recordOf(src, dst, sport, dport, 0, at);
  b[25] = 17;
  b.writeUInt16BE(20, 40);
  b.writeUInt32BE(0x01020304, 44);
  b.writeUInt32BE(0, 48);
  return b;
}

export async function* streamOf(...chunks: Buffer[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
