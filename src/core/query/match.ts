/** Whether an asset is one that a query asks for. What the database answers must be the same. */
import { isWithin } from '../address.ts';
import { type Asset, SEVERITIES, type Service, type Severity } from '../asset.ts';
import {
  compares,
  EXPIRING_MS,
  momentOf,
  NEW_MS,
  type Query,
  type ServiceTerm,
  type Term,
  type TextField,
  type TimeField,
} from './query.ts';
import { compareVersions } from './versions.ts';

/** What a query asks beside the asset itself. */
export interface Beside {
  /** Milliseconds since the epoch. */
  now: number;
  /** Open incidents of the asset. */
  incidents: readonly { kind: string; severity: Severity; unexpected?: boolean }[];
}

export function matches(query: Query, asset: Asset, beside: Beside): boolean {
  switch (query.kind) {
    case 'and':
      return query.parts.every((part) => matches(part, asset, beside));
    case 'or':
      return query.parts.some((part) => matches(part, asset, beside));
    case 'not':
      return !matches(query.part, asset, beside);
    default:
      return holds(query, asset, beside);
  }
}

function holds(term: Term, asset: Asset, { now, incidents }: Beside): boolean {
  switch (term.kind) {
    case 'service':
      return openPorts(asset).some((service) => isService(term, service));
    case 'net':
      return currentAddresses(asset).some((address) => isWithin(address, term.first, term.last));
    case 'text':
      return textsOf(term.of, asset).some((text) => isLike(text, term.text, WHOLE.has(term.of)));
    case 'mac':
      return asset.identifiers.some(
        ({ type, value, endedAt }) =>
          type === 'mac' && endedAt === undefined && value.startsWith(term.prefix),
      );
    case 'id':
      return asset.uid === term.uid;
    case 'class':
      return asset.class === term.value;
    case 'state':
      return asset.state === term.value;
    case 'severity':
      return incidents.some(({ severity }) =>
        compares(SEVERITIES.indexOf(severity) - SEVERITIES.indexOf(term.value), term.comparison),
      );
    case 'incident':
      return incidents.some(({ kind }) => isLike(kind, term.text, true));
    case 'time': {
      const moment = momentOf(term.when, now);
      const at = timeOf(term.of, asset);
      return term.side === 'after' ? at >= moment : at < moment;
    }
    case 'is':
      switch (term.value) {
        case 'new':
          return asset.firstSeen >= now - NEW_MS;
        case 'unexpected':
          return incidents.some(({ unexpected }) => unexpected === true);
        case 'ephemeral':
          return asset.class === 'ephemeral';
        case 'flapping':
          return asset.services.some(({ flapping }) => flapping === true);
        default:
          return false;
      }
    case 'has':
      return asset.facts.some(
        ({ fact, endedAt }) =>
          endedAt === undefined &&
          fact.type === 'cert' &&
          fact.notAfter !== undefined &&
          fact.notAfter < now + EXPIRING_MS,
      );
    case 'anything':
      return anything(asset).some((text) => isLike(text, term.text, false));
    default:
      return false;
  }
}

const openPorts = ({ services }: Asset) => services.filter(({ word }) => word === 'open');

function isService(
  { ports, service: name, product, version }: ServiceTerm,
  { port, protocol, service }: Service,
): boolean {
  const isAsked = (of: NonNullable<ServiceTerm['ports']>[number]) =>
    port >= of.first && port <= of.last && (of.protocol ?? protocol) === protocol;
  if (ports && !ports.some(isAsked)) return false;
  if (name !== undefined && !isLike(service?.name, name, true)) return false;
  if (product !== undefined && !isLike(service?.product, product, false)) return false;
  if (version === undefined) return true;
  if (service?.version === undefined) return false;
  return compares(compareVersions(service.version, version.text), version.comparison);
}

/** Fields that are compared as a whole. */
const WHOLE: ReadonlySet<TextField> = new Set(['site', 'tag']);

function textsOf(of: TextField, asset: Asset): (string | undefined)[] {
  switch (of) {
    case 'site':
      return [asset.site];
    case 'name':
      return [asset.name, ...namesOf(asset)];
    case 'vendor':
      return [asset.vendor];
    case 'os':
      return [asset.os?.family, asset.os?.name];
    default:
      return [...asset.tags];
  }
}

const NAMES: ReadonlySet<string> = new Set(['name', 'ptr', 'asked_name', 'cert_name']);
const namesOf = ({ identifiers }: Asset) =>
  identifiers.flatMap(({ type, value, endedAt }) =>
    NAMES.has(type) && endedAt === undefined ? [value] : [],
  );
const currentAddresses = ({ addresses }: Asset) =>
  addresses.flatMap(({ address, to }) => (to === undefined ? [address] : []));

function anything(asset: Asset): (string | undefined)[] {
  return [
    asset.name,
    ...namesOf(asset),
    ...currentAddresses(asset),
    ...asset.identifiers.flatMap(({ type, value, endedAt }) =>
      type === 'mac' && endedAt === undefined ? [value] : [],
    ),
    asset.vendor,
    asset.os?.family,
    asset.os?.name,
    ...openPorts(asset).flatMap(({ service }) => [service?.name, service?.product]),
  ];
}

/** Asked texts are in lower case. With `*` in it, it must be all of the text, else a part of it unless `whole`. */
function isLike(text: string | undefined, asked: string, whole: boolean): boolean {
  if (text === undefined) return false;
  const own = text.toLowerCase();
  if (!asked.includes('*')) return whole ? own === asked : own.includes(asked);
  // Piece by piece from the left: a pattern made into a regular expression could be made to take for ever.
  const pieces = asked.split('*');
  const [first = ''] = pieces;
  const last = pieces.at(-1) ?? '';
  if (!own.startsWith(first) || !own.endsWith(last) || own.length < first.length + last.length) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = own.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= own.length - last.length;
}

function timeOf(of: TimeField, asset: Asset): number {
  if (of === 'first_seen') return asset.firstSeen;
  if (of === 'last_seen') return asset.lastSeen;
  return Math.max(asset.stateSince, ...asset.services.map(({ changedAt }) => changedAt));
}
