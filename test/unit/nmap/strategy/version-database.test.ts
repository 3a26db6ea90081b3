import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { findNmap } from '../../../../src/nmap/machine/install.ts';
import {
  dealtDatabases,
  parseVersionDatabase,
  scriptsDatabase,
  silenceTakes,
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

describe('the database for version scripts', () => {
  test('sends nothing, waits for nothing, and keeps the ports that are left out', () => {
    const scripts = scriptsDatabase(database);
    expect(read(scripts).map(({ name, wait }) => [name, wait])).toEqual([['TCP NULL', 100]]);
    expect(scripts).toContain('Exclude T:9100-9107');
  });
});

describe('the time that a silent port takes', () => {
  test('is that of the greeting and of every probe that is sent to any port', () => {
    const waits = sentToAny(database.probes.map(({ lines }) => lines.join('\n')).join('\n'), 7).map(
      ({ wait }) => wait,
    );
    expect(silenceTakes(database, 7)).toBe(6000 + waits.reduce((sum, wait) => sum + wait, 0));
    expect(silenceTakes(database, 7)).toBeGreaterThan(100_000);
  });

  test('is short for a light look', () => {
    expect(silenceTakes(database, 2)).toBeLessThan(40_000);
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
