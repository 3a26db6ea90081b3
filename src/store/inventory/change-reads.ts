/** What changed, as it is read and decided on: pages of events since a place, incidents, bookmarks, what was held back. */
import { type Kysely, type Selectable, type SqlBool, sql, type Transaction } from 'kysely';
import { type ChangeEvent, SEVERITIES, type Severity } from '../../core/asset.ts';
import type { NewExpectation } from '../../core/expectation.ts';
import type { Folded } from '../../core/fold.ts';
import type { Aspect, GapReason } from '../../core/look.ts';
import { noteIncidents } from '../alerts/outbox.ts';
import { insertRows } from '../bulk.ts';
import { type Dialect, locked } from '../dialect.ts';
import { inPieces } from '../pieces.ts';
import type { Tables } from '../schema.ts';
import { addressText } from './address-bytes.ts';
import { assetsThat, atLeast, type Condition } from './condition.ts';
import { removeOfChanges, writeExpectations } from './expectations.ts';
import { siteNumber } from './sites.ts';
import { closeIncidents, writeEvents } from './write-events.ts';

export type EventState = 'open' | 'ack' | 'accepted' | 'muted' | 'ignored' | 'closed';
/** Nobody has settled it, so its incident may be open: in the words of the index over these. */
export const UNDECIDED = sql<SqlBool>`events.state in ('open', 'ack', 'muted')`;

export type ClosedWhy = 'undone' | 'accepted' | 'ignored';

/** An event as it is kept. Its number grows with the time at which it was learnt of. */
export interface KeptEvent extends ChangeEvent {
  id: number;
  state: EventState;
  /** Public id of its incident, how often that was told, and when last. */
  incidentId?: string;
  repeats: number;
  /** When its incident ended, and why. */
  closedAt?: number;
  closedWhy?: ClosedWhy;
  lastAt: number;
  until?: number;
  decidedBy?: string;
  decidedAt?: number;
  reason?: string;
  assetName?: string;
}

/** The place of an event's severity among all of them, the least first. */
const gravity = sql<number>`case events.severity ${sql.join(
  SEVERITIES.map((severity, rank) => sql`when ${sql.lit(severity)} then ${sql.lit(rank)}`),
  sql` `,
)} end`;

export interface EventQuery {
  site?: string;
  /** Of these alone. */
  sites?: readonly string[];
  /** Only these. */
  uids?: readonly string[];
  /** Behind the event of this number. */
  after?: number;
  /** Learnt of at this time, ms, or later; and before that one. */
  since?: number;
  before?: number;
  atLeast?: Severity;
  states?: readonly EventState[];
  kinds?: readonly string[];
  asset?: string;
  /** Of these incidents. */
  incidents?: readonly string[];
  /** Hashes of the looks that told of it. */
  looks?: readonly string[];
  /** About assets of which this holds. */
  assets?: Condition;
  /** Those that an event sums up, by its public id; without it, those that stand by themselves. */
  partOf?: string;
  newestFirst?: boolean;
  /** The gravest first, of these the older one first; behind this one, which has this severity and number. */
  gravestFirst?: { behind?: { severity: Severity; id: number } };
  limit: number;
}

export interface Decision {
  state: Exclude<EventState, 'closed'>;
  by: string;
  at: number;
  reason?: string;
  /** Of muted ones: until when. */
  until?: number;
}

export class ChangeStore {
  readonly #db: Kysely<Tables>;
  readonly #dialect: Dialect;

  constructor(db: Kysely<Tables>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  /** Events that no look tells of, such as that none came; they are written and closed together. */
  async tell(siteName: string, events: readonly ChangeEvent[], closed: Folded['closed']): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const site = await siteNumber(trx, siteName);
      const row = trx.selectFrom('sites').select('id').where('id', '=', site);
      // So that two who tell the same tell it once.
      await locked(this.#dialect, row).executeTakeFirstOrThrow();
      const place = { trx, dialect: this.#dialect, site };
      await closeIncidents(place, closed);
      await writeEvents(place, events, new Map());
    });
  }

