/** What all phases of one adaptive scan share: how a phase is run, what it told, and what is said about it at the end. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunFacts } from '../../core/details.ts';
import { formatPorts } from '../../core/port-set.ts';
import type { CoverageNote } from '../../core/result.ts';
import type { AllowedScan } from '../../policy/authorize.ts';
import { askedPortCount, canBePhased, type Pace, type Phase } from '../command/phase.ts';
import { listed } from '../coverage/hosts-note.ts';
import { Unsent } from '../coverage/unsent.ts';
import { PHASE_PREFIX } from '../recovery/phase-log.ts';
import { Losses, runResuming } from '../recovery/reconnect.ts';
import type { RunOptions, ScanOutcome } from '../run/run.ts';
import type { Runner } from '../run/runner.ts';
import type { ServiceSign } from '../run/service-trace.ts';
import { localRunner } from '../run/start-scanner.ts';
import { joinRuns } from '../xml/run-facts.ts';
import type { Budget } from './budget.ts';
import { CampaignProgress } from './campaign-progress.ts';
import { connectSweep } from './connect.ts';
import type { HostSeen } from './findings.ts';
import { closeAtOnce, heldConnections } from './held-connections.ts';
import { ceilingsOf, sweepPhase, sweepRate } from './outline.ts';
import type { Ceilings } from './politeness.ts';
import { readPhase } from './read-phase.ts';
import type { Sweeper, SweepPace } from './sweeper.ts';

/** A phase did not end well, so the scan cannot go on. */
export class PhaseEnded extends Error {
  readonly outcome: ScanOutcome;
  constructor(outcome: ScanOutcome) {
    super(`a phase ${outcome.end}`);
    this.outcome = outcome;
  }
}

export interface CampaignOptions extends Omit<RunOptions, 'phase'> {
  budget: Budget;
}

/** Packets a second that nmap may reach by itself: what had to fall back is slower anyway. */
const OWN_PACE = 5000;
/**
 * nmap waits for a host it knows nothing of as long as for the others of its group, 100 ms among quick ones. How far away
 * each is was measured when it was found, in another process: so it is told, with room for a way that varies.
 */
const QUICK_MS = 40;
/** So near that nmap's own congestion control is as quick as any rate: it waits 100 ms for a lost answer at the least. */
const NEAR_MS = 5;
/** Where it would come to fewer packets a second, something holds it up; nmap is given some time before it is judged. */
const QUICK_RATE = 4000;
const SLOW_START_MS = 3000;
const ROOM = 2;
const MOST_PATIENCE_MS = 1000;

export class Campaign implements Sweeper {
  readonly scan: AllowedScan;
  readonly options: CampaignOptions;
  readonly ceilings: Ceilings;
  readonly runner: Runner;
  readonly warnings: string[] = [];
  /** What no phase could send. */
  readonly unsent = new Unsent();
  readonly progress = new CampaignProgress();
  nmapVersion: string | undefined;
  /** What all runs together said of the scan. */
  facts: RunFacts | undefined;
  readonly #said = new Map<string, Set<string>>();
  /** How long the way to a host and back takes, milliseconds. */
  readonly #roundTrips = new Map<string, number>();
  #count = 0;
  #toldStart = false;
  readonly #losses = new Losses();

  constructor(scan: AllowedScan, options: CampaignOptions) {
    this.scan = scan;
    this.options = options;
    this.runner = options.runner ?? localRunner;
    this.ceilings = ceilingsOf(scan);
  }

  /** The most packets a second for a sweep of these hosts, alone. */
  rateOf(fragile: boolean): number {
    return sweepRate(this.scan, fragile);
  }

  isNear(host: string): boolean {
    const far = this.#roundTrips.get(host);
    return this.ceilings.ownPace && this.scan.privileges.raw && far !== undefined && far <= NEAR_MS;
  }

