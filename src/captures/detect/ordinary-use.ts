/** How ordinary clients fail at many endpoints: peers of a list, and hosts that are called by name. */
import type { AddressBook } from '../decode/addresses.ts';
import * as K from '../evidence/kinds.ts';
import { fingerprint } from './fingerprint.ts';
import { byPort, byTarget, groupBy } from './group.ts';
import { isCalled, isUnusual } from './ports.ts';
import { scattered } from './spread.ts';
import type { Tallies } from './tallies.ts';
import type { Evidence } from './technique-rules.ts';
import { FEW_HOSTS, type Weighed } from './weigh.ts';

/** Ports that a peer-to-peer client has at the least, and hosts. */
const FEW_PORTS = 4;
/** Endpoints at unusual ports that make a client one of a peer-to-peer network. */
const PEERS = 10;
/** Of scattered hosts that are found by name, so many times as many must fail. */
const CALLED_TIMES = 10;
/** Of the peers on a list hardly one lives; of a service that is looked for, none but by chance. */
const FEW_WORK = 2;
const FEW_OF = 150;

/** Ports that a source failed at for a reason of ordinary use, worked out as they are asked for. */
export class OrdinaryUse {
  readonly #words: Int32Array;
  readonly #book: AddressBook;
  readonly #evidence: Evidence;
  readonly #weighed: Weighed;
  readonly #ipv6: boolean;
  /** Of the unusual ports of a peer, the most hosts that share one; 0 for any other source. */
  #most: number | undefined;
  #byPorts: Map<number, Int32Array> | undefined;

  constructor(words: Int32Array, book: AddressBook, evidence: Evidence, weighed: Weighed, ipv6: boolean) {
    this.#words = words;
    this.#book = book;
    this.#evidence = evidence;
    this.#weighed = weighed;
    this.#ipv6 = ipv6;
  }

  /** True when the hosts of a port, by its number in the tallies, were called by name, or told by peers. */
  excuses(number: number): boolean {
    const { ports } = this.#weighed;
    const port = ports.value(number);
    const fails = ports.fails(number);
    const works = ports.works(number);
    const all = ports.all(number);
    // Only an ordinary stack is used ordinarily.
    if (!this.#fansOut() || all < FEW_HOSTS) return false;
    this.#most ??= isPeer(this.#weighed) ? mostHostsOfUnusual(ports) : 0;
    if (this.#most > 0 && (isUnusual(port) || (port >= 1024 && all <= this.#most * 2))) return true;
    if (isUnusual(port)) {
      const some = works >= FEW_WORK && works * FEW_OF >= fails;
      return some && this.#isScattered(port);
    }
    // Nobody comes upon scattered IPv6 addresses by searching (RFC 7707).
    const few = this.#ipv6 || fails < this.#evidence.minimum * CALLED_TIMES;
    if (!isCalled(port) || !few || !this.#isScattered(port)) return false;
    return (
      fingerprint(this.#words, this.#slotsOf(port), this.#evidence.technique, this.#ipv6).name === 'unknown'
    );
  }

  #fansOut(): boolean {
    return this.#evidence.kind === K.STACK_SYN || this.#evidence.kind === K.UDP_PROBE;
  }

  #isScattered(port: number): boolean {
    return scattered(this.#slotsOf(port).map(byTarget(this.#words)), this.#ipv6, this.#book);
  }

  #slotsOf(port: number): Int32Array {
    this.#byPorts ??= groupBy(this.#weighed.slots, byPort(this.#words));
    return this.#byPorts.get(port) ?? new Int32Array(0);
  }
}

/**
 * A client of a peer-to-peer network: most of its endpoints are at unusual ports, of which each host has one or a few of
 * its own, and either some work or hardly two hosts share a port.
 */
function isPeer({ slots, targets, ports }: Weighed): boolean {
  if (targets.size <= 3 || slots.length >= targets.size * ports.size * 0.7) return false;
  let unusual = 0;
  let count = 0;
  let works = 0;
  for (let i = 0; i < ports.size; i++) {
    if (!isUnusual(ports.value(i))) continue;
    unusual++;
    count += ports.all(i);
    works += ports.works(i);
  }
  if (count >= PEERS && unusual >= count * 0.5) return true;
  return unusual >= FEW_PORTS && count >= slots.length * 0.6 && works > 0;
}

function mostHostsOfUnusual(ports: Tallies): number {
  let most = 0;
  for (let i = 0; i < ports.size; i++) if (isUnusual(ports.value(i))) most = Math.max(most, ports.all(i));
  return most;
}
