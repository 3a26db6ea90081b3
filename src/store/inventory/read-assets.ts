/**
 * Whole assets, as one text: what they are is read where it is needed, and a text crosses to another thread many times
 * faster than the objects it tells of. Their services, by far the most rows, are made to text by the database itself.
 */
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Asset, Identifier, Service } from '../../core/asset.ts';
import type { Tested } from '../../core/fold.ts';
import type { ServiceSighting } from '../../core/look.ts';
import type { Dialect } from '../dialect.ts';
import type { Tables } from '../schema.ts';
import { addressText } from './address-bytes.ts';
import { onlyAddress } from './asset-change.ts';
import { UNDECIDED } from './change-reads.ts';
import { lastAsked, readConfirmation } from './confirmed.ts';
import { NO_PORTS } from './intern.ts';

interface AssetText {
  assets: Selectable<Tables['assets']>[];
  site: Record<number, string>;
  identifiers: Selectable<Tables['identifiers']>[];
  addresses: {
    asset_id: number;
    address: string;
    valid_from: number;
    valid_to: number | null;
    look: string;
  }[];
  facts: Pick<
    Selectable<Tables['facts']>,
    'asset_id' | 'body' | 'first_seen' | 'last_seen' | 'ended_at' | 'told'
  >[];
  tested: TestedText[];
  /** Keys of open incidents. */
  incidents: string[];
  services: ServicesText[];
  /** What most services have nothing to say in. */
  unusual: UnusualText[];
}

interface TestedText {
  asset_id: number;
  address: string;
  vantage: string;
  aspect: string;
  protocol: string;
  ports: string | null;
  last_at: number;
  looks: number;
  look: string;
}

/**
 * The services of one asset that one vantage knows, column by column: lists of numbers are read sooner than rows of all
 * kinds. Times are what lies between them, which is mostly nothing: one digit is read sooner than thirteen.
 */
interface ServicesText {
  asset: number;
  vantage: string;
  protocol: Service['protocol'];
  ports: number[];
  prints: (number | null)[];
  changed: number[];
  since: number[];
  firstOpen: (number | null)[];
  confirmed: number[];
}
const COLUMNS = {
  ports: 'port',
  prints: 'fingerprint_id',
  changed: 'changed_at',
  since: 'since - changed_at',
  firstOpen: 'first_open - changed_at',
  confirmed: 'confirmed_at - changed_at',
} as const;

type UnusualText = [
  asset: number,
  vantage: string,
  protocol: Service['protocol'],
  port: number,
  word: Service['word'],
  lags: 0 | 1,
  strong: number,
  against: number,
  more: string | null,
  /** Address in hexadecimal, where it is not the only one of the asset. */
  elsewhere: string | null,
];
/** All others are open, confirmed whenever they were asked, at the only address, with nothing against or beside it. */
const UNUSUAL = sql`(word <> 'open' or lags <> 0 or against <> 0 or more is not null or addr16 is not null)`;

