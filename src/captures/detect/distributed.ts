/**
 * Scans that several sources share among themselves: the ports of one host, one port of many hosts, or all the addresses
 * of one IPv6 network that a scanner goes through.
 */
import * as E from '../evidence/endpoints.ts';
import type { Evidence } from '../evidence/evidence.ts';
import * as K from '../evidence/kinds.ts';
import type { Technique } from '../findings.ts';
import type { DetectionSettings } from '../settings.ts';
import { ByKind } from './by-kind.ts';
import { clusters } from './clusters.ts';
import type { Finding } from './finding.ts';
import { byPort, bySource, byTarget, distinct, distinctValues, gather, groupBy, only } from './group.ts';
import { against, portOf, worked } from './outcome.ts';
import type { Scene } from './scene.ts';
import { isRange } from './spread.ts';
import { evidenceOf, oddName } from './techniques.ts';

/** Ports of one host that a source must have tried to be named by itself; those that tried fewer are named together. */
const SHARE_PORTS = 3;
/** More sources than this are one finding: a reader wants the scan, not its senders. */
const NAMED_ONE_BY_ONE = 16;
/** So many addresses of one network make one scanner even if each of them scans enough to be named. */
const CHANGES = 4;
/** Probes on the same endpoints by several sources: above this overlap they are decoys or a flood, below it shares. */
const OVERLAP = 2;
/** Each source by itself asks little, and shows no manner. */
const ALONE = { wide: false, thin: false, raw: false, drawn: false };
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

/** Probes that could be a share: those that failed, by technique. */
function isShare(table: E.EndpointTable, slot: number): boolean {
  const { words } = table;
  const kind = E.kindOf(words, slot);
  if (kind === K.ACK_PROBE || kind === K.MAIMON_PROBE || kind === K.SYNACK_PROBE) return false;
  if (!K.isTcpKind(kind) && kind !== K.UDP_PROBE) return false;
  if (worked(words, slot)) return false;
  if (kind === K.UDP_PROBE && ((words[slot + E.STATE] ?? 0) & E.FROM_SERVICE) !== 0) return false;
  return against(table, slot, ALONE) === undefined;
}

/** A connection that carried nothing, as of one who looks whether a port is open. */
function isIdle(words: Int32Array, slot: number): boolean {
  const state = words[slot + E.STATE] ?? 0;
  if (E.kindOf(words, slot) !== K.STACK_SYN || E.attemptsOf(words, slot) > 1) return false;
  return (state & (E.A_OPEN | E.C_DATA | E.A_DATA)) === E.A_OPEN;
}

/** Idle connections are shares only beside as many that failed. */
function mostFail(words: Int32Array, slots: Int32Array): boolean {
  let idle = 0;
  for (let i = 0; i < slots.length; i++) if (isIdle(words, slots[i] ?? 0)) idle++;
  return idle * 2 <= slots.length;
}

function techniqueOf(words: Int32Array, slots: Int32Array): Technique {
  const kind = E.kindOf(words, slots[0] ?? 0);
  if (kind === K.UDP_PROBE) return 'udp';
  if (K.isSynKind(kind))
    return slots.every((slot) => E.kindOf(words, slot) === K.STACK_SYN) ? 'connect' : 'syn';
  if (kind === K.NULL_PROBE) return 'null';
  return kind === K.XMAS_PROBE ? 'xmas' : oddName(kind & K.ODD_FLAGS);
}

/** SYNs of raw tools and of stacks are shares of one scan. */
function shareKind(words: Int32Array, slot: number): number {
  const kind = E.kindOf(words, slot);
  return kind === K.STACK_SYN ? K.RAW_SYN : kind;
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
    const first = own[0] ?? 0;
    const finding: Finding = {
      source: words[first + E.SOURCE] ?? 0,
      ipv6: ((words[first + E.KEY] ?? 0) & E.KEY_IPV6) !== 0,
      technique: techniqueOf(words, own),
      pattern: 'distributed',
      kind: 'distributed',
      slots: own,
      telling: own.length,
      minimum: SHARE_PORTS,
      reasons: [why],
      role: 'member',
      group,
      activities: [],
    };
    group.members.push(finding);
    yield finding;
  }
}

