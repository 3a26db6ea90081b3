/** The thirteen labelled scans of a border capture. */
import { type Address, ipv4, ipv4Of, ipv6 } from './addresses.ts';
import { type Outcome, type ScanLabel, Tally } from './labels.ts';
import type { PacketWriter } from './packets.ts';
import {
  echoProbe,
  type Mark,
  nmapMark,
  type Probe,
  type StealthTechnique,
  stealthProbe,
  synProbe,
  udpProbe,
} from './probes.ts';
import type { Random } from './random.ts';
import { type Actor, OVER } from './schedule.ts';
import { portAmongMany, portOf } from './services.ts';

interface Plan {
  technique: string;
  pattern: string;
  tool?: string;
  /** Seconds from the beginning of the capture, and how long it goes on, evenly. */
  start: number;
  seconds: number;
  count: number;
  /** The probe of that number. */
  probe(index: number): Probe;
  /** Sends it with its answer. */
  send(now: number, probe: Probe, index: number): Outcome;
  /** ICMP and ARP have none. */
  portless?: true;
}

/** A scan that is being written. */
export class EmbeddedScan implements Actor {
  readonly plan: Plan;
  readonly #begin: number;
  readonly #tally = new Tally();

  constructor(plan: Plan, begin: number) {
    this.plan = plan;
    this.#begin = begin + plan.start * 1e6;
  }

  get begin(): number {
    return this.#begin;
  }

  /** Absent while nothing of it has been written. */
  get label(): ScanLabel | undefined {
    return this.#tally.probes === 0 ? undefined : this.#tally.label(this.plan);
  }

