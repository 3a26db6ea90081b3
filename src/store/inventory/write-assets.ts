/** Writes what changed of assets: upserts by key, and an interval of history for what was until now. */
import { type Insertable, sql, type Transaction } from 'kysely';
import type { ServiceSighting } from '../../core/look.ts';
import { insertRows } from '../bulk.ts';
import type { Dialect } from '../dialect.ts';
import { inPieces } from '../pieces.ts';
import type { Tables } from '../schema.ts';
import { addressBytes } from './address-bytes.ts';
import { type AssetChange, factKey, type HistoryField } from './asset-change.ts';
import { fingerprintText, internFingerprints } from './intern.ts';

/** Where a fold writes: the site and the look that are its reason. */
export interface FoldPlace {
  trx: Transaction<Tables>;
  dialect: Dialect;
  site: number;
  look: { id: number; at: number; vantage: string };
  /** It was folded before: of what comes of it nobody is told once more. */
  again: boolean;
}

/** @returns the numbers of these assets by their public ids */
export async function writeAssets(
  place: FoldPlace,
  changes: readonly AssetChange[],
): Promise<Map<string, number>> {
  if (changes.length === 0) return new Map();
  await writeHeads(place, changes);
  const ids = await assetNumbers(
    place,
    changes.map(({ head }) => head.uid),
  );
  const idOf = ({ head }: AssetChange) => numberOf(ids, head.uid);
  await removeGone(place, changes, idOf);
  await writeTurns(place, changes, idOf);
  await writeMarks(place, changes, idOf);
  await writeServices(place, changes, idOf);
  return ids;
}

type Row<T extends keyof Tables> = Insertable<Tables[T]>;
type Ids = (change: AssetChange) => number;

export async function assetNumbers(
  { trx, dialect }: Pick<FoldPlace, 'trx' | 'dialect'>,
  uids: readonly string[],
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const some of inPieces(uids)) {
    const rows = await trx
      .selectFrom('assets')
      .select(['id', 'uid'])
      .where(dialect.isAmong('uid', some))
      .execute();
    for (const { id, uid } of rows) ids.set(uid, Number(id));
  }
  return ids;
}

export function numberOf(ids: ReadonlyMap<string, number>, uid: string): number {
  const id = ids.get(uid);
  if (id === undefined) throw new Error(`the asset ${uid} is not there`);
  return id;
}

/** Columns that a user's word holds, whatever is seen of the asset. */
const FIXED = ['name', 'name_source', 'class', 'criticality', 'is_static', 'owner', 'tags'] as const;
export type Fixed = Partial<Pick<Row<'assets'>, (typeof FIXED)[number]>>;

async function writeHeads({ trx, dialect, site }: FoldPlace, changes: readonly AssetChange[]): Promise<void> {
  const fixed = new Map<string, Fixed>();
  for (const some of inPieces(changes)) {
    const rows = await trx
      .selectFrom('assets')
      .select(['uid', 'fixed'])
      .where(
        dialect.isAmong(
          'uid',
          some.map(({ head }) => head.uid),
        ),
      )
      .where('fixed', 'is not', null)
      .execute();
    for (const { uid, fixed: text } of rows) fixed.set(uid, JSON.parse(text ?? '{}'));
  }
  const rows = changes.map(({ head }): Row<'assets'> => ({ ...headRow(site, head), ...fixed.get(head.uid) }));
  const [first] = rows;
  if (first === undefined) return;
  const set = (Object.keys(first) as (keyof Row<'assets'>)[]).filter((column) => column !== 'uid');
  await insertRows(trx, dialect, 'assets', rows, { key: ['uid'], set });
}

function headRow(site: number, head: AssetChange['head']): Row<'assets'> {
  return {
    site_id: site,
    uid: head.uid,
    name: head.name ?? null,
    name_source: head.nameSource ?? null,
    class: head.class,
    state: head.state,
    criticality: head.criticality,
    is_static: Number(head.static),
    owner: head.owner ?? null,
    tags: JSON.stringify(head.tags),
    vendor: head.vendor ?? null,
    os_family: head.os?.family ?? null,
    os: head.os ? JSON.stringify(head.os) : null,
    first_seen: head.firstSeen,
    last_seen: head.lastSeen,
    state_since: head.stateSince,
    misses: head.misses,
    seen_by: head.seenBy ?? null,
    flags: JSON.stringify(head.flags),
    merged_into: head.mergedInto ?? null,
    confidence: head.confidence,
    why: head.why ?? null,
    memo: head.memo ? JSON.stringify(head.memo) : null,
    stale: 0,
  };
}

