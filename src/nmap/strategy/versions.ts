/**
 * What listens on the open ports: a short pass that settles most, then for the rest the full database, dealt over
 * several nmap processes so that the waits for ports that never answer run side by side. What those disagree on, or
 * only half know, one nmap with the installed database decides, as in a plain scan.
 */

import { type PortSet, sorted } from '../../core/port-set.ts';
import type { PortResult } from '../../core/result.ts';
import { fileShares } from '../machine/open-files.ts';
import { limitedRate } from './ask-slowly.ts';
import type { Campaign } from './campaign.ts';
import type { HostFindings, HostSeen } from './findings.ts';
import { FRAGILE_PORTS } from './politeness.ts';
import {
  DEFAULT_INTENSITY,
  dealtDatabases,
  shortDatabase,
  type VersionDatabase,
} from './version-database.ts';

/** From this many open ports on, most of those asked, something accepts every connection. */
const TARPIT_OPEN = 100;
const TARPIT_SHARE = 0.9;

/** Ports that one nmap is asked for their versions at most: more would not fit into its argv (execve(2), MAX_ARG_STRLEN). */
const MOST_PORTS = 10_000;
/** Services for which the short pass takes one more process, and how many it takes at most: nmap uses one processor. */
const SERVICES_A_PROCESS = 40;
const SHORT_PROCESSES = 4;
/** Packets a second of all processes of a pass for the ports, which are known to be open: less is waiting only. */
const PORT_RATE = 1000;

/** Seconds for each version script where a service answers; on a silent port they are given all theirs once. */
const SCRIPT_SECONDS = { short: 1, dealt: 4 };

/** Open ports whose service is not known yet, by host. */
type Wanted = ReadonlyMap<HostFindings, PortSet>;

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
    await askServices(part, database, campaign, atOnce);
  }
}

/** A service has said something; where few connections are taken, one that was closed on us may be none of it. */
function isNamed(port: PortResult | undefined): boolean {
  return port?.method === 'probed' && port.service !== 'tcpwrapped';
}

async function askServices(
  all: Wanted,
  database: VersionDatabase | 'installed',
  campaign: Campaign,
  atOnce: number | undefined,
): Promise<void> {
  const left = database === 'installed' ? all : await askQuickly(all, database, campaign);
  if (left.size === 0) return;
  const job: Job = { wanted: left, scripts: 'full', ...(atOnce === undefined ? {} : { atOnce }) };
  const [last = []] = await askAtOnce('Versions, full pass', [job], campaign);
  settle(left, (host, port) => resultOf(last, host, port));
}

/** The short pass and the dealt one; gives the services that they did not settle. */
async function askQuickly(all: Wanted, database: VersionDatabase, campaign: Campaign): Promise<Wanted> {
  const intensity = intensityOf(campaign);
  const versionDatabase = shortDatabase(database, intensity);
  const processes = Math.min(
    SHORT_PROCESSES,
    processesOf(campaign),
    Math.ceil(servicesIn(all) / SERVICES_A_PROCESS),
  );
  const hands = dealt(all, processes).map((wanted): Job => ({ wanted, versionDatabase, scripts: 'short' }));
  const short = (await askAtOnce('Versions, short pass', hands, campaign)).flat();
  const open = settle(all, (host, port) => {
    const result = resultOf(short, host, port);
    // A port that closed on us is asked again: where connections are policed that may have been chance.
    return result?.product !== undefined && isSettled(result) ? result : undefined;
  });
  if (open.size === 0) return open;

  const databases = dealtDatabases(database, intensity, processesOf(campaign));
  const jobs = databases.map(
    (dealtDatabase, index): Job => ({
      wanted: open,
      versionDatabase: dealtDatabase,
      scripts: index === 0 ? 'full' : 'dealt',
    }),
  );
  const passes = await askAtOnce('Versions, dealt pass', jobs, campaign);
  return settle(open, (host, port) => agreed(passes.flatMap((seen) => resultOf(seen, host, port) ?? [])));
}

/** Keeps what `decide` settles and gives what it does not. */
function settle(
  wanted: Wanted,
  decide: (host: HostFindings, port: number) => PortResult | undefined,
): Wanted {
  const left = new Map<HostFindings, PortSet>();
  for (const [host, ports] of wanted) {
    const unsettled = ports.filter((port) => {
      const result = decide(host, port);
      if (result) host.open.set(port, result);
      return result === undefined;
    });
    if (unsettled.length > 0) left.set(host, unsettled);
  }
  return left;
}

/** nmap is sure: it knows the product, or that the port closes on everybody (tcpwrapped, seen by the NULL probe). */
function isSettled(result: PortResult): boolean {
  return result.service === 'tcpwrapped' || (result.method === 'probed' && result.product !== undefined);
}

