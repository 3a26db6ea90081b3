/**
 * Writes a capture of any size with few endpoints, the same bytes for the same size and seed: 2,000 clients and 60
 * servers talking, with a few scans in between. Packets are 64-200 bytes, as in a capture of headers. Used by the bench
 * and by tests; what a border sees is written by traffic/border.ts.
 *
 *   node bench/captures/generate.ts FILE [MEGABYTES] [SEED]
 */
import { pathToFileURL } from 'node:url';
import { type Address, ipv4, ipv4Of } from './traffic/addresses.ts';
import { type ScanLabel, Tally } from './traffic/labels.ts';
import { ACK, FIN, PacketWriter, PSH, type Segment, SYN } from './traffic/packets.ts';
import { nmapMark, type Probe, stealthProbe, synProbe, udpProbe } from './traffic/probes.ts';
import { Random } from './traffic/random.ts';

interface Flow {
  client: Address;
  server: Address;
  sport: number;
  dport: number;
  step: number;
  length: number;
}

interface Turn {
  packets: PacketWriter;
  random: Random;
  now: number;
}

/** 2023-11-14, in microseconds. */
const START = 1_700_000_000e6;
/** Microseconds between packets. */
const GAP = 20;
const FLOWS = 3000;
/** Packets from one probe to the next. */
const PROBE_EVERY = 200;

/** Generates at least `bytes` bytes and gives what was embedded. */
export function generateCapture(
  file: string,
  bytes: number,
  seed = 1,
): { packets: number; scans: ScanLabel[] } {
  const random = new Random(seed);
  const packets = new PacketWriter(file);
  const turn = (): Turn => ({ packets, random, now: START + packets.packets * GAP });
  const flows = Array.from({ length: FLOWS }, () => newFlow(random));
  const { probes, labels } = scanProbes(random);
  let sent = 0;
  while (packets.bytes < bytes) {
    const probe = probes[sent];
    if (probe !== undefined && packets.packets >= sent * PROBE_EVERY) {
      probe(turn());
      sent++;
    }
    const at = random.below(FLOWS);
    const flow = flows[at];
    if (flow !== undefined && talk(turn(), flow)) flows[at] = newFlow(random);
  }
  // A small file still holds every scan whole.
  for (const probe of probes.slice(sent)) probe(turn());
  packets.close();
  return { packets: packets.packets, scans: labels() };
}

function newFlow(random: Random): Flow {
  return {
    client: ipv4Of(0x0a010000 + 2 + random.below(2000)),
    server: ipv4Of(0x0a640000 + 2 + random.below(60)),
    sport: 32_768 + random.below(28_000),
    dport: [80, 443, 443, 443, 8080, 25, 993, 5432][random.below(8)] ?? 443,
    step: 0,
    length: 6 + random.below(120),
  };
}

/** Sends a flow's next packet; true when the flow is over. */
function talk({ packets, random, now }: Turn, flow: Flow): boolean {
  const { client, server, sport, dport } = flow;
  const step = flow.step++;
  const asks = step !== 1 && (step === 0 || step === 2 || step % 3 === 0 || step >= flow.length);
  const segment = (flags: number, payload: number): Segment => ({
    sport: asks ? sport : dport,
    dport: asks ? dport : sport,
    seq: 0x10203040,
    ack: (flags & ACK) === 0 ? 0 : 0x01020304,
    flags,
    window: 64_240,
    options: (flags & SYN) === 0 ? 'none' : 'opening',
    payload,
  });
  const ends = asks ? { from: client, to: server } : { from: server, to: client };
  const route = { ...ends, ttl: 64, id: packets.nextId(), df: true, vlan: 0 };
  const over = step > 2 && step >= flow.length;
  if (step === 0) packets.tcp(now, route, segment(SYN, 0));
  else if (step === 1) packets.tcp(now, route, segment(SYN | ACK, 0));
  else if (step === 2) packets.tcp(now, route, segment(ACK, 0));
  else if (over) packets.tcp(now, route, segment(FIN | ACK, 0));
  else packets.tcp(now, route, segment(PSH | ACK, 10 + random.below(136)));
  return over;
}

/** The probes of four scans one after the other, and what was sent once they are. */
function scanProbes(random: Random): { probes: ((turn: Turn) => void)[]; labels: () => ScanLabel[] } {
  const target = (host: number) => ipv4(10, 100, 0, host);
  const scan = (
    name: { technique: string; pattern: string },
    host: number,
    count: number,
    endpoint: (i: number) => Pick<Probe, 'to' | 'port' | 'state'>,
    send: (turn: Turn, probe: Probe) => ReturnType<typeof synProbe>,
  ) => {
    const tally = new Tally();
    const from = ipv4(10, 1, 250, host);
    const probes = Array.from({ length: count }, (_, i) => (turn: Turn) => {
      const probe: Probe = { ...endpoint(i), from, sport: 45_000 + host };
      tally.count(turn.now, probe, send(turn, probe));
    });
    return { probes, label: () => tally.label(name) };
  };
  const [web, other, silent] = [target(10), target(11), target(12)];
  const open = [22, 80, 443];
  const bySyn = ({ packets, now }: Turn, probe: Probe) => synProbe(packets, now, probe, nmapMark(probe));
  const scans = [
    scan(
      { technique: 'syn', pattern: 'vertical' },
      1,
      1000,
      (i) => ({ to: web, port: i + 1, state: open.includes(i + 1) ? 'open' : 'closed' }),
      bySyn,
    ),
    scan(
      { technique: 'syn', pattern: 'horizontal' },
      2,
      250,
      (i) => ({ to: ipv4(10, 101, 0, i + 1), port: 3389, state: i % 3 === 0 ? 'closed' : 'silent' }),
      bySyn,
    ),
    scan(
      { technique: 'xmas', pattern: 'vertical' },
      3,
      200,
      (i) => ({ to: other, port: i + 1, state: (i + 1) % 50 === 0 ? 'open' : 'closed' }),
      ({ packets, now }, probe) => stealthProbe(packets, now, probe, 'xmas'),
    ),
    scan(
      { technique: 'udp', pattern: 'vertical' },
      4,
      200,
      (i) => ({ to: silent, port: 1 + i * 5 + random.below(5), state: 'silent' }),
      ({ packets, now }, probe) => udpProbe(packets, now, probe),
    ),
  ];
  return {
    probes: scans.flatMap(({ probes }) => probes),
    labels: () => scans.map(({ label }) => label()),
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file = 'bench.pcap', megabytes = '100', seed = '1'] = process.argv.slice(2);
  const made = generateCapture(file, Number(megabytes) * 1e6, Number(seed));
  console.log(`${file}: ${made.packets} packets`);
}
