/** What of an asset is to be written: the difference between what was known and what the rules made of it. */
import type { AddressInterval, Asset, Identifier, KeptFact, Service } from '../../core/asset.ts';
import type { ServiceSighting } from '../../core/look.ts';
import { sameService } from '../../core/same-service.ts';
import { servicesOf as allServices } from '../../core/settled.ts';
import { keptConfirmation, type LastAsked, readConfirmation } from './confirmed.ts';
import { hashOf } from './intern.ts';

export type AssetHead = Omit<Asset, 'identifiers' | 'addresses' | 'services' | 'settled' | 'facts'>;
export type ServiceKey = Pick<Service, 'vantage' | 'protocol' | 'port'>;

export interface ServiceChange {
  service: Service;
  since: number;
  lags: boolean;
  /** Its address, where that is not the only one of the asset. */
  elsewhere?: string;
  /** What it was until then, where word or fingerprint differ. */
  ended?: { word: Service['word']; service?: ServiceSighting; from: number; to: number };
}

export interface AssetChange {
  head: AssetHead;
  /** Fields whose history is kept, with what they are from then on. */
  turned: { field: HistoryField; value: string | null; from: number }[];
  identifiers: Identifier[];
  addresses: AddressInterval[];
  services: ServiceChange[];
  facts: KeptFact[];
  gone: {
    identifiers: Pick<Identifier, 'type' | 'value' | 'detail'>[];
    addresses: Pick<AddressInterval, 'address' | 'from'>[];
    services: ServiceKey[];
    facts: string[];
  };
}

const HISTORY = {
  name: (asset) => asset.name,
  os: (asset) => asset.os?.name,
  state: (asset) => asset.state,
  class: (asset) => asset.class,
  vendor: (asset) => asset.vendor,
} as const satisfies Record<string, (asset: AssetHead) => string | undefined>;
export type HistoryField = keyof typeof HISTORY;

/**
 * @param at when the look was: the time of changes that name none themselves.
 * @param asked when ports of it were asked last, before this fold and after it.
 * @returns undefined when there is nothing to write
 */
export function changeOf(
  before: Asset | undefined,
  after: Asset,
  at: number,
  asked: { before: LastAsked; after: LastAsked },
): AssetChange | undefined {
  const { services, gone: goneServices } = servicesOf(before, after, at, asked);
  const change: AssetChange = {
    head: headOf(after),
    turned: turned(before, after, at),
    ...lists(before, after),
    services,
    gone: { ...goneOf(before, after), services: goneServices.map(keyOf) },
  };
  const { head, turned: _, gone, ...written } = change;
  const nothing = (parts: object) => Object.values(parts).every((list: unknown[]) => list.length === 0);
  if (before && nothing(written) && nothing(gone) && same(headOf(before), head)) return undefined;
  return change;
}

/** A fact as its key: the same thing said again is the same fact. */
export const factKey = ({ fact }: KeptFact): string => hashOf(JSON.stringify(fact));
export const identifierKey = ({ type, value, detail = '' }: Pick<Identifier, 'type' | 'value' | 'detail'>) =>
  `${type} ${detail} ${value}`;
const addressKey = ({ address, from }: Pick<AddressInterval, 'address' | 'from'>) => `${address} ${from}`;
const serviceKey = ({ vantage, protocol, port }: ServiceKey) => `${protocol} ${port} ${vantage}`;

function lists(before: Asset | undefined, after: Asset) {
  return {
    identifiers: differing(before?.identifiers, after.identifiers, identifierKey),
    addresses: differing(before?.addresses, after.addresses, addressKey),
    facts: differing(before?.facts, after.facts, factKey),
  };
}

/** What holds for all services of an asset: when ports were asked, and its only address, before and after. */
interface ServiceFrame {
  at: number;
  asked: { before: LastAsked; after: LastAsked };
  only: { before: string | undefined; after: string | undefined };
}

function servicesOf(
  before: Asset | undefined,
  after: Asset,
  at: number,
  asked: { before: LastAsked; after: LastAsked },
): Pick<AssetChange, 'services'> & { gone: ServiceKey[] } {
  const only = { before: before && onlyAddress(before), after: onlyAddress(after) };
  const frame = { at, asked, only };
  const changes = new Map<string, ServiceChange>();
  // What is settled still is as it was, unless the only address is another one: then each is told where it is.
  const settled = only.before === only.after && after.settled === before?.settled ? after.settled : undefined;
  const old = settled || !before ? (before?.services ?? []) : allServices(before);
  const now = settled ? after.services : allServices(after);
  // Rules that keep the order spare the look-up by key; it is made when one is not in its place.
  let known: Map<string, Service> | undefined;
  let inPlace = 0;
  for (const [index, service] of now.entries()) {
    let there = old[index];
    if (there !== service && !(there && sameKey(there, service))) {
      known ??= byKey(old, serviceKey);
      const { vantage, protocol, port } = service;
      there = known.get(serviceKey(service)) ?? settled?.at(vantage, protocol, port);
    } else inPlace += 1;
    const change = serviceChange(there, service, frame);
    if (change) changes.set(serviceKey(service), change);
  }
  const gone = inPlace === old.length ? [] : missing(old, now, serviceKey);
  return { services: [...changes.values()], gone };
}

