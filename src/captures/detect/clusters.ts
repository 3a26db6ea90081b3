/**
 * From the endpoints a source probed with one technique to scans: which of them belong together, and in what shape. Each
 * target and each port is judged by its own failures, so a client that is busy elsewhere still shows.
 */
import type { Cell } from '../evidence/cells.ts';
import * as E from '../evidence/endpoints.ts';
import * as K from '../evidence/kinds.ts';
import type { Pattern, Technique } from '../findings.ts';
import type { DetectionSettings } from '../settings.ts';
import { fingerprint } from './fingerprint.ts';
import { byPort, byTarget, distinct, distinctValues, groupBy } from './group.ts';
import { cellsWithin, endpointsIn, portsOf } from './large.ts';
import { AGAINST_WORDS, type Against, against, type Manner, portOf, worked } from './outcome.ts';
import { isCalled, isUnusual } from './ports.ts';
import type { Scene } from './scene.ts';
import { scattered } from './spread.ts';
import type { Evidence } from './techniques.ts';

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
/** Hosts of one port from which it can be told how they lie. */
const FEW_HOSTS = 3;
/** Endpoints at unusual ports that make a client one of a peer-to-peer network. */
const PEERS = 10;
/** Of scattered hosts that are found by name, so many times as many must fail. */
const CALLED_TIMES = 10;
/** Of the peers on a list hardly one lives; of a service that is looked for, none but by chance. */
const FEW_WORK = 2;
const FEW_OF = 150;
/** Ports of one host that no client uses, even if all of them answer: in all, and of those below 1024. */
const ALL_OPEN = 30;
const ALL_OPEN_PRIVILEGED = 10;
/** ... and where hardly a connection carries data. */
const ALL_OPEN_IDLE = 30;

interface Tally {
  fails: number;
  works: number;
  all: number;
}

/** What is not a probe for sure, and what else speaks for or against. */
interface Weighed {
  slots: Int32Array;
  /** 1 failed, -1 worked, 0 tells nothing; one for each slot. */
  outcome: Int8Array;
  targets: Map<number, Tally>;
  ports: Map<number, Tally>;
  fails: number;
  works: number;
  left: Map<Against, number>;
}