/** @param ids some hundreds at a time */
export async function assetsText(
  db: Kysely<Tables>,
  dialect: Dialect,
  ids: readonly number[],
): Promise<string> {
  if (ids.length === 0) return '';
  const assets = await db.selectFrom('assets').selectAll().where('id', 'in', ids).orderBy('id').execute();
  const sites = await db.selectFrom('sites').select(['id', 'name']).execute();
  const identifiers = await db.selectFrom('identifiers').selectAll().where('asset_id', 'in', ids).execute();
  const addresses = await db
    .selectFrom('addresses')
    .select(['asset_id', 'addr16', 'valid_from', 'valid_to', 'look'])
    .where('asset_id', 'in', ids)
    .orderBy('valid_from')
    .execute();
  const facts = await db
    .selectFrom('facts')
    .select(['asset_id', 'body', 'first_seen', 'last_seen', 'ended_at', 'told'])
    .where('asset_id', 'in', ids)
    .execute();
  const tested = await db
    .selectFrom('tested')
    .innerJoin('looks', 'looks.id', 'tested.look_id')
    .leftJoin('port_sets', 'port_sets.id', 'tested.port_set_id')
    .select(['tested.asset_id', 'tested.addr16', 'tested.vantage', 'tested.aspect', 'tested.protocol'])
    .select([
      'port_set_id',
      'port_sets.ranges as ports',
      'tested.last_at',
      'tested.looks',
      'looks.hash as look',
    ])
    .where('tested.asset_id', 'in', ids)
    .execute();
  const incidents = await db
    .selectFrom('incidents')
    .innerJoin('events', 'events.incident_id', 'incidents.id')
    .select('incidents.dedupe_key')
    .distinct()
    .where('events.asset_id', 'in', ids)
    .where(UNDECIDED)
    .where('incidents.closed_at', 'is', null)
    .execute();
  const { array, group } = dialect.json;
  const list = sql.join([...ids]);
  const columns = Object.entries(COLUMNS).map(
    ([name, column]) => sql`cast(${group}(${sql.raw(column)}) as text) as ${sql.ref(name)}`,
  );
  const { rows: services } = await sql<
    Pick<ServicesText, 'vantage' | 'protocol'> & { asset: number } & Record<keyof typeof COLUMNS, string>
  >`
    select asset_id as asset, vantage, protocol, ${sql.join(columns)} from services
    where asset_id in (${list}) group by asset_id, vantage, protocol`.execute(db);
  const { rows: unusual } = await sql<{ rows: string | null }>`
    select cast(${group}(${array}(asset_id, vantage, protocol, port, word, lags, strong, against, more,
      ${dialect.hex('addr16')})) as text) as rows
    from services where asset_id in (${list}) and ${UNUSUAL}`.execute(db);
  const text = JSON.stringify({
    assets,
    site: Object.fromEntries(sites.map(({ id, name }) => [id, name])),
    identifiers,
    addresses: addresses.map(({ addr16, ...one }) => ({ ...one, address: addressText(addr16) })),
    facts,
    tested: tested.map(({ addr16, port_set_id, ports, ...one }) => ({
      ...one,
      address: addressText(addr16),
      ports: port_set_id === NO_PORTS ? null : ports,
    })),
    incidents: incidents.map(({ dedupe_key }) => dedupe_key),
  } satisfies Omit<AssetText, 'services' | 'unusual'>);
  const ofVantages = services.map(({ asset, vantage, protocol, ...lists }) => {
    const texts = Object.entries(lists).map(([name, list]) => `"${name}":${list}`);
    return `${JSON.stringify({ asset, vantage, protocol }).slice(0, -1)},${texts.join(',')}}`;
  });
  return `${text.slice(0, -1)},"services":[${ofVantages.join(',')}],"unusual":${unusual[0]?.rows ?? '[]'}}`;
}

/** What one text tells. Its services name their fingerprints by number. */
export interface ReadAssets {
  assets: Asset[];
  tested: Tested[];
  openIncidents: string[];
}

/** Numbers of fingerprints in a text that are not yet among the known. */
export function missingFingerprints(
  text: ParsedAssets,
  known: ReadonlyMap<number, ServiceSighting>,
): number[] {
  const missing = new Set<number>();
  for (const { prints } of text.services)
    for (const print of prints) if (print !== null && !known.has(print)) missing.add(print);
  return [...missing];
}

export type ParsedAssets = AssetText;

export function parseAssets(text: string): ParsedAssets {
  if (text === '')
    return {
      assets: [],
      site: {},
      identifiers: [],
      addresses: [],
      facts: [],
      tested: [],
      incidents: [],
      services: [],
      unusual: [],
    };
  return JSON.parse(text);
}

export function readAssets(
  text: ParsedAssets,
  fingerprints: ReadonlyMap<number, ServiceSighting>,
): ReadAssets {
  const identifiers = Map.groupBy(text.identifiers, ({ asset_id }) => asset_id);
  const addresses = Map.groupBy(text.addresses, ({ asset_id }) => asset_id);
  const facts = Map.groupBy(text.facts, ({ asset_id }) => asset_id);
  const testedOf = Map.groupBy(text.tested, ({ asset_id }) => asset_id);
  const services = Map.groupBy(text.services, ({ asset }) => asset);
  const unusual = Map.groupBy(text.unusual, ([asset]) => asset);
  const tested: Tested[] = [];
  const assets = text.assets.map((row): Asset => {
    const own = (testedOf.get(row.id) ?? []).map((one) => toTested(row.uid, one));
    tested.push(...own);
    const asked = lastAsked(own);
    const intervals = (addresses.get(row.id) ?? []).map(({ address, valid_from, valid_to, look }) => ({
      address,
      from: valid_from,
      ...(valid_to === null ? {} : { to: valid_to }),
      look,
    }));
    const only = onlyAddress({ addresses: intervals });
    return {
      ...headOf(row, text.site[row.site_id] ?? ''),
      identifiers: (identifiers.get(row.id) ?? []).map(toIdentifier),
      addresses: intervals,
      services: toServices(services.get(row.id) ?? [], unusual.get(row.id) ?? [], {
        fingerprints,
        asked,
        only,
      }),
      facts: (facts.get(row.id) ?? []).map(({ body, first_seen, last_seen, ended_at, told }) => ({
        fact: JSON.parse(body),
        firstSeen: first_seen,
        lastSeen: last_seen,
        ...(ended_at === null ? {} : { endedAt: ended_at }),
        ...(told === null ? {} : { told }),
      })),
    };
  });
  return { assets, tested, openIncidents: text.incidents };
}

