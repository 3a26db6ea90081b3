/** Rule R10: a port that answers nearly everywhere, or where nobody is, is answered by something on the way. */
import type { Look, Sighting } from '../../core/look.ts';
import type { Protocol } from '../../core/result.ts';
import type { LookCoverage } from '../coverage.ts';
import type { Ledger } from '../identity/ledger.ts';
import { normalMac } from '../identity/mac.ts';
import type { Networks } from '../identity/networks.ts';
import { portKey } from '../port-key.ts';
import type { Thresholds } from '../thresholds.ts';

export interface Middlebox {
  protocol: Protocol;
  /** {@link SEARCH} where it answers the search for hosts and no port. */
  port: number;
  network: string;
}

export interface MiddleboxVerdict {
  answers: (Middlebox & { count: number; sample: string[] })[];
  /** Known ones that answer no longer. */
  over: Middlebox[];
  /** The look without what a middlebox answered. */
  look: Look;
  /** Addresses of which nothing is known after that: neither seen nor missed. */
  void: ReadonlySet<string>;
  /** Of each sighting that is left, its place in the look as it was given. */
  indexes: readonly number[];
}

/** No port has this number: in its place stands the search for hosts, of somebody who answers nothing else. */
export const SEARCH = 0;
const SEARCH_KEY = portKey('tcp', SEARCH);

const keyOf = ({ protocol, port, network }: Middlebox) => `${network} ${protocol}/${port}`;

export function withoutMiddleboxes(
  look: Look,
  known: readonly Middlebox[],
  {
    ledger,
    networks,
    coverage,
    limits,
  }: { ledger: Ledger; networks: Networks; coverage: LookCoverage; limits: Thresholds },
): MiddleboxVerdict {
  const candidates = commonPorts(look, known, limits);
  if (candidates.size === 0)
    return { answers: [], over: [], look, void: new Set(), indexes: look.sightings.map((_, index) => index) };
  const own = ownMarks(look, limits);
  const counts = new Map<string, Middlebox & { addresses: string[]; empty: number }>();
  const eachNewlyOpen = (sighting: Sighting, take: (port: Middlebox, empty: boolean) => void) => {
    const { address } = sighting;
    if (address === undefined) return;
    const holder = ledger.holderOf(address, sighting.at);
    const knownOpen = new Set<number>();
    for (const { protocol, port, word } of holder?.services ?? [])
      if (word === 'open') knownOpen.add(portKey(protocol, port));
    for (const { protocol, port, word } of sighting.ports) {
      const key = portKey(protocol, port);
      if (word !== 'open' || knownOpen.has(key) || !candidates.has(key)) continue;
      if (holder?.settled?.has(protocol, port)) continue;
      take(
        { protocol, port, network: networks.nameOf(address) },
        holder === undefined && coverage.askedBefore(address, sighting.at),
      );
    }
    if (holder === undefined && candidates.has(SEARCH_KEY) && answersNothing(sighting))
      take(
        { protocol: 'tcp', port: SEARCH, network: networks.nameOf(address) },
        coverage.askedBefore(address, sighting.at),
      );
  };
  for (const sighting of look.sightings) {
    const { address } = sighting;
    // A host with a mark of its own answers for itself, unless it was there before and the port is new on it as everywhere.
    if (address === undefined || (own(sighting) && !ledger.holderOf(address, sighting.at))) continue;
    eachNewlyOpen(sighting, (port, empty) => {
      const there = counts.get(keyOf(port)) ?? { ...port, addresses: [], empty: 0 };
      there.addresses.push(address);
      if (empty) there.empty += 1;
      counts.set(keyOf(port), there);
    });
  }
  const answers = [...counts.values()].filter(({ protocol, port, addresses, empty }) => {
    const asked = coverage.addressesAsked(protocol, port, addresses[0]);
    return (
      empty >= limits.middleboxAddresses ||
      (asked >= limits.middleboxAddresses && addresses.length >= limits.middleboxShare * asked)
    );
  });
  const over = known.filter(
    (box) =>
      look.completeness === 'full' &&
      (box.port === SEARCH || coverage.addressesAsked(box.protocol, box.port) >= limits.middleboxAddresses) &&
      (counts.get(keyOf(box))?.addresses.length ?? 0) < limits.middleboxAddresses / 2,
  );
  const strip = new Set([...answers, ...known.filter((box) => !over.includes(box))].map(keyOf));
  if (strip.size === 0)
    return { answers: [], over, look, void: new Set(), indexes: look.sightings.map((_, index) => index) };
  const empty = new Set<string>();
  const indexes: number[] = [];
  const sightings = look.sightings.flatMap((sighting, index) => {
    indexes.push(index);
    const gone = new Set<string>();
    eachNewlyOpen(sighting, (port) => {
      if (strip.has(keyOf(port))) gone.add(`${port.protocol}/${port.port}`);
    });
    if (gone.size === 0) return [sighting];
    const ports = sighting.ports.filter(({ protocol, port }) => !gone.has(`${protocol}/${port}`));
    const alive = own(sighting) || ports.some(({ word }) => word === 'open' || word === 'closed');
    const held =
      sighting.address !== undefined && ledger.holderOf(sighting.address, sighting.at) !== undefined;
    if (alive && (own(sighting) || held || ports.some(({ word }) => word === 'open')))
      return [{ ...sighting, ports }];
    if (sighting.address !== undefined) empty.add(sighting.address);
    indexes.pop();
    return [];
  });
  return {
    answers: answers.map(({ protocol, port, network, addresses }) => ({
      protocol,
      port,
      network,
      count: addresses.length,
      sample: addresses.slice(0, 5),
    })),
    over,
    look: { ...look, sightings },
    void: empty,
    indexes,
  };
}

/** It was found, and that is all. */
const answersNothing = ({ ports, counted }: Sighting): boolean =>
  [...ports, ...counted].every(({ word }) => word !== 'open' && word !== 'closed');

/** Ports that are open at addresses enough to be a middlebox's, and those that are known to be. */
function commonPorts(look: Look, known: readonly Middlebox[], limits: Thresholds): Set<number> {
  const counts = new Map<number, number>();
  const least = limits.middleboxAddresses * Math.min(limits.middleboxShare, 1);
  const count = (port: number) => counts.set(port, (counts.get(port) ?? 0) + 1);
  if (look.sightings.length >= least)
    for (const sighting of look.sightings) {
      for (const { protocol, port, word } of sighting.ports)
        if (word === 'open') count(portKey(protocol, port));
      if (answersNothing(sighting)) count(SEARCH_KEY);
    }
  const common = [...counts].flatMap(([port, times]) => (times >= least ? [port] : []));
  return new Set([...common, ...known.map(({ protocol, port }) => portKey(protocol, port))]);
}

/** Whether a sighting shows something that no middlebox has: a card of its own, a key, a service that was made out. */
function ownMarks(look: Look, limits: Thresholds): (sighting: Sighting) => boolean {
  const addresses = new Map<string, Set<string>>();
  for (const { address, marks } of look.sightings)
    for (const { type, value } of marks)
      if (type === 'mac' && address !== undefined) {
        const mac = normalMac(value) ?? value;
        addresses.set(mac, (addresses.get(mac) ?? new Set()).add(address));
      }
  return ({ marks, facts, ports }) =>
    marks.some(({ type, value }) =>
      type === 'mac'
        ? (addresses.get(normalMac(value) ?? value)?.size ?? 0) <= limits.addressesOfCard
        : type !== 'ptr' && type !== 'asked_name',
    ) ||
    facts.length > 0 ||
    ports.some(({ service }) => service?.method === 'probed' && service.product !== undefined);
}
