/** The ports of one host in one look: which row of what is known each of them speaks to, and what comes of it. */
import type { Asset, Service } from '../core/asset.ts';
import type { Recheck } from '../core/fold.ts';
import type { Look } from '../core/look.ts';
import type { Protocol } from '../core/result.ts';
import type { Findings } from './changes/findings.ts';
import { subjectOf } from './changes/kinds.ts';
import { type HostLook, judgePort, type PortVerdict } from './changes/ports.ts';
import { currentAddresses } from './identity/ledger.ts';
import type { Placement } from './identity/place.ts';
import { portKey } from './port-key.ts';
import type { PortWords } from './port-words.ts';
import type { TestedBefore } from './tested-before.ts';
import type { Thresholds } from './thresholds.ts';

/** One sighting of the host, with what holds for all its ports. */
export interface SightedPorts {
  placement: Placement;
  words: PortWords;
  host: HostLook;
}

interface PortsContext {
  look: Look;
  tested: TestedBefore;
  findings: Findings;
  limits: Thresholds;
}

/** @returns its services after the look: the very list that is known when nothing was seen of them */
export function foldPorts(
  asset: Asset,
  sighted: readonly SightedPorts[],
  context: PortsContext,
): { services: readonly Service[]; recheck: Recheck[] } {
  const folding = new PortFolding(asset, sighted, context);
  for (const one of sighted) folding.fold(one);
  return { services: folding.services(), recheck: folding.recheck };
}

/** A port of one vantage. */
interface Where {
  vantage: string;
  protocol: Protocol;
  port: number;
}

type PortsTested = ReturnType<TestedBefore['ports']>;

class PortFolding {
  readonly recheck: Recheck[] = [];
  readonly #asset: Asset;
  readonly #context: PortsContext;
  /** What is known of its ports as the look goes on: first of all in the order in which it was known before. */
  readonly #rows: Service[];
  /** Place of a port in the rows, by vantage; made when one is not where it was looked for. */
  #places: Map<string, Map<number, number>> | undefined;
  /** Behind the row that was found last: looks tell of ports in the order in which they are known. */
  #next = 0;
  /** Ports that are open at one of its addresses in this look; empty where it was seen at one only. */
  readonly #open: ReadonlySet<number>;

  constructor(asset: Asset, sighted: readonly SightedPorts[], context: PortsContext) {
    this.#asset = asset;
    this.#context = context;
    this.#rows = [...asset.services];
    const open = sighted.length > 1 ? sighted.flatMap(({ words }) => [...words.open()]) : [];
    this.#open = new Set(open.map(({ protocol, port }) => portKey(protocol, port)));
  }

  services(): readonly Service[] {
    const known = this.#asset.services;
    const services = this.#rows;
    const same = services.length === known.length && services.every((row, index) => row === known[index]);
    return same ? known : services;
  }

  /** Place of a port in the rows; behind the last when it is not there. */
  #placeOf({ vantage, protocol, port }: Where): number {
    const row = this.#rows[this.#next];
    if (row?.port === port && row.protocol === protocol && row.vantage === vantage) {
      this.#next += 1;
      return this.#next - 1;
    }
    if (!this.#places) {
      this.#places = new Map();
      for (const [place, one] of this.#rows.entries()) this.#note(one, place);
    }
    const place = this.#places.get(vantage)?.get(portKey(protocol, port)) ?? this.#rows.length;
    this.#next = place + 1;
    return place;
  }

  #put(row: Service, place: number): void {
    if (place === this.#rows.length) this.#note(row, place);
    this.#rows[place] = row;
  }

