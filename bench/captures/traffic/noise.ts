/** What is in a border capture besides, looks like a scan and is none. */
import { type Address, ipv4, ipv4Of } from './addresses.ts';
import type { Labels } from './labels.ts';
import { ACK, type PacketWriter, RST, SYN } from './packets.ts';
import type { Random } from './random.ts';
import { type Actor, OVER } from './schedule.ts';

/** Traffic of many addresses, evenly over time, in which nobody scans. */
export class Noise implements Actor {
  readonly kind: string;
  readonly address: Address;
  readonly begin: number;
  packets = 0;
  addresses = 0;
  readonly #count: number;
  readonly #gap: number;
  readonly #send: (now: number, index: number) => number;

  /** @param send gives how many packets it wrote. */
  constructor(
    kind: string,
    address: Address,
    time: { begin: number; seconds: number; count: number },
    send: (now: number, index: number) => number,
  ) {
    this.kind = kind;
    this.address = address;
    this.begin = time.begin;
    this.#count = time.count;
    this.#gap = (time.seconds * 1e6) / time.count;
    this.#send = send;
  }

  get label(): Labels['noise'][number] {
    const { kind, packets, addresses } = this;
    return { kind, address: this.address.join('.'), addresses, packets };
  }

  step(now: number): number {
    this.packets += this.#send(now, this.addresses);
    this.addresses++;
    return this.addresses >= this.#count ? OVER : Math.round(this.begin + this.addresses * this.#gap);
  }
}

/** 200,000 forged sources flood port 443 of one host, which answers a third of them before its backlog is full. */
export function synFlood(packets: PacketWriter, random: Random, begin: number): Noise {
  const victim = ipv4(10, 50, 7, 14);
  return new Noise(
    'syn-flood',
    victim,
    { begin: begin + 800e6, seconds: 60, count: 200_000 },
    (now, index) => {
      const forged = ipv4Of(random.next());
      const sport = 1024 + random.below(60_000);
      const bare = { ack: 0, payload: 0 } as const;
      const seq = random.next();
      packets.tcp(
        now,
        { from: forged, to: victim, ttl: 64, id: random.below(65_536), df: false, vlan: 0 },
        { ...bare, sport, dport: 443, seq, flags: SYN, window: 512, options: 'none' },
      );
      if (index % 3 !== 0) return 1;
      packets.tcp(
        now + 200,
        { from: victim, to: forged, ttl: 64, id: 0, df: true, vlan: 0 },
        {
          ...bare,
          sport: 443,
          dport: sport,
          seq: 1,
          ack: seq + 1,
          flags: SYN | ACK,
          window: 29_200,
          options: 'mss',
        },
      );
      return 2;
    },
  );
}

/** A host elsewhere is flooded in the name of 50,000 addresses, and its answers arrive here. */
export function backscatter(packets: PacketWriter, random: Random, begin: number): Noise {
  const victim = ipv4(198, 51, 100, 9);
  return new Noise(
    'backscatter',
    victim,
    { begin: begin + 900e6, seconds: 100, count: 50_000 },
    (now, index) => {
      packets.tcp(
        now,
        { from: victim, to: ipv4Of(random.next()), ttl: 52, id: 0, df: true, vlan: 0 },
        {
          sport: 80,
          dport: 1024 + random.below(60_000),
          seq: random.next(),
          ack: random.next(),
          flags: index % 4 === 3 ? RST | ACK : SYN | ACK,
          window: 29_200,
          options: 'mss',
          payload: 0,
        },
      );
      return 1;
    },
  );
}
