/** The same packets in other containers, to test that the answer does not change. */

export interface Frame {
  /** Seconds and microseconds. */
  sec: number;
  usec: number;
  /** An Ethernet frame. */
  data: Buffer;
}

/** Packets of a little-endian microsecond Ethernet pcap. */
export function framesOf(file: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const length = file.readUInt32LE(at + 8);
    frames.push({
      sec: file.readUInt32LE(at),
      usec: file.readUInt32LE(at + 4),
      data: file.subarray(at + 16, at + 16 + length),
    });
    at += 16 + length;
  }
  return frames;
}

interface ClassicOptions {
  big?: boolean;
  nano?: boolean;
  kuznetzov?: boolean;
}

export function classic(frames: readonly Frame[], linkType: number, options: ClassicOptions = {}): Buffer {
  const { big = false, nano = false, kuznetzov = false } = options;
  const u32 = (value: number) => word(value, big);
  const magic = kuznetzov ? 0xa1b2cd34 : nano ? 0xa1b23c4d : 0xa1b2c3d4;
  const version = big ? Buffer.from([0, 2, 0, 4]) : Buffer.from([2, 0, 4, 0]);
  const parts = [u32(magic), version, u32(0), u32(0), u32(65_535), u32(linkType)];
  for (const { sec, usec, data } of frames) {
    parts.push(u32(sec), u32(nano ? usec * 1000 : usec), u32(data.length), u32(data.length));
    if (kuznetzov) parts.push(Buffer.alloc(8));
    parts.push(data);
  }
  return Buffer.concat(parts);
}

interface NgOptions {
  big?: boolean;
  packets?: 'enhanced' | 'simple' | 'obsolete';
  /** if_tsresol byte, with the ticks of a second it stands for. */
  resolution?: [number, bigint];
  offset?: number;
  unknown?: boolean;
}

export function ng(frames: readonly Frame[], linkType: number, options: NgOptions = {}): Buffer {
  const {
    big = false,
    packets = 'enhanced',
    resolution = [6, 1_000_000n],
    offset = 0,
    unknown = false,
  } = options;
  const u32 = (value: number) => word(value, big);
  const u16 = (value: number) => half(value, big);
  const block = (type: number, body: Buffer) => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    return Buffer.concat([u32(type), u32(padded.length + 12), padded, u32(padded.length + 12)]);
  };
  const seconds = Buffer.alloc(8);
  if (big) seconds.writeBigInt64BE(BigInt(offset));
  else seconds.writeBigInt64LE(BigInt(offset));
  const parts = [
    block(0x0a0d0d0a, Buffer.concat([u32(0x1a2b3c4d), u16(1), u16(0), Buffer.alloc(8, 255)])),
    block(
      1,
      Buffer.concat([
        u16(linkType),
        u16(0),
        u32(65_535),
        u16(9),
        u16(1),
        Buffer.from([resolution[0], 0, 0, 0]),
        u16(14),
        u16(8),
        seconds,
        u32(0),
      ]),
    ),
  ];
  for (const { sec, usec, data } of frames) {
    const ticks = ((BigInt(sec - offset) * 1_000_000n + BigInt(usec)) * resolution[1]) / 1_000_000n;
    const time = [u32(Number(ticks >> 32n)), u32(Number(ticks & 0xffffffffn))];
    const sizes = [u32(data.length), u32(data.length)];
    if (unknown) parts.push(block(0x0bad, Buffer.alloc(20)));
    if (packets === 'simple') parts.push(block(3, Buffer.concat([u32(data.length), data])));
    else if (packets === 'obsolete')
      parts.push(block(2, Buffer.concat([u16(0), u16(0), ...time, ...sizes, data])));
    else parts.push(block(6, Buffer.concat([u32(0), ...time, ...sizes, data])));
  }
  return Buffer.concat(parts);
}

function word(value: number, big: boolean): Buffer {
  const b = Buffer.alloc(4);
  if (big) b.writeUInt32BE(value >>> 0);
  else b.writeUInt32LE(value >>> 0);
  return b;
}

export function half(value: number, big: boolean): Buffer {
  const b = Buffer.alloc(2);
  if (big) b.writeUInt16BE(value);
  else b.writeUInt16LE(value);
  return b;
}
