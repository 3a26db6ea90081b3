/** The same packets in other containers, links and tunnels, to test that the answer does not change. */

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

function half(value: number, big: boolean): Buffer {
  const b = Buffer.alloc(2);
  if (big) b.writeUInt16BE(value);
  else b.writeUInt16LE(value);
  return b;
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const typeOf = (frame: Buffer) => frame.subarray(12, 14);
const isIp = (frame: Buffer) => ['0800', '86dd'].includes(typeOf(frame).toString('hex'));
const isIp6 = (frame: Buffer) => typeOf(frame).toString('hex') === '86dd';
const ipOf = (frame: Buffer) => {
  const length = isIp6(frame) ? 40 + frame.readUInt16BE(18) : frame.readUInt16BE(16);
  return frame.subarray(14, 14 + length);
};
/** An outer Ethernet and IPv4 header around a payload of the given protocol. */
const outer = (protocol: number, payload: Buffer) => {
  const head = hex('020000000001 020000000002 0800 4500 0000 0001 0000 40 00 0000 c0000201 c0000202');
  head.writeUInt16BE(20 + payload.length, 16);
  head[23] = protocol;
  return Buffer.concat([head, payload]);
};
const udp = (port: number, payload: Buffer) => {
  const head = hex('c000 0000 0000 0000');
  head.writeUInt16BE(port, 2);
  head.writeUInt16BE(8 + payload.length, 4);
  return outer(17, Buffer.concat([head, payload]));
};
const wireless = (frame: Buffer) =>
  Buffer.concat([
    hex('0801 0000 020000000001 020000000002 020000000003 0000 aaaa03000000'),
    frame.subarray(12),
  ]);

export interface Wrapping {
  name: string;
  linkType: number;
  /** Undefined: this frame cannot be carried (no IP). */
  wrap: (frame: Buffer) => Buffer | undefined;
}

const ipOnly = (wrap: (frame: Buffer) => Buffer) => (frame: Buffer) =>
  isIp(frame) ? wrap(frame) : undefined;
const tagged = (tags: string) => (frame: Buffer) =>
  Buffer.concat([frame.subarray(0, 12), hex(tags), frame.subarray(12)]);

/** Each link type and tunnel, around an Ethernet frame. */
export const WRAPPINGS: readonly Wrapping[] = [
  { name: 'Ethernet', linkType: 1, wrap: (frame) => frame },
  { name: 'Ethernet with FCS bits', linkType: 0x24000001, wrap: (frame) => frame },
  { name: '802.1Q', linkType: 1, wrap: tagged('8100 0064') },
  { name: 'QinQ', linkType: 1, wrap: tagged('88a8 0064 8100 0065') },
  {
    name: 'MPLS',
    linkType: 1,
    wrap: ipOnly((f) => Buffer.concat([f.subarray(0, 12), hex('8847 00010040 00011140'), ipOf(f)])),
  },
  {
    name: 'PPPoE',
    linkType: 1,
    wrap: ipOnly((f) =>
      Buffer.concat([
        f.subarray(0, 12),
        hex('8864 1100 0001 0000'),
        hex(isIp6(f) ? '0057' : '0021'),
        ipOf(f),
      ]),
    ),
  },
  {
    name: '802.3 with SNAP',
    linkType: 1,
    wrap: (f) => Buffer.concat([f.subarray(0, 12), hex('0100 aaaa03 000000'), f.subarray(12)]),
  },
  {
    name: 'Linux cooked',
    linkType: 113,
    wrap: (f) => Buffer.concat([hex('0000 0001 0006 0200000000010000'), f.subarray(12)]),
  },
  {
    name: 'Linux cooked 2',
    linkType: 276,
    wrap: (f) => Buffer.concat([typeOf(f), hex('0000 00000001 0001 00 06 0200000000010000'), f.subarray(14)]),
  },
  {
    name: 'BSD loopback',
    linkType: 0,
    wrap: ipOnly((f) => Buffer.concat([hex(isIp6(f) ? '1e000000' : '02000000'), ipOf(f)])),
  },
  {
    name: 'BSD loopback, other order',
    linkType: 0,
    wrap: ipOnly((f) => Buffer.concat([hex(isIp6(f) ? '00000018' : '00000002'), ipOf(f)])),
  },
  {
    name: 'OpenBSD loopback',
    linkType: 108,
    wrap: ipOnly((f) => Buffer.concat([hex(isIp6(f) ? '0000001c' : '00000002'), ipOf(f)])),
  },
  { name: 'raw IP', linkType: 101, wrap: ipOnly(ipOf) },
  {
    name: 'PPP',
    linkType: 9,
    wrap: ipOnly((f) => Buffer.concat([hex(isIp6(f) ? 'ff03 0057' : 'ff03 0021'), ipOf(f)])),
  },
  { name: '802.11', linkType: 105, wrap: wireless },
  {
    name: 'radiotap',
    linkType: 127,
    wrap: (f) => Buffer.concat([hex('00 00 0a00 02000000 00 00'), wireless(f)]),
  },
  {
    name: 'GRE',
    linkType: 1,
    wrap: ipOnly((f) => outer(47, Buffer.concat([hex('0000'), typeOf(f), ipOf(f)]))),
  },
  {
    name: 'GRE with key around Ethernet',
    linkType: 1,
    wrap: (f) => outer(47, Buffer.concat([hex('2000 6558 00000007'), f])),
  },
  { name: 'IP in IP', linkType: 1, wrap: ipOnly((f) => outer(isIp6(f) ? 41 : 4, ipOf(f))) },
  { name: 'VXLAN', linkType: 1, wrap: (f) => udp(4789, Buffer.concat([hex('08000000 00000700'), f])) },
  {
    name: 'Geneve with an option',
    linkType: 1,
    wrap: (f) => udp(6081, Buffer.concat([hex('0200 6558 00000700 0102 8001 00000000'), f])),
  },
  {
    name: 'GTP-U with an extension',
    linkType: 1,
    wrap: ipOnly((f) =>
      udp(2152, Buffer.concat([hex('34ff 0000 00000001 0000 00 85 01 00 00 00'), ipOf(f)])),
    ),
  },
  {
    name: 'VXLAN in GRE',
    linkType: 1,
    wrap: (f) =>
      outer(
        47,
        Buffer.concat([
          hex('0000 0800'),
          udp(4789, Buffer.concat([hex('08000000 00000700'), f])).subarray(14),
        ]),
      ),
  },
];