  async page(query: EventQuery): Promise<KeptEvent[]> {
    const forth = query.newestFirst ? 'desc' : 'asc';
    let select = this.#chosen(query)
      .leftJoin('assets', 'assets.id', 'events.asset_id')
      .leftJoin('incidents', 'incidents.id', 'events.incident_id')
      .selectAll('events')
      .select(['sites.name as site', 'assets.uid as asset', 'assets.name as asset_name'])
      .select(['incidents.uid as incident', 'incidents.count as repeats', 'incidents.last_at'])
      .select(['incidents.closed_at', 'incidents.closed_why'])
      .$if(query.gravestFirst !== undefined, (all) => all.orderBy(gravity, 'desc'))
      .orderBy('events.id', forth)
      .limit(query.limit);
    const behind = query.gravestFirst?.behind;
    if (behind) {
      const rank = SEVERITIES.indexOf(behind.severity);
      select = select.where((eb) =>
        eb.or([eb(gravity, '<', rank), eb.and([eb(gravity, '=', rank), eb('events.id', '>', behind.id)])]),
      );
    }
    if (query.after !== undefined)
      select = select.where('events.id', query.newestFirst ? '<' : '>', query.after);
    return (await select.execute()).map(toEvent);
  }

  /** How many there are, by kind and severity. */
  async counts(
    query: Omit<EventQuery, 'limit' | 'after'>,
  ): Promise<{ kind: string; severity: Severity; count: number }[]> {
    const rows = await this.#chosen(query)
      .select((eb) => ['events.kind', 'events.severity', eb.fn.countAll<number>().as('count')])
      .groupBy(['events.kind', 'events.severity'])
      .execute();
    return rows.map(({ kind, severity, count }) => ({
      kind,
      severity: severity as Severity,
      count: Number(count),
    }));
  }

  /** How many there are in each quarter of an hour, by severity: the quarters are what days of all time zones begin with. */
  async quarters(
    query: Omit<EventQuery, 'limit' | 'after'>,
  ): Promise<{ at: number; severity: Severity; count: number }[]> {
    const quarter = sql<number>`events.at / 900000`;
    const rows = await this.#chosen(query)
      .select((eb) => [quarter.as('quarter'), 'events.severity', eb.fn.countAll<number>().as('count')])
      .groupBy([quarter, 'events.severity'])
      .execute();
    return rows.map(({ quarter: of, severity, count }) => ({
      at: Number(of) * 900_000,
      severity: severity as Severity,
      count: Number(count),
    }));
  }

