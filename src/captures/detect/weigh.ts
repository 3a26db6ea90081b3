/** Weighs the endpoints that a source probed with one technique: which failed, which worked, and which tell nothing. */
import * as E from '../evidence/endpoints.ts';
import * as K from '../evidence/kinds.ts';
import type { Technique } from '../findings.ts';
import { fingerprint } from './fingerprint.ts';
import { byPort, byTarget, distinct, only } from './group.ts';
import { type Against, against, type Manner, portOf, worked } from './outcome.ts';
import type { Scene } from './scene.ts';
import { answersOfServices } from './service-answers.ts';
import { Tallies } from './tallies.ts';
import type { Evidence } from './techniques.ts';

/** Hosts of one port from which it can be told how they lie. */
export const FEW_HOSTS = 3;

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
}

/** What the endpoints of this evidence are worth. */
export function weigh(scene: Scene, evidence: Evidence): Weighed {
  const { table } = scene;
  const { words } = table;
  const { slots, weighed } = evidence;
  const manner = new MannerOf(words, evidence);
  const kept = new Int32Array(slots.length);
  const outcome = new Int8Array(slots.length);
  const left = new Map<Against, number>();
  const targets = new Tallies(slots.length);
  const ports = new Tallies(slots.length);
  const serviceAnswers = evidence.kind === K.UDP_PROBE ? answersOfServices(words, slots) : undefined;
  let count = 0;
  let fails = 0;
  let works = 0;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] ?? 0;
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
    targets.note(words[slot + E.TARGET] ?? 0, result);
    ports.note(portOf(words, slot), result);
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
  const silent = only(slots, (slot) => !worked(words, slot));
  if (silent.length < FEW_HOSTS) return false;
  const ipv6 = ((words[(slots[0] ?? 0) + E.KEY] ?? 0) & E.KEY_IPV6) !== 0;
  return fingerprint(words, silent, technique, ipv6).name !== 'unknown';
}

/** Leaves out ports at which several hosts were visited and none failed: ordinary use beside a sweep of other ports. */
export function withoutVisits(words: Int32Array, { slots, ports }: Weighed): Int32Array {
  return only(slots, (slot) => {
    const port = ports.find(portOf(words, slot));
    return ports.fails(port) > 0 || ports.all(port) < FEW_HOSTS;
  });
}
