/**
 * What listens on the open ports: a short pass that settles most, then for the rest the full database, dealt over
 * several nmap processes so that the waits for ports that never answer run side by side. What those disagree on, or
 * only half know, one nmap with the installed database decides, as in a plain scan.
 */
import { type PortSet, sorted } from '../../core/port-set.ts';
import type { PortResult } from '../../core/result.ts';
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

/** Seconds for each version script where a service answers; on a silent port they are given all theirs once. */
const SCRIPT_SECONDS = { short: 1, dealt: 4 };

/** Open ports whose service is not known yet, by host. */
type Wanted = ReadonlyMap<HostFindings, PortSet>;

/** Puts services and versions into the open ports of the hosts. */
export async function detectVersions(
  hosts: readonly HostFindings[],
  database: VersionDatabase,
  campaign: Campaign,
): Promise<void> {
  const all = new Map(hosts.map((host) => [host, portsToAsk(host, campaign)]));
  const intensity = intensityOf(campaign);

  const short = await ask('Versions, short pass', all, shortDatabase(database, intensity), campaign);
  const open = settle(all, (host, port) => {
    const result = resultOf(short, host, port);
    // A port that closed on us is asked again: where connections are policed that may have been chance.
    return result?.product !== undefined && isSettled(result) ? result : undefined;
  });
  if (open.size === 0) return;

  const dealt = dealtDatabases(database, intensity, campaign.ceilings.versionProcesses);
  const passes = await askAtOnce(open, dealt, campaign);
  const left = settle(open, (host, port) =>
    agreed(passes.flatMap((seen) => resultOf(seen, host, port) ?? [])),
  );
  if (left.size === 0) return;

  const last = await ask('Versions, full pass', left, undefined, campaign, { scripts: 'full' });
  settle(left, (host, port) => resultOf(last, host, port));
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

async function ask(
  label: string,
  wanted: Wanted,
  versionDatabase: string | undefined,
  campaign: Campaign,
  {
    signal = campaign.options.signal,
    scripts = 'short',
  }: { signal?: AbortSignal; scripts?: 'short' | 'dealt' | 'full' } = {},
): Promise<HostSeen[]> {
  const asked = [...wanted].filter(([, ports]) => ports.length > 0);
  if (asked.length === 0) return [];
  const { versionParallelism } = campaign.ceilings;
  return await campaign.run(
    label,
    asked.map(([host]) => host.address),
    {
      hosts: 'assume up',
      ports: sorted(asked.flatMap(([, ports]) => ports)),
      versions: true,
      pace: {
        ...(versionParallelism === undefined ? {} : { parallelism: versionParallelism }),
        ...(scripts === 'full' ? {} : { scriptTimeout: SCRIPT_SECONDS[scripts] }),
      },
      ...(versionDatabase === undefined ? {} : { versionDatabase: Buffer.from(versionDatabase, 'latin1') }),
    },
    { signal, announce: false },
  );
}

/** One nmap for each database, side by side. When one fails the others are stopped, and its failure is thrown. */
async function askAtOnce(
  wanted: Wanted,
  databases: readonly string[],
  campaign: Campaign,
): Promise<HostSeen[][]> {
  const failure = new AbortController();
  const signal = AbortSignal.any([campaign.options.signal, failure.signal]);
  const passes = databases.map((database, index) =>
    ask('Versions, dealt pass', wanted, database, campaign, {
      signal,
      scripts: index === 0 ? 'full' : 'dealt',
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

function resultOf(seen: readonly HostSeen[], host: HostFindings, port: number): PortResult | undefined {
  return seen
    .find((one) => one.host.address === host.address)
    ?.host.ports.find((one) => one.port === port && one.protocol === 'tcp' && one.state === 'open');
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
