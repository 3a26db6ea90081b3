/**
 * Writes a capture of any size, the same bytes for the same size and seed: ordinary clients and servers talking, with
 * a few scans in between. Packets are 64-200 bytes, as in a capture of headers. Used by the bench and by tests.
 *
 *   node bench/captures/generate.ts FILE [MEGABYTES] [SEED]
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** A scan that was put in, as the analysis should find it. */
export interface Embedded {
  technique: string;
  pattern: string;
  scanner: string;
  open: number[];
}

interface Flow {
  client: number;
  server: number;
  sport: number;
  dport: number;
  step: number;
  length: number;
}

const BUFFER = 4 * 1024 * 1024;
const SYN = 0x02;
const SYN_ACK = 0x12;
const ACK = 0x10;
const PSH_ACK = 0x18;
const FIN_ACK = 0x11;
const RST_ACK = 0x14;
const START = 1_700_000_000;
/** Seconds between packets. */
const GAP = 0.000_02;
const FLOWS = 3000;

/** Generates at least `bytes` bytes and gives what was embedded. */
export function generateCapture(
  file: string,
  bytes: number,
  seed = 1,
): { packets: number; scans: Embedded[] } {
  const random = generator(seed);
  const writer = new Writer(file);
  const newFlow = (): Flow => ({
    client: 0x0a010000 + 2 + random(2000),
    server: 0x0a640000 + 2 + random(60),
    sport: 32_768 + random(28_000),
    dport: [80, 443, 443, 443, 8080, 25, 993, 5432][random(8)] ?? 443,
    step: 0,
    length: 6 + random(120),
  });
  const flows = Array.from({ length: FLOWS }, newFlow);
  const scans = scanProbes(random);
  const every = Math.max(20, Math.floor(bytes / 120 / (scans.probes.length + 1)));
  let nextProbe = 0;
  while (writer.bytes < bytes) {
    const probe = scans.probes[nextProbe];
    if (probe !== undefined && writer.packets >= nextProbe * Math.min(every, 200)) {
      probe(writer);
      nextProbe++;
    }
    const at = random(FLOWS);
    const flow = flows[at];
    if (flow === undefined) continue;
    if (talk(writer, flow, random)) flows[at] = newFlow();
  }
  // A small file still holds every scan whole.
  for (; nextProbe < scans.probes.length; nextProbe++) scans.probes[nextProbe]?.(writer);
  writer.close();
  return { packets: writer.packets, scans: scans.labels };
}

/** Sends a flow's next packet; true when the flow is over. */
function talk(writer: Writer, flow: Flow, random: (below: number) => number): boolean {
  const { client, server, sport, dport } = flow;
  const step = flow.step++;
  if (step === 0) writer.tcp(client, server, sport, dport, SYN, 0, true);
  else if (step === 1) writer.tcp(server, client, dport, sport, SYN_ACK, 0, true);
  else if (step === 2) writer.tcp(client, server, sport, dport, ACK, 0);
  else if (step >= flow.length) {
    writer.tcp(client, server, sport, dport, FIN_ACK, 0);
    return true;
  } else {
    const size = 10 + random(136);
    if (step % 3 === 0) writer.tcp(client, server, sport, dport, PSH_ACK, size);
    else writer.tcp(server, client, dport, sport, PSH_ACK, size);
  }
  return false;
}

function scanProbes(random: (below: number) => number): {
  probes: ((writer: Writer) => void)[];
  labels: Embedded[];
} {
  const probes: ((writer: Writer) => void)[] = [];
  const scanner = (host: number) => 0x0a010000 + (250 << 8) + host;
  const target = 0x0a640000 + 10;
  const open = [22, 80, 443];
  for (let port = 1; port <= 1000; port++) {
    probes.push((writer) => {
      writer.tcp(scanner(1), target, 45_000, port, SYN, 0);
      writer.tcp(target, scanner(1), port, 45_000, open.includes(port) ? SYN_ACK : RST_ACK, 0);
      if (open.includes(port)) writer.tcp(scanner(1), target, 45_000, port, 0x04, 0);
    });
  }
  for (let host = 1; host <= 250; host++) {
    probes.push((writer) => {
      writer.tcp(scanner(2), 0x0a650000 + host, 45_001, 3389, SYN, 0);
      if (host % 3 === 0) writer.tcp(0x0a650000 + host, scanner(2), 3389, 45_001, RST_ACK, 0);
    });
  }
  for (let port = 1; port <= 200; port++) {
    probes.push((writer) => {
      writer.tcp(scanner(3), target + 1, 45_002, port, 0x29, 0);
      if (port % 50 !== 0) writer.tcp(target + 1, scanner(3), port, 45_002, RST_ACK, 0);
    });
  }
  for (let i = 0; i < 200; i++) {
    const port = 1 + ((i * 7 + random(7)) % 1000);
    probes.push((writer) => writer.udp(scanner(4), target + 2, 45_003, port, 0));
  }
  return {
    probes,
    labels: [
      { technique: 'syn', pattern: 'vertical', scanner: '10.1.250.1', open },
      { technique: 'syn', pattern: 'horizontal', scanner: '10.1.250.2', open: [] },
      { technique: 'xmas', pattern: 'vertical', scanner: '10.1.250.3', open: [] },
      { technique: 'udp', pattern: 'vertical', scanner: '10.1.250.4', open: [] },
    ],
  };
}

