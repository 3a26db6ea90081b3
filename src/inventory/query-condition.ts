/** A query of the inventory as a condition that the database answers; what it answers is what core/query/match would. */
import type { Severity } from '../core/asset.ts';
import { SEVERITIES } from '../core/asset.ts';
import { parseQuery } from '../core/query/parse.ts';
import {
  compares,
  EXPIRING_MS,
  momentOf,
  NEW_MS,
  type Query,
  type ServiceTerm,
  type Term,
} from '../core/query/query.ts';
import { compareVersions } from '../core/query/versions.ts';
import type { Condition, When } from '../store/inventory/condition.ts';
import type { Store } from '../store/store.ts';

/** Of a query as it was written; undefined where it asks for everything. @throws PortolanError `invalid_argument` */
export async function conditionOfText(
  text: string,
  store: Pick<Store, 'assets'>,
  now: number,
): Promise<Condition | undefined> {
  return text.trim() === '' ? undefined : await conditionOf(parseQuery(text), store, now);
}

/**
 * @param store is asked which services have the product or version that is wanted
 * @param now milliseconds since the epoch
 */
export async function conditionOf(
  query: Query,
  store: Pick<Store, 'assets'>,
  now: number,
): Promise<Condition> {
  const each = (parts: readonly Query[]) => Promise.all(parts.map((part) => conditionOf(part, store, now)));
  switch (query.kind) {
    case 'and':
      return { all: await each(query.parts) };
    case 'or':
      return { any: await each(query.parts) };
    case 'not':
      return { not: await conditionOf(query.part, store, now) };
    case 'service':
      return await serviceCondition(query, store);
    default:
      return termCondition(query, now);
  }
}

async function serviceCondition(term: ServiceTerm, store: Pick<Store, 'assets'>): Promise<Condition> {
  const { ports, service, product, version } = term;
  if (service === undefined && product === undefined && version === undefined)
    return { service: { ...(ports ? { ports } : {}) } };
  const known = await store.assets.fingerprints({
    ...(service === undefined ? {} : { name: service }),
    ...(product === undefined ? {} : { product: anywhere(product) }),
  });
  const fingerprints = known
    .filter(
      (one) =>
        version === undefined ||
        (one.version !== undefined &&
          compares(compareVersions(one.version, version.text), version.comparison)),
    )
    .map(({ id }) => id);
  return { service: { ...(ports ? { ports } : {}), fingerprints } };
}

function termCondition(term: Exclude<Term, ServiceTerm>, now: number): Condition {
  switch (term.kind) {
    case 'net':
      return { net: { first: term.first, last: term.last } };
    case 'text':
      return {
        text: term.of,
        pattern: term.of === 'site' || term.of === 'tag' ? term.text : anywhere(term.text),
      };
    case 'mac':
      return { mac: term.prefix };
    case 'id':
      return { uid: [term.uid] };
    case 'class':
      return { class: term.value };
    case 'state':
      return { state: term.value };
    case 'severity':
      return {
        severities: SEVERITIES.filter((one) => compares(order(one) - order(term.value), term.comparison)),
      };
    case 'incident':
      return { openKind: term.text };
    case 'time': {
      const at = momentOf(term.when, now);
      const when: When = term.side === 'after' ? { from: at } : { before: at };
      if (term.of === 'first_seen') return { firstSeen: when };
      return term.of === 'last_seen' ? { lastSeen: when } : { changed: when };
    }
    case 'is':
      switch (term.value) {
        case 'new':
          return { firstSeen: { from: now - NEW_MS } };
        case 'unexpected':
          return { unexpected: true };
        case 'ephemeral':
          return { class: 'ephemeral' };
        default:
          return { flapping: true };
      }
    case 'has':
      return { certEnds: now + EXPIRING_MS };
    case 'anything':
      return { anything: anywhere(term.text) };
    default:
      throw new TypeError('a query of another kind');
  }
}

const order = (severity: Severity) => SEVERITIES.indexOf(severity);
/** A text without `*` is looked for anywhere. */
const anywhere = (text: string) => (text.includes('*') ? text : `*${text}*`);