  /** Runs one nmap for some of the hosts and gives what it saw. @throws PhaseEnded when it did not end well */
  async run(
    label: string,
    hosts: readonly string[],
    phase: Phase,
    {
      signal = this.options.signal,
      announce = true,
      reached,
      service,
    }: {
      signal?: AbortSignal;
      announce?: boolean;
      /** Told of the connections to services, where the phase asks for a trace. */
      service?: (sign: ServiceSign) => void;
      /** How far the scan is when this run is so far; absent for a step of its own. */
      reached?: (percent: number) => number;
    } = {},
  ): Promise<HostSeen[]> {
    const part = this.scan.only(new Set(hosts));
    if (!part) return [];
    const step = reached ?? this.#step();
    const { on } = this.options;
    const run = {
      ...this.options,
      signal,
      phase,
      on: {
        started: (run) => {
          // The first of the phases that ask ports stands for all of them: there is one argv in an answer.
          if (this.#toldStart || (phase.hosts === 'ask' && phase.ports !== 'as asked')) return;
          this.#toldStart = true;
          on.started(run);
        },
        // Of hosts a phase knows a part only; what they are is told when all phases are done.
        host: () => {},
        openPort: (found) => {
          if (announce) on.openPort(found);
        },
        progress: ({ percent, phase: stage, ...rest }) =>
          on.progress({ percent: step(percent), phase: `${label}: ${stage}`.slice(0, 64), ...rest }),
        ...(service ? { service } : {}),
      },
    } satisfies Omit<RunOptions, 'directory'>;
    const { outcome, folders } = await runResuming(part, run, this.#losses, () => this.#folder());
    for (const { kind, message } of outcome.coverage) {
      if (kind === 'strategy' || kind === 'resumed') this.say(message, []);
    }
    this.nmapVersion ??= outcome.nmapVersion;
    if (outcome.run) this.facts = joinRuns(this.facts, outcome.run);
    if (outcome.unsent) this.unsent.add(outcome.unsent);
    this.warnings.push(...outcome.warnings.filter((warning) => !this.warnings.includes(warning)));
    if (outcome.end !== 'completed') throw new PhaseEnded(outcome);
    const seen = (await Promise.all(folders.map(readPhase))).flat();
    for (const { host } of seen) {
      const { mean = 0 } = host.details?.round_trip ?? {};
      if (mean > 0) this.#roundTrips.set(host.address, mean / 1000);
    }
    return seen;
  }

  /**
   * Asks TCP ports of hosts that are up, within the ceilings: at `rate` packets a second, or, without one, as fast as
   * nmap's congestion control sees fit. Without raw sockets our own connect() sweep does what is done at a rate.
   */
  async sweep(
    label: string,
    hosts: readonly string[],
    ports: Phase['ports'],
    pace: SweepPace,
  ): Promise<HostSeen[]> {
    const most = pace.rate ?? Math.min(OWN_PACE, this.scan.maxRate);
    const lease = await this.options.budget.lease(hosts, this.ceilings, most, this.options.signal);
    try {
      const part = this.scan.only(new Set(hosts));
      if (
        pace.rate !== undefined &&
        typeof ports !== 'string' &&
        (!this.scan.privileges.raw || !canBePhased(this.scan)) &&
        this.runner.local &&
        part
      ) {
        const { on, signal } = this.options;
        const asked = { type: 'connect', protocol: 'tcp', count: ports.length, ports: formatPorts(ports) };
        this.facts = joinRuns(this.facts, { asked: [asked] });
        const reached = this.#step();
        return await connectSweep(part, ports, {
          rate: lease.rate,
          tries: (pace.retries ?? 1) + 1,
          ...(pace.atOnce === undefined ? {} : { atOnce: pace.atOnce }),
          directory: this.#folder(),
          signal,
          roundTripMs: (address) => this.#roundTrips.get(address) ?? 0,
          openPort: (found) => on.openPort(found),
          refused: (address, why) => this.unsent.refuse(address, why),
          progress: (percent) => on.progress({ percent: reached(percent), phase: `${label}: connect sweep` }),
        });
      }
      const minRate = pace.rate === undefined ? undefined : Math.min(pace.floor ?? lease.rate, lease.rate);
      const phase = sweepPhase(ports, {
        ...(pace.atOnce === undefined ? {} : { atMost: pace.atOnce }),
        ...(minRate === undefined ? {} : { minRate }),
        maxRate: lease.rate,
        ...this.#patience(hosts),
        ...(pace.retries === undefined ? {} : { retries: pace.retries }),
      });
      return await this.run(label, hosts, phase);
    } finally {
      lease.release();
    }
  }

  async sweepAsPlain(
    label: string,
    hosts: readonly string[],
    ports: Phase['ports'],
  ): Promise<HostSeen[] | undefined> {
    const giveUp = new AbortController();
    const signal = AbortSignal.any([this.options.signal, giveUp.signal]);
    const count = typeof ports === 'string' ? askedPortCount(this.scan) : ports.length;
    const most = SLOW_START_MS + (1000 * count * hosts.length) / QUICK_RATE;
    const startedAt = performance.now();
    const step = this.#step();
    const reached = (percent: number) => {
      const passed = performance.now() - startedAt;
      if (passed > SLOW_START_MS && (passed * 100) / Math.max(percent, 1) > most) giveUp.abort();
      return step(percent);
    };
    try {
      return await this.run(label, hosts, sweepPhase(ports, {}), { signal, reached });
    } catch (error) {
      if (error instanceof PhaseEnded && giveUp.signal.aborted && !this.options.signal.aborted)
        return undefined;
      throw error;
    }
  }

  /** Remembers a sentence about hosts for the answer. */
  say(sentence: string, hosts: Iterable<string>): void {
    const about = this.#said.get(sentence) ?? new Set();
    for (const host of hosts) about.add(host);
    this.#said.set(sentence, about);
  }

  withdraw(hosts: Iterable<string>): void {
    const gone = new Set(hosts);
    for (const [sentence, about] of this.#said) {
      if (about.size === 0) continue;
      for (const host of gone) about.delete(host);
      if (about.size === 0) this.#said.delete(sentence);
    }
  }

  /** From this machine alone: nmap holds no connections. */
  async heldConnections(host: string, port: number): Promise<number | undefined> {
    const part = this.runner.local ? this.scan.only(new Set([host])) : undefined;
    return part ? await heldConnections(part, port, this.options.signal) : undefined;
  }

  /** Whether these ports of a host close a connection at once; from this machine alone. */
  async closeAtOnce(host: string, ports: readonly number[]): Promise<boolean> {
    const part = this.runner.local ? this.scan.only(new Set([host])) : undefined;
    return part !== undefined && (await closeAtOnce(part, ports));
  }

  now(): number {
    return Date.now();
  }

  async pause(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.options.signal });
  }

  notes(): CoverageNote[] {
    const said = [...this.#said].flatMap(([message, about]) => {
      // What was not sent agrees with itself: nothing is proven there.
      const hosts = [...about].filter((host) => !this.unsent.isRefused(host));
      return about.size > 0 && hosts.length === 0
        ? []
        : [
            {
              kind: 'strategy' as const,
              ...(hosts.length > 0 ? { hosts: listed(hosts) } : {}),
              message,
            },
          ];
    });
    return [...this.unsent.notes(this.runner.local), ...said];
  }

  #patience(hosts: readonly string[]): Pick<Pace, 'patience'> {
    const farthest = Math.max(0, ...hosts.map((host) => this.#roundTrips.get(host) ?? 0));
    if (farthest <= QUICK_MS) return {};
    return { patience: Math.min(MOST_PATIENCE_MS, Math.ceil(farthest * ROOM)) };
  }

  #step(): (percent: number) => number {
    const step = this.progress.step();
    return (percent) => step(0, percent);
  }

  #folder(): string {
    this.#count += 1;
    return join(this.options.directory, `${PHASE_PREFIX}${String(this.#count).padStart(4, '0')}`);
  }
}