type Head = Omit<Asset, 'identifiers' | 'addresses' | 'services' | 'facts'>;

/** What the columns of an asset say. The words in them are written by write-assets.ts alone. */
export function headOf(row: Selectable<Tables['assets']>, site: string): Head {
  return {
    id: row.id,
    uid: row.uid,
    site,
    ...(row.name === null ? {} : { name: row.name }),
    ...(row.name_source === null ? {} : { nameSource: row.name_source }),
    class: row.class as Asset['class'],
    state: row.state as Asset['state'],
    criticality: row.criticality as Asset['criticality'],
    static: row.is_static === 1,
    ...(row.owner === null ? {} : { owner: row.owner }),
    tags: JSON.parse(row.tags),
    ...(row.vendor === null ? {} : { vendor: row.vendor }),
    ...(row.os === null ? {} : { os: JSON.parse(row.os) }),
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
    stateSince: row.state_since,
    misses: row.misses,
    ...(row.seen_by === null ? {} : { seenBy: row.seen_by as NonNullable<Asset['seenBy']> }),
    flags: JSON.parse(row.flags),
    ...(row.merged_into === null ? {} : { mergedInto: row.merged_into }),
    confidence: row.confidence,
    ...(row.why === null ? {} : { why: row.why }),
    ...(row.memo === null ? {} : { memo: JSON.parse(row.memo) }),
  };
}

function toIdentifier(row: Selectable<Tables['identifiers']>): Identifier {
  return {
    type: row.type as Identifier['type'],
    value: row.value,
    ...(row.detail === '' ? {} : { detail: row.detail }),
    worth: row.worth as Identifier['worth'],
    said: row.said as Identifier['said'],
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}

function toTested(asset: string, row: TestedText): Tested {
  return {
    asset,
    address: row.address,
    vantage: row.vantage,
    aspect: row.aspect as Tested['aspect'],
    ...(row.protocol === '' ? {} : { protocol: row.protocol as NonNullable<Tested['protocol']> }),
    ...(row.ports === null ? {} : { ports: row.ports }),
    lastAt: row.last_at,
    looks: row.looks,
    look: row.look,
  };
}

/** Shared by all that have nothing to say in it, which are nearly all. */
const NONE: readonly never[] = [];
const NOT_AGAINST = { strong: 0, all: 0 } as const;

function toServices(
  lists: readonly ServicesText[],
  unusual: readonly UnusualText[],
  frame: {
    fingerprints: ReadonlyMap<number, ServiceSighting>;
    asked: ReturnType<typeof lastAsked>;
    only: string | undefined;
  },
): Service[] {
  const services: Service[] = [];
  for (const { vantage, protocol, ports, prints, changed, since, firstOpen, confirmed } of lists) {
    const others = new Map(
      unusual.flatMap((one) => (one[1] === vantage && one[2] === protocol ? [[one[3], one] as const] : [])),
    );
    for (let at = 0; at < ports.length; at += 1) {
      const [port, changedAt, print] = [ports[at] ?? 0, changed[at] ?? 0, prints[at] ?? null];
      const kept = { confirmedAt: changedAt + (confirmed[at] ?? 0), lags: false };
      const made: Service = {
        vantage,
        protocol,
        port,
        word: 'open',
        since: changedAt + (since[at] ?? 0),
        against: NOT_AGAINST,
        changedAt,
        confirmedAt: kept.confirmedAt,
        turns: NONE,
        recent: NONE,
      };
      const first = firstOpen[at] ?? null;
      if (first !== null) made.firstOpen = changedAt + first;
      const service = print === null ? undefined : frame.fingerprints.get(print);
      if (service !== undefined) made.service = service;
      const other = others.get(port);
      if (other) tellUnusual(made, other);
      if (other?.[5] !== 1) made.confirmedAt = readConfirmation(kept, frame.asked(made));
      const elsewhere = other?.[9] ?? null;
      const address = elsewhere === null ? frame.only : addressText(Buffer.from(elsewhere, 'hex'));
      if (address !== undefined) made.address = address;
      services.push(made);
    }
  }
  return services;
}

function tellUnusual(made: Service, [, , , , word, , strong, all, more]: UnusualText): void {
  made.word = word;
  if (all !== 0) made.against = { strong, all };
  const { turns, recent, flapping, variants, lulls }: Partial<Service> =
    more === null ? {} : JSON.parse(more);
  if (turns) made.turns = turns;
  if (recent) made.recent = recent;
  if (flapping) made.flapping = true;
  if (variants) made.variants = true;
  if (lulls !== undefined) made.lulls = lulls;
}
