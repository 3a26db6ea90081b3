/** Weighs the endpoints that a source probed with one technique: which failed, which worked, and which tell nothing. */
import type { AddressBook } from '../decode/addresses.ts';
import * as E from '../evidence/endpoints.ts';
import * as K from '../evidence/kinds.ts';
import type { Technique } from '../findings.ts';
import { drawsTtls, fingerprint, isCrafted } from './fingerprint.ts';
import { byPort, byTarget, distinct, distinctValues, gather, only } from './group.ts';
import { type Against, against, type Manner, portOf, worked } from './outcome.ts';
import type { Scene } from './scene.ts';
import { answersOfServices } from './service-answers.ts';
import { isIdle } from './shares.ts';
import { filling, inOrder } from './spread.ts';
import { Tallies } from './tallies.ts';
import type { Evidence } from './technique-rules.ts';

/** Hosts of one port from which it can be told how they lie. */
export const FEW_HOSTS = 3;

const FILLED_PORTS = 20;
const FILLED_SHARE = 0.8;

/** Hosts in a row that nobody calls one after another by name, and the share of them that must be in order. */
const ROW = 20;
const ROW_SHARE = 0.8;

/** Tools that complete handshakes themselves, to read banners. */
const OWN_STACK: ReadonlySet<string> = new Set(['masscan', 'zmap', 'mirai', 'unicornscan']);

/** What is not a probe for sure, and what else speaks for or against. */
export interface Weighed {
  slots: Int32Array;
  /** 1 failed, -1 worked, 0 tells nothing; one for each slot. */
  outcome: Int8Array;
  targets: Tallies;
  ports: Tallies;
  fails: number;
  works: number;
  left: Map<Against, number>;
  /** Connections that worked and carried nothing, made once: of one who looks whether the port is open. */
  idle: ReadonlySet<number>;
  raw: boolean;
}

/** What the endpoints of this evidence are worth. */
export function weigh(scene: Scene, evidence: Evidence): Weighed {
  const { table } = scene;
  const { words } = table;
  const { slots, weighed } = evidence;
  const manner = new MannerOf(scene, evidence);
  const kept = new Int32Array(slots.length);
  const outcome = new Int8Array(slots.length);
  const left = new Map<Against, number>();
  const targets = new Tallies(slots.length);
  const ports = new Tallies(slots.length);
  const isUdp = evidence.kind === K.UDP_PROBE;
  const serviceAnswers = isUdp && !manner.raw ? answersOfServices(words, slots) : undefined;
  // What a tool's own packets ask is a probe, whatever comes back.
  const counts = weighed && !(isUdp && manner.raw) && !manner.marked;
  let count = 0;
  let fails = 0;
  let works = 0;
  const idle = new Set<number>();
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] ?? 0;
    let result = counts && worked(words, slot) ? -1 : 1;
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
    if (result < 0 && isIdle(words, slot)) idle.add(slot);
    targets.note(words[slot + E.TARGET] ?? 0, result);
    ports.note(portOf(words, slot), result);
  }
  return {
    slots: kept.subarray(0, count),
    outcome,
    targets,
    ports,
    fails,
    works,
    left,
    idle,
    raw: manner.raw,
  };
}

/** Found out when it is asked for: most records were probed once, and their verdict does not depend on it. */
class MannerOf implements Manner {
  readonly raw: boolean;
  readonly #book: AddressBook;
  readonly #words: Int32Array;
  readonly #slots: Int32Array;
  readonly #technique: Technique;
  /** SYNs of which each bears the mark of a tool with a stack of its own. */
  readonly marked: boolean;
  #drawn: boolean | undefined;
  #crafted: boolean | undefined;
  #tool: string | undefined;
  #rows: ReadonlySet<number> | undefined;
  #filled: ReadonlySet<number> | undefined;
  #hosts = 0;
  #ports = 0;

