/**
 * Scans that several sources share among themselves: the ports of one host, one port of many hosts, or all the addresses
 * of one IPv6 network that a scanner goes through.
 */

import type { DetectionSettings } from '../detection-settings.ts';
import * as E from '../evidence/endpoints.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { Finding } from './finding.ts';
import { byPort, bySource, byTarget, distinct, distinctValues, gather, groupBy, only } from './group.ts';
import { oneNetwork } from './one-network.ts';
import { portOf, worked } from './outcome.ts';
import type { Scene } from './scene.ts';
import { isIdle, isShare, mostFail, OVERLAP, one, share, shareKind } from './shares.ts';
import { isRange } from './spread.ts';

/** Ports of one host that a source must have tried to be named by itself; those that tried fewer are named together. */
const SHARE_PORTS = 3;
/** More sources than this are one finding: a reader wants the scan, not its senders. */
const NAMED_ONE_BY_ONE = 16;
/** A source that takes a share of one port asks at most so many of the hosts, and sends little else. */
const SHARE_OF_HOSTS = 0.5;

/** Findings of shared scans that no finding of one source explains. */
export function distributed(
  evidence: Evidence,
  scene: Scene,
  findings: readonly Finding[],
  settings: DetectionSettings,
): Finding[] {
  const { table } = scene;
  const { words } = table;
  const taken = new Uint8Array(table.count);
  const take = (some: readonly Finding[]) => {
    for (const { slots } of some)
      for (let i = 0; i < slots.length; i++) taken[(slots[i] ?? 0) / E.RECORD] = 1;
    return some;
  };
  const shares = new Int32Array(table.count);
  let count = 0;
  for (let slot = 0; slot < table.count * E.RECORD; slot += E.RECORD)
    if (isShare(table, slot) || isIdle(words, slot)) shares[count++] = slot;
  const all = shares.subarray(0, count);
  const found = [...take([...oneNetwork(scene, all, findings, settings)])];
  const free = () => only(all, (slot) => taken[slot / E.RECORD] === 0);
  found.push(...take([...portsOfOneHost(evidence, found.length === 0 ? all : free(), settings)]));
  take(findings);
  found.push(...onePortOfManyHosts(scene, free(), settings));
  return found;
}

function* portsOfOneHost(
  evidence: Evidence,
  all: Int32Array,
  settings: DetectionSettings,
): Generator<Finding> {
  const { words } = evidence.endpoints;
  const { distributedPorts, distributedSources } = settings;
  let groups = 0;
  const seen = new Uint8Array(65_536);
  for (const shares of gather(all, byTarget(words), distributedPorts)) {
    if (!hasPorts(words, shares, distributedPorts, seen)) continue;
    for (const onHost of groupBy(shares, (slot) => shareKind(words, slot)).values()) {
      if (onHost.length < distributedPorts || !mostFail(words, onHost)) continue;
      const ports = distinct(onHost, byPort(words));
      const sources = groupBy(onHost, bySource(words));
      if (sources.size < distributedSources || ports < distributedPorts) continue;
      const larger = [...sources.values()].filter((own) => own.length >= SHARE_PORTS);
      const target = words[(onHost[0] ?? 0) + E.TARGET] ?? 0;
      const together = Int32Array.from(larger.flatMap((own) => [...own]));
      const shared = distinct(together, byPort(words));
      if (
        larger.length >= distributedSources &&
        shared >= distributedPorts &&
        together.length <= shared * OVERLAP
      ) {
        const id = `distributed-${++groups}`;
        if (larger.length <= NAMED_ONE_BY_ONE) yield* members(words, larger, shared, id);
        else yield oneOfHost(words, onHost, id, ports, distributedPorts);
      } else if (
        larger.length === 0 &&
        onHost.length <= ports * OVERLAP &&
        // Where a crowd of lone sources was let go, what is left of it says nothing.
        evidence.crowds.on(target) < ports
      ) {
        yield oneOfHost(words, onHost, `distributed-${++groups}`, ports, distributedPorts);
      }
    }
  }
}