/** One finding that stands for all its sources; its address is that of the first to be seen. */
function one(
  words: Int32Array,
  slots: Int32Array,
  id: string,
  why: string,
  addresses: readonly number[],
  telling: number,
  minimum: number,
): Finding {
  const first = slots.reduce((best, slot) =>
    (words[slot + E.FIRST_PACKET] ?? 0) < (words[best + E.FIRST_PACKET] ?? 0) ? slot : best,
  );
  const finding: Finding = {
    source: words[first + E.SOURCE] ?? 0,
    ipv6: ((words[first + E.KEY] ?? 0) & E.KEY_IPV6) !== 0,
    technique: techniqueOf(words, slots),
    pattern: 'distributed',
    kind: 'distributed',
    slots,
    telling,
    minimum,
    reasons: [why],
    role: 'scanner',
    activities: [],
  };
  finding.group = { id, why, members: [finding], addresses };
  return finding;
}

/** A scanner that takes another address of its IPv6 network every few probes (RFC 4941 made a tool of). */
function* oneNetwork(
  scene: Scene,
  all: Int32Array,
  findings: readonly Finding[],
  settings: DetectionSettings,
): Generator<Finding> {
  const { table, book } = scene;
  const { words } = table;
  const networkOf = (slot: number) => book.network(words[slot] ?? 0);
  const suspicious = new Set<number>();
  for (const shares of gather(ipv6Among(words, all), networkOf, settings.failedEndpoints))
    suspicious.add(networkOf(shares[0] ?? 0));
  if (suspicious.size === 0) return;
  const every = only(ipv6In(table), (slot) => suspicious.has(networkOf(slot)));
  const named = new Set(findings.filter((finding) => finding.ipv6).map(({ source }) => source));
  let groups = 0;
  // With what worked, so that open ports belong to the scan.
  for (const slots of gather(every, networkOf, settings.failedEndpoints)) {
    for (const evidence of evidenceOf(new ByKind(words, slots), settings)) {
      for (const cluster of clusters(scene, evidence, evidence.minimum, settings)) {
        const addresses = distinctValues(cluster.slots, bySource(words));
        // Hosts of one network that each do a little of their own are not one scanner.
        const overlap = cluster.slots.length / Math.max(1, endpoints(words, cluster.slots));
        const isNamed = addresses.some((address) => named.has(address));
        if (addresses.length < (isNamed ? CHANGES : 2) || overlap > OVERLAP) continue;
        const why = `${addresses.length} addresses of one IPv6 network (/64) share the endpoints`;
        yield {
          ...one(
            words,
            cluster.slots,
            `network-${++groups}`,
            why,
            [...addresses],
            cluster.telling,
            evidence.minimum,
          ),
          technique: evidence.technique,
          pattern: cluster.pattern,
          kind: cluster.pattern,
          reasons: [why, ...cluster.reasons],
        };
      }
    }
  }
}

function ipv6Among(words: Int32Array, slots: Int32Array): Int32Array {
  return only(slots, (slot) => ((words[slot + E.KEY] ?? 0) & E.KEY_IPV6) !== 0);
}

function ipv6In({ words, count }: E.EndpointTable): Int32Array {
  const found = new Int32Array(count);
  let next = 0;
  for (let slot = 0; slot < count * E.RECORD; slot += E.RECORD)
    if (((words[slot + E.KEY] ?? 0) & E.KEY_IPV6) !== 0) found[next++] = slot;
  return found.subarray(0, next);
}

function endpoints(words: Int32Array, slots: Int32Array): number {
  const seen = new Set<string>();
  for (const slot of slots) seen.add(`${words[slot + E.TARGET]} ${words[slot + E.KEY]}`);
  return seen.size;
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
