/** One host of two that a report has of the same address, as for two names of one machine: nothing of either is lost. */
import type { HostResult, PortResult } from './result.ts';

/** `later` adds to `before` and wins where both know the same thing. */
export function joinHosts(before: HostResult, later: HostResult): HostResult {
  const ports = new Map(before.ports.map((port) => [keyOf(port), port]));
  for (const port of later.ports) {
    const known = ports.get(keyOf(port));
    ports.set(keyOf(port), known ? joinPorts(known, port) : port);
  }
  const hostnames = distinct([...(before.hostnames ?? []), ...(later.hostnames ?? [])]);
  const scripts = distinct([...(before.scripts ?? []), ...(later.scripts ?? [])]);
  return {
    ...before,
    ...later,
    status: before.status === 'up' ? 'up' : later.status,
    ports: [...ports.values()].sort((a, b) => a.port - b.port),
    ...(hostnames.length > 0 ? { hostnames } : {}),
    ...(scripts.length > 0 ? { scripts } : {}),
  };
}

function joinPorts(before: PortResult, later: PortResult): PortResult {
  const scripts = distinct([...(before.scripts ?? []), ...(later.scripts ?? [])]);
  return { ...before, ...later, ...(scripts.length > 0 ? { scripts } : {}) };
}

const keyOf = ({ protocol, port }: PortResult) => `${protocol} ${port}`;

function distinct<T>(list: readonly T[]): T[] {
  return [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
}
