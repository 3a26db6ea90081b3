/**
 * Scans that several sources share among themselves: the ports of one host, one port of many hosts, or all the addresses
 * of one IPv6 network that a scanner goes through.
 */
import type { AddressBook } from '../decode/addresses.ts';
import * as E from '../evidence/endpoints.ts';
import type { Evidence } from '../evidence/evidence.ts';
import * as K from '../evidence/kinds.ts';
import type { Technique } from '../findings.ts';
import type { DetectionSettings } from '../settings.ts';
import { clusters } from './clusters.ts';
import type { Finding } from './finding.ts';
import { byPort, bySource, byTarget, distinct, distinctValues, groupBy } from './group.ts';
import { against, worked } from './outcome.ts';
import type { Scene } from './scene.ts';
import { sourcesOf } from './sources.ts';
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
const ALONE = { wide: false, thin: false, raw: false };
/** A source that takes a share of one port asks at most so many of the hosts, and sends little else. */
const SHARE_OF_HOSTS = 0.5;

/** Findings of shared scans that no finding of one source explains. */
export function distributed(
  evidence: Evidence,
  scene: Scene,
  findings: readonly Finding[],
  settings: DetectionSettings,
): Finding[] {
  const { table, book } = scene;
  const taken = new Set<number>();
  const take = (some: readonly Finding[]) => {
    for (const finding of some) for (const slot of finding.slots) taken.add(slot);
    return some;
  };
  const found = [...take([...oneNetwork(scene, findings, settings)])];
  found.push(...take([...portsOfOneHost(evidence, book, taken, settings)]));
  take(findings);
  found.push(...onePortOfManyHosts(table, book, taken, settings));
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
  book: AddressBook,
  taken: ReadonlySet<number>,
  settings: DetectionSettings,
): Generator<Finding> {
  const table = evidence.endpoints;
  const { words } = table;
  const { distributedPorts, distributedSources } = settings;
  const crowded = sourcesOf(table, book, distributedPorts, (slot) => isShare(table, slot), byTarget(words));
  let groups = 0;
  for (const { slots } of crowded) {
    const shares = slots.filter((slot) => !taken.has(slot) && isShare(table, slot));
    for (const onHost of groupBy(shares, (slot) => shareKind(words, slot)).values()) {
      if (onHost.length < distributedPorts) continue;
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
  findings: readonly Finding[],
  settings: DetectionSettings,
): Generator<Finding> {
  const { table, book } = scene;
  const { words } = table;
  const isIpv6 = (slot: number) => ((words[slot + E.KEY] ?? 0) & E.KEY_IPV6) !== 0;
  const networks = sourcesOf(
    table,
    book,
    settings.failedEndpoints,
    (slot) => isIpv6(slot) && isShare(table, slot),
    (slot) => (isIpv6(slot) ? book.network(words[slot + E.SOURCE] ?? 0) : 0),
  );
  let groups = 0;
  for (const network of networks) {
    if (!network.ipv6) continue;
    for (const evidence of evidenceOf(words, network.slots, settings)) {
      for (const cluster of clusters(scene, evidence, evidence.minimum, settings)) {
        const addresses = distinctValues(cluster.slots, bySource(words));
        // Hosts of one network that each do a little of their own are not one scanner.
        const overlap = cluster.slots.length / Math.max(1, endpoints(words, cluster.slots));
        const isNamed = findings.some(({ source, ipv6 }) => ipv6 && addresses.includes(source));
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

function endpoints(words: Int32Array, slots: Int32Array): number {
  const seen = new Set<string>();
  for (const slot of slots) seen.add(`${words[slot + E.TARGET]} ${words[slot + E.KEY]}`);
  return seen.size;
}

/** One port of a range of hosts, of which each of several sources took a few. */
function* onePortOfManyHosts(
  table: E.EndpointTable,
  book: AddressBook,
  taken: ReadonlySet<number>,
  settings: DetectionSettings,
): Generator<Finding> {
  const { words } = table;
  const { distributedPorts, distributedSources } = settings;
  const ports = sourcesOf(
    table,
    book,
    distributedPorts,
    (slot) => !taken.has(slot) && isShare(table, slot),
    (slot) => (words[slot + E.KEY] ?? 0) & 0xffff,
  );
  let groups = 0;
  for (const { slots, ipv6 } of ports) {
    const free = slots.filter((slot) => !taken.has(slot) && isShare(table, slot));
    for (const some of groupBy(free, (slot) => shareKind(words, slot)).values()) {
      const hosts = distinctValues(some, byTarget(words));
      if (hosts.length < distributedPorts || some.length > hosts.length * OVERLAP) continue;
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
