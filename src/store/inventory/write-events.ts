/** Writes events and their incidents: of one subject and kind there is one open incident, which repeats are counted on (rule R19). */
import { type Insertable, sql } from 'kysely';
import type { ChangeEvent } from '../../core/asset.ts';
import type { Folded } from '../../core/fold.ts';
import { noteIncidents } from '../alerts/outbox.ts';
import { insertRows } from '../bulk.ts';
import { inPieces } from '../pieces.ts';
import type { Tables } from '../schema.ts';
import { addressBytes } from './address-bytes.ts';
import type { FoldPlace } from './write-assets.ts';

/** Where events are written: in a fold, or beside it. */
export type EventPlace = Pick<FoldPlace, 'trx' | 'dialect' | 'site'> & Partial<Pick<FoldPlace, 'again'>>;

/** Incidents whose difference is gone are over, and their events with them. */
export async function closeIncidents(
  { trx, dialect, site, again }: EventPlace,
  closed: Folded['closed'],
): Promise<void> {
  const open = await openIncidents(
    { trx, dialect },
    site,
    closed.map(({ dedupeKey }) => dedupeKey),
  );
  for (const { dedupeKey, at } of closed) {
    const incident = open.get(dedupeKey);
    if (incident === undefined) continue;
    await trx
      .updateTable('incidents')
      .set({ closed_at: at, closed_why: 'undone' })
      .where('id', '=', incident.id)
      .execute();
    await trx
      .updateTable('events')
      .set({ state: 'closed' })
      .where('incident_id', '=', incident.id)
      .where('state', 'in', ['open', 'ack', 'muted'])
      .execute();
    if (!again) await noteIncidents(trx, [incident.uid], 'undone', at);
  }
}

export async function writeEvents(
  place: EventPlace,
  events: readonly ChangeEvent[],
  assetIds: ReadonlyMap<string, number>,
): Promise<void> {
  const { trx, dialect, site } = place;
  const [first] = events;
  if (first === undefined) return;
  const open = await openIncidents(
    { trx, dialect },
    site,
    events.map(({ dedupeKey }) => dedupeKey),
  );
  const decided = await decisions(
    place,
    events.map(({ uid }) => uid),
  );
  const told: ChangeEvent[] = [];
  const fresh: Insertable<Tables['incidents']>[] = [];
  const repeats = new Map<number, { count: number; last: number }>();
  const opening = new Map<string, Insertable<Tables['incidents']>>();
  for (const event of events) {
    const known = event.incident === false ? undefined : open.get(event.dedupeKey);
    const begun = event.incident === false ? undefined : opening.get(event.dedupeKey);
    if (known && known.uid !== incidentUid(event)) {
      const repeat = repeats.get(known.id) ?? { count: 0, last: event.seenAt };
      repeats.set(known.id, { count: repeat.count + 1, last: Math.max(repeat.last, event.seenAt) });
    } else if (begun) {
      begun.count += 1;
      begun.last_at = Math.max(begun.last_at, event.seenAt);
    } else {
      told.push(event);
      if (event.incident === false) continue;
      const incident = incidentRow(site, event, decided.has(event.uid));
      fresh.push(incident);
      if (!decided.has(event.uid)) opening.set(event.dedupeKey, incident);
    }
  }
  const incidents = await writeIncidents(place, fresh);
  const toTell = fresh.filter(({ closed_at }) => closed_at === null).map(({ uid }) => uid);
  if (!place.again) await noteIncidents(trx, toTell, 'opened', first.seenAt);
  const rows = told.map((event) => ({
    ...eventRow(site, event, event.asset === undefined ? null : (assetIds.get(event.asset) ?? null)),
    incident_id: event.incident === false ? null : (incidents.get(incidentUid(event)) ?? null),
    // What opens no incident waits for nobody's decision.
    state: decided.get(event.uid) ?? (event.incident === false ? 'closed' : 'open'),
  }));
  for (const [id, { count, last }] of repeats)
    await trx
      .updateTable('incidents')
      .set((eb) => ({
        count: eb('count', '+', count),
        last_at: sql<number>`case when last_at < ${last} then ${last} else last_at end`,
      }))
      .where('id', '=', id)
      .execute();
  const [row] = rows;
  if (row === undefined) return;
  // In a rebuild it is there already, with what was decided of it and in the place that bookmarks know.
  const set = (Object.keys(row) as (keyof typeof row)[]).filter((column) => column !== 'uid');
  await insertRows(trx, dialect, 'events', rows, { key: ['uid'], set });
}

