/** Reads the texts that tell of assets (asset-text.ts). */
import type { Selectable } from 'kysely';
import type { Asset, Identifier } from '../../core/asset.ts';
import type { Tested } from '../../core/fold.ts';
import type { ServiceSighting } from '../../core/look.ts';
import type { Tables } from '../schema.ts';
import { onlyAddress } from './asset-change.ts';
import { lastAsked } from './confirmed.ts';
import { KeptServices, type PortsText } from './kept-services.ts';
import { type ColumnsText, type ServiceText, servicesOfColumns, type UnusualText } from './service-text.ts';

export interface AssetText {
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
}

interface WholeText extends AssetText {
  services: ColumnsText[];
  /** What most services have nothing to say in. */
  unusual: UnusualText[];
}

interface SettledText extends AssetText {
  services: PortsText[];
  pending: ServiceText[];
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

/** What one text tells. Its services name their fingerprints by number. */
export interface ReadAssets {
  assets: Asset[];
  tested: Tested[];
  openIncidents: string[];
}

/** Numbers of fingerprints in a text that are not yet among the known. */
export function missingFingerprints(
  text: { services: readonly Pick<PortsText, 'prints'>[] },
  known: ReadonlyMap<number, ServiceSighting>,
): number[] {
  const missing = new Set<number>();
  for (const { prints } of text.services)
    for (const print of prints) if (print !== null && !known.has(print)) missing.add(print);
  return [...missing];
}

const NOTHING = {
  assets: [],
  site: {},
  identifiers: [],
  addresses: [],
  facts: [],
  tested: [],
  incidents: [],
};

/** Of a text of whole assets. */
export function parseWhole(text: string): WholeText {
  return text === '' ? { ...NOTHING, services: [], unusual: [] } : JSON.parse(text);
}

/** Of a text with what is settled left out. */
export function parseSettled(text: string): SettledText {
  return text === '' ? { ...NOTHING, services: [], pending: [] } : JSON.parse(text);
}

type Fingerprints = ReadonlyMap<number, ServiceSighting>;

export function readWhole(text: WholeText, fingerprints: Fingerprints): ReadAssets {
  const services = Map.groupBy(text.services, ({ asset }) => asset);
  const unusual = Map.groupBy(text.unusual, ([asset]) => asset);
  return readAssets(text, (id, { asked, only }) => ({
    services: servicesOfColumns(services.get(id) ?? [], unusual.get(id) ?? [], { fingerprints, asked, only }),
  }));
}

/** @returns them beside the services that are settled, by the number of their asset */
export function readSettled(
  text: SettledText,
  fingerprints: Fingerprints,
): ReadAssets & { settled: ReadonlyMap<number, KeptServices> } {
  const services = Map.groupBy(text.services, ({ asset }) => asset);
  const pending = Map.groupBy(text.pending, ([asset]) => asset);
  const settled = new Map<number, KeptServices>();
  const read = readAssets(text, (id, { asked, only }) => {
    const kept = new KeptServices(services.get(id) ?? [], pending.get(id) ?? [], {
      fingerprints,
      asked,
      only,
    });
    settled.set(id, kept);
    return { services: kept.unsettled(), settled: kept };
  });
  return { ...read, settled };
}

function readAssets(
  text: AssetText,
  servicesOf: (
    asset: number,
    frame: { asked: ReturnType<typeof lastAsked>; only: string | undefined },
  ) => Pick<Asset, 'services' | 'settled'>,
): ReadAssets {
  const identifiers = Map.groupBy(text.identifiers, ({ asset_id }) => asset_id);
  const addresses = Map.groupBy(text.addresses, ({ asset_id }) => asset_id);
  const facts = Map.groupBy(text.facts, ({ asset_id }) => asset_id);
  const testedOf = Map.groupBy(text.tested, ({ asset_id }) => asset_id);
  const tested: Tested[] = [];
  const assets = text.assets.map((row): Asset => {
    const own = (testedOf.get(row.id) ?? []).map((one) => toTested(row.uid, one));
    tested.push(...own);
    const intervals = (addresses.get(row.id) ?? []).map(({ address, valid_from, valid_to, look }) => ({
      address,
      from: valid_from,
      ...(valid_to === null ? {} : { to: valid_to }),
      look,
    }));
    return {
      ...headOf(row, text.site[row.site_id] ?? ''),
      identifiers: (identifiers.get(row.id) ?? []).map(toIdentifier),
      addresses: intervals,
      ...servicesOf(row.id, { asked: lastAsked(own), only: onlyAddress({ addresses: intervals }) }),
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

type Head = Omit<Asset, 'identifiers' | 'addresses' | 'services' | 'settled' | 'facts'>;

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
