/**
 * What a site of 400 clients does all day: web sessions with 4,000 servers, DNS, some pings, address resolution. How
 * often sessions fail, and how many go to unusual ports, is what makes a border capture large for an analysis.
 */
import { type Address, ipv4, ipv4Of, ipv6 } from './addresses.ts';
import { ACK, FIN, type PacketWriter, PSH, RST, SYN } from './packets.ts';
import type { Random } from './random.ts';
import { type Actor, OVER, type Schedule } from './schedule.ts';

const CLIENTS = 400;
const SERVERS = 4000;
const MILLISECOND = 1000;
const SECOND = 1e6;
const PORTS = [443, 443, 443, 80, 443, 80, 8443, 22];

const client = (number: number) => ipv4(10, 50, 1 + Math.floor(number / 200), 1 + (number % 200));
/** Spread over 198.19.0.0/16, which RFC 2544 keeps for benchmarks. */
const server = (number: number) => ipv4Of(0xc6130000 + number * 13);

interface Hosts {
  clients: Address[];
  servers: Address[];
}

/** Independent beginnings, so many a second on average. */
class Arrivals implements Actor {
  count = 0;
  readonly #random: Random;
  readonly #mean: number;
  readonly #begin: (now: number) => void;

  constructor(random: Random, aSecond: number, begin: (now: number) => void) {
    this.#random = random;
    this.#mean = SECOND / aSecond;
    this.#begin = begin;
  }

  step(now: number): number {
    this.count++;
    this.#begin(now);
    return now + 1 + Math.floor(this.#random.wait(this.#mean));
  }
}

/** Puts everybody on the schedule; gives how many TCP sessions have begun. */
export function ordinaryTraffic(
  schedule: Schedule,
  packets: PacketWriter,
  random: Random,
  begin: number,
  sessionsPerSecond: number,
): { readonly count: number } {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
  const v4: Hosts = { clients: numbers(CLIENTS).map(client), servers: numbers(SERVERS).map(server) };
  const v6: Hosts = {
    clients: numbers(CLIENTS).map((number) => ipv6(1, 0x1000 + number)),
    servers: numbers(SERVERS).map((number) => ipv6(2, number)),
  };
  const anyClient = () => v4.clients[random.below(CLIENTS)] ?? ipv4(10, 50, 1, 1);
  const resolver = ipv4(10, 50, 0, 53);
  const monitor = ipv4(10, 50, 0, 9);
  const gateway = ipv4(10, 50, 0, 1);

  const sessions = new Arrivals(random, sessionsPerSecond, (now) => {
    schedule.add(now + 1, new WebSession(packets, random, random.share() < 0.1 ? v6 : v4));
  });
  const lookups = new Arrivals(random, sessionsPerSecond * 0.6, (now) => {
    const from = anyClient();
    const sport = 20_000 + random.below(40_000);
    const route = { ttl: 64, df: false, vlan: 0 };
    packets.udp(
      now,
      { ...route, from, to: resolver, id: packets.nextId() },
      { sport, dport: 53, payload: 22 + random.below(30) },
    );
    packets.udp(
      now + 400 + random.below(3000),
      { ...route, from: resolver, to: from, id: packets.nextId() },
      { sport: 53, dport: sport, payload: 60 + random.below(80) },
    );
  });
  const pings = new Arrivals(random, 5, (now) => {
    const to = v4.clients[random.below(20)] ?? gateway;
    const sequence = random.below(65_536);
    const route = { ttl: 64, df: false, vlan: 0 };
    packets.echo(now, { ...route, from: monitor, to, id: packets.nextId() }, 'request', sequence, 56);
    packets.echo(now + 300, { ...route, from: to, to: monitor, id: packets.nextId() }, 'reply', sequence, 56);
  });
  const resolutions = new Arrivals(random, 10 / 3, (now) => packets.arpRequest(now, anyClient(), gateway));

  for (const [i, arrivals] of [sessions, lookups, pings, resolutions].entries())
    schedule.add(begin + (1 + i) * MILLISECOND, arrivals);
  return sessions;
}

type State = 'open' | 'accept' | 'confirm' | 'talk' | 'close' | 'close-back' | 'last';

/** A TCP connection from its SYN to its end; a few are refused or never answered. */
class WebSession implements Actor {
  readonly #packets: PacketWriter;
  readonly #random: Random;
  readonly #client: Address;
  readonly #server: Address;
  readonly #sport: number;
  readonly #dport: number;
  readonly #vlan: number;
  readonly #fate: 'works' | 'silent' | 'refused';
  readonly #roundTrip: number;
  readonly #pause: number;
  #state: State = 'open';
  #tries = 0;
  #clientSeq: number;
  #serverSeq: number;
  #left: number;

