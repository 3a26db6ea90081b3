/**
 * From the endpoints a source probed with one technique to scans: which of them belong together, and in what shape. Each
 * target and each port is judged by its own failures, so a client that is busy elsewhere still shows.
 */

import type { DetectionSettings } from '../detection-settings.ts';
import type { Cell } from '../evidence/cells.ts';
import * as E from '../evidence/endpoints.ts';
import * as K from '../evidence/kinds.ts';
import type { Pattern } from '../findings.ts';
import { ALL_OPEN, answersEverywhere } from './all-open.ts';
import { byPort, byTarget, distinct, groupBy, type NumberOf, only } from './group.ts';
import { cellsWithin, endpointsIn, portsOf } from './large.ts';
import { OrdinaryUse } from './ordinary-use.ts';
import { AGAINST_WORDS, portOf } from './outcome.ts';
import type { Scene } from './scene.ts';
import { isRange } from './spread.ts';
import type { Evidence } from './technique-rules.ts';
import { type Weighed, weigh, withoutVisits } from './weigh.ts';

export interface Cluster {
  pattern: Pattern;
  slots: Int32Array;
  /** Endpoints that failed, or speak for a scan otherwise. */
  telling: number;
  reasons: string[];
}

/** Ports on one host that make it more than part of a horizontal scan. */
const GRID_PORTS = 5;
/** Up to this many ports a scan of many hosts is called horizontal. */
const FEW_PORTS = 4;
/** Hosts of one port that were all connected to and used for nothing, so many a second: no monitor is in such a hurry. */
const IDLE_HOSTS = 20;
const IDLE_RATE = 20;

/** The scans of at least `minimum` telling endpoints in this evidence, which may have been weighed already. */
export function clusters(
  scene: Scene,
  evidence: Evidence,
  minimum: number,
  settings: DetectionSettings,
  weighed: Weighed = weigh(scene, evidence),
): Cluster[] {
  const { book } = scene;
  const { words } = scene.table;
  if (evidence.slots.length < minimum) return [];
  const first = evidence.slots[0] ?? 0;
  const isIpv6 = ((words[first + E.KEY] ?? 0) & E.KEY_IPV6) !== 0;
  const large = scene.large.of(words[first] ?? 0, isIpv6, evidence.kind);
  const { slots, targets, ports } = weighed;
  const fansOut = evidence.kind === K.STACK_SYN || evidence.kind === K.UDP_PROBE;
  const mostFail = (fails: number, works: number) => fails >= works * settings.failedPerSuccess;
  const enough = (fails: number, works: number) => fails >= minimum && mostFail(fails, works);
  // Of one host, the ports that worked are as many as were tried: who tries ten ports of it looks for them.
  const enoughPorts = (fails: number, works: number, idle: number) =>
    fails + works >= minimum && fails > 0 && mostFail(fails, works - idle);
  const idleOf = countBy(weighed.idle, byTarget(words));
  const chosen = new Set<number>();
  const isFan =
    fansOut && targets.size > 3 && ports.size > FEW_PORTS && slots.length < targets.size * ports.size * 0.5;
  const ordinary = new OrdinaryUse(words, book, evidence, weighed, isIpv6);
  let byTargets: Map<number, Int32Array> | undefined;
  const onTarget = (target: number) => {
    byTargets ??= groupBy(slots, byTarget(words));
    return byTargets.get(target) ?? new Int32Array(0);
  };
  const isMostExcused = () => {
    for (let i = 0; i < ports.size; i++)
      if (ports.fails(i) * 2 > weighed.fails && ordinary.excuses(i)) return true;
    return false;
  };
  if (enough(weighed.fails, weighed.works - weighed.idle.size) && !isFan && !isMostExcused())
    return shape(words, weighed, fansOut ? withoutVisits(words, weighed) : slots, minimum, large);
  const everywhere = new Set<number>();
  for (let i = 0; i < targets.size; i++) {
    const target = targets.value(i);
    const works = targets.works(i);
    if (enoughPorts(targets.fails(i), works, idleOf.get(target) ?? 0)) chosen.add(target);
    else if (works >= ALL_OPEN && answersEverywhere(words, onTarget(target))) {
      chosen.add(target);
      everywhere.add(target);
    }
  }
  const swept = new Set<number>();
  const idleAt = countBy(weighed.idle, byPort(words));
  for (let i = 0; i < ports.size; i++)
    if (enough(ports.fails(i), ports.works(i) - (idleAt.get(ports.value(i)) ?? 0)) && !ordinary.excuses(i))
      swept.add(ports.value(i));
  for (const port of idleSweeps(scene, weighed, idleAt, isIpv6)) swept.add(port);
  if (chosen.size === 0 && swept.size === 0) return [];
  const kept = only(
    slots,
    (slot) => chosen.has(words[slot + E.TARGET] ?? 0) || swept.has(portOf(words, slot)),
  );
  const found = shape(words, weighed, kept, minimum, large);
  if (everywhere.size > 0)
    for (const cluster of found)
      if (cluster.slots.some((slot) => everywhere.has(words[slot + E.TARGET] ?? 0))) {
        cluster.telling = cluster.slots.length;
        cluster.reasons.push('nearly all of its ports answered: no client uses so many services of one host');
      }
  return found;
}

