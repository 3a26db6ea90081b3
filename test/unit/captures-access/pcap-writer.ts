/** Small deterministic captures: TCP over IPv4 over Ethernet in a classic little-endian pcap file. */

export interface TcpPacket {
  /** Seconds since the epoch. */
  time: number;
  src: string;
  dst: string;
  sport: number;
  dport: number;
  flags: number;
  seq?: number;
  ack?: number;
  window?: number;
}

export const FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

/** A pcap file (LINKTYPE_ETHERNET, microseconds) of these packets. */
export function pcap(packets: readonly TcpPacket[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  return Buffer.concat([header, ...packets.flatMap(record)]);
}

function record(packet: TcpPacket): Buffer[] {
  const frame = ethernet(packet);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(Math.floor(packet.time), 0);
  header.writeUInt32LE(Math.round((packet.time % 1) * 1e6), 4);
  header.writeUInt32LE(frame.length, 8);
  header.writeUInt32LE(frame.length, 12);
  return [header, frame];
}

function ethernet({ src, dst, sport, dport, flags, seq = 1000, ack = 0, window = 1024 }: TcpPacket): Buffer {
  const frame = Buffer.alloc(54);
  frame.write('020000000002020000000001', 0, 'hex');
  frame.writeUInt16BE(0x0800, 12);
  frame[14] = 0x45;
  frame.writeUInt16BE(40, 16);
  frame[22] = 64;
  frame[23] = 6;
  Buffer.from(src.split('.').map(Number)).copy(frame, 26);
  Buffer.from(dst.split('.').map(Number)).copy(frame, 30);
  frame.writeUInt16BE(sum(frame.subarray(14, 34)), 24);
  frame.writeUInt16BE(sport, 34);
  frame.writeUInt16BE(dport, 36);
  frame.writeUInt32BE(seq, 38);
  frame.writeUInt32BE(ack, 42);
  frame[46] = 0x50;
  frame[47] = flags;
  frame.writeUInt16BE(window, 48);
  return frame;
}

/** RFC 1071. */
function sum(bytes: Buffer): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += bytes.readUInt16BE(at);
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return ~total & 0xffff;
}

export interface Scan {
  scanner: string;
  target: string;
  ports: readonly number[];
  open: readonly number[];
  start: number;
  /** Seconds between probes. */
  pause: number;
  flags?: number;
}

/** A scan with its answers: SYN-ACK (and the scanner's RST) from open ports, RST from the others. */
export function synScan({ scanner, target, ports, open, start, pause, flags = FLAG.syn }: Scan): TcpPacket[] {
  return ports.flatMap((port, at) => {
    const time = start + at * pause;
    const there = { src: scanner, dst: target, sport: 40_000, dport: port };
    const back = { src: target, dst: scanner, sport: port, dport: 40_000, ack: 1001 };
    return open.includes(port)
      ? [
          { ...there, time, flags },
          { ...back, time: time + 0.0005, flags: FLAG.syn | FLAG.ack, window: 64_240 },
          { ...there, time: time + 0.0006, flags: FLAG.rst, seq: 1001, window: 0 },
        ]
      : [
          { ...there, time, flags },
          { ...back, time: time + 0.0005, flags: FLAG.rst | FLAG.ack, seq: 0, window: 0 },
        ];
  });
}

export interface Conversation {
  client: string;
  server: string;
  port: number;
  sport: number;
  start: number;
}

/** A connection that works: handshake, a request and its answer, an orderly end. */
export function conversation({ client, server, port, sport, start }: Conversation): TcpPacket[] {
  const up = { src: client, dst: server, sport, dport: port, window: 64_240 };
  const down = { src: server, dst: client, sport: port, dport: sport, window: 64_240 };
  const step = (at: number) => start + at / 1000;
  return [
    { ...up, time: step(0), flags: FLAG.syn, seq: 1 },
    { ...down, time: step(1), flags: FLAG.syn | FLAG.ack, seq: 1, ack: 2 },
    { ...up, time: step(2), flags: FLAG.ack, seq: 2, ack: 2 },
    { ...up, time: step(3), flags: FLAG.psh | FLAG.ack, seq: 2, ack: 2 },
    { ...down, time: step(4), flags: FLAG.psh | FLAG.ack, seq: 2, ack: 3 },
    { ...up, time: step(5), flags: FLAG.fin | FLAG.ack, seq: 3, ack: 3 },
    { ...down, time: step(6), flags: FLAG.fin | FLAG.ack, seq: 3, ack: 4 },
    { ...up, time: step(7), flags: FLAG.ack, seq: 4, ack: 4 },
  ];
}

/** One vertical scan of 100 ports (22 and 80 open) that begins at `start`, among ordinary browsing. */
export function officeCapture(start = 1_790_000_000): Buffer {
  const browsing = Array.from({ length: 30 }, (_, at) =>
    conversation({
      client: '10.1.0.5',
      server: `198.51.100.${at + 1}`,
      port: 443,
      sport: 50_000 + at,
      start: start - 10 + at,
    }),
  ).flat();
  const scan = synScan({
    scanner: '10.1.0.66',
    target: '10.1.0.10',
    ports: Array.from({ length: 100 }, (_, at) => at + 1),
    open: [22, 80],
    start,
    pause: 0.01,
  });
  return pcap([...browsing, ...scan].sort((a, b) => a.time - b.time));
}
