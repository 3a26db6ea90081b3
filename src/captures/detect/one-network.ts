/** Scanners that change their address within one IPv6 network. */

import type { DetectionSettings } from '../detection-settings.ts';
import * as E from '../evidence/endpoints.ts';
import { ByKind } from './by-kind.ts';
import { clusters } from './clusters.ts';
import type { Finding } from './finding.ts';
import { bySource, distinctValues, gather, only } from './group.ts';
import type { Scene } from './scene.ts';
import { OVERLAP, one } from './shares.ts';
import { evidenceOf } from './technique-rules.ts';

/** So many addresses of one network make one scanner even if each of them scans enough to be named. */
const CHANGES = 4;

/** A scanner that takes another address of its IPv6 network every few probes (RFC 4941 made a tool of). */
export function* oneNetwork(
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
