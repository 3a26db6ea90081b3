/** What the whole capture says about its parts: whether answers were captured at all, and who talked to whom. */
import type { AddressBook } from '../decode/addresses.ts';
import * as R from '../decode/record.ts';
import * as E from '../evidence/endpoints.ts';
import type { Evidence } from '../evidence/evidence.ts';
import * as K from '../evidence/kinds.ts';
import { LargeScans } from './large.ts';
import { type Against, EPHEMERAL, hasPayload, type Manner, portOf, worked } from './outcome.ts';
import { isCalled } from './ports.ts';

/** Share of answered endpoints below which a capture shows one direction only. */
const ANSWERED = 0.02;
/** Endpoints from which that can be told. */
const ENOUGH = 5;
/** Identification and NetBIOS names: servers ask back whoever came to them (RFC 1413, RFC 1002). */
const LOOK_BACK = new Set([113, 137]);
/** Datagrams to one ephemeral port that are no probe when nothing is heard. */
const SAID = 3;

export class Scene {
  readonly table: E.EndpointTable;
  readonly book: AddressBook;
  readonly large: LargeScans;
  #begin: number | undefined;
  #oneSided: boolean | undefined;
  #visitors: Map<number, Set<number>> | undefined;

  constructor({ endpoints, cells }: Evidence, book: AddressBook) {
    this.table = endpoints;
    this.large = new LargeScans(cells.list);
    this.book = book;
  }

  /** Why an endpoint that failed tells nothing, as seen from the whole capture. */
  against(slot: number, manner: Manner): Against | undefined {
    const { words } = this.table;
    const kind = E.kindOf(words, slot);
    if (manner.walks(portOf(words, slot))) return undefined;
    if (kind === K.UDP_PROBE && !manner.raw && hasPayload(words, slot) && this.isOneSided()) {
      const spoken = portOf(words, slot) >= EPHEMERAL && (words[slot + E.PROBES] ?? 0) >= SAID;
      if (manner.wide || spoken) return 'one-sided';
    }
    if (kind === K.STACK_SYN && isCalled(portOf(words, slot)) && manner.wide && this.isOneSided())
      return 'one-sided';
    if (!LOOK_BACK.has(portOf(words, slot)) || !manner.wide || (kind !== K.UDP_PROBE && kind !== K.STACK_SYN))
      return undefined;
    return this.#cameBefore(words[slot + E.TARGET] ?? 0, words[slot + E.SOURCE] ?? 0)
      ? 'look-back'
      : undefined;
  }

  /** When the first packet of which anything is remembered was captured, in microseconds since the epoch. */
  readonly begin = (): number => {
    if (this.#begin !== undefined) return this.#begin;
    const { times, count } = this.table;
    let begin = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < count * E.RECORD; slot += E.RECORD)
      begin = Math.min(begin, times[(slot + E.FIRST_TIME) >> 1] ?? begin);
    this.#begin = begin;
    return begin;
  };

  /** True when hardly anything in this capture was answered: a tap of one direction, where silence says nothing. */
  isOneSided(): boolean {
    if (this.#oneSided !== undefined) return this.#oneSided;
    const { words, count } = this.table;
    let all = 0;
    let answered = 0;
    for (let slot = 0; slot < count * E.RECORD; slot += E.RECORD) {
      const kind = E.kindOf(words, slot);
      if (kind === R.ARP || kind === R.NDP || kind === K.VOID) continue;
      all++;
      const heard = (words[slot + E.ANSWERS] ?? 0) > 0 || ((words[slot + E.STATE] ?? 0) & ERRORS) !== 0;
      if (heard) answered++;
    }
    this.#oneSided = all >= ENOUGH && answered <= all * ANSWERED;
    return this.#oneSided;
  }

  /** Whether `client` had used a service of `server`. */
  #cameBefore(client: number, server: number): boolean {
    if (this.#visitors === undefined) {
      this.#visitors = new Map();
      const { words, count } = this.table;
      for (let slot = 0; slot < count * E.RECORD; slot += E.RECORD) {
        if (!K.isSynKind(E.kindOf(words, slot)) || !worked(words, slot)) continue;
        const target = words[slot + E.TARGET] ?? 0;
        const clients = this.#visitors.get(target) ?? new Set<number>();
        clients.add(words[slot + E.SOURCE] ?? 0);
        this.#visitors.set(target, clients);
      }
    }
    return this.#visitors.get(server)?.has(client) ?? false;
  }
}

const ERRORS = E.A_PORT | E.A_FILTERED | E.A_PROTOCOL | E.A_TTL;