  /**
   * Writes what somebody decided of events, ends or reopens their incidents, and takes back what an earlier decision
   * about them had made expected.
   * @param expected from now on, by this decision
   * @returns how many events there were
   */
  async decide(
    uids: readonly string[],
    decision: Decision,
    expected: readonly NewExpectation[] = [],
  ): Promise<number> {
    return await this.#db.transaction().execute(async (trx) => {
      let changed = 0;
      await removeOfChanges(trx, uids, decision);
      await writeExpectations(trx, this.#dialect, expected);
      for (const some of inPieces(uids)) {
        const { numUpdatedRows } = await trx
          .updateTable('events')
          .set({
            state: decision.state,
            until: decision.until ?? null,
            decided_by: decision.by,
            decided_at: decision.at,
            reason: decision.reason ?? null,
          })
          .where('uid', 'in', some)
          .executeTakeFirst();
        changed += Number(numUpdatedRows);
        const over = decision.state === 'accepted' || decision.state === 'ignored';
        await noteDecision(trx, some, decision);
        const incidents = trx.selectFrom('events').select('incident_id').where('uid', 'in', some);
        if (over)
          await trx
            .updateTable('incidents')
            .set({ closed_at: decision.at, closed_why: decision.state })
            .where('id', 'in', incidents)
            .where('closed_at', 'is', null)
            .execute();
        // Undone: it is open again, unless another one of the same subject was opened meanwhile.
        else
          await sql`update incidents set closed_at = null, closed_why = null
            where id in (${incidents}) and closed_why in ('accepted', 'ignored') and not exists (
              select 1 from incidents as other where other.site_id = incidents.site_id
                and other.dedupe_key = incidents.dedupe_key and other.closed_at is null)`.execute(trx);
      }
      return changed;
    });
  }

  /** How far a caller has read: the number of an event, 0 at first. */
  async bookmark(caller: string, what: string): Promise<number> {
    const row = await this.#db
      .selectFrom('bookmarks')
      .select('event_id')
      .where('caller', '=', caller)
      .where('what', '=', what)
      .executeTakeFirst();
    return Number(row?.event_id ?? 0);
  }

  /** Never back: an answer that comes late does not repeat what was read since. */
  async setBookmark(caller: string, what: string, event: number, now: number): Promise<void> {
    await this.#db.transaction().execute((trx) =>
      insertRows(trx, this.#dialect, 'bookmarks', [{ caller, what, event_id: event, at: now }], {
        key: ['caller', 'what'],
        set: ['event_id', 'at'],
        how: { event_id: `${this.#dialect.greatest}(bookmarks.event_id, excluded.event_id)` },
      }),
    );
  }

  /** Differences of looks that a rule held back (rule R20), by rule. */
  async suppressed(
    looks: readonly string[],
    limit: number,
  ): Promise<{ look: string; subject: string; rule: string; why: string; count: number }[]> {
    if (looks.length === 0) return [];
    return await this.#db
      .selectFrom('suppressed')
      .innerJoin('looks', 'looks.id', 'suppressed.look_id')
      .select(['looks.hash as look', 'subject', 'rule', 'why', 'count'])
      .where('looks.hash', 'in', [...looks])
      .orderBy('rule')
      .orderBy('subject')
      .limit(limit)
      .execute();
  }

  /** What of looks was not compared, and why. */
  async gaps(
    looks: readonly string[],
    limit: number,
  ): Promise<{ look: string; first: string; last: string; aspect: Aspect; why: GapReason }[]> {
    if (looks.length === 0) return [];
    const rows = await this.#db
      .selectFrom('coverage_gaps')
      .innerJoin('looks', 'looks.id', 'coverage_gaps.look_id')
      .select(['looks.hash as look', 'first16', 'last16', 'aspect', 'why'])
      .where('looks.hash', 'in', [...looks])
      .orderBy('first16')
      .limit(limit)
      .execute();
    return rows.map(({ look, first16, last16, aspect, why }) => ({
      look,
      first: addressText(first16),
      last: addressText(last16),
      aspect: aspect as Aspect,
      why: why as GapReason,
    }));
  }

  /** Why sightings became one asset, newest first: JSON of IdentityNote. */
  async identityLog(asset: string, limit: number): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('identity_log')
      .select('body')
      .where('asset_uid', '=', asset)
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(({ body }) => body);
  }

  #chosen(query: Omit<EventQuery, 'limit' | 'after' | 'newestFirst'>) {
    let select = this.#db
      .selectFrom('events')
      .innerJoin('sites', 'sites.id', 'events.site_id')
      .where('events.stale', '=', 0)
      .where('events.part_of', query.partOf === undefined ? 'is' : '=', query.partOf ?? null);
    if (query.uids !== undefined) select = select.where('events.uid', 'in', [...query.uids]);
    if (query.site !== undefined) select = select.where('sites.name', '=', query.site);
    if (query.sites !== undefined) select = select.where('sites.name', 'in', [...query.sites]);
    if (query.since !== undefined) select = select.where('events.seen_at', '>=', query.since);
    if (query.before !== undefined) select = select.where('events.seen_at', '<', query.before);
    if (query.atLeast !== undefined) select = select.where('events.severity', 'in', atLeast(query.atLeast));
    if (query.states !== undefined) select = select.where('events.state', 'in', [...query.states]);
    if (query.kinds !== undefined) select = select.where('events.kind', 'in', [...query.kinds]);
    if (query.looks !== undefined) select = select.where('events.look_after', 'in', [...query.looks]);
    const { asset, assets, incidents } = query;
    if (incidents !== undefined)
      select = select.where('events.incident_id', 'in', (eb) =>
        eb
          .selectFrom('incidents')
          .select('incidents.id')
          .where('incidents.uid', 'in', [...incidents]),
      );
    if (asset !== undefined)
      select = select.where('events.asset_id', 'in', (eb) =>
        eb
          .selectFrom('assets')
          .select('assets.id')
          .where((of) => of.or([of('assets.uid', '=', asset), of('assets.merged_into', '=', asset)])),
      );
    if (assets !== undefined)
      select = select.where('events.asset_id', 'in', (eb) =>
        eb.selectFrom('assets').select('assets.id').where(assetsThat(assets)),
      );
    return select;
  }
}

