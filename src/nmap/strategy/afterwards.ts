/**
 * After a plain scan: whether its hosts still answer as they did. It was asked for as it stands, so nothing is asked
 * again but a few ports of hosts that may have turned; what the rest is worth is said, and ports that were asked in vain
 * are told as not tested.
 */
import { join } from 'node:path';
import { formatPorts, portSet, sorted } from '../../core/port-set.ts';
import type { HostResult, PortSummary } from '../../core/result.ts';
import { flagRow } from '../../policy/allowed-options.ts';
import { scannedProtocols } from '../../policy/asked-options.ts';
import type { AllowedScan } from '../../policy/authorize.ts';
import { canBePhased } from '../command/phase.ts';
import { notesAgainst } from '../coverage/blocked.ts';
import type { RunOptions, ScanOutcome } from '../run/run.ts';
import type { Budget } from './budget.ts';
import { Campaign, PhaseEnded } from './campaign.ts';
import { HostFindings, hasSilent, withoutWrapped } from './findings.ts';
import { answersOf, PortsUnnamed } from './read-phase.ts';
import { judge } from './resistance.ts';

/** Hosts that are kept for it at most, and the closed ports from which on they may hide open ones. */
const MOST_HOSTS = 64;
const MANY_CLOSED = 50;
/** Packets a second: as nmap itself begins, or where somebody asked for less. */
const RATE = 5000;
const POLITE_RATE = 10;

type Options = RunOptions & { budget: Budget };

/** Remembers the hosts of a scan that are in doubt. */
export class Afterwards {
  readonly #scan: AllowedScan;
  readonly #hosts = new Map<string, { findings: HostFindings; result: HostResult }>();
  readonly #asked: boolean;
  readonly #since = Date.now();

  /** @param local whether it runs on this machine */
  constructor(scan: AllowedScan, local: boolean) {
    this.#scan = scan;
    this.#asked = asksTcp(scan) && (canBePhased(scan) || local);
  }

  host(result: HostResult): void {
    if (!this.#asked || result.status !== 'up' || this.#hosts.size >= MOST_HOSTS) return;
    const findings = new HostFindings({ ...result, ports: [] });
    try {
      findings.absorb({ host: result, answers: answersOf(result) });
    } catch (error) {
      // An nmap that only counts its ports leaves nothing to ask again.
      if (error instanceof PortsUnnamed) return;
      throw error;
    }
    if (isDoubtful(findings)) this.#hosts.set(result.address, { findings, result });
  }

  /** Asks their sentinels, and tells the hosts that turned once more. */
  async check({ coverageExcept, ...outcome }: ScanOutcome, options: Options): Promise<ScanOutcome> {
    if (this.#hosts.size === 0 || outcome.end !== 'completed' || options.signal.aborted) return outcome;
    const polite = this.#scan.options.some(({ flag, value }) => flag === '-T' && Number(value) < 3);
    const campaign = new Campaign(this.#scan, {
      ...options,
      // Of its own, so that a recovery does not take it for a part of the scan.
      directory: join(options.directory, 'afterwards'),
      on: { ...options.on, ...QUIET },
    });
    const findings = [...this.#hosts.values()].map((one) => one.findings);
    const rate = Math.min(polite ? POLITE_RATE : RATE, this.#scan.maxRate);
    try {
      await judge(findings, campaign, { rate, since: this.#since, load: !polite });
    } catch (error) {
      // The scan is done: what only would have told more must not make it a failure.
      if (error instanceof PhaseEnded || options.signal.aborted) return outcome;
      throw error;
    }
    const turned = new Set<string>();
    for (const { findings: host, result } of this.#hosts.values()) {
      if (!host.turned) continue;
      turned.add(host.address);
      options.on.host(withUntested(result, host.untested));
    }
    const proven = (coverageExcept?.(turned) ?? outcome.coverage).filter(
      ({ kind, hosts = [] }) =>
        kind !== 'filtered' || hosts.length === 0 || !hosts.every((host) => turned.has(host)),
    );
    return { ...outcome, coverage: [...notesAgainst(findings), ...proven] };
  }
}

/** Nobody is told of the few ports that are asked again. */
const QUIET = { started: () => {}, openPort: () => {}, progress: () => {} };

/** TCP by SYN or connect in our own name: to ask in another way than the scan did would say nothing. */
function asksTcp({ options }: AllowedScan): boolean {
  const rows = options.flatMap(({ flag }) => flagRow(flag) ?? []);
  if (rows.some(({ flag, risk }) => risk === 'evasion' || OTHER_WAYS.has(flag))) return false;
  const technique = rows.find(({ group }) => group === 'technique')?.flag ?? '-sS';
  return scannedProtocols(options).includes('tcp') && (technique === '-sS' || technique === '-sT');
}

const OTHER_WAYS: ReadonlySet<string> = new Set([
  '-sn',
  '-sL',
  '-sO',
  '-e',
  '-S',
  '--proxies',
  '--scanflags',
]);

/** Some of its ports answered and others did not, or very many refused beside an open one. */
function isDoubtful(host: HostFindings): boolean {
  if (host.answered() === 0) return false;
  const states = new Set([...host.answers.values()].map(({ state, reason }) => `${state} ${reason}`));
  return hasSilent(host) || states.size > 1 || (host.open.size > 0 && host.answers.size >= MANY_CLOSED);
}

/** The result with the ports that were asked in vain as such. */
export function withUntested(result: HostResult, untested: ReadonlySet<number>): HostResult {
  const inVain = (protocol: string | undefined, port: number) =>
    (protocol ?? 'tcp') === 'tcp' && untested.has(port);
  const listed = result.ports.filter(({ protocol, port }) => !inVain(protocol, port)).map(withoutWrapped);
  const gone = sorted(untested);
  const others = (result.other_ports ?? []).flatMap((summary) => tested(summary, inVain));
  const summary: PortSummary = {
    state: 'unknown',
    count: gone.length,
    reasons: [{ reason: 'not-tested', count: gone.length, protocol: 'tcp', ports: formatPorts(gone) }],
  };
  return { ...result, ports: listed, other_ports: gone.length > 0 ? [...others, summary] : others };
}

/** A summary less the ports that were asked in vain. */
function tested(
  { state, count, reasons = [] }: PortSummary,
  inVain: (protocol: string | undefined, port: number) => boolean,
): PortSummary[] {
  let gone = 0;
  const kept = reasons.flatMap((reason) => {
    const ports = portSet(reason.ports ?? '');
    const left = ports.filter((port) => !inVain(reason.protocol, port));
    gone += ports.length - left.length;
    if (left.length === ports.length) return [reason];
    return left.length === 0 ? [] : [{ ...reason, count: left.length, ports: formatPorts(left) }];
  });
  return count > gone ? [{ state, count: count - gone, ...(kept.length > 0 ? { reasons: kept } : {}) }] : [];
}