  #note({ vantage, protocol, port }: Service, place: number): void {
    const there = this.#places?.get(vantage);
    if (there) there.set(portKey(protocol, port), place);
    else this.#places?.set(vantage, new Map([[portKey(protocol, port), place]]));
  }

  fold(one: SightedPorts): void {
    const { look, tested } = this.#context;
    const { words, placement } = one;
    const { address } = placement.sighting;
    const current = currentAddresses(this.#asset);
    const history = tested.ports(this.#asset, address, look.vantage);
    for (const row of this.#asset.services) {
      if (row.vantage !== look.vantage) continue;
      const word = words.word(row.protocol, row.port);
      if (word === undefined || word === 'open') continue;
      const elsewhere =
        row.word === 'open' &&
        (this.#open.has(portKey(row.protocol, row.port)) ||
          (row.address !== undefined && row.address !== address && current.includes(row.address)));
      if (elsewhere) this.#suppress(row, 'R1', 'open at another of its addresses');
      else this.#judge(one, row, history, { word });
    }
    for (const seen of words.open()) {
      const { protocol, port } = seen;
      const vantage = look.kind === 'capture' ? this.#vantageOf(protocol, port) : look.vantage;
      const asked = vantage === look.vantage ? history : tested.ports(this.#asset, address, vantage);
      this.#judge(one, { vantage, protocol, port }, asked, seen);
    }
  }

  /** Traffic is seen from everywhere: it speaks to the vantage that knows the port open, or else asked it last. */
  #vantageOf(protocol: Protocol, port: number): string {
    const { look, tested } = this.#context;
    const known = this.#everywhere(protocol, port);
    const open = known.find(({ word }) => word === 'open');
    const [asked] = tested.vantagesOf(this.#asset, protocol, port);
    return open?.vantage ?? asked ?? known[0]?.vantage ?? look.vantage;
  }

  #everywhere(protocol: Protocol, port: number): Service[] {
    return this.#rows.filter((row) => row.protocol === protocol && row.port === port);
  }

  #judge(
    { placement, host }: SightedPorts,
    where: Where,
    tested: PortsTested,
    { word, service }: { word: Service['word']; service?: Service['service'] },
  ): void {
    const { at, address } = placement.sighting;
    const { vantage, protocol, port } = where;
    const place = this.#placeOf(where);
    const history = tested.of(protocol, port);
    const verdict = judgePort(
      this.#rows[place],
      {
        vantage,
        protocol,
        port,
        word,
        service,
        address,
        at,
        look: history.looks + 1,
        // An older sighting is measured by all that was asked since, wherever that was.
        asked: history.asked || (host.late && history.looks > 0),
        lastAt: Math.max(history.lastAt, this.#asset.services[place]?.confirmedAt ?? 0),
      },
      host,
      this.#context.limits,
      () =>
        this.#everywhere(protocol, port).some((other) => other.vantage !== vantage && other.word === 'open'),
    );
    if (verdict.row) this.#put(verdict.row, place);
    const { changes, held, calm, recheck, returns } = verdict;
    // Nearly always there is nothing to tell.
    if (changes.length > 0 || held || calm || recheck || returns)
      this.#tell(verdict, where, placement, history.look);
  }

  #tell(
    { changes, held, calm, recheck, returns }: PortVerdict,
    where: Where,
    { sighting: { at, address } }: Placement,
    lookBefore: string | undefined,
  ): void {
    const { findings } = this.#context;
    const { vantage, protocol, port } = where;
    const { uid } = this.#asset;
    const subject = (of: string) => `${of} ${vantage} ${protocol}/${port}`;
    for (const change of changes) {
      const of = subjectOf(change.kind);
      findings.add({
        ...change,
        ...(of === 'port' ? { from: openness(change.before), to: openness(change.after) } : {}),
        vantage,
        protocol,
        port,
        at,
        asset: uid,
        subject: subject(of),
        ...(address === undefined ? {} : { address }),
        ...(lookBefore === undefined ? {} : { lookBefore }),
      });
    }
    // Several by turns: the change from one to the other is nothing that waits to be settled.
    if (returns) findings.end({ asset: uid, subject: subject('service'), at });
    if (held) this.#suppress(where, held.rule, held.why);
    if (calm) findings.end({ asset: uid, subject: subject('flapping'), at });
    if (recheck && address !== undefined) this.recheck.push({ asset: uid, address, protocol, port });
  }

  #suppress({ vantage, protocol, port }: Where, rule: string, why: string): void {
    this.#context.findings.suppress(`${this.#asset.uid} ${vantage} ${protocol}/${port}`, rule, why);
  }
}

/** As far as it matters for taking a change back. */
const openness = (text: string | undefined) => (text?.startsWith('open') ? 'open' : 'shut');
