/**
 * A scan in phases: which hosts are up, which of their ports are open (fast where that is proven to lose nothing), what
 * listens there. The result of each host is that of a plain scan, told when its group is done.
 */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ErrorValue } from '../../core/errors.ts';
import type { HostResult } from '../../core/result.ts';
import type { AllowedScan } from '../../policy/authorize.ts';
import { numericPorts } from '../command/phase.ts';
import { notesAgainst } from '../coverage/blocked.ts';
import { createCoverage } from '../coverage/coverage.ts';
import { logHost } from '../recovery/phase-log.ts';
import { writeOwner } from '../run/reap.ts';
import { connectionLostError, type ScanOutcome } from '../run/run.ts';
import { servicesAtOnce } from './ask-slowly.ts';
import { Campaign, type CampaignOptions, PhaseEnded } from './campaign.ts';
import { findOpenPorts } from './find-open-ports.ts';
import { HostFindings } from './findings.ts';
import { readServiceNames, readVersionDatabase } from './installed.ts';
import { groupSize, hostsPhase, isSmall } from './outline.ts';
import { fragility } from './politeness.ts';
import { watchServices } from './resistance.ts';
import type { VersionDatabase } from './version-database.ts';
import { detectVersions } from './versions.ts';

/** Shares of the whole: finding the hosts, and of what follows for a group of them, finding its ports. */
const HOSTS_SHARE = 0.1;
const PORTS_SHARE = 0.7;
/** How often services are asked that closed on us, where a host takes few connections. */
const LIMITED_ROUNDS = 6;