/** xorshift32: small, fast and the same everywhere. */
function generator(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

class Writer {
  packets = 0;
  bytes = 24;
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(BUFFER);
  #at = 24;
  #id = 0;

  constructor(file: string) {
    this.#fd = openSync(file, 'w');
    this.#buffer.writeUInt32LE(0xa1b2c3d4, 0);
    this.#buffer.writeUInt16LE(2, 4);
    this.#buffer.writeUInt16LE(4, 6);
    this.#buffer.writeUInt32LE(262_144, 16);
    this.#buffer.writeUInt32LE(1, 20);
  }

  /** `options`: those of an ordinary stack (MSS, SACK, timestamps, window scale). */
  tcp(
    src: number,
    dst: number,
    sport: number,
    dport: number,
    flags: number,
    payload: number,
    options = false,
  ): void {
    const header = options ? 40 : 20;
    const at = this.#begin(src, dst, 6, header + payload);
    const b = this.#buffer;
    b.writeUInt16BE(sport, at);
    b.writeUInt16BE(dport, at + 2);
    b.writeUInt32BE(0x10203040, at + 4);
    b.writeUInt32BE((flags & 0x10) === 0 ? 0 : 0x01020304, at + 8);
    b[at + 12] = (header / 4) << 4;
    b[at + 13] = flags;
    b.writeUInt16BE(options ? 64_240 : 1024, at + 14);
    b.writeUInt32BE(0, at + 16);
    if (options) {
      b.set([2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7], at + 20);
    }
  }

  udp(src: number, dst: number, sport: number, dport: number, payload: number): void {
    const at = this.#begin(src, dst, 17, 8 + payload);
    this.#buffer.writeUInt16BE(sport, at);
    this.#buffer.writeUInt16BE(dport, at + 2);
    this.#buffer.writeUInt16BE(8 + payload, at + 4);
    this.#buffer.writeUInt16BE(0, at + 6);
  }

  /** Record, Ethernet and IPv4 headers; gives where the transport begins. */
  #begin(src: number, dst: number, protocol: number, carried: number): number {
    const length = Math.max(60, 34 + carried);
    if (this.#at + 16 + length > BUFFER) this.#flush();
    const b = this.#buffer;
    const at = this.#at;
    const time = START + this.packets * GAP;
    b.writeUInt32LE(Math.floor(time), at);
    b.writeUInt32LE(Math.floor((time % 1) * 1e6), at + 4);
    b.writeUInt32LE(length, at + 8);
    b.writeUInt32LE(length, at + 12);
    const ethernet = at + 16;
    b.fill(0, ethernet, ethernet + length);
    b[ethernet] = 2;
    b[ethernet + 6] = 2;
    b[ethernet + 12] = 8;
    const ip = ethernet + 14;
    b[ip] = 0x45;
    b.writeUInt16BE(20 + carried, ip + 2);
    b.writeUInt16BE(this.#id++ & 0xffff, ip + 4);
    b[ip + 8] = 64;
    b[ip + 9] = protocol;
    b.writeUInt32BE(src, ip + 12);
    b.writeUInt32BE(dst, ip + 16);
    this.#at = ethernet + length;
    this.bytes += 16 + length;
    this.packets++;
    return ip + 20;
  }

  #flush(): void {
    writeSync(this.#fd, this.#buffer, 0, this.#at);
    this.#at = 0;
  }

  close(): void {
    this.#flush();
    closeSync(this.#fd);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file = 'bench.pcap', megabytes = '100', seed = '1'] = process.argv.slice(2);
  const made = generateCapture(file, Number(megabytes) * 1e6, Number(seed));
  console.log(`${file}: ${made.packets} packets`);
}