/** Ends what a field was, and begins what it is now. */
async function writeTurns(
  { trx, dialect, look }: FoldPlace,
  changes: readonly AssetChange[],
  idOf: Ids,
): Promise<void> {
  const rows = changes.flatMap((change) =>
    change.turned.map(({ field, value, from }): Row<'asset_history'> & { field: HistoryField } => ({
      asset_id: idOf(change),
      field,
      valid_from: from,
      valid_to: null,
      value,
      look_id: look.id,
    })),
  );
  for (const same of Map.groupBy(rows, ({ field, valid_from }) => `${field} ${valid_from}`).values()) {
    const [{ field, valid_from }] = same as [(typeof same)[number]];
    for (const some of inPieces(same))
      await trx
        .updateTable('asset_history')
        .set({ valid_to: valid_from })
        .where(
          'asset_id',
          'in',
          some.map(({ asset_id }) => asset_id),
        )
        .where('field', '=', field)
        .where('valid_to', 'is', null)
        .where('valid_from', '<', valid_from)
        .execute();
  }
  await insertRows(trx, dialect, 'asset_history', rows, {
    key: ['asset_id', 'field', 'valid_from'],
    set: ['value', 'look_id'],
  });
}

async function writeMarks(place: FoldPlace, changes: readonly AssetChange[], idOf: Ids): Promise<void> {
  const { trx, dialect, site: site_id } = place;
  const identifiers = changes.flatMap((change) =>
    change.identifiers.map(
      (one): Row<'identifiers'> => ({
        asset_id: idOf(change),
        type: one.type,
        value: one.value,
        detail: one.detail ?? '',
        site_id,
        worth: one.worth,
        said: one.said,
        first_seen: one.firstSeen,
        last_seen: one.lastSeen,
        ended_at: one.endedAt ?? null,
      }),
    ),
  );
  await insertRows(trx, dialect, 'identifiers', identifiers, {
    key: ['asset_id', 'type', 'value', 'detail'],
    set: ['worth', 'said', 'first_seen', 'last_seen', 'ended_at'],
  });
  const addresses = changes.flatMap((change) =>
    change.addresses.map(
      (one): Row<'addresses'> => ({
        site_id,
        addr16: addressBytes(one.address),
        asset_id: idOf(change),
        valid_from: one.from,
        valid_to: one.to ?? null,
        look: one.look,
      }),
    ),
  );
  await insertRows(trx, dialect, 'addresses', addresses, {
    key: ['site_id', 'addr16', 'asset_id', 'valid_from'],
    set: ['valid_to', 'look'],
  });
  const facts = changes.flatMap((change) =>
    change.facts.map((kept): Row<'facts'> => {
      const { fact } = kept;
      return {
        asset_id: idOf(change),
        hash: factKey(kept),
        site_id,
        type: fact.type,
        protocol: fact.protocol,
        port: fact.port,
        body: JSON.stringify(fact),
        expires_at: fact.type === 'cert' ? (fact.notAfter ?? null) : null,
        first_seen: kept.firstSeen,
        last_seen: kept.lastSeen,
        ended_at: kept.endedAt ?? null,
        told: kept.told ?? null,
      };
    }),
  );
  await insertRows(trx, dialect, 'facts', facts, {
    key: ['asset_id', 'hash'],
    set: ['first_seen', 'last_seen', 'ended_at', 'told'],
  });
}

