/** Gathers what proves that a site was looked at, in a span of time. */
import type { StoredLook } from '../store/inventory/looks.ts';
import type { Store } from '../store/store.ts';
import { toChange } from './ask-changes.ts';
import { askCoverage, rangeOf } from './ask-coverage.ts';
import { type EvidenceLook, evidence } from './proof/evidence.ts';
import type { Evidence } from './proof/evidence-shape.ts';
import type { ChangeRow, EvidenceAsk } from './service.ts';

/** Rows of one report, of each kind: it is read by people. */
const MOST = 10_000;
const PAGE = 500;

const WHY: Readonly<Record<string, string>> = {
  withheld: 'refused by the scope policy',
  not_reached: 'not reached before the scan ended',
  timeout: 'took too long to answer',
  rate_limited: 'limited how often it answers',
  partial: 'only a part of it was asked',
  tarpit: 'answers everything, which says nothing',
};

export async function askEvidence(
  store: Store,
  { site, from, to, version }: EvidenceAsk & { site: string; version: string },
  now: number,
): Promise<Evidence> {
  const looks = await looksOf(store, site, from, to);
  const gaps = await store.changes.gaps(
    looks.map(({ hash }) => hash),
    MOST,
  );
  const changes = await changesOf(store, site, from, to);
  const said = gaps.map(({ aspect, why, ...range }) => ({
    why,
    what: `${rangeOf(range)} ${aspect}: ${WHY[why] ?? why}`,
  }));
  const refused = Map.groupBy(
    said.filter(({ why }) => why === 'withheld'),
    ({ what }) => what,
  );
  return evidence({
    site,
    from,
    to,
    version,
    coverage: await askCoverage(store, site, now),
    looks: looks.map(toLine),
    gaps: [
      ...cutOf({ looks: looks.length, gaps: gaps.length, changes: changes.length }),
      ...new Set(said.filter(({ why }) => why !== 'withheld').map(({ what }) => what)),
    ],
    refused: [...refused].map(([what, all]) => ({ what, times: all.length })),
    changes,
    expectations: await store.expectations.list({ site }),
  });
}

/** What a report says where it does not hold all: it must not pass for the whole. @param counts rows of each kind in it */
export function cutOf(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).flatMap(([kind, count]) =>
    count >= MOST
      ? [`this report ends after ${count} ${kind}, there may be more: ask for a shorter span`]
      : [],
  );
}

async function looksOf(store: Store, site: string, from: number, to: number): Promise<StoredLook[]> {
  const found: StoredLook[] = [];
  for (let before: number | undefined; found.length < MOST; ) {
    const page = await store.looks.list({ site, limit: PAGE, ...(before === undefined ? {} : { before }) });
    found.push(...page.filter(({ endedAt }) => endedAt >= from && endedAt <= to));
    before = page.at(-1)?.id;
    if (before === undefined || page.length < PAGE) break;
  }
  return found.toSorted((a, b) => a.endedAt - b.endedAt);
}

async function changesOf(store: Store, site: string, from: number, to: number): Promise<ChangeRow[]> {
  const found: ChangeRow[] = [];
  for (let after = 0; found.length < MOST; ) {
    const page = await store.changes.page({ site, since: from, before: to, after, limit: PAGE });
    found.push(...page.map(toChange));
    const last = page.at(-1);
    if (!last || page.length < PAGE) break;
    after = last.id;
  }
  return found;
}

function toLine({ endedAt, vantage, kind, taskId, hosts, state }: StoredLook): EvidenceLook {
  return {
    at: new Date(endedAt).toISOString(),
    vantage,
    kind,
    ...(taskId === undefined ? {} : { task: taskId }),
    state,
    hosts,
  };
}
