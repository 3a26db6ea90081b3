/** Networks that were not looked at as often as somebody wanted are told of as changes are, until they have been. */
import { type ChangeEvent, NO_LOOK } from '../core/asset.ts';
import type { Folded } from '../core/fold.ts';
import type { Store } from '../store/store.ts';
import { askCoverage } from './ask-coverage.ts';
import { kindOf } from './changes/kinds.ts';
import type { CoverageRow } from './service.ts';
import { stableUid } from './uid.ts';

const KIND = 'coverage.overdue';
/** Networks of a site that are told of at once. */
const MOST = 1000;

/** What came of one look at the clock, of one site. */
export interface Overdue {
  site: string;
  events: readonly ChangeEvent[];
  closed: Folded['closed'];
}

/**
 * Tells of each network and aspect that has an objective (`inventory.networks`) and is beyond it, once for each time it
 * falls behind; and ends that when all of it is within. Several processes may do so at once.
 * @param now milliseconds since the epoch
 */
export async function tellOverdue(store: Store, now: number): Promise<Overdue[]> {
  const told: Overdue[] = [];
  for (const { name: site } of await store.sites.list()) {
    const wanted = (await store.sites.networks(site)).some(({ objectives }) => objectives !== undefined);
    const open = await store.changes.page({
      site,
      kinds: [KIND],
      states: ['open', 'ack', 'muted'],
      limit: MOST,
    });
    // After each fold: most sites have nothing that could be overdue.
    if (!wanted && open.length === 0) continue;
    const rows = (await askCoverage(store, site, now)).filter(({ objective }) => objective !== undefined);
    const behind = rows.filter(({ overdue }) => overdue).map((row) => eventOf(site, row, now));
    const still = new Set(behind.map(({ dedupeKey }) => dedupeKey));
    const closed = open
      .filter(({ dedupeKey }) => !still.has(dedupeKey))
      .map(({ dedupeKey }) => ({ dedupeKey, at: now }));
    const known = new Set(open.map(({ dedupeKey }) => dedupeKey));
    const news = behind.filter(({ dedupeKey }) => !known.has(dedupeKey));
    // Of those that were told before, somebody has decided.
    const uids = news.map(({ uid }) => uid);
    const before = uids.length === 0 ? [] : await store.changes.page({ site, uids, limit: MOST });
    const decided = new Set(before.map(({ uid }) => uid));
    const events = news.filter(({ uid }) => !decided.has(uid));
    if (events.length === 0 && closed.length === 0) continue;
    await store.changes.tell(site, events, closed);
    told.push({ site, events, closed });
  }
  return told;
}

function eventOf(site: string, row: CoverageRow, now: number): ChangeEvent {
  const { network, aspect, objective, within, addresses, lastLook } = row;
  const subject = `${network} ${aspect}`;
  return {
    uid: stableUid(site)('event', `${KIND} ${subject} ${lastLook ?? 'never'}`),
    at: now,
    seenAt: now,
    site,
    kind: KIND,
    severity: kindOf(KIND).severity,
    after: `${network} ${aspect}: ${within} of ${addresses} addresses within ${objective}`,
    rule: 'objective',
    lookAfter: NO_LOOK,
    vantage: '',
    dedupeKey: `${KIND} ${subject}`,
  };
}