  step(now: number): number {
    const { plan } = this;
    const index = this.#tally.probes;
    const probe = plan.probe(index);
    const { from, to, port } = probe;
    const outcome = plan.send(now, probe, index);
    this.#tally.count(now, plan.portless === true ? { from, to } : { from, to, port }, outcome);
    if (index + 1 >= plan.count) return OVER;
    return Math.round(this.#begin + ((index + 1) * plan.seconds * 1e6) / plan.count);
  }
}

const scanner = (number: number) => ipv4(198, 18, number, 10 * number);
const target = (host: number) => ipv4(10, 50, 7, host);
const range = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
const network = (a: number, b: number, c: number) => range(0, 256).map((host) => ipv4(a, b, c, host));

/** Every port of every host once, in any order. */
function every(random: Random, from: Address, hosts: Address[], ports: number[], sport: number) {
  const order = random.order(hosts.length * ports.length);
  const probe = (index: number): Probe => {
    const at = order[index] ?? 0;
    const to = hosts[Math.floor(at / ports.length)] ?? from;
    const port = ports[at % ports.length] ?? 0;
    return { from, to, port, sport, state: hosts.length > 1 ? portAmongMany(to, port) : portOf(to, port) };
  };
  return { count: order.length, probe };
}

/** @param duration of the whole capture in seconds: two slow scans take all of it. */
export function scanPlans(packets: PacketWriter, random: Random, duration: number): Plan[] {
  const stealth = (
    technique: StealthTechnique,
    host: number,
    ports: number,
    start: number,
    seconds: number,
  ): Plan => ({
    technique,
    pattern: 'vertical',
    start,
    seconds,
    ...every(random, scanner(host), [target(host)], range(1, ports), 40_000 + host),
    send: (now, probe) => stealthProbe(packets, now, probe, technique),
  });
  const syn = (pattern: string, scan: Pick<Plan, 'start' | 'seconds' | 'count' | 'probe'>): Plan => ({
    technique: 'syn',
    pattern,
    tool: 'nmap',
    ...scan,
    send: (now, probe) => synProbe(packets, now, probe, nmapMark(probe)),
  });
  const share = random.order(1024);
  const members = range(1, 64).map((host) => ipv4(198, 18, 200, host));
  const shared = target(13);
  const asker = ipv4(10, 50, 0, 66);
  const slow = { from: scanner(15), to: target(15) };
  const v6 = { scanner: ipv6(9, 0x155), target: ipv6(1, 0x77) };
  return [
    {
      technique: 'syn',
      pattern: 'vertical',
      tool: 'masscan',
      start: 60,
      seconds: 120,
      ...every(random, scanner(1), [target(1)], range(0, 65_536), 61_010),
      send: (now, probe) => synProbe(packets, now, probe, masscanMark(probe, random.next())),
    },
    { ...mirai(random), send: (now, probe) => synProbe(packets, now, probe, miraiMark(probe, random)) },
    stealth('fin', 3, 300, 5, duration - 20),
    stealth('xmas', 4, 1000, 300, 20),
    stealth('null', 5, 1000, 340, 20),
    {
      technique: 'udp',
      pattern: 'vertical',
      start: 400,
      seconds: 100,
      ...every(random, scanner(6), [target(6)], range(1, 2000), 40_006),
      send: (now, probe) => udpProbe(packets, now, probe),
    },
    stealth('ack', 7, 1000, 520, 10),
    syn('block', {
      start: 560,
      seconds: 60,
      ...every(random, scanner(8), network(10, 50, 9), range(20, 20), 40_008),
    }),
    syn('distributed', {
      start: 640,
      seconds: 200,
      count: 1024,
      probe(index) {
        const from = members[index % members.length] ?? shared;
        const port = 2000 + (share[index] ?? 0);
        return { from, to: shared, port, sport: 40_013, state: portOf(shared, port) };
      },
    }),
    {
      technique: 'icmp-echo-sweep',
      pattern: 'horizontal',
      start: 700,
      seconds: 5,
      portless: true,
      ...every(random, scanner(11), network(10, 50, 11), [0], 0),
      send: (now, probe, index) => echoProbe(packets, now, probe, index),
    },
    {
      technique: 'arp-sweep',
      pattern: 'horizontal',
      start: 720,
      seconds: 5,
      portless: true,
      ...every(
        random,
        asker,
        network(10, 50, 0).filter((host) => host[3] !== asker[3]),
        [0],
        0,
      ),
      send(now, probe) {
        packets.arpRequest(now, probe.from, probe.to);
        return 'silent';
      },
    },
    syn('vertical', {
      start: 740,
      seconds: 15,
      ...every(random, v6.scanner, [v6.target], range(1, 1000), 40_016),
    }),
    syn('vertical', {
      start: 10,
      seconds: duration - 30,
      count: 120,
      probe: (index) => ({ ...slow, port: 8000 + index, sport: 40_015, state: 'silent' }),
    }),
  ];
}

/** 65,536 addresses, Telnet, and port 2323 for one of ten: what the Mirai bot did in 2016. */
function mirai(random: Random): Omit<Plan, 'send'> {
  const order = random.order(65_536);
  const from = scanner(2);
  return {
    technique: 'syn',
    pattern: 'horizontal',
    tool: 'mirai',
    start: 200,
    seconds: 600,
    count: order.length,
    probe(index) {
      const to = ipv4Of(0x0a3c0000 + (order[index] ?? 0));
      const port = index % 10 === 9 ? 2323 : 23;
      return { from, to, port, sport: 40_002, state: portAmongMany(to, port) };
    },
  };
}

/** Sequence number = destination address. */
function miraiMark({ to }: Probe, random: Random): Mark {
  const seq = to.reduce((value, byte) => value * 256 + byte, 0);
  return { seq, id: random.below(65_536), ttl: 52, window: 5840, options: 'none' };
}

/** IP id = destination, port and sequence number, each xor the other, in 16 bits. */
function masscanMark({ to, port }: Probe, seq: number): Mark {
  const low = ((to[2] ?? 0) << 8) | (to[3] ?? 0);
  return { seq, id: (low ^ port ^ seq) & 0xffff, ttl: 240, window: 1024, options: 'none' };
}
