/**
 * What listens on the open ports. The whole database with all its waits decides, as in a plain scan: many services at a
 * time, over a few nmap processes, each port once. Ports that turn out to say nothing would keep it for minutes: those
 * are asked by many processes at the same time as well, the probes dealt over them, and whoever is done first is believed.
 */
import { type PortSet, sorted } from '../../core/port-set.ts';
import type { PortResult } from '../../core/result.ts';
import type { Campaign } from './campaign.ts';
import { inOrder } from './dealt-answers.ts';
import type { HostFindings } from './findings.ts';
import { FRAGILE_PORTS } from './politeness.ts';
import { ServiceSigns } from './service-signs.ts';
import {
  DEFAULT_INTENSITY,
  dealtDatabases,
  scriptsDatabase,
  silenceTakes,
  type VersionDatabase,
} from './version-database.ts';
import { dealt, type Job, Jobs, only, processesOf, servicesIn, type Wanted } from './version-jobs.ts';

/** From this many open ports on, most of those asked, something accepts every connection. */
const TARPIT_OPEN = 100;
const TARPIT_SHARE = 0.9;

/** Ports that one nmap is asked for their versions at most: more would not fit into its argv (execve(2), MAX_ARG_STRLEN). */
const MOST_PORTS = 10_000;
/** Services for which one more process is taken, and how many are at most: nmap uses one processor. */
const SERVICES_A_PROCESS = 40;
const MOST_PROCESSES = 4;
/** Where services close at once, that many: a start costs more than it saves. */
const FEW_PROCESSES = 2;
/** Services of one host that are tried for that. */
const TRIED = 6;

/**
 * Seconds for each version script. Whoever speaks its protocol answers it as soon as a probe, and the longest of them
 * listens for five (mqtt-subscribe); some go by the number of the port and wait half a minute for another kind of service.
 */
const SCRIPT_SECONDS = 7;
/** From this much waiting on, in milliseconds, it pays to deal the probes for a silent port over many processes. */
const LONG_SILENCE_MS = 60_000;

/**
 * Puts services and versions into the open ports of the hosts. With the `installed` database alone, which is where no
 * other can be placed, one nmap asks them as in a plain scan, `atOnce` at a time where a host takes no more connections.
 */
export async function detectVersions(
  hosts: readonly HostFindings[],
  database: VersionDatabase | 'installed',
  campaign: Campaign,
  atOnce?: number,
): Promise<void> {
  const all = new Map(
    hosts.map((host) => {
      const ports = portsToAsk(host, campaign);
      return [host, atOnce === undefined ? ports : ports.filter((port) => !isNamed(host.open.get(port)))];
    }),
  );
  for (const part of dealt(all, Math.ceil(servicesIn(all) / MOST_PORTS))) {
    if (database === 'installed') {
      const job: Job = { wanted: part, ...(atOnce === undefined ? {} : { atOnce }) };
      const jobs = new Jobs('Versions', [job], campaign);
      await jobs.ended;
      keep(part, (host, port) => jobs.resultOf(host, port));
    } else await new Naming(part, database, campaign).run();
  }
}

/** A service has said something; where few connections are taken, one that was closed on us may be none of it. */
function isNamed(port: PortResult | undefined): boolean {
  return port?.method === 'probed' && port.service !== 'tcpwrapped';
}

type Decide = (host: HostFindings, port: number) => PortResult | undefined;

function keep(wanted: Wanted, decide: Decide): void {
  for (const [host, ports] of wanted) {
    for (const port of ports) {
      const result = decide(host, port);
      if (result) host.open.set(port, result);
    }
  }
}

/** The services of some ports, asked with databases of our own. */
class Naming {
  readonly #all: Wanted;
  readonly #database: VersionDatabase;
  readonly #campaign: Campaign;
  readonly #signs = new ServiceSigns();

  constructor(all: Wanted, database: VersionDatabase, campaign: Campaign) {
    this.#all = all;
    this.#database = database;
    this.#campaign = campaign;
  }