function countBy(slots: ReadonlySet<number>, numberOf: NumberOf): Map<number, number> {
  const counts = new Map<number, number>();
  for (const slot of slots) counts.set(numberOf(slot), (counts.get(numberOf(slot)) ?? 0) + 1);
  return counts;
}

/** Ports of a whole range of hosts that were all connected to at once and used for nothing. */
function idleSweeps(
  { table, book }: Scene,
  { idle }: Weighed,
  idleAt: ReadonlyMap<number, number>,
  ipv6: boolean,
): number[] {
  const { words, times } = table;
  const timeOf = (slot: number) => times[(slot + E.FIRST_TIME) >> 1] ?? Number.NaN;
  return [...idleAt].flatMap(([port, count]) => {
    if (count < IDLE_HOSTS) return [];
    const some = Int32Array.from(idle).filter((slot) => portOf(words, slot) === port);
    let first = Number.POSITIVE_INFINITY;
    let last = Number.NEGATIVE_INFINITY;
    for (const slot of some) {
      first = Math.min(first, timeOf(slot));
      last = Math.max(last, timeOf(slot));
    }
    const seconds = (last - first) / 1e6;
    return seconds * IDLE_RATE <= count && isRange(some.map(byTarget(words)), ipv6, book) ? [port] : [];
  });
}

function shape(
  words: Int32Array,
  weighed: Weighed,
  slots: Int32Array,
  minimum: number,
  large: readonly Cell[],
): Cluster[] {
  const reasons = [...weighed.left].map(
    ([why, count]) => `not counted: ${count} ${count === 1 ? 'endpoint' : 'endpoints'} ${AGAINST_WORDS[why]}`,
  );
  const cluster = (pattern: Pattern, some: Int32Array): Cluster => {
    const vertical = pattern === 'vertical' && distinct(some, byTarget(words)) === 1;
    return { pattern, slots: some, telling: tellingAmong(weighed, some, vertical), reasons: [...reasons] };
  };
  const targetCount = distinct(slots, byTarget(words));
  const portCount = distinct(slots, byPort(words));
  if (targetCount === 1) return [cluster('vertical', slots)];
  if (portCount <= FEW_PORTS && targetCount > portCount) return [cluster('horizontal', slots)];
  const perTarget = new Map<number, number>();
  for (const slot of slots) {
    const target = words[slot + E.TARGET] ?? 0;
    perTarget.set(target, (perTarget.get(target) ?? 0) + 1);
  }
  const isGrid = (slot: number) => (perTarget.get(words[slot + E.TARGET] ?? 0) ?? 0) >= GRID_PORTS;
  const found: Cluster[] = [];
  const onGrid = only(slots, isGrid);
  if (onGrid.length > 0) {
    const hosts = [...perTarget.values()].filter((count) => count >= GRID_PORTS).length;
    // The same ports on several hosts make a block; different ports on each are several vertical scans.
    const cells = cellsWithin(words, onGrid, large);
    const gridPorts = portsOf(words, onGrid, cells).length;
    const shared = (onGrid.length + endpointsIn(cells)) / gridPorts >= Math.max(1.5, hosts * 0.4);
    found.push(cluster(hosts > 1 && shared ? 'block' : 'vertical', onGrid));
  }
  const rest = only(slots, (slot) => !isGrid(slot));
  if (rest.length === 0) return found;
  const perPort = new Map<number, number>();
  for (const slot of rest) perPort.set(portOf(words, slot), (perPort.get(portOf(words, slot)) ?? 0) + 1);
  const wide = only(rest, (slot) => (perPort.get(portOf(words, slot)) ?? 0) >= minimum);
  if (wide.length > 0) {
    const few = distinct(wide, byPort(words)) <= FEW_PORTS;
    found.push(cluster(few ? 'horizontal' : 'block', wide));
  }
  // Endpoints drawn at random from a large block: no host and no port shows often.
  if (found.length === 0) found.push(cluster('block', rest));
  return found;
}

/** How many of these slots, which stand in the order of the weighed ones, failed; of a vertical scan also what worked. */
function tellingAmong({ slots, outcome, idle }: Weighed, some: Int32Array, vertical: boolean): number {
  let telling = 0;
  for (let i = 0, next = 0; i < slots.length && next < some.length; i++) {
    if (slots[i] !== some[next]) continue;
    next++;
    const result = outcome[i] ?? 0;
    if (result > 0 || (vertical && result < 0) || idle.has(some[next - 1] ?? 0)) telling++;
  }
  return telling;
}
