import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/core/address.ts';
import { createOfflineTables } from '../../../src/intel/offline.ts';
import { csvFields, findRow } from '../../../src/intel/sorted-csv.ts';
import { macInside, vendorOf } from '../../../src/intel/vendors.ts';
import { writeMmdb } from './mmdb-writer.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-intel-'));
});
afterAll(() => rm(folder, { recursive: true }));

const numberOf = (text: string) => parseAddress(text)?.value;

async function lookIn(file: string, ip: string): Promise<string[] | undefined> {
  return findRow(file, numberOf(ip) ?? -1n, numberOf);
}

describe('a row of a sorted table', () => {
  it('is found for every address of every row, and for none between them', async () => {
    const file = join(folder, 'ranges.csv');
    const rows = Array.from({ length: 500 }, (_, at) => [
      `10.${at >> 8}.${at & 255}.16`,
      `10.${at >> 8}.${at & 255}.31`,
      `${at + 1}`,
      `"Net ""${at}"", ${'x'.repeat(at % 90)}"`,
    ]);
    await writeFile(file, rows.map((row) => `${row.join(',')}\n`).join(''));
    for (const [at, [first = '', last = '']] of rows.entries()) {
      expect((await lookIn(file, first))?.[2]).toBe(`${at + 1}`);
      expect((await lookIn(file, last))?.[2]).toBe(`${at + 1}`);
    }
    expect(await lookIn(file, '10.0.0.15')).toBeUndefined();
    expect(await lookIn(file, '10.0.0.32')).toBeUndefined();
    expect(await lookIn(file, '10.255.0.0')).toBeUndefined();
  });

  it('is not found in a table that is empty, or that holds no addresses', async () => {
    const file = join(folder, 'odd.csv');
    await writeFile(file, '');
    expect(await lookIn(file, '10.0.0.1')).toBeUndefined();
    await writeFile(file, 'garbage\n,,\n\n');
    expect(await lookIn(file, '10.0.0.1')).toBeUndefined();
  });

  it('has the fields of RFC 4180', () => {
    expect(csvFields('1.0.0.0,1.0.0.255,13335,"Cloudflare, ""Inc."""')).toEqual([
      '1.0.0.0',
      '1.0.0.255',
      '13335',
      'Cloudflare, "Inc."',
    ]);
  });
});

describe('country and network', () => {
  it('come from the free tables', async () => {
    const tables = createOfflineTables({}, () => {});
    expect(await tables.network('1.1.1.1')).toMatchObject({
      value: { asn: 13335, org: 'Cloudflare, Inc.' },
      source: expect.stringContaining('@ip-location-db/asn'),
    });
    expect(await tables.network('2001:4860:4860::8888')).toMatchObject({ value: { asn: 15169 } });
    expect((await tables.country('193.0.6.139'))?.value).toMatch(/^[A-Z]{2}$/);
    expect(await tables.network('10.0.0.1')).toBeUndefined();
    expect(await tables.country('10.0.0.1')).toBeUndefined();
  });

  it("come from the operator's own files first", async () => {
    const asnDb = join(folder, 'own-asn.mmdb');
    const countryDb = join(folder, 'own-country.mmdb');
    await writeMmdb(asnDb, {
      autonomous_system_number: 64_500,
      autonomous_system_organization: 'Own \u001b[31mnetwork',
    });
    await writeMmdb(countryDb, { country: { iso_code: 'NZ' } });
    const tables = createOfflineTables({ asnDb, countryDb }, () => {});
    expect(await tables.network('1.1.1.1')).toEqual({
      value: { asn: 64_500, org: 'Own \\x1b[31mnetwork' },
      source: 'intel.asnDb',
    });
    expect(await tables.country('1.1.1.1')).toEqual({ value: 'NZ', source: 'intel.countryDb' });
  });

  it('do without a file that cannot be read, and say so once', async () => {
    const broken = join(folder, 'broken.mmdb');
    await writeFile(broken, 'this is no database');
    const problems: string[] = [];
    const tables = createOfflineTables(
      { asnDb: broken, countryDb: join(folder, 'missing.mmdb') },
      (problem) => problems.push(problem),
    );
    expect((await tables.network('1.1.1.1'))?.value.asn).toBe(13335);
    expect((await tables.country('1.1.1.1'))?.source).toContain('@ip-location-db');
    await tables.network('8.8.8.8');
    expect(problems).toHaveLength(2);
  });
});

describe('the maker of a network card', () => {
  it('is the longest prefix that is registered', () => {
    expect(vendorOf('00:00:00:11:22:33')).toBe('XEROX CORPORATION');
    expect(vendorOf('C8-5C-E2-7A-BC-DE')).toBe('SYNERGY SYSTEMS AND SOLUTIONS');
  });
  it('is unknown for addresses that software made up, and for what is no MAC address', () => {
    expect(vendorOf('02:00:00:11:22:33')).toBeUndefined();
    expect(vendorOf('00:00:00')).toBeUndefined();
  });
  it('shows in an IPv6 address that was made from it', () => {
    expect(macInside('fe80::21b:21ff:fe11:2233')).toBe('00:1b:21:11:22:33');
    expect(macInside('fe80::1')).toBeUndefined();
    expect(macInside('10.0.0.1')).toBeUndefined();
  });
});