interface OpenIncident {
  id: number;
  uid: string;
}

async function openIncidents(
  { trx, dialect }: Pick<EventPlace, 'trx' | 'dialect'>,
  site: number,
  keys: readonly string[],
): Promise<Map<string, OpenIncident>> {
  const open = new Map<string, OpenIncident>();
  for (const some of inPieces([...new Set(keys)])) {
    const rows = await trx
      .selectFrom('incidents')
      .select(['id', 'uid', 'dedupe_key'])
      .where('site_id', '=', site)
      .where(dialect.isAmong('dedupe_key', some))
      .where('closed_at', 'is', null)
      .execute();
    for (const { id, uid, dedupe_key } of rows) open.set(dedupe_key, { id: Number(id), uid });
  }
  return open;
}

/** What users decided of events that are told once more, in a rebuild. */
async function decisions(
  { trx, dialect }: EventPlace,
  uids: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const some of inPieces(uids)) {
    const rows = await trx
      .selectFrom('events')
      .select(['uid', 'state'])
      .where(dialect.isAmong('uid', some))
      .where('decided_by', 'is not', null)
      .execute();
    for (const { uid, state } of rows) found.set(uid, state);
  }
  return found;
}

/** Named after the event that opened it, so that a rebuild finds it again. */
const incidentUid = ({ uid }: ChangeEvent): string => `i_${uid.replace(/^[a-z]_/, '')}`;

function incidentRow(site: number, event: ChangeEvent, isDecided: boolean): Insertable<Tables['incidents']> {
  return {
    uid: incidentUid(event),
    site_id: site,
    dedupe_key: event.dedupeKey,
    kind: event.kind,
    severity: event.severity,
    opened_at: event.seenAt,
    last_at: event.seenAt,
    closed_at: isDecided ? event.seenAt : null,
    closed_why: isDecided ? 'accepted' : null,
    count: 1,
    stale: 0,
  };
}

/** @returns their numbers by their public ids */
async function writeIncidents(
  { trx, dialect }: EventPlace,
  rows: readonly Insertable<Tables['incidents']>[],
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  const [first] = rows;
  if (first === undefined) return ids;
  const set = (Object.keys(first) as (keyof typeof first)[]).filter((column) => column !== 'uid');
  await insertRows(trx, dialect, 'incidents', rows, { key: ['uid'], set });
  for (const some of inPieces(rows.map(({ uid }) => uid))) {
    const made = await trx
      .selectFrom('incidents')
      .select(['id', 'uid'])
      .where(dialect.isAmong('uid', some))
      .execute();
    for (const { id, uid } of made) ids.set(uid, Number(id));
  }
  return ids;
}

function eventRow(site: number, event: ChangeEvent, asset: number | null) {
  return {
    uid: event.uid,
    site_id: site,
    at: event.at,
    seen_at: event.seenAt,
    asset_id: asset,
    addr16: event.address === undefined ? null : addressBytes(event.address),
    protocol: event.protocol ?? null,
    port: event.port ?? null,
    kind: event.kind,
    severity: event.severity,
    before: event.before ?? null,
    after: event.after ?? null,
    rule: event.rule,
    look_before: event.lookBefore ?? null,
    look_after: event.lookAfter,
    vantage: event.vantage,
    hosts: event.count ?? null,
    sample: event.sample ? JSON.stringify(event.sample) : null,
    dedupe_key: event.dedupeKey,
    part_of: event.partOf ?? null,
    expected: Number(event.expected === true),
    stale: 0,
  };
}