  constructor({ table, book }: Scene, { kind, slots, technique }: Evidence) {
    const { words } = table;
    this.#book = book;
    this.#words = words;
    this.#slots = slots;
    this.#technique = technique;
    this.marked =
      kind === K.RAW_SYN && slots.length >= FEW_HOSTS && OWN_STACK.has(toolOf(words, slots, technique));
    this.raw = kind !== K.STACK_SYN && (kind !== K.UDP_PROBE || isRawUdp(words, slots, technique));
  }

  get drawn(): boolean {
    this.#drawn ??= drawsTtls(this.#words, this.#slots);
    return this.#drawn;
  }

  get crafted(): boolean {
    this.#crafted ??= !isIpv6(this.#words, this.#slots) && isCrafted(this.#words, this.#slots);
    return this.#crafted;
  }

  get tool(): string {
    this.#tool ??= toolOf(this.#words, this.#slots, this.#technique);
    return this.#tool;
  }

  walks(port: number): boolean {
    this.#rows ??= rowsAsked(this.#words, this.#slots, this.#book);
    return this.#rows.has(port);
  }

  fills(target: number): boolean {
    this.#filled ??= filledTargets(this.#words, this.#slots);
    return this.#filled.has(target);
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

/** Targets of which at least {@link FILLED_PORTS} ports were asked, nearly all of the range in which these lie. */
function filledTargets(words: Int32Array, slots: Int32Array): ReadonlySet<number> {
  const filled = new Set<number>();
  for (const some of gather(slots, byTarget(words), FILLED_PORTS)) {
    const ports = distinctValues(some, byPort(words));
    const range = (ports.at(-1) ?? 0) - (ports[0] ?? 0) + 1;
    if (ports.length >= FILLED_PORTS && ports.length >= range * FILLED_SHARE)
      filled.add(words[(some[0] ?? 0) + E.TARGET] ?? 0);
  }
  return filled;
}

/** Ports for which at least {@link ROW} hosts were asked, one behind the other, each once and all in a row. */
function rowsAsked(words: Int32Array, slots: Int32Array, book: AddressBook): ReadonlySet<number> {
  const ipv6 = isIpv6(words, slots);
  const rows = new Set<number>();
  for (const some of gather(slots, byPort(words), ROW)) {
    const repeated = only(some, (slot) => (words[slot + E.PROBES] ?? 0) > 1 || E.attemptsOf(words, slot) > 1);
    const hosts = some.map(byTarget(words));
    if (repeated.length > some.length * (1 - ROW_SHARE) || filling(hosts, ipv6, book) < ROW_SHARE) continue;
    if (inOrder(hosts, ipv6, book) >= ROW_SHARE) rows.add(portOf(words, some[0] ?? 0));
  }
  return rows;
}

function isIpv6(words: Int32Array, slots: Int32Array): boolean {
  return ((words[(slots[0] ?? 0) + E.KEY] ?? 0) & E.KEY_IPV6) !== 0;
}

function isRawUdp(words: Int32Array, slots: Int32Array, technique: Technique): boolean {
  const silent = only(slots, (slot) => !worked(words, slot));
  return toolOf(words, silent.length < FEW_HOSTS ? slots : silent, technique) !== 'unknown';
}

function toolOf(words: Int32Array, slots: Int32Array, technique: Technique): string {
  return fingerprint(words, slots, technique, isIpv6(words, slots)).name;
}

/**
 * Leaves out ports at which several hosts were visited and none failed: ordinary use beside a sweep of one or two other
 * ports. Whoever fails at more asks for a list of ports, and the open ones belong to it.
 */
export function withoutVisits(words: Int32Array, { slots, ports, raw, idle }: Weighed): Int32Array {
  let failing = 0;
  for (let i = 0; i < ports.size; i++) if (ports.fails(i) > 0) failing++;
  if (raw || failing > 2) return slots;
  return only(slots, (slot) => {
    const port = ports.find(portOf(words, slot));
    return ports.fails(port) > 0 || ports.all(port) < FEW_HOSTS || idle.has(slot);
  });
}
