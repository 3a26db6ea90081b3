/**
 * Which ports are open: a fast sweep, then proof that nothing was lost in it, else nmap's own pace. The proof is a
 * sample: ports known to be open are asked again under the same load, once each; the share that is found again tells
 * how often a silent port must be asked (certainty.ts), or that this network cannot be hurried.
 */
import { type PortSet, sorted } from '../../core/port-set.ts';
import { fitsArgument } from '../command/phase.ts';
import type { Ask } from './ask-slowly.ts';
import { LEAST_SAMPLES, sample, type Tally, triesNeeded, wasTooFast } from './certainty.ts';
import {
  foundAgain,
  type HostFindings,
  type HostSeen,
  hasSilent,
  isSilence,
  openOf,
  silentOf,
} from './findings.ts';
import { askGently, GENTLE_PORTS } from './gentle.ts';
import { TRIES } from './outline.ts';
import { slowRate } from './politeness.ts';
import { meetLimits, meetResistance } from './resistance.ts';
import type { Sweeper, SweepPace } from './sweeper.ts';

/** Probes of known open ports of a host that are enough, and how often they are repeated for it at most. */
const SAMPLES = 600;
const MOST_ROUNDS = 6;
/** Ports that are asked along with them at most, to make the load of the sweep: no more than it asks in a second. */
const LOAD = 4000;
/** Up to this share of silent ports the answers of the others vouch for the rate: it is enough to ask them once more. */
const FEW_SHARE = 0.25;
/** The second sweep is slower than the first by this; of hosts of which no port is open it is SLOW. */
const SECOND_RATE = 0.7;

type Hosts = readonly HostFindings[];

/**
 * Finds the open ports of hosts that are up and puts them, and every other port's state, into their findings. Ports that
 * were `asked` in a small scan are swept already; hosts that are near and answered all they were asked are swept at
 * nmap's own pace, which loses no time there and is proof enough.
 */
export async function findOpenPorts(
  hosts: Hosts,
  ports: 'as asked' | PortSet,
  campaign: Sweeper,
  asked = false,
): Promise<void> {
  const search = new PortSearch(ports, campaign, campaign.rateOf(hosts.some(({ fragile }) => fragile)));
  if (!asked && hosts.every((host) => isQuick(host, campaign)) && (await search.runAsPlain(hosts))) return;
  await search.run(hosts, asked);
}

/** Nothing that it was asked so far met silence, and it is near. */
function isQuick({ address, first, fragile }: HostFindings, campaign: Sweeper): boolean {
  const answered = [...first.values()].every((answer) => !isSilence(answer));
  return fragile === undefined && first.size > 0 && answered && campaign.isNear(address);
}

class PortSearch {
  readonly #ports: 'as asked' | PortSet;
  readonly #campaign: Sweeper;
  readonly #rate: number;
  /** How often every silent port of a host was asked. */
  readonly #asked = new Map<HostFindings, number>();
  /** Hosts of which a second sweep got answers that the first had not. */
  readonly #late = new Set<HostFindings>();

  constructor(ports: 'as asked' | PortSet, campaign: Sweeper, rate: number) {
    this.#ports = ports;
    this.#campaign = campaign;
    this.#rate = rate;
  }

