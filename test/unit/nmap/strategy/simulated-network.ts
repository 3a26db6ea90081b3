/** Hosts made up from numbers, which answer sweeps as firewalls and lossy links let them: no packet is sent. */
import type { Answer, HostSeen } from '../../../../src/nmap/strategy/findings.ts';
import type { Sweeper, SweepPace } from '../../../../src/nmap/strategy/sweeper.ts';

export interface SimulatedHost {
  address: string;
  open: ReadonlySet<number>;
  /** What ports that are not open do. */
  others: 'reset' | 'silence' | 'prohibited';
  /** Resets, or SYNs taken, a second at most, with as many in one go as a fiftieth of a second brings. */
  resetsPerSecond?: number;
  synsPerSecond?: number;
  /** Of all answers, 0 to 1. */
  loss: number;
  /** Blocks us for good after so many SYNs, and meets us so from then on. */
  ban?: { after: number; meets: 'silence' | 'reset' };
}

/** nmap's own pace: it slows down until answers come, and asks up to ten times. */
const OWN_PACE = { rate: 100, tries: 11 };

/** A bucket of tokens that is filled at a rate: what nftables' `limit rate` is. */
function bucket(perSecond: number | undefined) {
  let tokens = 5;
  let last = 0;
  return (at: number): boolean => {
    if (perSecond === undefined) return true;
    tokens = Math.min(5, tokens + (at - last) * perSecond);
    last = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

export class SimulatedNetwork implements Sweeper {
  /** A near network is left to nmap's own pace; it may turn out to be slow. */
  near = false;
  slow = false;
  readonly sentences: string[] = [];
  readonly labels: string[] = [];
  /** Hosts of which sentences were taken back. */
  readonly withdrawn: string[] = [];
  packets = 0;
  readonly #syns = new Map<string, number>();
  #now = 0;
  readonly #hosts: readonly SimulatedHost[];
  readonly #all: readonly number[];
  readonly #rate: number;
  readonly #random: () => number;
  readonly #way: number | undefined;

  /** @param way SYNs a second that a filter in front of all the hosts lets through */
  constructor(
    hosts: readonly SimulatedHost[],
    all: readonly number[],
    { rate, random, way }: { rate: number; random: () => number; way?: number | undefined },
  ) {
    this.#way = way;
    this.#hosts = hosts;
    this.#all = all;
    this.#rate = rate;
    this.#random = random;
  }

  rateOf(): number {
    return this.#rate;
  }

  say(sentence: string): void {
    this.sentences.push(sentence);
  }

  withdraw(hosts: Iterable<string>): void {
    this.withdrawn.push(...hosts);
  }

  isNear(): boolean {
    return this.near;
  }

  async sweepAsPlain(
    label: string,
    hosts: readonly string[],
    ports: 'as asked' | 'none' | readonly number[],
  ): Promise<HostSeen[] | undefined> {
    if (!this.slow) return await this.sweep(label, hosts, ports, {});
    this.labels.push(`${label}, given up`);
    return undefined;
  }

  async heldConnections(): Promise<undefined> {}

  now(): number {
    return this.#now;
  }

  async pause(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
  }

  async sweep(
    label: string,
    hosts: readonly string[],
    ports: 'as asked' | 'none' | readonly number[],
    { rate, retries = 10 }: SweepPace,
  ): Promise<HostSeen[]> {
    this.labels.push(label);
    const asked = typeof ports === 'string' ? this.#all : ports;
    if (asked.length === 0) throw new TypeError('A phase needs ports.');
    const chosen = this.#hosts.filter(({ address }) => hosts.includes(address));
    return this.#ask(
      chosen,
      asked,
      rate ?? OWN_PACE.rate * chosen.length,
      rate ? retries + 1 : OWN_PACE.tries,
    );
  }

  #ask(hosts: readonly SimulatedHost[], ports: readonly number[], rate: number, tries: number): HostSeen[] {
    const way = bucket(this.#way);
    const asked = hosts.map((host) => ({
      host,
      answers: new Map<number, Answer>(),
      takes: bucket(host.synsPerSecond),
      resets: bucket(host.resetsPerSecond),
    }));
    let time = 0;
    for (let round = 0; round < tries; round += 1) {
      for (const [{ host, answers, takes, resets }, port] of this.#shuffled(asked, ports)) {
        if (answers.has(port)) continue;
        this.packets += 1;
        time += 1 / rate;
        if (!way(time) || !takes(time)) continue;
        const answer = this.#isBanned(host) ? REFUSED[host.ban?.meets ?? 'silence'] : answerOf(host, port);
        if (answer === undefined) continue;
        if (answer.reason === 'reset' && !resets(time)) continue;
        if (this.#random() < host.loss) continue;
        answers.set(port, answer);
      }
    }
    return asked.map(({ host: { address }, answers }) => {
      for (const port of ports) {
        if (!answers.has(port)) answers.set(port, { state: 'filtered', reason: 'no-response' });
      }
      const open = [...answers].filter(([, { state }]) => state === 'open');
      return {
        host: {
          address,
          status: 'up',
          ports: open.map(([port]) => ({ port, protocol: 'tcp', state: 'open', reason: 'syn-ack' })),
        },
        answers,
      };
    });
  }

  #isBanned({ address, ban }: SimulatedHost): boolean {
    const count = (this.#syns.get(address) ?? 0) + 1;
    this.#syns.set(address, count);
    return ban !== undefined && count > ban.after;
  }

  /** Every port of every host, in an order of chance. */
  #shuffled<Host>(hosts: readonly Host[], ports: readonly number[]): [Host, number][] {
    return hosts
      .flatMap((host) => ports.map((port): [number, Host, number] => [this.#random(), host, port]))
      .sort(([a], [b]) => a - b)
      .map(([, host, port]) => [host, port]);
  }
}

const REFUSED = { silence: undefined, reset: { state: 'closed', reason: 'reset' } } as const;

function answerOf({ open, others }: SimulatedHost, port: number): Answer | undefined {
  if (open.has(port)) return { state: 'open', reason: 'syn-ack' };
  if (others === 'reset') return { state: 'closed', reason: 'reset' };
  return others === 'prohibited' ? { state: 'filtered', reason: 'admin-prohibited' } : undefined;
}