/** The scans of at least `minimum` telling endpoints in this evidence. */
export function clusters(
  scene: Scene,
  evidence: Evidence,
  minimum: number,
  settings: DetectionSettings,
): Cluster[] {
  const { book } = scene;
  const { words } = scene.table;
  if (evidence.slots.length < minimum) return [];
  const weighed = weigh(scene, evidence);
  const first = evidence.slots[0] ?? 0;
  const isIpv6 = ((words[first + E.KEY] ?? 0) & E.KEY_IPV6) !== 0;
  const large = scene.large.of(words[first] ?? 0, isIpv6, evidence.kind);
  const { slots, targets, ports } = weighed;
  const fansOut = evidence.kind === K.STACK_SYN || evidence.kind === K.UDP_PROBE;
  const mostFail = (tally: Pick<Tally, 'fails' | 'works'>) =>
    tally.fails >= tally.works * settings.failedPerSuccess;
  const enough = (tally: Pick<Tally, 'fails' | 'works'>) => tally.fails >= minimum && mostFail(tally);
  // Of one host, the ports that worked are as many as were tried: who tries ten ports of it looks for them.
  const enoughPorts = (tally: Tally) =>
    tally.fails + tally.works >= minimum && tally.fails > 0 && mostFail(tally);
  const chosen = new Set<number>();
  const ipv6 = slots.length > 0 && ((words[(slots[0] ?? 0) + E.KEY] ?? 0) & E.KEY_IPV6) !== 0;
  const isFan =
    fansOut && targets.size > 3 && ports.size > FEW_PORTS && slots.length < targets.size * ports.size * 0.5;
  const peers = fansOut && isPeer(words, weighed);
  const most = peers ? mostHostsOfUnusual(ports) : 0;
  let byPorts: Map<number, Int32Array> | undefined;
  const targetsOf = (port: number) => {
    byPorts ??= groupBy(slots, byPort(words));
    return (byPorts.get(port) ?? new Int32Array(0)).map(byTarget(words));
  };
  let byTargets: Map<number, Int32Array> | undefined;
  const onTarget = (target: number) => {
    byTargets ??= groupBy(slots, byTarget(words));
    return byTargets.get(target) ?? new Int32Array(0);
  };
  // Ports whose hosts were called by name, or told by peers.
  const excused = (port: number, tally: Tally): boolean => {
    if (peers && (isUnusual(port) || (port >= 1024 && tally.all <= most * 2))) return true;
    if (isUnusual(port)) {
      const some = tally.works >= FEW_WORK && tally.works * FEW_OF >= tally.fails;
      return some && scattered(targetsOf(port), ipv6, book);
    }
    // Nobody comes upon scattered IPv6 addresses by searching (RFC 7707).
    if (!isCalled(port) || (!ipv6 && tally.fails >= evidence.minimum * CALLED_TIMES)) return false;
    if (!scattered(targetsOf(port), ipv6, book)) return false;
    return fingerprint(words, byPorts?.get(port) ?? slots, evidence.technique, ipv6).name === 'unknown';
  };
  const isExcused = ([port, tally]: [number, Tally]) =>
    fansOut && tally.all >= FEW_HOSTS && excused(port, tally);
  const isMostOfIt = ([, tally]: [number, Tally]) => tally.fails * 2 > weighed.fails;
  if (enough(weighed) && !isFan && ![...ports].some((entry) => isMostOfIt(entry) && isExcused(entry)))
    return shape(words, weighed, fansOut ? withoutVisits(words, weighed) : slots, minimum, large);
  const everywhere = new Set<number>();
  for (const [target, tally] of targets) {
    if (enoughPorts(tally)) chosen.add(target);
    else if (tally.works >= ALL_OPEN && answersEverywhere(words, onTarget(target))) {
      chosen.add(target);
      everywhere.add(target);
    }
  }
  const swept = new Set<number>();
  for (const [port, tally] of ports) if (enough(tally) && !isExcused([port, tally])) swept.add(port);
  if (chosen.size === 0 && swept.size === 0) return [];
  const kept = slots.filter(
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

/** Leaves out ports at which several hosts were visited and none failed: ordinary use beside a sweep of other ports. */
function withoutVisits(words: Int32Array, { slots, ports }: Weighed): Int32Array {
  return slots.filter((slot) => {
    const tally = ports.get(portOf(words, slot));
    return tally === undefined || tally.fails > 0 || tally.all < FEW_HOSTS;
  });
}

function weigh(scene: Scene, evidence: Evidence): Weighed {
  const { table } = scene;
  const { words } = table;
  const { slots, weighed } = evidence;
  const manner = new MannerOf(words, evidence);
  const kept = new Int32Array(slots.length);
  const outcome = new Int8Array(slots.length);
  const left = new Map<Against, number>();
  const targets = new Map<number, Tally>();
  const ports = new Map<number, Tally>();
  const serviceAnswers = evidence.kind === K.UDP_PROBE ? answersOfServices(words, slots) : undefined;
  let count = 0;
  let fails = 0;
  let works = 0;
  for (const slot of slots) {
    let result = weighed && worked(words, slot) ? -1 : 1;
    if (result > 0) {
      const why = serviceAnswers?.has(slot)
        ? 'answer'
        : (scene.against(slot, manner) ?? against(table, slot, manner));
      if (why !== undefined) {
        left.set(why, (left.get(why) ?? 0) + 1);
        if (why !== 'watched' && why !== 'named') continue;
        result = 0;
      }
    }
    kept[count] = slot;
    outcome[count++] = result;
    if (result > 0) fails++;
    else if (result < 0) works++;
    note(targets, words[slot + E.TARGET] ?? 0, result);
    note(ports, portOf(words, slot), result);
  }
  return { slots: kept.subarray(0, count), outcome, targets, ports, fails, works, left };
}

/** Found out when it is asked for: most records were probed once, and their verdict does not depend on it. */
class MannerOf implements Manner {
  readonly raw: boolean;
  readonly #words: Int32Array;
  readonly #slots: Int32Array;
  #hosts = 0;
  #ports = 0;

  constructor(words: Int32Array, { kind, slots, technique }: Evidence) {
    this.#words = words;
    this.#slots = slots;
    this.raw = kind !== K.STACK_SYN && (kind !== K.UDP_PROBE || isRawUdp(words, slots, technique));
  }

  get wide(): boolean {
    this.#count();
    return this.#hosts > this.#ports;
  }

  get thin(): boolean {
    this.#count();
    return this.#hosts * 2 >= this.#ports;
  }

  #count(): void {
    if (this.#hosts > 0) return;
    this.#hosts = distinct(this.#slots, byTarget(this.#words));
    this.#ports = distinct(this.#slots, byPort(this.#words));
  }
}

function isRawUdp(words: Int32Array, slots: Int32Array, technique: Technique): boolean {
  const silent = slots.filter((slot) => !worked(words, slot));
  if (silent.length < FEW_HOSTS) return false;
  const ipv6 = ((words[(slots[0] ?? 0) + E.KEY] ?? 0) & E.KEY_IPV6) !== 0;
  return fingerprint(words, silent, technique, ipv6).name !== 'unknown';
}

function note(tallies: Map<number, Tally>, value: number, result: number): void {
  let tally = tallies.get(value);
  if (tally === undefined) {
    tally = { fails: 0, works: 0, all: 0 };
    tallies.set(value, tally);
  }
  tally.all++;
  if (result > 0) tally.fails++;
  else if (result < 0) tally.works++;
}

/** Other ports of a host that show that a source probes it, rather than answers from a well-known port. */
const PLAIN_PROBES = 5;

/**
 * UDP from a well-known port to higher ones with something in it: an answer whose question was not captured, unless the
 * source also probes the host from elsewhere, or the host refuses most of it.
 */
function answersOfServices(words: Int32Array, slots: Int32Array): Set<number> {
  const answers = new Set<number>();
  const plain = new Map<number, number>();
  const refused = new Map<number, number>();
  for (const slot of slots) {
    const state = words[slot + E.STATE] ?? 0;
    const target = words[slot + E.TARGET] ?? 0;
    const empty = ((words[slot + E.SHAPE] ?? 0) & E.SHAPE_EMPTY) !== 0;
    if ((state & E.FROM_SERVICE) !== 0 && !empty) {
      answers.add(slot);
      if ((state & E.A_PORT) !== 0) refused.set(target, (refused.get(target) ?? 0) + 1);
    } else plain.set(target, (plain.get(target) ?? 0) + 1);
  }
  for (const slot of answers) {
    const target = words[slot + E.TARGET] ?? 0;
    if ((plain.get(target) ?? 0) >= PLAIN_PROBES || (refused.get(target) ?? 0) >= PLAIN_PROBES * 2)
      answers.delete(slot);
  }
  return answers;
}

/**
 * A client of a peer-to-peer network: most of its endpoints are at unusual ports, of which each host has one or a few of
 * its own, and either some work or hardly two hosts share a port.
 */
function isPeer(words: Int32Array, { slots, outcome, targets, ports }: Weighed): boolean {
  if (targets.size <= 3 || slots.length >= targets.size * ports.size * 0.7) return false;
  const unusual = new Set<number>();
  let count = 0;
  let works = 0;
  slots.forEach((slot, i) => {
    const port = portOf(words, slot);
    if (!isUnusual(port)) return;
    unusual.add(port);
    count++;
    if ((outcome[i] ?? 0) < 0) works++;
  });
  if (count >= PEERS && unusual.size >= count * 0.5) return true;
  return unusual.size >= FEW_PORTS && count >= slots.length * 0.6 && works > 0;
}

function mostHostsOfUnusual(ports: ReadonlyMap<number, Tally>): number {
  let most = 0;
  for (const [port, tally] of ports) if (isUnusual(port)) most = Math.max(most, tally.all);
  return most;
}

/** A honeypot, or a proxy that answers every SYN: many ports of one host, used for nothing. */
function answersEverywhere(words: Int32Array, slots: Int32Array): boolean {
  let low = 0;
  let privileged = 0;
  let idle = 0;
  const all = slots.length;
  for (const slot of slots) {
    const port = portOf(words, slot);
    if (port < 32_768) low++;
    if (port < 1024) privileged++;
    if (((words[slot + E.STATE] ?? 0) & (E.A_OPEN | E.C_DATA | E.A_DATA)) === E.A_OPEN) idle++;
  }
  if (low >= ALL_OPEN && privileged >= ALL_OPEN_PRIVILEGED) return true;
  return all >= ALL_OPEN_IDLE && idle >= all * 0.8;
}

function shape(
  words: Int32Array,
  weighed: Weighed,
  slots: Int32Array,
  minimum: number,
  large: readonly Cell[],
): Cluster[] {
  const failed = new Set<number>();
  const neutral = new Set<number>();
  weighed.slots.forEach((slot, i) => {
    const outcome = weighed.outcome[i] ?? 0;
    if (outcome > 0) failed.add(slot);
    else if (outcome === 0) neutral.add(slot);
  });
  const reasons = [...weighed.left].map(
    ([why, count]) => `not counted: ${count} ${count === 1 ? 'endpoint' : 'endpoints'} ${AGAINST_WORDS[why]}`,
  );
  const cluster = (pattern: Pattern, some: Int32Array): Cluster => {
    let telling = 0;
    const vertical = pattern === 'vertical' && distinct(some, byTarget(words)) === 1;
    for (const slot of some) if (vertical ? !neutral.has(slot) : failed.has(slot)) telling++;
    return { pattern, slots: some, telling, reasons: [...reasons] };
  };
  const targets = distinctValues(slots, byTarget(words));
  const portCount = distinct(slots, byPort(words));
  if (targets.length === 1) return [cluster('vertical', slots)];
  if (portCount <= FEW_PORTS && targets.length > portCount) return [cluster('horizontal', slots)];
  const perTarget = new Map<number, number>();
  for (const slot of slots) {
    const target = words[slot + E.TARGET] ?? 0;
    perTarget.set(target, (perTarget.get(target) ?? 0) + 1);
  }
  const isGrid = (slot: number) => (perTarget.get(words[slot + E.TARGET] ?? 0) ?? 0) >= GRID_PORTS;
  const found: Cluster[] = [];
  const onGrid = slots.filter(isGrid);
  if (onGrid.length > 0) {
    const hosts = [...perTarget.values()].filter((count) => count >= GRID_PORTS).length;
    // The same ports on several hosts make a block; different ports on each are several vertical scans.
    const cells = cellsWithin(words, onGrid, large);
    const gridPorts = portsOf(words, onGrid, cells).length;
    const shared = (onGrid.length + endpointsIn(cells)) / gridPorts >= Math.max(1.5, hosts * 0.4);
    found.push(cluster(hosts > 1 && shared ? 'block' : 'vertical', onGrid));
  }
  const rest = slots.filter((slot) => !isGrid(slot));
  if (rest.length === 0) return found;
  const perPort = new Map<number, number>();
  for (const slot of rest) perPort.set(portOf(words, slot), (perPort.get(portOf(words, slot)) ?? 0) + 1);
  const wide = rest.filter((slot) => (perPort.get(portOf(words, slot)) ?? 0) >= minimum);
  if (wide.length > 0) {
    const few = distinct(wide, byPort(words)) <= FEW_PORTS;
    found.push(cluster(few ? 'horizontal' : 'block', wide));
  }
  // Endpoints drawn at random from a large block: no host and no port shows often.
  if (found.length === 0) found.push(cluster('block', rest));
  return found;
}