function serviceChange(
  old: Service | undefined,
  service: Service,
  { at, asked, only }: ServiceFrame,
): ServiceChange | undefined {
  const lastAsked = asked.after(service);
  const { lags } = keptConfirmation(service.confirmedAt, lastAsked);
  const elsewhere = service.address === only.after ? undefined : service.address;
  const place = elsewhere === undefined ? {} : { elsewhere };
  if (!old) return { service, since: service.since ?? service.changedAt, lags, ...place };
  const since = old.since ?? old.changedAt;
  if (old.word === service.word && sameService(old.service, service.service)) {
    const stored = keptConfirmation(old.confirmedAt, asked.before(old));
    const unmoved = (old.address === only.before ? undefined : old.address) === elsewhere;
    if (unmoved && readConfirmation(stored, lastAsked) === service.confirmedAt && sameState(old, service))
      return undefined;
    return { service, since, lags, ...place };
  }
  const from = service.changedAt === old.changedAt ? at : service.changedAt;
  const ended =
    from > since
      ? { ended: { word: old.word, ...(old.service ? { service: old.service } : {}), from: since, to: from } }
      : {};
  return { service, since: Math.max(from, since), lags, ...place, ...ended };
}

/** The address that an asset has, when it has one alone. */
export function onlyAddress({ addresses }: Pick<Asset, 'addresses'>): string | undefined {
  const [first, ...others] = addresses.filter(({ to }) => to === undefined);
  return others.length === 0 ? first?.address : undefined;
}

const sameKey = (a: ServiceKey, b: ServiceKey): boolean =>
  a.port === b.port && a.protocol === b.protocol && a.vantage === b.vantage;

/** Without the times of confirmation, which are looked at by themselves. */
function sameState(old: Service, now: Service): boolean {
  if (old === now) return true;
  return (
    old.against.all === now.against.all &&
    old.against.strong === now.against.strong &&
    old.firstOpen === now.firstOpen &&
    old.changedAt === now.changedAt &&
    old.flapping === now.flapping &&
    old.variants === now.variants &&
    old.lulls === now.lulls &&
    sameList(old.turns, now.turns) &&
    sameList(old.recent, now.recent)
  );
}

const keyOf = ({ vantage, protocol, port }: ServiceKey): ServiceKey => ({ vantage, protocol, port });

function goneOf(before: Asset | undefined, after: Asset): Omit<AssetChange['gone'], 'services'> {
  return {
    identifiers: missing(before?.identifiers, after.identifiers, identifierKey),
    addresses: missing(before?.addresses, after.addresses, addressKey),
    facts: missing(before?.facts, after.facts, factKey).map(factKey),
  };
}

function turned(before: Asset | undefined, after: Asset, at: number): AssetChange['turned'] {
  const all = Object.entries(HISTORY) as [HistoryField, (asset: AssetHead) => string | undefined][];
  return all.flatMap(([field, read]) => {
    const value = read(after) ?? null;
    if ((before ? (read(before) ?? null) : null) === value) return [];
    const from = before === undefined ? after.firstSeen : field === 'state' ? after.stateSince : at;
    return [{ field, value, from }];
  });
}

function headOf(asset: Asset): AssetHead {
  const { identifiers: _, addresses: __, services: ___, settled: ____, facts: _____, ...head } = asset;
  return head;
}

/** Those of `after` that are new or other than before. */
function differing<T extends object>(
  before: readonly T[] | undefined,
  after: readonly T[],
  key: (one: T) => string,
): T[] {
  if (before === after) return [];
  // Told twice, the later one holds: no statement takes two rows of one key.
  const distinct = byKey(after, key);
  if (before === undefined || before.length === 0) return [...distinct.values()];
  const known = byKey(before, key);
  return [...distinct].flatMap(([name, one]) => (same(known.get(name), one) ? [] : [one]));
}

function missing<T extends object>(
  before: readonly T[] | undefined,
  after: readonly T[],
  key: (one: T) => string,
): T[] {
  if (before === undefined || before === after || before.length === 0) return [];
  const kept = new Set(after.map(key));
  return before.filter((one) => !kept.has(key(one)));
}

function byKey<T>(list: readonly T[], key: (one: T) => string): Map<string, T> {
  return new Map(list.map((one) => [key(one), one]));
}

function sameList(a: readonly object[], b: readonly object[]): boolean {
  return a === b || (a.length === b.length && a.every((one, at) => same(one, b[at] ?? {})));
}

/** Field by field, whatever their order; an absent one is one that is undefined. */
function same(a: object | undefined, b: object): boolean {
  if (a === b) return true;
  if (a === undefined) return false;
  const [one, other] = [Object.entries(a), new Map(Object.entries(b))];
  const told = one.filter(([, value]) => value !== undefined);
  if (told.length !== [...other.values()].filter((value) => value !== undefined).length) return false;
  return told.every(([key, value]) => {
    const there = other.get(key);
    return (
      value === there ||
      (typeof value === 'object' &&
        typeof there === 'object' &&
        value !== null &&
        there !== null &&
        (Array.isArray(value) && Array.isArray(there)
          ? JSON.stringify(value) === JSON.stringify(there)
          : same(value, there)))
    );
  });
}
