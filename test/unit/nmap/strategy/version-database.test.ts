import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { findNmap } from '../../../../src/nmap/machine/install.ts';
import {
  dealtDatabases,
  parseVersionDatabase,
  shortDatabase,
} from '../../../../src/nmap/strategy/version-database.ts';

const install = await findNmap();
const database = parseVersionDatabase(
  await readFile(`${install.dataDirectory}/nmap-service-probes`, 'latin1'),
);

/** Per probe of a generated database: its protocol, rarity, wait and whether ports name it. */
function read(text: string) {
  return text
    .split(/^(?=Probe )/m)
    .slice(1)
    .map((section) => ({
      name: `${/^Probe (\S+ \S+)/.exec(section)?.[1]}`,
      rarity: Number(/^rarity (\d)/m.exec(section)?.[1] ?? 0),
      wait: Number(/^totalwaitms (\d+)/m.exec(section)?.[1] ?? 5000),
      ports: /^(ssl)?ports /m.test(section),
      fallback: /^fallback (\S+)/m.exec(section)?.[1]?.split(',') ?? [],
      matches: section.match(/^(soft)?match /gm)?.length ?? 0,
    }));
}

const sentToAny = (text: string, intensity: number) =>
  read(text).filter(
    ({ name, rarity }) => name.startsWith('TCP') && name !== 'TCP NULL' && rarity <= intensity,
  );

describe('the database of the first pass', () => {
  const short = shortDatabase(database, 7);

  test('has every probe and match of the installed one, and waits a second at most', () => {
    const original = database.probes.map(({ name, tcp }) => `${tcp ? 'TCP' : 'UDP'} ${name}`);
    expect(read(short).map(({ name }) => name)).toEqual(original);
    expect(Math.max(...read(short).map(({ wait }) => wait))).toBe(1000);
    const count = (lines: string[]) => lines.filter((line) => /^(soft)?match /.test(line)).length;
    expect(count(short.split('\n'))).toBe(count(database.probes.flatMap(({ lines }) => lines)));
  });

  test("sends the first probes of nmap's order to any port, and the others to the ports that name them", () => {
    expect(sentToAny(short, 8).map(({ name }) => name)).toEqual(['TCP GenericLines', 'TCP GetRequest']);
  });

  test('keeps the ports that are left out', () => {
    expect(short).toContain('Exclude T:9100-9107');
  });
});

describe('the dealt databases', () => {
  const dealt = dealtDatabases(database, 7, 16);

  test('send together every common probe once, in the order of nmap', () => {
    const common = database.probes.filter(({ tcp, name, rarity }) => tcp && name !== 'NULL' && rarity <= 7);
    expect(dealt.flatMap((text) => sentToAny(text, 7).map(({ name }) => name))).toEqual(
      common.map(({ name }) => `TCP ${name}`),
    );
    expect(dealt.length).toBeLessThanOrEqual(16);
  });

  test('send every probe that ports name in one of them', () => {
    const named = database.probes.filter(
      ({ tcp, lines }) => tcp && lines.some((line) => /^(ssl)?ports /.test(line)),
    );
    const dealtNamed = dealt.flatMap((text) => read(text).filter(({ ports }) => ports));
    expect(dealtNamed.map(({ name }) => name).sort()).toEqual(named.map(({ name }) => `TCP ${name}`).sort());
  });

  test('hold whatever they fall back to, and the matches of the greeting', () => {
    for (const text of dealt) {
      const probes = read(text);
      const names = probes.map(({ name }) => name.slice(4));
      for (const { fallback } of probes) expect(names).toEqual(expect.arrayContaining(fallback));
      expect(probes[0]?.name).toBe('TCP NULL');
      expect(probes[0]?.matches).toBeGreaterThan(1000);
    }
  });

  test('wait for a late greeting in full, once', () => {
    expect(dealt.map((text) => read(text)[0]?.wait).sort()).toEqual([
      ...Array.from({ length: dealt.length - 1 }, () => 100),
      6000,
    ]);
  });

  test('go by the effort that was asked for', () => {
    const light = dealtDatabases(database, 2, 16).flatMap((text) => sentToAny(text, 2));
    expect(light.length).toBeGreaterThan(0);
    expect(light.every(({ rarity }) => rarity <= 2)).toBe(true);
  });
});
