/**
 * Country and network of an address from files on this machine: the operator's own MMDB files first, else the free
 * tables that come as optional packages (@ip-location-db, CC BY 4.0: NRO, RouteViews, DB-IP). Nobody is asked.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Reader, Response } from 'maxmind';
import { z } from 'zod';
import { parseAddress } from '../core/address.ts';
import { cleanField } from '../core/clean.ts';
import { findRow } from './sorted-csv.ts';

export interface Network {
  /** Autonomous system number. */
  asn: number;
  org: string | null;
}

export interface OfflineTables {
  /** The network that announces this address, or undefined when no table knows. */
  network(ip: string): Promise<{ value: Network; source: string } | undefined>;
  /** ISO 3166-1 alpha-2 country code. */
  country(ip: string): Promise<{ value: string; source: string } | undefined>;
}

// GeoLite2-ASN, DB-IP and ip-location-db name their fields alike; ipinfo writes "AS15169" and as_name.
const AsnRecord = z.union([
  z.object({
    autonomous_system_number: z.number(),
    autonomous_system_organization: z.string().nullish(),
  }),
  z.object({ asn: z.string().regex(/^AS\d+$/i), as_name: z.string().nullish() }),
]);
const CountryCode = z.string().regex(/^[A-Z]{2}$/);
const CountryRecord = z.union([
  z.object({ country: z.object({ iso_code: CountryCode }) }),
  z.object({ country_code: CountryCode }),
  z.object({ country: CountryCode }),
]);

/**
 * Opens nothing yet: each file is opened by its first question. `onProblem` is told once of a file that was configured
 * and cannot be read; the questions then go on without it.
 */
export function createOfflineTables(
  settings: { asnDb?: string | undefined; countryDb?: string | undefined },
  onProblem: (message: string) => void,
): OfflineTables {
  const ownAsn = lazy(() => openMmdb(settings.asnDb, onProblem));
  const ownCountry = lazy(() => openMmdb(settings.countryDb, onProblem));
  const freeAsn = lazy(async () => packageFolder('@ip-location-db/asn'));
  const freeCountry = lazy(async () => {
    const found = packageFolder('@ip-location-db/geo-whois-asn-country-mmdb');
    if (!found) return undefined;
    const reader = await openMmdb(join(found.folder, 'geo-whois-asn-country.mmdb'), onProblem);
    return reader && { reader, source: found.source };
  });

  return {
    async network(ip) {
      const record = AsnRecord.safeParse(recordOf(await ownAsn(), ip));
      if (record.success) return { value: networkOf(record.data), source: 'intel.asnDb' };
      const free = await freeAsn();
      if (!free) return undefined;
      const address = parseAddress(ip);
      if (!address) return undefined;
      const file = join(free.folder, `asn-ipv${address.family}.csv`);
      const row = await findRow(file, address.value, numberOf);
      const asn = Number(row?.[2]);
      if (!row || !Number.isInteger(asn) || asn <= 0) return undefined;
      return { value: { asn, org: row[3] ? cleanField(row[3]) : null }, source: free.source };
    },
    async country(ip) {
      const record = CountryRecord.safeParse(recordOf(await ownCountry(), ip));
      if (record.success) return { value: codeOf(record.data), source: 'intel.countryDb' };
      const free = await freeCountry();
      const found = CountryRecord.safeParse(recordOf(free?.reader, ip));
      return free && found.success ? { value: codeOf(found.data), source: free.source } : undefined;
    },
  };
}

// A damaged file throws from the middle of a look-up: then it knows nothing of this address.
function recordOf(reader: Reader<Response> | undefined, ip: string): unknown {
  try {
    return reader?.get(ip) ?? null;
  } catch {
    return null;
  }
}

function networkOf(record: z.output<typeof AsnRecord>): Network {
  const [asn, org] =
    'asn' in record
      ? [Number(record.asn.slice(2)), record.as_name]
      : [record.autonomous_system_number, record.autonomous_system_organization];
  return { asn, org: org ? cleanField(org) : null };
}

function codeOf(record: z.output<typeof CountryRecord>): string {
  if ('country_code' in record) return record.country_code;
  return typeof record.country === 'string' ? record.country : record.country.iso_code;
}

async function openMmdb(
  file: string | undefined,
  onProblem: (message: string) => void,
): Promise<Reader<Response> | undefined> {
  if (file === undefined) return undefined;
  try {
    // Loaded late: most calls of Portolan never ask where an address is.
    const { open } = await import('maxmind');
    return await open(file);
  } catch {
    onProblem(`${file} is not a readable MMDB file; addresses are looked up without it.`);
    return undefined;
  }
}

/** Where an optional package lies, and how an answer names it; undefined when it is not installed. */
function packageFolder(name: string): { folder: string; source: string } | undefined {
  try {
    const require = createRequire(import.meta.url);
    const manifest = require.resolve(`${name}/package.json`);
    const { version } = z.object({ version: z.string() }).parse(require(manifest));
    return { folder: dirname(manifest), source: `${name} ${version}` };
  } catch {
    return undefined;
  }
}

const numberOf = (address: string): bigint | undefined => parseAddress(address)?.value;

function lazy<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