/** What of incidents a decision ends, takes up or opens again, for those who were told that they opened. */
async function noteDecision(
  trx: Transaction<Tables>,
  events: readonly string[],
  { state, at, by }: Decision,
): Promise<void> {
  if (state === 'muted') return;
  const rows = await trx
    .selectFrom('incidents')
    .select('uid')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('events')
        .select('incident_id')
        .where('uid', 'in', [...events]),
    )
    .where('closed_at', state === 'open' ? 'is not' : 'is', null)
    .where((eb) => (state === 'open' ? eb('closed_why', 'in', ['accepted', 'ignored']) : eb.lit(true)))
    .execute();
  const word = state === 'open' ? 'reopened' : state === 'ack' ? 'acknowledged' : state;
  await noteIncidents(
    trx,
    rows.map(({ uid }) => uid),
    word,
    at,
    by,
  );
}

type Row = Selectable<Tables['events']> & {
  site: string;
  asset: string | null;
  asset_name: string | null;
  incident: string | null;
  repeats: number | null;
  last_at: number | null;
  closed_at: number | null;
  closed_why: string | null;
};

function toEvent(row: Row): KeptEvent {
  const { site, asset, asset_name, incident, repeats, last_at, closed_at, closed_why } = row;
  return {
    id: Number(row.id),
    uid: row.uid,
    at: row.at,
    seenAt: row.seen_at,
    site,
    ...(asset === null ? {} : { asset }),
    ...(asset_name === null ? {} : { assetName: asset_name }),
    ...(row.addr16 === null ? {} : { address: addressText(row.addr16) }),
    // These words are written by write-events.ts alone.
    ...(row.protocol === null ? {} : { protocol: row.protocol as NonNullable<ChangeEvent['protocol']> }),
    ...(row.port === null ? {} : { port: row.port }),
    kind: row.kind,
    severity: row.severity as Severity,
    ...(row.before === null ? {} : { before: row.before }),
    ...(row.after === null ? {} : { after: row.after }),
    rule: row.rule,
    ...(row.look_before === null ? {} : { lookBefore: row.look_before }),
    lookAfter: row.look_after,
    vantage: row.vantage,
    ...(row.hosts === null ? {} : { count: row.hosts }),
    ...(row.sample === null ? {} : { sample: JSON.parse(row.sample) }),
    dedupeKey: row.dedupe_key,
    ...(row.incident_id === null ? { incident: false as const } : {}),
    ...(row.part_of === null ? {} : { partOf: row.part_of }),
    ...(row.expected === 1 ? { expected: true as const } : {}),
    state: row.state as EventState,
    ...(incident === null ? {} : { incidentId: incident }),
    repeats: repeats ?? 1,
    lastAt: last_at ?? row.seen_at,
    ...(closed_at === null ? {} : { closedAt: closed_at }),
    ...(closed_why === null ? {} : { closedWhy: closed_why as ClosedWhy }),
    ...(row.until === null ? {} : { until: row.until }),
    ...(row.decided_by === null ? {} : { decidedBy: row.decided_by }),
    ...(row.decided_at === null ? {} : { decidedAt: row.decided_at }),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}
