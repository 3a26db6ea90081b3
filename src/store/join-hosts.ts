/** One host of two that a report has of the same address, as for two names of one machine: nothing of either is lost. */
import { formatPorts, portSet, sorted } from '../core/port-set.ts';
import type { HostResult, PortResult, PortSummary } from '../core/result.ts';

/** `later` adds to `before` and wins where both know the same thing. */
export function joinHosts(before: HostResult, later: HostResult): HostResult {
  const ports = new Map(before.ports.map((port) => [keyOf(port), port]));
  for (const port of later.ports) {
    const known = ports.get(keyOf(port));
    ports.set(keyOf(port), known ? joinPorts(known, port) : port);
  }
  const hostnames = distinct([...(before.hostnames ?? []), ...(later.hostnames ?? [])]);
  const scripts = distinct([...(before.scripts ?? []), ...(later.scripts ?? [])]);
  const { other_ports: _, ...frame } = { ...before, ...later };
  const counted = joinCounted(before.other_ports, later.other_ports, ports);
  return {
    ...frame,
    status: before.status === 'up' ? 'up' : later.status,
    ports: [...ports.values()].sort((a, b) => a.port - b.port),
    ...(counted.length > 0 ? { other_ports: counted } : {}),
    ...(hostnames.length > 0 ? { hostnames } : {}),
    ...(scripts.length > 0 ? { scripts } : {}),
  };
}

function joinPorts(before: PortResult, later: PortResult): PortResult {
  const scripts = distinct([...(before.scripts ?? []), ...(later.scripts ?? [])]);
  return { ...before, ...later, ...(scripts.length > 0 ? { scripts } : {}) };
}

/** Ports that either report only counted, each once and none that is listed. Where nmap does not name them, the later count stands. */
function joinCounted(
  before: readonly PortSummary[] = [],
  later: readonly PortSummary[] = [],
  listed: ReadonlyMap<string, PortResult>,
): PortSummary[] {
  const all = [...before, ...later];
  const isNamed = ({ count, reasons = [] }: PortSummary) =>
    reasons.reduce((sum, { ports = '' }) => sum + portSet(ports).length, 0) === count;
  if (!all.every(isNamed)) return [...(later.length > 0 ? later : before)];
  const counted = new Map<string, Counted>();
  for (const { state, reasons = [] } of all) {
    for (const { reason, protocol, ports = '' } of reasons) {
      for (const port of portSet(ports))
        counted.set(`${protocol} ${port}`, { state, reason, protocol, port });
    }
  }
  for (const key of listed.keys()) counted.delete(key);
  return [...Map.groupBy(counted.values(), ({ state }) => state)].map(([state, same]) => ({
    state,
    count: same.length,
    reasons: [...Map.groupBy(same, ({ reason, protocol }) => `${protocol} ${reason}`).values()].flatMap(
      reasonOf,
    ),
  }));
}

interface Counted {
  state: PortSummary['state'];
  reason: string;
  protocol: string | undefined;
  port: number;
}

function reasonOf(same: readonly Counted[]): NonNullable<PortSummary['reasons']> {
  const [first] = same;
  if (!first) return [];
  const { reason, protocol } = first;
  const ports = formatPorts(sorted(same.map(({ port }) => port)));
  return [{ reason, count: same.length, ...(protocol === undefined ? {} : { protocol }), ports }];
}

const keyOf = ({ protocol, port }: PortResult) => `${protocol} ${port}`;

function distinct<T>(list: readonly T[]): T[] {
  return [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
}
