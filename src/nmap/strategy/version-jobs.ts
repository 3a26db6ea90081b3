/** Several nmap side by side that ask services which they are, and how the ports are dealt over them. */
import { type PortSet, sorted } from '../../core/port-set.ts';
import type { PortResult } from '../../core/result.ts';
import { fileShares } from '../machine/open-files.ts';
import type { ServiceSign } from '../run/service-trace.ts';
import { limitedRate } from './ask-slowly.ts';
import type { Campaign } from './campaign.ts';
import type { HostFindings, HostSeen } from './findings.ts';

/** Open ports of which the service is asked, by host. */
export type Wanted = ReadonlyMap<HostFindings, PortSet>;

/** What one nmap is to ask. */
export interface Job {
  wanted: Wanted;
  /** Absent: the installed one. */
  versionDatabase?: string;
  /** Seconds that nmap gives each version script; absent: all that it takes. */
  scriptSeconds?: number;
  /** Connections at a time at most. */
  atOnce?: number;
  /** Told of its connections. */
  service?: (sign: ServiceSign) => void;
}

/** Packets a second of all processes of a pass for the ports, which are known to be open: less is waiting only. */
const PORT_RATE = 1000;

/** Jobs under way, one nmap each. */
export class Jobs {
  /** Resolves when all have ended well. @throws what the first of them failed with; the others are stopped then */
  readonly ended: Promise<void>;
  readonly #jobs: readonly Job[];
  /** Of each job what it saw, once it has ended. */
  readonly #seen: (HostSeen[] | undefined)[];
  readonly #stopping = new AbortController();
  readonly #settled: Promise<unknown>;

  constructor(label: string, jobs: readonly Job[], campaign: Campaign) {
    this.#jobs = jobs;
    this.#seen = jobs.map(() => undefined);
    const signal = AbortSignal.any([campaign.options.signal, this.#stopping.signal]);
    const step = campaign.progress.step(jobs.length);
    let failure: unknown;
    const asked = jobs.map(async (job, part) => {
      try {
        const how = { signal, processes: jobs.length, reached: (percent: number) => step(part, percent) };
        this.#seen[part] = await ask(label, job, campaign, how);
      } catch (error) {
        failure ??= error;
        this.#stopping.abort();
      }
    });
    this.#settled = Promise.all(asked);
    this.ended = this.#settled.then(() => {
      if (failure !== undefined) throw failure;
    });
    // Whoever stops them does not wait for it.
    this.ended.catch(() => {});
  }

  /** Ends those that are still under way. Resolves when they are gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#settled;
  }

  /** What is known of a port by the jobs that have ended, or by one of them. */
  resultOf(host: HostFindings, port: number, job?: number): PortResult | undefined {
    const ended = job === undefined ? this.#seen : [this.#seen[job]];
    for (const seen of ended) {
      const result = seen && resultOf(seen, host, port);
      if (result) return result;
    }
    return undefined;
  }

  /** What the jobs that have not ended were to ask. */
  unfinished(): Wanted {
    const left = new Map<HostFindings, PortSet>();
    for (const [index, { wanted }] of this.#jobs.entries()) {
      if (this.#seen[index]) continue;
      for (const [host, ports] of wanted) left.set(host, [...(left.get(host) ?? []), ...ports]);
    }
    return left;
  }
}

async function ask(
  label: string,
  { wanted, versionDatabase, scriptSeconds, atOnce, service }: Job,
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
        ...(scriptSeconds === undefined ? {} : { scriptTimeout: scriptSeconds }),
      },
      ...(versionDatabase === undefined ? {} : { versionDatabase: Buffer.from(versionDatabase, 'latin1') }),
      ...(service ? { trace: true } : {}),
    },
    { ...how, announce: false, ...(service ? { service } : {}) },
  );
}

/** As many as politeness lets one scan have, and as this machine has files for. */
export function processesOf({ ceilings, runner }: Campaign): number {
  return runner.local
    ? Math.min(ceilings.versionProcesses, fileShares().scannersOfOne)
    : ceilings.versionProcesses;
}

export function servicesIn(wanted: Wanted): number {
  return [...wanted.values()].reduce((sum, ports) => sum + ports.length, 0);
}

/** The ports dealt one by one over `count` hands, each for all the hosts that have some of them. */
export function dealt(wanted: Wanted, count: number): Wanted[] {
  const all = sorted(new Set([...wanted.values()].flat()));
  const handOf = new Map(all.map((port, index) => [port, index % count]));
  return Array.from({ length: count }, (_, hand) => only(wanted, (_host, port) => handOf.get(port) === hand));
}

/** Those of the ports that `choose` takes, and the hosts that have some. */
export function only(wanted: Wanted, choose: (host: HostFindings, port: number) => boolean): Wanted {
  const chosen = [...wanted].map(([host, ports]): [HostFindings, PortSet] => [
    host,
    ports.filter((port) => choose(host, port)),
  ]);
  return new Map(chosen.filter(([, ports]) => ports.length > 0));
}

function resultOf(seen: readonly HostSeen[], host: HostFindings, port: number): PortResult | undefined {
  return seen
    .filter((one) => one.host.address === host.address)
    .flatMap((one) => one.host.ports)
    .find((one) => one.port === port && one.protocol === 'tcp' && one.state === 'open');
}
