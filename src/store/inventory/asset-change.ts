/** What of an asset is to be written: the difference between what was known and what the rules made of it. */
import type { AddressInterval, Asset, Identifier, KeptFact, Service } from '../../core/asset.ts';
import type { ServiceSighting } from '../../core/look.ts';
import { keptConfirmation, type LastAsked, readConfirmation } from './confirmed.ts';
import { fingerprintText, hashOf } from './intern.ts';

export type AssetHead = Omit<Asset, 'identifiers' | 'addresses' | 'services' | 'facts'>;
export type ServiceKey = Pick<Service, 'vantage' | 'protocol' | 'port'>;

export interface ServiceChange {
  service: Service;
  since: number;
  lags: boolean;
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
  const change: AssetChange = {
    head: headOf(after),
    turned: turned(before, after, at),
    ...lists(before, after),
    ...servicesOf(before, after, at, asked),
    gone: goneOf(before, after),
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

function servicesOf(
  before: Asset | undefined,
  after: Asset,
  at: number,
  asked: { before: LastAsked; after: LastAsked },
): Pick<AssetChange, 'services'> {
  const known = before && byKey(before.services, serviceKey);
  const services: ServiceChange[] = [];
  for (const service of after.services) {
    const old = known?.get(serviceKey(service));
    const change = serviceChange(old, service, at, asked);
    if (change) services.push(change);
  }
  const distinct = byKey(services, (change) => serviceKey(change.service));
  return { services: [...distinct.values()] };
}

function serviceChange(
  old: Service | undefined,
  service: Service,
  at: number,
  asked: { before: LastAsked; after: LastAsked },
): ServiceChange | undefined {
  const lastAsked = asked.after(service);
  const kept = keptConfirmation(service.confirmedAt, lastAsked);
  if (!old) return { service, since: service.since ?? service.changedAt, lags: kept.lags };
  const since = old.since ?? old.changedAt;
  const turns = old.word !== service.word || !sameService(old.service, service.service);
  if (!turns) {
    const stored = keptConfirmation(old.confirmedAt, asked.before(old));
    const told = readConfirmation(stored, lastAsked) === service.confirmedAt;
    return told && sameState(old, service) ? undefined : { service, since, lags: kept.lags };
  }
  const from = service.changedAt === old.changedAt ? at : service.changedAt;
  const ended =
    from > since
      ? { ended: { word: old.word, ...(old.service ? { service: old.service } : {}), from: since, to: from } }
      : {};
  return { service, since: Math.max(from, since), lags: kept.lags, ...ended };
}

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
    sameList(old.turns, now.turns) &&
    sameList(old.recent, now.recent)
  );
}

function sameService(a: ServiceSighting | undefined, b: ServiceSighting | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && fingerprintText(a) === fingerprintText(b);
}

function goneOf(before: Asset | undefined, after: Asset): AssetChange['gone'] {
  return {
    identifiers: missing(before?.identifiers, after.identifiers, identifierKey),
    addresses: missing(before?.addresses, after.addresses, addressKey),
    services: missing(before?.services, after.services, serviceKey).map(({ vantage, protocol, port }) => ({
      vantage,
      protocol,
      port,
    })),
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

function headOf({ identifiers: _, addresses: __, services: ___, facts: ____, ...head }: Asset): AssetHead {
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

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((one, at) => one === b[at]));
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
