/** Answers what was looked at, and when last. */
import { describeSpan, formatAddress, parseAddress, parseNetwork, type Span } from '../core/address.ts';
import { PortolanError } from '../core/errors.ts';
import type { Aspect } from '../core/look.ts';
import type { Covered, SiteNetwork } from '../store/inventory/site-reads.ts';
import type { Store } from '../store/store.ts';
import { type Looked, shareOf } from './proof/clock.ts';
import type { CoverageRow } from './service.ts';

/** Aspects that an objective can be set for, by its name in the settings. */
const OBJECTIVES: Readonly<Record<string, Aspect>> = { discovery: 'host', ports: 'port' };

/** Each range that was looked at, with its newest look, of all sites. */
export async function lastLooks(store: Store): Promise<{ range: string; lastAt: number }[]> {
  const newest = new Map<string, number>();
  for (const { name } of await store.sites.list()) {
    for (const covered of await store.sites.covered(name)) {
      if (covered.aspect !== 'host') continue;
      const range = rangeOf(covered);
      newest.set(range, Math.max(newest.get(range) ?? 0, covered.lastAt));
    }
  }
  return [...newest].map(([range, lastAt]) => ({ range, lastAt })).sort((a, b) => a.lastAt - b.lastAt);
}

/** Of each network that is described, or else of each range that was looked at. */
export async function askCoverage(
  store: Store,
  site: string | undefined,
  now: number,
): Promise<CoverageRow[]> {
  const rows: CoverageRow[] = [];
  for (const { name } of await store.sites.list()) {
    if (site !== undefined && name !== site) continue;
    const covered = await store.sites.covered(name);
    const looked = covered.map(
      ({ vantage, first, last, aspect, lastAt }): Looked => ({ vantage, first, last, aspect, at: lastAt }),
    );
    const networks = await store.sites.networks(name);
    const parts: readonly SiteNetwork[] = networks.length > 0 ? networks : distinct(covered);
    for (const part of parts) {
      const objectives: Readonly<Record<string, number>> = part.objectives ?? {};
      for (const [word, aspect] of Object.entries(OBJECTIVES)) {
        const objective = objectives[word];
        if (objective === undefined && !looked.some((one) => one.aspect === aspect)) continue;
        const share = shareOf(part, aspect, sameFamily(looked, part), [], objective, now);
        rows.push({
          site: name,
          network: part.name ?? rangeOf(part),
          range: rangeOf(part),
          aspect,
          ...(objective === undefined ? {} : { objective: `${Math.round(objective / 3_600_000)}h` }),
          within: Number(share.within),
          addresses: Number(share.addresses),
          ...(share.lastLook === undefined ? {} : { lastLook: share.lastLook }),
          vantages: share.vantages,
          overdue: share.overdue,
        });
      }
    }
  }
  return rows;
}

/** @throws PortolanError `invalid_argument` for what is no network */
export async function askLooksOf(
  store: Store,
  network: string,
  site: string | undefined,
): Promise<(Covered & { site: string })[]> {
  const span = parseNetwork(network);
  if (!span)
    throw new PortolanError(
      'invalid_argument',
      `${JSON.stringify(network.slice(0, 80))} is no network.`,
      'Give one as 10.0.0.0/24.',
    );
  const { family } = span;
  const part = {
    first: formatAddress({ family, value: span.first }),
    last: formatAddress({ family, value: span.last }),
  };
  const found: (Covered & { site: string })[] = [];
  for (const { name } of await store.sites.list()) {
    if (site !== undefined && name !== site) continue;
    for (const one of await store.sites.covered(name, part)) found.push({ ...one, site: name });
  }
  return found;
}

type Range = Pick<Covered, 'first' | 'last'>;

function sameFamily(looked: readonly Looked[], { first }: Range): Looked[] {
  const six = first.includes(':');
  return looked.filter((one) => one.first.includes(':') === six);
}

function distinct(covered: readonly Covered[]): Range[] {
  return [...new Map(covered.map((one) => [rangeOf(one), { first: one.first, last: one.last }])).values()];
}

/** As people write it: `10.0.0.0/24`. */
export function rangeOf({ first, last }: Range): string {
  const [from, to] = [parseAddress(first), parseAddress(last)];
  if (!from || !to) return `${first}-${last}`;
  const span: Span = { family: from.family, first: from.value, last: to.value };
  return describeSpan(span);
}
