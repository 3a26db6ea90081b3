/** Answers what was looked at, and when last. */
import {
  describeSpan,
  formatAddress,
  formatSpan,
  parseAddress,
  parseNetwork,
  type Span,
} from '../core/address.ts';
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

/** Of each network that is described, or else of each that was looked at. */
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
    const described = networks.length > 0;
    const parts: readonly SiteNetwork[] = described ? networks : networksOf(covered);
    for (const part of parts) {
      const objectives: Readonly<Record<string, number>> = part.objectives ?? {};
      for (const [word, aspect] of Object.entries(OBJECTIVES)) {
        const objective = objectives[word];
        if (objective === undefined && !looked.some((one) => one.aspect === aspect)) continue;
        const share = shareOf(part, aspect, sameFamily(looked, part), [], objective, now);
        // Of IPv6 nobody looks at a whole network: what was not asked there is no part of any plan.
        const whole = described || !part.first.includes(':') ? share.addresses : share.within;
        if (!described && share.lastLook === undefined) continue;
        rows.push({
          site: name,
          network: part.name ?? rangeOf(part),
          range: rangeOf(part),
          aspect,
          ...(objective === undefined ? {} : { objective: `${Math.round(objective / 3_600_000)}h` }),
          within: countable(share.within),
          addresses: countable(whole),
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
  const part = { first: written(span, 'first'), last: written(span, 'last') };
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

/** As exact as a number can be: a /64 has more addresses than that. */
const countable = (count: bigint) => Math.min(Number(count), Number.MAX_SAFE_INTEGER);

/** Bits within which looks at single hosts are told as looks at one network: a /24, of IPv6 a /64. */
const BLOCK_BITS = { 4: 8n, 6: 64n } as const;

/** The networks that looks were at: a row each, however many small looks there were, and none within another one. */
function networksOf(covered: readonly Covered[]): Range[] {
  const blocks = covered
    .flatMap(({ first, last }): Span[] => {
      const [from, to] = [parseAddress(first), parseAddress(last)];
      if (!from || !to) return [];
      const bits = BLOCK_BITS[from.family];
      const end = (((to.value >> bits) + 1n) << bits) - 1n;
      return [{ family: from.family, first: (from.value >> bits) << bits, last: end }];
    })
    .sort((a, b) => a.family - b.family || (a.first < b.first ? -1 : Number(a.first > b.first)));
  const apart: Span[] = [];
  for (const block of blocks) {
    const before = apart.at(-1);
    if (before?.family !== block.family || block.first > before.last) apart.push({ ...block });
    else if (block.last > before.last) before.last = block.last;
  }
  return apart.flatMap(formatSpan).flatMap((text): Range[] => {
    const span = parseNetwork(text);
    return span ? [{ first: written(span, 'first'), last: written(span, 'last') }] : [];
  });
}

const written = (span: Span, end: 'first' | 'last') =>
  formatAddress({ family: span.family, value: span[end] });

/** As people write it: `10.0.0.0/24`. */
export function rangeOf({ first, last }: Range): string {
  const [from, to] = [parseAddress(first), parseAddress(last)];
  if (!from || !to) return `${first}-${last}`;
  const span: Span = { family: from.family, first: from.value, last: to.value };
  return describeSpan(span);
}