/** Whether there are so many distinct ports; most hosts have few. `seen` is for marks, and is left as it was: empty. */
function hasPorts(words: Int32Array, slots: Int32Array, least: number, seen: Uint8Array): boolean {
  let ports = 0;
  let at = 0;
  while (at < slots.length && ports < least) {
    const port = portOf(words, slots[at++] ?? 0);
    if (seen[port] === 0) ports++;
    seen[port] = 1;
  }
  while (at > 0) seen[portOf(words, slots[--at] ?? 0)] = 0;
  return ports >= least;
}

function oneOfHost(
  words: Int32Array,
  slots: Int32Array,
  id: string,
  ports: number,
  minimum: number,
): Finding {
  const sources = distinctValues(slots, bySource(words));
  const each = slots.length / sources.length;
  const why = `${sources.length} sources share ${ports} ports of one host, ${each < 2 ? 'one or two' : `some ${Math.round(each)}`} each`;
  return one(words, slots, id, why, [...sources], ports, minimum);
}

function* members(words: Int32Array, shares: Int32Array[], ports: number, id: string): Generator<Finding> {
  const why = `${shares.length} sources share ${ports} ports of one host, each taking others`;
  const group: NonNullable<Finding['group']> = { id, why, members: [] };
  for (const own of shares) {
    const finding: Finding = {
      ...share(words, own[0] ?? 0, own, group),
      telling: own.length,
      minimum: SHARE_PORTS,
      role: 'member',
    };
    group.members.push(finding);
    yield finding;
  }
}

/** Connections of these sources, to the port that these slots share, that worked. */
function usedBy(table: E.EndpointTable, some: Int32Array, sources: ReadonlyMap<number, unknown>): number {
  const { words, count } = table;
  const key = words[(some[0] ?? 0) + E.KEY] ?? 0;
  const alike = E.KEY_IPV6 | 0xffff;
  let used = 0;
  for (let slot = 0; slot < count * E.RECORD; slot += E.RECORD) {
    if (((words[slot + E.KEY] ?? 0) & alike) !== (key & alike) || !sources.has(words[slot] ?? 0)) continue;
    if (worked(words, slot) && !isIdle(words, slot)) used++;
  }
  return used;
}

/** One port of a range of hosts, of which each of several sources took a few. */
function* onePortOfManyHosts(
  { table, book }: Scene,
  all: Int32Array,
  settings: DetectionSettings,
): Generator<Finding> {
  const { words } = table;
  const { distributedPorts, distributedSources } = settings;
  let groups = 0;
  for (const ofPort of gather(all, byPort(words), distributedPorts)) {
    for (const some of groupBy(
      ofPort,
      (slot) => shareKind(words, slot) | ((words[slot + E.KEY] ?? 0) & E.KEY_IPV6),
    ).values()) {
      const ipv6 = ((words[(some[0] ?? 0) + E.KEY] ?? 0) & E.KEY_IPV6) !== 0;
      const hosts = distinctValues(some, byTarget(words));
      if (hosts.length < distributedPorts || some.length > hosts.length * OVERLAP) continue;
      if (!mostFail(words, some)) continue;
      const shares = groupBy(some, bySource(words));
      if (shares.size < distributedSources || !isRange(hosts, ipv6, book)) continue;
      // Clients of a network that miss a server now and then have other hosts of that port that work.
      if (some.length < shares.size * SHARE_PORTS || usedBy(table, some, shares) * 2 > some.length) continue;
      // A network's own members that each miss the same servers are no scanners: a share is small.
      if ([...shares.values()].some((own) => own.length > hosts.length * SHARE_OF_HOSTS)) continue;
      const port = (words[(some[0] ?? 0) + E.KEY] ?? 0) & 0xffff;
      const why = `${shares.size} sources share port ${port} of ${hosts.length} hosts, each taking others`;
      yield one(
        words,
        some,
        `shared-port-${++groups}`,
        why,
        [...shares.keys()],
        hosts.length,
        distributedPorts,
      );
    }
  }
}
