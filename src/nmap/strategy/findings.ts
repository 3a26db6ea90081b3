/** What the phases of a scan have found of one host, put together to the one result that a plain scan would give. */
import { formatPorts, sorted } from '../../core/port-set.ts';
import type { HostResult, PortResult, PortState, PortSummary } from '../../core/result.ts';
import type { ConnectionLimit, Turned } from '../coverage/blocked.ts';

export interface Answer {
  state: PortState;
  reason: string;
  /** Time to live of the answer, of a port that nmap listed. */
  ttl?: number;
}

/** A host as one phase saw it. */
export interface HostSeen {
  /** As nmap reported it. */
  host: HostResult;
  /** Every port that was asked, the listed and the counted ones. */
  answers: ReadonlyMap<number, Answer>;
}

/** nmap counts the ports of a state instead of listing them beyond this many (portlist.cc, isIgnoredState). */
const MOST_LISTED = 25;

export class HostFindings {
  readonly address: string;
  /** How nmap first described the host; its ports are not looked at. */
  frame: HostResult;
  readonly open = new Map<number, PortResult>();
  /** Everything else that was asked. */
  readonly answers = new Map<number, Answer>();
  /** Its answers came slower than it was asked: silence says nothing there. */
  limited = false;
  fragile: 'controller' | 'printer' | undefined;
  /** What it answered before the first sweep. */
  first: ReadonlyMap<number, Answer> = new Map();
  /** Of a host that works against the scan: the ports that tell it, and what everybody is told who is refused. */
  sentinels: ReadonlyMap<number, Answer> = new Map();
  masks: readonly Answer[] = [];
  /** Ports that were asked in vain: their answers are worth nothing. */
  readonly untested = new Set<number>();
  turned: Turned | undefined;
  /** Connections it takes at a time, where that was measured: one if it refuses more without a number. */
  atOnce: number | 'any' = 'any';
  limit: ConnectionLimit | undefined;

  constructor(frame: HostResult) {
    this.address = frame.address;
    this.frame = frame;
  }

  /** Takes what a later phase saw: the stronger word stays. */
  absorb({ host, answers }: HostSeen): void {
    if (host.status === 'up' && this.frame.status !== 'up') this.frame = host;
    if (host.timed_out) this.frame = { ...this.frame, timed_out: true };
    this.frame = { ...this.frame, ...measured(this.frame, host) };
    for (const port of host.ports) {
      if (port.protocol === 'tcp' && port.state === 'open' && !this.open.has(port.port)) {
        this.open.set(port.port, port);
        this.answers.delete(port.port);
        this.untested.delete(port.port);
      }
    }
    for (const [port, answer] of answers) {
      if (this.open.has(port)) continue;
      const before = this.answers.get(port);
      if (before === undefined || strength(answer) > strength(before)) this.answers.set(port, answer);
    }
  }

  /** A port that had been asked in vain was asked again, and this is what it says. */
  settle(port: number, answer: Answer | undefined): void {
    if (answer === undefined || !this.untested.delete(port) || this.open.has(port)) return;
    this.answers.set(port, answer);
  }

  /** What closed on us while the host turned is no word about the service. */
  forgetWrapped(): void {
    for (const [port, result] of this.open) this.open.set(port, withoutWrapped(result));
  }

  /** Ports that said nothing at all. */
  silent(): number[] {
    const silent: number[] = [];
    for (const [port, answer] of this.answers) if (strength(answer) === 0) silent.push(port);
    return silent;
  }

  /** How many ports answered: open, closed or forbidden. */
  answered(): number {
    return this.open.size + this.answers.size - this.silent().length;
  }