/**
 * What several passes with different probes say together; undefined when that is not what one nmap would say. Nobody
 * was answered: so be it. Some know the service only (nmap's softmatch) and some its product: the latter is the more
 * exact word on the same. All that know the product must say the same.
 */
export function agreed(results: readonly PortResult[]): PortResult | undefined {
  const said = results.filter((result) => result.method === 'probed');
  const sure = said.find(isSettled) ?? said[0];
  if (sure === undefined) return results[0];
  const fits = (other: PortResult) =>
    other.service === sure.service &&
    other.tunnel === sure.tunnel &&
    (!isSettled(other) || (other.product === sure.product && other.version === sure.version));
  // Inside TLS every probe is worth asking again, and a hand holds only some.
  if (sure.tunnel !== undefined && !isSettled(sure)) return undefined;
  return said.every(fits) ? sure : undefined;
}

/** What one nmap is to ask. */
interface Job {
  wanted: Wanted;
  /** Absent: the installed one. */
  versionDatabase?: string;
  scripts: 'short' | 'dealt' | 'full';
  /** Connections at a time at most. */
  atOnce?: number;
}

async function ask(
  label: string,
  { wanted, versionDatabase, scripts, atOnce }: Job,
  campaign: Campaign,
  { processes, ...how }: { signal: AbortSignal; processes: number; reached: (percent: number) => number },
): Promise<HostSeen[]> {
  const asked = [...wanted].filter(([, ports]) => ports.length > 0);
  if (asked.length === 0) return [];
  const { versionParallelism } = campaign.ceilings;
  const most = campaign.runner.local ? fileShares().services : Number.POSITIVE_INFINITY;
  const rate = Math.min(PORT_RATE, campaign.rateOf(asked.some(([{ fragile }]) => fragile !== undefined)));
  return await campaign.run(
    label,
    asked.map(([host]) => host.address),
    {
      hosts: 'assume up',
      ports: sorted(asked.flatMap(([, ports]) => ports)),
      versions: true,
      pace: {
        ...(atOnce === undefined
          ? {
              minRate: Math.max(1, rate / processes),
              ...(versionParallelism === undefined
                ? {}
                : { parallelism: Math.min(versionParallelism, most) }),
            }
          : { maxRate: limitedRate(atOnce), atMost: atOnce }),
        ...(scripts === 'full' ? {} : { scriptTimeout: SCRIPT_SECONDS[scripts] }),
      },
      ...(versionDatabase === undefined ? {} : { versionDatabase: Buffer.from(versionDatabase, 'latin1') }),
    },
    { ...how, announce: false },
  );
}

/** As many as politeness lets one scan have, and as this machine has files for. */
function processesOf({ ceilings, runner }: Campaign): number {
  return runner.local
    ? Math.min(ceilings.versionProcesses, fileShares().scannersOfOne)
    : ceilings.versionProcesses;
}

/** One nmap for each job, side by side. When one fails the others are stopped, and its failure is thrown. */
async function askAtOnce(label: string, jobs: readonly Job[], campaign: Campaign): Promise<HostSeen[][]> {
  const failure = new AbortController();
  const signal = AbortSignal.any([campaign.options.signal, failure.signal]);
  const step = campaign.progress.step(jobs.length);
  const passes = jobs.map((job, part) =>
    ask(label, job, campaign, {
      signal,
      processes: jobs.length,
      reached: (percent) => step(part, percent),
    }).catch((error: unknown) => {
      failure.abort();
      throw error;
    }),
  );
  const ended = await Promise.allSettled(passes);
  // The first in time stopped the others, so theirs is the wrong word: look for one that was not merely stopped.
  const reasons = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (reasons.length > 0) throw reasons.find((reason) => reason?.outcome?.end !== 'stopped') ?? reasons[0];
  return ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

function servicesIn(wanted: Wanted): number {
  return [...wanted.values()].reduce((sum, ports) => sum + ports.length, 0);
}

/** The ports dealt one by one over `count` hands, each for all the hosts that have some of them. */
function dealt(wanted: Wanted, count: number): Wanted[] {
  const all = sorted(new Set([...wanted.values()].flat()));
  const handOf = new Map(all.map((port, index) => [port, index % count]));
  return Array.from({ length: count }, (_, hand) => {
    const mine = [...wanted].map(([host, ports]): [HostFindings, PortSet] => [
      host,
      ports.filter((port) => handOf.get(port) === hand),
    ]);
    return new Map(mine);
  });
}

function resultOf(seen: readonly HostSeen[], host: HostFindings, port: number): PortResult | undefined {
  return seen
    .filter((one) => one.host.address === host.address)
    .flatMap((one) => one.host.ports)
    .find((one) => one.port === port && one.protocol === 'tcp' && one.state === 'open');
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