  async run(): Promise<void> {
    keep(this.#all, await this.#decided());
    await this.#runScriptsLonger();
  }

  async #processes(): Promise<number> {
    const most = Math.min(
      MOST_PROCESSES,
      processesOf(this.#campaign),
      Math.ceil(servicesIn(this.#all) / SERVICES_A_PROCESS),
    );
    if (most <= FEW_PROCESSES) return most;
    for (const [{ address }, ports] of this.#all)
      if (!(await this.#campaign.closeAtOnce(address, spread(ports, TRIED)))) return most;
    return FEW_PROCESSES;
  }

  async #decided(): Promise<Decide> {
    const processes = await this.#processes();
    const jobs = dealt(this.#all, processes).map((wanted) => this.#known(wanted));
    const whole = new Jobs('Versions', jobs, this.#campaign);
    if (silenceTakes(this.#database, intensityOf(this.#campaign)) < LONG_SILENCE_MS) {
      await whole.ended;
      return (host, port) => whole.resultOf(host, port);
    }
    const silence = await Promise.race([
      whole.ended.then(() => false),
      this.#signs.silence().then(() => true),
    ]);
    if (!silence) return (host, port) => whole.resultOf(host, port);
    return await this.#race(whole);
  }

  /** The whole database goes on, while the ports that are silent are asked by many; who is done first is believed. */
  async #race(whole: Jobs): Promise<Decide> {
    const fromWhole: Decide = (host, port) => whole.resultOf(host, port);
    const left = whole.unfinished();
    const silent = only(left, ({ address }, port) => this.#signs.isSilent(address, port));
    const isSilent = (host: HostFindings, port: number) => silent.get(host)?.includes(port) === true;
    const rest = apart(
      only(left, (host, port) => !isSilent(host, port)),
      silent,
    );
    const intensity = intensityOf(this.#campaign);
    const most = processesOf(this.#campaign) - rest.length;
    const hands = dealtDatabases(this.#database, intensity, most).map((versionDatabase, index) => ({
      wanted: silent,
      versionDatabase,
      ...(index === 0 ? {} : { scriptSeconds: SCRIPT_SECONDS }),
    }));
    const jobs = [...hands, ...rest.map((wanted) => this.#known(wanted))];
    const many = new Jobs('Versions, silent ports', jobs, this.#campaign);
    try {
      const wholeFirst = await Promise.race([whole.ended.then(() => true), many.ended.then(() => false)]);
      if (wholeFirst) return fromWhole;
      const fromMany: Decide = (host, port) =>
        isSilent(host, port)
          ? inOrder(hands.map((_, hand) => many.resultOf(host, port, hand)))
          : (many.resultOf(host, port) ?? fromWhole(host, port));
      if (only(silent, (host, port) => fromMany(host, port) === undefined).size === 0) return fromMany;
      await whole.ended;
      return fromWhole;
    } finally {
      await Promise.all([whole.stop(), many.stop()]);
    }
  }

  /** Scripts that were cut may have known what no probe did: they get all their time. */
  async #runScriptsLonger(): Promise<void> {
    const unknown = only(
      this.#all,
      (host, port) => host.open.get(port)?.product === undefined && this.#signs.wasCut(host.address, port),
    );
    if (unknown.size === 0) return;
    const scripts = new Jobs(
      'Version scripts',
      [{ wanted: unknown, versionDatabase: scriptsDatabase(this.#database) }],
      this.#campaign,
    );
    await scripts.ended;
    keep(unknown, (host, port) => {
      const result = scripts.resultOf(host, port);
      return result?.method === 'probed' ? result : undefined;
    });
  }

  /** As plain nmap asks, but for the time of scripts. */
  #known(wanted: Wanted): Job {
    return { wanted, scriptSeconds: SCRIPT_SECONDS, service: (sign) => this.#signs.take(sign) };
  }
}

/** Ports for as few nmap as ask none of the silent ones: every one of them asks its ports of all its hosts. */
function apart(wanted: Wanted, silent: Wanted): Wanted[] {
  const parts: { hosts: Map<HostFindings, PortSet>; asks: Set<number>; never: Set<number> }[] = [];
  for (const [host, ports] of wanted) {
    const never = silent.get(host) ?? [];
    const fits = parts.find(
      (part) => !never.some((port) => part.asks.has(port)) && !ports.some((port) => part.never.has(port)),
    );
    const part = fits ?? { hosts: new Map(), asks: new Set(), never: new Set() };
    if (!fits) parts.push(part);
    part.hosts.set(host, ports);
    for (const port of ports) part.asks.add(port);
    for (const port of never) part.never.add(port);
  }
  const [few, others] = [parts.slice(0, MOST_PROCESSES - 1), parts.slice(MOST_PROCESSES - 1)];
  // Hosts that are as different as this are asked together: some silent port may be among theirs.
  const together = new Map(others.flatMap(({ hosts }) => [...hosts]));
  return [...few.map(({ hosts }) => hosts), ...(together.size > 0 ? [together] : [])];
}

/** Leaves out what must not be asked: ports of printers and controllers, all ports of a controller, a tarpit. */
function portsToAsk(host: HostFindings, campaign: Campaign): PortSet {
  const open = sorted(host.open.keys());
  const total = open.length + host.answers.size;
  if (open.length >= TARPIT_OPEN && open.length > total * TARPIT_SHARE) {
    campaign.say('Services were not asked for versions, as nearly every port is open there (a tarpit).', [
      host.address,
    ]);
    return [];
  }
  if (campaign.ceilings.fragile === Number.POSITIVE_INFINITY) return open;
  if (host.fragile === 'controller') {
    campaign.say(
      'Looks like an industrial controller, so none of its services was asked for its version (politeness fast asks).',
      [host.address],
    );
    return [];
  }
  const asked = open.filter((port) => !FRAGILE_PORTS.includes(port));
  if (asked.length < open.length) {
    campaign.say(
      'Ports of printers and controllers were not asked for their versions (politeness fast asks them).',
      [host.address],
    );
  }
  return asked;
}

function intensityOf({ scan }: Campaign): number {
  for (const { flag, value } of scan.options) {
    if (flag === '--version-light') return 2;
    if (flag === '--version-all') return 9;
    if (flag === '--version-intensity') return Number(value);
  }
  return DEFAULT_INTENSITY;
}

/** Some of the ports, from low to high. */
const spread = (ports: PortSet, most: number): number[] =>
  ports.filter((_, index) => index % Math.max(1, Math.floor(ports.length / most)) === 0).slice(0, most);