  constructor(packets: PacketWriter, random: Random, { clients, servers }: Hosts) {
    this.#packets = packets;
    this.#random = random;
    // A few servers are asked by everybody, most by hardly anyone.
    this.#server = servers[Math.floor(random.share() ** 3 * servers.length)] ?? ipv4(198, 19, 0, 1);
    this.#client = clients[random.below(clients.length)] ?? ipv4(10, 50, 1, 1);
    this.#sport = 32_768 + random.below(28_000);
    const unusual = random.share() < 0.02;
    this.#dport = unusual ? 1024 + random.below(40_000) : (PORTS[random.below(PORTS.length)] ?? 443);
    this.#vlan = random.share() < 0.04 ? 100 : 0;
    const luck = random.share();
    this.#fate = luck < 0.015 ? 'silent' : luck < 0.03 ? 'refused' : 'works';
    this.#roundTrip = Math.floor(2 * MILLISECOND + random.wait(20 * MILLISECOND));
    this.#pause = 0.5 * MILLISECOND + random.wait(30 * MILLISECOND);
    this.#clientSeq = random.next();
    this.#serverSeq = random.next();
    this.#left = Math.min(400, 4 + Math.floor(random.wait(30)));
  }

  step(now: number): number {
    switch (this.#state) {
      case 'open':
        this.#fromClient(now, SYN);
        if (this.#fate === 'silent') return this.#tries++ < 3 ? now + SECOND * 2 ** (this.#tries - 1) : OVER;
        this.#state = 'accept';
        return now + this.#roundTrip;
      case 'accept':
        this.#clientSeq++;
        if (this.#fate === 'refused') {
          this.#fromServer(now, RST | ACK);
          return OVER;
        }
        this.#fromServer(now, SYN | ACK);
        this.#serverSeq++;
        this.#state = 'confirm';
        return now + 90;
      case 'confirm':
        this.#fromClient(now, ACK);
        this.#state = 'talk';
        return now + 150;
      case 'talk':
        this.#exchange(now);
        if (--this.#left <= 0) this.#state = 'close';
        return now + 20 + Math.floor(this.#random.wait(this.#pause));
      case 'close':
        if (this.#random.below(20) === 0) {
          this.#fromClient(now, RST | ACK);
          return OVER;
        }
        this.#fromClient(now, FIN | ACK);
        this.#clientSeq++;
        this.#state = 'close-back';
        return now + this.#roundTrip;
      case 'close-back':
        this.#fromServer(now, FIN | ACK);
        this.#serverSeq++;
        this.#state = 'last';
        return now + 60;
      case 'last':
        this.#fromClient(now, ACK);
        return OVER;
    }
  }

  /** Data from one side, or its bare acknowledgement. */
  #exchange(now: number): void {
    const lot = this.#random.below(100);
    const payload = lot >= 35 && lot < 92 ? 8 + this.#random.below(126) : 0;
    const flags = payload > 0 ? PSH | ACK : ACK;
    if (lot < 45) {
      this.#fromClient(now, flags, payload);
      this.#clientSeq += payload;
    } else {
      this.#fromServer(now, flags, payload);
      this.#serverSeq += payload;
    }
  }

  #fromClient(now: number, flags: number, payload = 0): void {
    const route = { from: this.#client, to: this.#server, ttl: 64, df: true, vlan: this.#vlan };
    this.#packets.tcp(
      now,
      { ...route, id: this.#packets.nextId() },
      {
        sport: this.#sport,
        dport: this.#dport,
        seq: this.#clientSeq,
        ack: flags === SYN ? 0 : this.#serverSeq,
        flags,
        window: flags === SYN ? 64_240 : 502,
        options: flags === SYN ? 'opening' : 'timestamps',
        payload,
      },
    );
  }

  #fromServer(now: number, flags: number, payload = 0): void {
    const route = { from: this.#server, to: this.#client, ttl: 55, df: true, vlan: this.#vlan };
    const refused = (flags & RST) !== 0;
    this.#packets.tcp(
      now,
      { ...route, id: this.#packets.nextId() },
      {
        sport: this.#dport,
        dport: this.#sport,
        seq: refused ? 0 : this.#serverSeq,
        ack: this.#clientSeq,
        flags,
        window: refused ? 0 : (flags & SYN) !== 0 ? 65_160 : 509,
        options: refused ? 'none' : (flags & SYN) !== 0 ? 'opening' : 'timestamps',
        payload,
      },
    );
  }
}