export async function runAdaptive(scan: AllowedScan, options: CampaignOptions): Promise<ScanOutcome> {
  const startedAt = performance.now();
  const directory = resolve(options.directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeOwner(directory, options.taskId);
  const run = new AdaptiveRun(scan, { ...options, directory });
  const outcome = await run.run();
  return { ...outcome, elapsedSeconds: Math.round(performance.now() - startedAt) / 1000 };
}

class AdaptiveRun {
  readonly #scan: AllowedScan;
  readonly #campaign: Campaign;
  readonly #options: CampaignOptions;
  readonly #coverage = createCoverage();
  readonly #counts = { up: 0, down: 0 };
  /** Those that worked against the scan. */
  readonly #against: HostFindings[] = [];
  readonly #byConnect: boolean;
  /** Hosts of the group that is being scanned. */
  #open: HostFindings[] = [];

  constructor(scan: AllowedScan, options: CampaignOptions) {
    this.#scan = scan;
    this.#options = options;
    this.#campaign = new Campaign(scan, options);
    this.#byConnect = !scan.privileges.raw || scan.options.some(({ flag }) => flag === '-sT');
  }

  async run(): Promise<Omit<ScanOutcome, 'elapsedSeconds'>> {
    try {
      await this.#scanAll();
      return { end: 'completed', ...this.#facts() };
    } catch (error) {
      // What is known of unfinished hosts is told as such.
      for (const host of this.#open) {
        if (host.open.size > 0) this.#options.on.host(host.partialResult());
      }
      const stopped = this.#options.signal.aborted;
      if (!stopped && !(error instanceof PhaseEnded)) throw error;
      const { coverage, ...facts } = this.#facts();
      const cutOff = {
        kind: 'cut_off' as const,
        message: `The scan was cut off: ${this.#counts.up + this.#counts.down} hosts had been finished by then, the others are unfinished.`,
      };
      const failure = error instanceof PhaseEnded && !stopped ? this.#failure(error.outcome) : undefined;
      return {
        end: stopped ? 'stopped' : 'failed',
        ...facts,
        coverage: [...coverage, cutOff],
        ...(failure ? { error: failure } : {}),
      };
    }
  }

  /** The failure of a phase as one of the whole scan: the hosts it counted are those of the phase. */
  #failure({ error, connectionLost }: ScanOutcome): ErrorValue | undefined {
    const { up, down } = this.#counts;
    return connectionLost === undefined
      ? error
      : connectionLostError(connectionLost, up + down, this.#scan.addressCount);
  }

  async #scanAll(): Promise<void> {
    const [serviceName, database] = await Promise.all([
      readServiceNames(this.#options.nmap, this.#campaign.runner),
      this.#database(),
    ]);
    const { progress } = this.#campaign;
    progress.stretch(0, HOSTS_SHARE);
    const up = await this.#findHosts();
    const ports = numericPorts(this.#scan) ?? 'as asked';
    let done = 0;
    for (const group of groupsOf(up, groupSize(this.#scan))) {
      this.#open = group;
      const at = (share: number) =>
        HOSTS_SHARE + (1 - HOSTS_SHARE) * ((done + group.length * share) / up.length);
      progress.stretch(at(0), at(database ? PORTS_SHARE : 1));
      await findOpenPorts(group, ports, this.#campaign, isSmall(this.#scan));
      progress.stretch(at(PORTS_SHARE), at(1));
      if (database) await this.#askServices(group, database);
      done += group.length;
      this.#open = [];
      this.#against.push(...group.filter(({ turned, limit }) => turned || limit));
      for (const host of group) this.#finish(host.result(serviceName));
    }
  }

  /** Of hosts that did not shut us out, and of those that take few connections by one nmap that keeps to it. */
  async #askServices(group: HostFindings[], database: VersionDatabase | 'installed'): Promise<void> {
    const since = this.#campaign.now();
    const asked = group.filter(({ turned }) => turned === undefined || turned.back);
    for (const [atOnce, hosts] of Map.groupBy(asked, (host) => host.atOnce)) {
      if (atOnce === 'any') await detectVersions(hosts, database, this.#campaign);
      else
        for (let round = 0; round < LIMITED_ROUNDS; round += 1)
          await detectVersions(hosts, 'installed', this.#campaign, servicesAtOnce(atOnce));
    }
    await watchServices(asked, this.#campaign, {
      rate: this.#campaign.rateOf(group.some(({ fragile }) => fragile !== undefined)),
      since,
    });
  }

  async #database(): Promise<VersionDatabase | 'installed' | undefined> {
    if (!this.#scan.options.some(({ flag }) => flag === '-sV')) return undefined;
    return this.#campaign.runner.placesFiles ? await readVersionDatabase(this.#options.nmap) : 'installed';
  }

  /** The hosts that are up; the others are told at once. */
  async #findHosts(): Promise<HostFindings[]> {
    const label = isSmall(this.#scan) ? 'Hosts and ports' : 'Hosts';
    const seen = await this.#campaign.run(label, [...this.#scan.addresses()], hostsPhase(this.#scan));
    const up: HostFindings[] = [];
    for (const one of seen) {
      if (one.host.status !== 'up') {
        this.#finish(one.host);
        continue;
      }
      const host = new HostFindings({ ...one.host, ports: [] });
      if (!isSmall(this.#scan)) host.first = one.answers;
      host.absorb(one);
      host.fragile = fragility(one.host.ports.flatMap(({ port, state }) => (state === 'open' ? [port] : [])));
      up.push(host);
    }
    return up;
  }

  #finish(host: HostResult): void {
    this.#counts[host.status === 'up' ? 'up' : 'down'] += 1;
    this.#coverage.host(host, { outputCut: false, connect: this.#byConnect });
    logHost(this.#options.directory, host);
    this.#options.on.host(host);
  }

  #facts() {
    const { warnings, nmapVersion, unsent, facts } = this.#campaign;
    const { up, down } = this.#counts;
    const total = this.#scan.addressCount - unsent.addresses;
    return {
      ...(nmapVersion === undefined ? {} : { nmapVersion }),
      hosts: { up, down: Math.max(down, total - up), total },
      warnings,
      ...(facts === undefined ? {} : { run: facts }),
      unsent,
      coverage: [
        ...notesAgainst([...this.#against, ...this.#open]),
        ...this.#campaign.notes(),
        ...this.#coverage.notes(unsent),
      ],
    };
  }
}

/** Fragile hosts by themselves, as their group goes at their pace. */
function groupsOf(hosts: readonly HostFindings[], size: number): HostFindings[][] {
  const groups: HostFindings[][] = [];
  for (const kind of [false, true]) {
    const members = hosts.filter(({ fragile }) => (fragile !== undefined) === kind);
    for (let at = 0; at < members.length; at += size) groups.push(members.slice(at, at + size));
  }
  return groups;
}