async function writeServices(place: FoldPlace, changes: readonly AssetChange[], idOf: Ids): Promise<void> {
  const { trx, dialect, site, look } = place;
  const said = new Map<string, ServiceSighting>();
  const note = (service: ServiceSighting | undefined) => {
    if (service) said.set(fingerprintText(service), service);
  };
  for (const { services } of changes)
    for (const { service, ended } of services) {
      note(service.service);
      note(ended?.service);
    }
  const ids = await internFingerprints(trx, dialect, said);
  const print = (service: ServiceSighting | undefined) =>
    service === undefined ? null : (ids.get(fingerprintText(service)) ?? null);
  const rows: Row<'services'>[] = [];
  const history: Row<'service_history'>[] = [];
  for (const change of changes) {
    const asset_id = idOf(change);
    for (const { service, since, lags, elsewhere, ended } of change.services) {
      const { vantage, protocol, port } = service;
      const key = { asset_id, vantage, protocol, port };
      rows.push({
        ...key,
        site_id: site,
        word: service.word,
        addr16: elsewhere === undefined ? null : addressBytes(elsewhere),
        fingerprint_id: print(service.service),
        since,
        first_open: service.firstOpen ?? null,
        changed_at: service.changedAt,
        confirmed_at: service.confirmedAt,
        lags: Number(lags),
        strong: service.against.strong,
        against: service.against.all,
        more: moreOf(service),
      });
      if (!ended) continue;
      const { word, from: valid_from, to: valid_to } = ended;
      const fingerprint_id = print(ended.service);
      history.push({ ...key, valid_from, valid_to, word, fingerprint_id, look_id: look.id });
    }
  }
  const key = ['asset_id', 'vantage', 'protocol', 'port'] as const;
  await insertRows(trx, dialect, 'services', rows, {
    key,
    set: [
      'word',
      'addr16',
      'fingerprint_id',
      'since',
      'first_open',
      'changed_at',
      'confirmed_at',
      'lags',
      'strong',
      'against',
      'more',
    ],
  });
  await insertRows(trx, dialect, 'service_history', history, { key: [...key, 'valid_from'], set: [] });
}

function moreOf({
  turns,
  flapping,
  recent,
  variants,
  lulls,
}: AssetChange['services'][number]['service']): string | null {
  if (turns.length === 0 && recent.length === 0 && !flapping && !variants && !lulls) return null;
  return JSON.stringify({
    ...(turns.length > 0 ? { turns } : {}),
    ...(recent.length > 0 ? { recent } : {}),
    ...(flapping ? { flapping } : {}),
    ...(variants ? { variants } : {}),
    ...(lulls ? { lulls } : {}),
  });
}

/** Of merged and split assets: what belongs to another one now. */
async function removeGone(
  { trx, site }: FoldPlace,
  changes: readonly AssetChange[],
  idOf: Ids,
): Promise<void> {
  for (const change of changes) {
    const { identifiers, addresses, services, facts } = change.gone;
    const asset = idOf(change);
    for (const { type, value, detail = '' } of identifiers)
      await trx
        .deleteFrom('identifiers')
        .where('asset_id', '=', asset)
        .where('type', '=', type)
        .where('value', '=', value)
        .where('detail', '=', detail)
        .execute();
    for (const { address, from } of addresses)
      await trx
        .deleteFrom('addresses')
        .where('site_id', '=', site)
        .where('addr16', '=', addressBytes(address))
        .where('asset_id', '=', asset)
        .where('valid_from', '=', from)
        .execute();
    for (const { vantage, protocol, port } of services)
      await trx
        .deleteFrom('services')
        .where('asset_id', '=', asset)
        .where('vantage', '=', vantage)
        .where('protocol', '=', protocol)
        .where('port', '=', port)
        .execute();
    for (const some of inPieces(facts))
      await trx.deleteFrom('facts').where('asset_id', '=', asset).where('hash', 'in', some).execute();
    if (change.head.mergedInto === undefined) continue;
    // Since when it was tested, and what its ports were, is told of the one it was merged into from now on.
    await trx.deleteFrom('tested').where('asset_id', '=', asset).execute();
  }
}

/** All rows of some assets that are told by folds. */
export async function emptyAssets(trx: Transaction<Tables>, ids: readonly number[]): Promise<void> {
  for (const table of [
    'services',
    'service_history',
    'facts',
    'identifiers',
    'addresses',
    'tested',
    'asset_history',
  ] as const)
    await sql`delete from ${sql.table(table)} where asset_id in (${sql.join([...ids])})`.execute(trx);
}
