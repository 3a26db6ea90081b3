/** What is expected: said, taken back, read, and held against what is there. */
import { PortolanError } from '../core/errors.ts';
import type { NewExpectation } from '../core/expectation.ts';
import { parseQuery } from '../core/query/parse.ts';
import type { Condition } from '../store/inventory/condition.ts';
import type { Store } from '../store/store.ts';
import { assetsThat } from './each.ts';
import { ofPresentState } from './expectations/accept.ts';
import { Baseline } from './expectations/baseline.ts';
import { type Drift, driftOf, judgePort } from './expectations/judge.ts';
import { conditionOf } from './query-condition.ts';
import type { Asker, DriftAsk, DriftPage, ExpectAsk, ExpectationRow } from './service.ts';

/** Entries of one call. */
const MOST_ENTRIES = 10_000;

export async function askExpectations(
  store: Store,
  site: string | undefined,
  now: number,
): Promise<ExpectationRow[]> {
  const entries = await store.expectations.list(site === undefined ? {} : { site });
  return entries.map((entry) => ({
    entry,
    ended: entry.expiresAt !== undefined && entry.expiresAt <= now,
  }));
}

/** Who says it, of which site when none is named, and when (milliseconds since the epoch). */
export interface Saying {
  asker: Asker;
  site: string;
  now: number;
}

/** @throws PortolanError `invalid_argument` for a selector that cannot be read, or a query that no host matches */
export async function expectFrom(store: Store, ask: ExpectAsk, saying: Saying): Promise<ExpectationRow[]> {
  const entries = 'entries' in ask ? entriesOf(ask, saying) : await presentOf(store, ask, saying);
  if (entries.length > MOST_ENTRIES) throw tooMany(entries.length);
  return (await store.expectations.add(entries)).map((entry) => ({ entry, ended: false }));
}

function entriesOf(ask: Extract<ExpectAsk, { entries: unknown }>, { asker, site, now }: Saying) {
  return ask.entries.map((entry): NewExpectation => {
    parseQuery(entry.selector);
    return { ...entry, site: ask.site ?? site, approvedBy: asker.name, approvedAt: now };
  });
}

/** What is open now and not expected yet. */
async function presentOf(
  store: Store,
  { present, site, reason, expiresAt }: Extract<ExpectAsk, { present: unknown }>,
  { asker, now }: Saying,
): Promise<NewExpectation[]> {
  const baseline = new Baseline(await store.expectations.list());
  const made: NewExpectation[] = [];
  let hosts = 0;
  for await (const asset of assetsThat(store, { query: present, site }, now)) {
    hosts += 1;
    // Of a host whose accepted ports alone are known, this says the whole.
    const entries = baseline.of(asset, now).filter(({ change }) => change === undefined);
    const services = asset.services.filter((service) => judgePort(service, entries) !== 'expected');
    const open = services.some(({ word }) => word === 'open');
    if (entries.length === 0 || open)
      made.push(...ofPresentState([{ ...asset, services }], { by: asker.name, at: now, reason, expiresAt }));
    if (made.length > MOST_ENTRIES) throw tooMany(made.length);
  }
  if (hosts > 0) return made;
  throw new PortolanError(
    'invalid_argument',
    'No host of the inventory matches, so nothing was said.',
    'Scan first, or ask find_assets with the same query to see what it matches.',
  );
}

/** Differences both ways between what is expected and what is there. Hosts of which nothing was said have none. */
export async function askDrift(
  store: Store,
  { query = '', site, limit }: DriftAsk,
  now: number,
): Promise<DriftPage> {
  const entries = await store.expectations.list(site === undefined ? {} : { site });
  if (entries.length === 0) return { total: 0, hosts: 0, drift: [] };
  const baseline = new Baseline(entries);
  const drift: Drift[] = [];
  let total = 0;
  let hosts = 0;
  const spokenOf = await conditionFor(baseline, store, now);
  for await (const asset of assetsThat(store, { query, site }, now, spokenOf)) {
    const own = baseline.of(asset, now);
    if (own.length === 0) continue;
    hosts += 1;
    const found = driftOf(asset, own);
    total += found.length;
    drift.push(...found.slice(0, limit - drift.length));
  }
  return { total, hosts, drift };
}

/** Hosts that one statement can name. */
const MOST_NAMED = 5000;

/** Hosts of which something was said: the others need not be read. Undefined where they are too many to be named. */
async function conditionFor(baseline: Baseline, store: Store, now: number): Promise<Condition | undefined> {
  const { uids, selectors } = baseline.speaksOf;
  if (uids.length + selectors.length > MOST_NAMED) return undefined;
  const selected = await Promise.all(selectors.map((one) => conditionOf(parseQuery(one), store, now)));
  return { any: [...(uids.length > 0 ? [{ uid: uids }] : []), ...selected] };
}

const tooMany = (count: number) =>
  new PortolanError(
    'invalid_argument',
    `That is ${count} or more entries at once.`,
    'Say it for a part of the network at a time (net:10.0.0.0/16), or by a query instead of single hosts.',
    { limit: `at most ${MOST_ENTRIES} entries` },
  );
