/** The ports of one host in one look: which row of what is known each of them speaks to, and what comes of it. */
import type { Asset, Service } from '../core/asset.ts';
import type { Recheck } from '../core/fold.ts';
import type { Look, PortSighting, PortWord } from '../core/look.ts';
import type { Protocol } from '../core/result.ts';
import { whole } from '../core/settled.ts';
import type { Findings } from './changes/findings.ts';
import { subjectOf } from './changes/kinds.ts';
import { type HostLook, judgePort, type PortVerdict } from './changes/ports.ts';
import { currentAddresses } from './identity/ledger.ts';
import type { Placement } from './identity/place.ts';
import { portKey } from './port-key.ts';
import type { PortWords } from './port-words.ts';
import { canStaySettled, differingPorts, shutPorts } from './settled-ports.ts';
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

/** @returns it after the look: the very asset that is known when nothing of its ports differs */
export function foldPorts(
  asset: Asset,
  sighted: readonly SightedPorts[],
  context: PortsContext,
): { asset: Asset; recheck: Recheck[] } {
  if (sighted.length === 0) return { asset, recheck: [] };
  const folding = new PortFolding(
    staysSettled(asset, sighted, context) ? asset : whole(asset),
    sighted,
    context,
  );
  for (const one of sighted) folding.fold(one);
  return { asset: folding.asset(), recheck: folding.recheck };
}

/** @see canStaySettled; and nothing later may be known of them. */
function staysSettled(
  asset: Asset,
  sighted: readonly SightedPorts[],
  { look, tested }: PortsContext,
): boolean {
  const [one] = sighted;
  if (!asset.settled || !one || one.host.late || one.host.positivesOnly || one.host.unverified) return false;
  const { address, at } = one.placement.sighting;
  const sightings = sighted.map(({ placement }) => placement.sighting);
  return (
    canStaySettled(asset, look, sightings) &&
    address === asset.settled.address &&
    tested.ports(asset, address, look.vantage).lastAt < at
  );
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

  asset(): Asset {
    const known = this.#asset.services;
    const services = this.#rows;
    const same = services.length === known.length && services.every((row, index) => row === known[index]);
    return same ? this.#asset : { ...this.#asset, services };
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
    const open = this.#differing(words);
    for (const { row, word } of this.#shut(words, open.agreed)) {
      const elsewhere =
        row.word === 'open' &&
        (this.#open.has(portKey(row.protocol, row.port)) ||
          (row.address !== undefined && row.address !== address && current.includes(row.address)));
      if (elsewhere) this.#suppress(row, 'R1', 'open at another of its addresses');
      else this.#judge(one, row, history, { word });
    }
    for (const seen of open.others) {
      const { protocol, port } = seen;
      const vantage = look.kind === 'capture' ? this.#vantageOf(protocol, port) : look.vantage;
      const asked = vantage === look.vantage ? history : tested.ports(this.#asset, address, vantage);
      this.#judge(one, { vantage, protocol, port }, asked, seen);
    }
  }

  #differing(words: PortWords): { others: Iterable<PortSighting>; agreed: number } {
    const { settled } = this.#asset;
    return settled
      ? differingPorts(settled, this.#context.look.vantage, words)
      : { others: words.open(), agreed: 0 };
  }

  /** What this vantage knows of ports that do not answer in the look. */
  #shut(words: PortWords, agreed: number): { row: Service; word: PortWord }[] {
    const { settled, services } = this.#asset;
    const { vantage } = this.#context.look;
    const shut: { row: Service; word: PortWord }[] = [];
    const note = (protocol: Protocol, port: number, row: Service | undefined) => {
      const word = words.word(protocol, port);
      if (row && word !== undefined && word !== 'open') shut.push({ row, word });
    };
    for (const row of services) if (row.vantage === vantage) note(row.protocol, row.port, row);
    if (!settled) return shut;
    for (const { protocol, port } of shutPorts(settled, vantage, words, agreed))
      note(protocol, port, settled.at(vantage, protocol, port));
    return shut.sort((a, b) => portKey(a.row.protocol, a.row.port) - portKey(b.row.protocol, b.row.port));
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

  #openElsewhere({ vantage, protocol, port }: Where): boolean {
    const listed = this.#rows.some(
      (row) =>
        row.vantage !== vantage && row.protocol === protocol && row.port === port && row.word === 'open',
    );
    // It is not settled for this vantage, which does not know it.
    return listed || this.#asset.settled?.has(protocol, port) === true;
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
    const known = this.#asset.services[place] ?? this.#asset.settled?.at(vantage, protocol, port);
    const verdict = judgePort(
      this.#rows[place] ?? known,
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
        lastAt: Math.max(history.lastAt, known?.confirmedAt ?? 0),
      },
      host,
      this.#context.limits,
      () => this.#openElsewhere(where),
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
