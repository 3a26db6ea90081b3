/** What an asset was: everything that ended, and from it what was so at any date. */
import { type Kysely, sql } from 'kysely';
import type { Asset, Service } from '../../core/asset.ts';
import type { Protocol } from '../../core/result.ts';
import type { Tables } from '../schema.ts';

/** A port between two times; without `to` it is so now. */
export interface ServiceSpan {
  vantage: string;
  protocol: Protocol;
  port: number;
  word: Service['word'];
  service?: Service['service'];
  from: number;
  to?: number;
}

export interface FieldSpan {
  field: string;
  value?: string;
  from: number;
  to?: number;
}

export interface AssetHistory {
  services: ServiceSpan[];
  fields: FieldSpan[];
}

/** Of this asset and those that were merged into it, newest first. */
export async function assetHistory(
  db: Kysely<Tables>,
  uid: string,
  span: { from?: number; to?: number } = {},
): Promise<AssetHistory> {
  const ids = (await withMerged(db, uid)).map(({ id }) => id);
  if (ids.length === 0) return { services: [], fields: [] };
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = span;
  const { rows } = await sql<HistoryRow>`
    select vantage, protocol, port, word, body, valid_from, valid_to from (
      select vantage, protocol, port, word, fingerprint_id, valid_from, valid_to
        from service_history where asset_id in (${sql.join(ids)})
      union all
      select vantage, protocol, port, word, fingerprint_id, since, null
        from services where asset_id in (${sql.join(ids)})) as spans
    left join fingerprints on fingerprints.id = spans.fingerprint_id
    where valid_from <= ${to} and (valid_to is null or valid_to > ${from})
    order by valid_from desc, port`.execute(db);
  const fields = await db
    .selectFrom('asset_history')
    .select(['field', 'value', 'valid_from', 'valid_to'])
    .where('asset_id', 'in', ids)
    .where('valid_from', '<=', to)
    .where((eb) => eb.or([eb('valid_to', 'is', null), eb('valid_to', '>', from)]))
    .orderBy('valid_from', 'desc')
    .execute();
  return {
    services: rows.map(({ vantage, protocol, port, word, body, valid_from, valid_to }) => ({
      vantage,
      protocol,
      port,
      word,
      ...(body === null ? {} : { service: JSON.parse(body) }),
      from: Number(valid_from),
      ...(valid_to === null ? {} : { to: Number(valid_to) }),
    })),
    fields: fields.map(({ field, value, valid_from, valid_to }) => ({
      field,
      ...(value === null ? {} : { value }),
      from: Number(valid_from),
      ...(valid_to === null ? {} : { to: Number(valid_to) }),
    })),
  };
}

/** An asset as it was then, of what is known of it now. @returns undefined when it was not known yet */
export function assetAsOf(asset: Asset, history: AssetHistory, at: number): Asset | undefined {
  if (asset.firstSeen > at) return undefined;
  const held = ({ from, to }: { from: number; to?: number }) => from <= at && (to === undefined || to > at);
  const value = (field: string) => history.fields.find((one) => one.field === field && held(one))?.value;
  const now = new Map(asset.services.map((one) => [`${one.vantage} ${one.protocol} ${one.port}`, one]));
  const services = history.services.filter(held).map((span): Service => {
    const known = now.get(`${span.vantage} ${span.protocol} ${span.port}`);
    const { vantage, protocol, port, word, from, service } = span;
    const { service: _, ...rest } = known ?? fresh(span);
    return {
      ...rest,
      vantage,
      protocol,
      port,
      word,
      since: from,
      changedAt: from,
      confirmedAt: Math.min(rest.confirmedAt, span.to ?? rest.confirmedAt),
      ...(service ? { service } : {}),
    };
  });
  const { name: _, vendor: __, os: ___, ...rest } = asset;
  const [name, vendor, os] = [value('name'), value('vendor'), value('os')];
  return {
    ...rest,
    ...(name === undefined ? {} : { name }),
    ...(vendor === undefined ? {} : { vendor }),
    ...(os === undefined
      ? {}
      : { os: { family: asset.os?.name === os ? asset.os.family : '', name: os, accuracy: 0 } }),
    state: (value('state') ?? asset.state) as Asset['state'],
    class: (value('class') ?? asset.class) as Asset['class'],
    addresses: asset.addresses.filter(held),
    identifiers: asset.identifiers.filter(
      ({ firstSeen, endedAt }) => firstSeen <= at && (endedAt === undefined || endedAt > at),
    ),
    facts: asset.facts.filter(
      ({ firstSeen, endedAt }) => firstSeen <= at && (endedAt === undefined || endedAt > at),
    ),
    services: services.sort((a, b) => a.protocol.localeCompare(b.protocol) || a.port - b.port),
  };
}

function fresh({ vantage, protocol, port, word, from, to = from }: ServiceSpan): Service {
  const against = { strong: 0, all: 0 };
  return { vantage, protocol, port, word, against, changedAt: from, confirmedAt: to, turns: [], recent: [] };
}

interface HistoryRow {
  vantage: string;
  protocol: Protocol;
  port: number;
  word: Service['word'];
  body: string | null;
  valid_from: number;
  valid_to: number | null;
}

/** Itself, and the tombstones that lead to it, however long the way. */
export async function withMerged(db: Kysely<Tables>, uid: string): Promise<{ id: number; uid: string }[]> {
  const { rows } = await sql<{ id: number; uid: string }>`
    with recursive merged (id, uid) as (
      select id, uid from assets where uid = ${uid}
      union select assets.id, assets.uid from assets inner join merged on assets.merged_into = merged.uid)
    select id, uid from merged`.execute(db);
  return rows.map((row) => ({ id: Number(row.id), uid: row.uid }));
}