  /** The merged result. `serviceName` names a port as nmap-services does. */
  result(serviceName: (port: number) => string | undefined): HostResult {
    const groups = new Map<string, { answer: Answer; ports: number[] }>();
    for (const [port, answer] of this.answers) {
      const limited = this.limited && strength(answer) === 0 ? LIMITED : answer;
      const said = this.untested.has(port) ? NOT_TESTED : limited;
      const key = `${said.state} ${said.reason}`;
      const group = groups.get(key) ?? { answer: said, ports: [] };
      group.ports.push(port);
      groups.set(key, group);
    }
    const listed: PortResult[] = [...this.open.values()];
    const counted: PortSummary[] = [];
    for (const [state, reasons] of Map.groupBy(groups.values(), ({ answer }) => answer.state)) {
      const count = reasons.reduce((sum, { ports }) => sum + ports.length, 0);
      if (count > MOST_LISTED) {
        counted.push({
          state,
          count,
          reasons: reasons.map(({ answer, ports }) => ({
            reason: answer.reason,
            count: ports.length,
            protocol: 'tcp',
            ports: formatPorts(ports),
          })),
        });
        continue;
      }
      for (const { answer, ports } of reasons) {
        for (const port of ports) {
          const { ttl } = this.untested.has(port) ? {} : (this.answers.get(port) ?? {});
          listed.push(
            closedPort(port, { ...answer, ...(ttl === undefined ? {} : { ttl }) }, serviceName(port)),
          );
        }
      }
    }
    const { ports: _, other_ports: __, ...frame } = this.frame;
    return {
      ...frame,
      ports: listed.sort((a, b) => a.port - b.port),
      ...(counted.length > 0 ? { other_ports: counted.sort((a, b) => b.count - a.count) } : {}),
    };
  }

  /** What is known while the host is not finished. */
  partialResult(): HostResult {
    const { ports: _, other_ports: __, ...frame } = this.frame;
    const open = sorted(this.open.keys()).flatMap((port) => this.open.get(port) ?? []);
    return { ...frame, ports: open, partial: true };
  }
}

export const hasSilent = (host: HostFindings): boolean => host.silent().length > 0;

/** The ports of some hosts that are open, and those that at least one of them was silent to. */
export const openOf = (hosts: readonly HostFindings[]): number[] =>
  hosts.flatMap(({ open }) => [...open.keys()]);
export const silentOf = (hosts: readonly HostFindings[]): number[] => [
  ...new Set(hosts.flatMap((host) => host.silent())),
];

/** How many of these ports of the host a sweep found open. */
export function foundAgain(
  { address }: HostFindings,
  ports: readonly number[],
  seen: readonly HostSeen[],
): number {
  const answers = seen.find(({ host }) => host.address === address)?.answers;
  return ports.filter((port) => answers?.get(port)?.state === 'open').length;
}

/** Not what it answered: that is what everybody is told whom the host refuses. */
const NOT_TESTED: Answer = { state: 'unknown', reason: 'not-tested' };
/** A port that nmap calls tcpwrapped, without that word. */
export function withoutWrapped(port: PortResult): PortResult {
  if (port.service !== 'tcpwrapped') return port;
  const { service: _, method: __, confidence: ___, ...rest } = port;
  return rest;
}

const LIMITED: Answer = { state: 'closed|filtered', reason: 'no-response (answers rate-limited)' };

function closedPort(port: number, { state, reason, ttl }: Answer, service: string | undefined): PortResult {
  const named = service === undefined ? {} : { service, method: 'table' as const, confidence: 3 };
  const details = ttl === undefined ? {} : { details: { reason_ttl: ttl } };
  return { port, protocol: 'tcp', state, reason, ...named, ...details };
}

/** What each phase measures anew: until when, and how long the way is, where no earlier one could tell. */
function measured(
  { details: before }: HostResult,
  { details: now }: HostResult,
): Pick<HostResult, 'details'> {
  if (!now) return {};
  const { round_trip = now.round_trip, started = now.started, ...rest } = before ?? {};
  const ended = Math.max(before?.ended ?? 0, now.ended ?? 0);
  return {
    details: {
      ...rest,
      ...(started === undefined ? {} : { started }),
      ...(round_trip === undefined ? {} : { round_trip }),
      ...(ended > 0 ? { ended } : {}),
    },
  };
}

/** Nothing came back. */
export const isSilence = (answer: Answer | undefined): boolean =>
  answer !== undefined && strength(answer) === 0;

/** Silence is weaker than being told that a firewall forbids it, and that weaker than an answer of the host. */
function strength({ state, reason }: Answer): number {
  if (state !== 'filtered') return 2;
  return reason === 'no-response' ? 0 : 1;
}