  async run(all: Hosts, swept: boolean): Promise<void> {
    let since = this.#campaign.now();
    const pace = { rate: this.#rate, retries: TRIES - 1 };
    const seen = swept ? undefined : await this.#sweep('Fast sweep', all, this.#ports, pace);
    for (const host of all) this.#asked.set(host, TRIES);
    const against = await this.#meetResistance(all, { since });
    const hosts = all.filter((host) => !against.has(host));
    const unheard = hosts.filter(
      ({ address }) => seen?.some(({ host }) => host.address === address) === false,
    );
    const silent = hosts.filter(hasSilent);
    const decided = hosts.filter((host) => !unheard.includes(host) && !silent.includes(host));
    this.#say('Every port answered the fast sweep, so no silence was to be checked', decided);
    since = this.#campaign.now();
    const failed = [...(await this.#prove(silent))];
    const limited = await meetLimits(failed, this.#campaign, this.#ask);
    await this.#ownPace([...unheard, ...failed.filter((host) => !limited.has(host))]);
    await this.#meetResistance([...unheard, ...silent], { since, load: false });
    this.#ownUp(all.filter((host) => host.answered() === 0));
  }

  /** Sweeps as a plain scan does. @returns whether that was as quick as it should be; if not, nothing is known */
  async runAsPlain(hosts: Hosts): Promise<boolean> {
    const since = this.#campaign.now();
    const seen = await this.#campaign.sweepAsPlain("nmap's own pace", addressesOf(hosts), this.#ports);
    if (!seen) return false;
    this.#absorb(seen, hosts);
    const against = await this.#meetResistance(hosts, { since });
    const plain = hosts.filter((host) => !against.has(host));
    this.#say("Ports were asked at nmap's own pace, as in a plain scan: there was no time to save", plain);
    this.#ownUp(hosts.filter((host) => host.answered() === 0));
    return true;
  }

  readonly #ask: Ask = (label, ...asked) => this.#sweep(label, ...asked);

  #meetResistance(hosts: Hosts, watch: { since: number; load?: boolean }): Promise<Set<HostFindings>> {
    return meetResistance(hosts, this.#campaign, { rate: this.#rate, ask: this.#ask, ...watch });
  }

  /** Of hosts of which no port answered there is no witness, and sweeps that agree prove nothing. */
  #ownUp(hosts: Hosts): void {
    this.#campaign.withdraw(addressesOf(hosts));
    this.#say(
      'Not one port answered, so nothing tells a host that drops every probe from one that blocks this address: that none is open is not proven',
      hosts,
    );
  }

  /** Proves the sweep for hosts with silent ports, by what each of them offers; gives those for which it cannot. */
  async #prove(silent: Hosts): Promise<Set<HostFindings>> {
    const few = silent.filter((host) => host.silent().length <= host.answered() * FEW_SHARE);
    const failed = new Set(await this.#askAgain(few, 2 * TRIES, this.#rate * SECOND_RATE));
    const passed = (host: HostFindings) => !failed.has(host);
    const fail = (some: Hosts) => {
      for (const host of some) failed.add(host);
    };
    // Few ports, but some answered only now and others still do not: what holds the answers back must be found out.
    const late = few.filter((host) => passed(host) && this.#late.has(host) && hasSilent(host));
    const doubtful = [...silent.filter((host) => !few.includes(host)), ...late];
    const small = doubtful.filter((host) => host.silent().length <= GENTLE_PORTS);
    const large = doubtful.filter((host) => !small.includes(host));
    const known = large.filter(({ open }) => open.size > 0);
    const blind = large.filter(({ open }) => open.size === 0);

    fail(await this.#check(known));
    fail(await this.#askAgain(blind, 2 * TRIES, slowRate(blind.length, this.#rate * SECOND_RATE)));
    fail(await this.#askGently(small));
    fail(await this.#askGently(large.filter(passed)));
    // Only open ports that are asked again can tell limited answers from policed probes. And what polices the way to one
    // host may police that to others.
    fail(blind.filter(({ limited }) => limited || failed.size > 0));
    return failed;
  }

  /** Asks the known open ports again under load, and then the silent ones as often as that calls for. */
  async #check(hosts: Hosts): Promise<HostFindings[]> {
    const tallies = new Map<HostFindings, Tally>(hosts.map((host) => [host, { asked: 0, found: 0 }]));
    for (let round = 0; round < LEAST_SAMPLES; round += 1) {
      const wanting = [...tallies].filter(([host, tally]) => {
        if (wasTooFast(tally)) return false;
        if (tally.asked < LEAST_SAMPLES) return true;
        return (
          round < MOST_ROUNDS &&
          tally.asked < SAMPLES &&
          triesNeeded(tally, host.open.size) > this.#triesOf(host)
        );
      });
      if (wanting.length === 0) break;
      await this.#askUnderLoad(wanting);
    }
    const failed = hosts.filter((host) => wasTooFast(tallies.get(host) ?? { asked: 0, found: 0 }));
    const passed = [...tallies].filter(([host]) => !failed.includes(host));
    for (const [host, { asked, found }] of passed) {
      this.#say(
        `Checked under load: ${found} of ${asked} probes of ports known to be open were answered again`,
        [host],
      );
    }
    const byTries = Map.groupBy(passed, ([host, tally]) => triesNeeded(tally, host.open.size));
    for (const [tries, group] of byTries) {
      const again = group.map(([host]) => host);
      failed.push(...(await this.#askAgain(again, tries, this.#rate * SECOND_RATE)));
    }
    return failed;
  }

  async #askUnderLoad(hosts: readonly (readonly [HostFindings, Tally])[]): Promise<void> {
    const which = hosts.map(([host]) => host);
    const sentinels = new Map(which.map((host) => [host, [...host.open.keys()]]));
    const load = sample(silentOf(which), Math.min(LOAD, this.#rate));
    const seen = await this.#sweep('Check under load', which, sorted([...openOf(which), ...load]), {
      rate: this.#rate,
      retries: 0,
    });
    for (const [host, tally] of hosts) {
      const asked = sentinels.get(host) ?? [];
      tally.asked += asked.length;
      tally.found += foundAgain(host, asked, seen);
    }
  }

  /**
   * Sweeps the silent ports again, in another order and rate, until they were asked `tries` times, the known open ports
   * among them as sentinels. Gives the hosts on which the sweeps do not agree.
   */
  async #askAgain(hosts: Hosts, tries: number, rate: number): Promise<HostFindings[]> {
    const failed: HostFindings[] = [];
    for (;;) {
      const going = hosts.filter(
        (host) => !failed.includes(host) && this.#triesOf(host) < tries && host.silent().length > 0,
      );
      if (going.length === 0) break;
      const more = Math.min(TRIES, tries - Math.min(...going.map((host) => this.#triesOf(host))));
      const sentinels = new Map(going.map((host) => [host, [...host.open.keys()]]));
      const wanted = sorted([...silentOf(going), ...openOf(going)]);
      const answered = new Map(going.map((host) => [host, host.answered()]));
      const seen = await this.#sweep('Second sweep', going, wanted, {
        rate,
        retries: more - 1,
      });
      for (const host of going) this.#asked.set(host, this.#triesOf(host) + more);
      for (const host of going) {
        if (host.answered() > (answered.get(host) ?? 0)) this.#late.add(host);
        const known = sentinels.get(host) ?? [];
        const opened = host.open.size - known.length;
        const lost = wasTooFast({ asked: known.length, found: foundAgain(host, known, seen) });
        // Two tries on a link that loses three in a hundred lose one in a thousand: more than that is not chance.
        const gained = opened > Math.max(known.length === 0 ? 0 : 1, known.length * 0.02);
        if (lost || gained) failed.push(host);
      }
      const agreed = going.filter((host) => !failed.includes(host));
      this.#say('A second sweep, slower and in another order, agreed with the first', agreed);
    }
    return failed;
  }

  /** Asks what these hosts were silent to gently, and gives the hosts that this shows to have lost ports before. */
  async #askGently(hosts: Hosts): Promise<HostFindings[]> {
    const { failed, limited, agreed } = await askGently(hosts, this.#rate, (...asked) =>
      this.#sweep('Gentle check', ...asked),
    );
    this.#say(
      'Ports that were silent to the sweep answered when asked gently: the host limits its answers. Its open ports were not touched by that; closed and filtered ones that stayed silent are not told apart',
      limited,
    );
    this.#say('Ports that were silent to the sweep were asked again slowly, and none was open', agreed);
    return failed;
  }

  #triesOf(host: HostFindings): number {
    return this.#asked.get(host) ?? 0;
  }

  async #ownPace(hosts: Hosts): Promise<void> {
    if (hosts.length === 0) return;
    // The open ones with them: their answers are what nmap's congestion control lives on where all else is silent.
    const silent = [...silentOf(hosts), ...openOf(hosts)];
    await this.#sweep("nmap's own pace", hosts, silent.length > 0 ? sorted(silent) : this.#ports, {});
    for (const host of hosts) host.limited = false;
    this.#say(
      "Fell back: the fast sweep lost answers, so what was silent was asked again at nmap's own pace",
      hosts,
    );
  }

  async #sweep(
    label: string,
    hosts: Hosts,
    ports: 'as asked' | PortSet,
    pace: SweepPace,
  ): Promise<HostSeen[]> {
    // What answered before keeps its answer: to ask all of them again costs time only.
    const list = typeof ports === 'string' || fitsArgument(ports) ? ports : this.#ports;
    const seen = await this.#campaign.sweep(label, addressesOf(hosts), list, pace);
    this.#absorb(seen, hosts);
    return seen;
  }

  #absorb(seen: readonly HostSeen[], hosts: Hosts): void {
    for (const one of seen) hosts.find(({ address }) => address === one.host.address)?.absorb(one);
  }

  #say(sentence: string, hosts: Hosts): void {
    if (hosts.length > 0) this.#campaign.say(`${sentence}.`, addressesOf(hosts));
  }
}

const addressesOf = (hosts: Hosts) => hosts.map(({ address }) => address);
