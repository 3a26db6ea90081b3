import { describe, expect, it } from 'vitest';
import type { Look, Mark, PortSighting, PortWord, Sighting } from '../../../src/core/look.ts';
import { plainText } from '../../../src/inventory/changes/services.ts';
import { severityOf } from '../../../src/inventory/changes/severity.ts';
import type { FoldOptions } from '../../../src/inventory/fold-look.ts';
import { RememberedSite } from '../../inventory/remembered-site.ts';

const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 5, 8);
const WORDS: Readonly<Record<string, PortWord>> = { '+': 'open', '-': 'closed', '?': 'silent' };

/** Ports as `22+ 80-`. */
function ports(text: string): PortSighting[] {
  return text.split(' ').flatMap((one) => {
    const word = WORDS[one.at(-1) ?? ''];
    return word ? [{ port: Number.parseInt(one, 10), protocol: 'tcp', word }] : [];
  });
}

const mac = (value: string): Mark => ({ type: 'mac', value });
const host = (number: number, text: string, marks: Mark[] = [], rest: Partial<Sighting> = {}): Sighting => ({
  at: 0,
  address: `10.5.0.${number}`,
  said: 'queried',
  marks,
  ports: ports(text),
  counted: [],
  facts: [],
  ...rest,
});

function watch(site = new RememberedSite(), options: Partial<FoldOptions> = {}) {
  let number = 0;
  return {
    site,
    /** Folds a look `days` after the beginning. */
    fold(days: number, sightings: Sighting[], rest: Partial<Look> = {}) {
      const at = BEGIN + days * DAY;
      const asked = sightings.flatMap((one) => one.ports.map(({ port }) => port)).join(',');
      const span = { first: '10.5.0.1', last: '10.5.0.254' };
      number += 1;
      const folded = site.fold(
        {
          kind: 'scan',
          site: site.name,
          vantage: 'local',
          hash: `look ${number}`,
          startedAt: at,
          endedAt: at,
          completeness: 'full',
          discovery: 'arp',
          coverage: [
            { ...span, aspect: 'host' },
            { ...span, aspect: 'port', protocol: 'tcp', ports: asked },
          ],
          gaps: [],
          sightings: sightings.map((one) => ({ ...one, at })),
          ...rest,
        },
        options,
      );
      if (!folded) throw new Error('the look was folded before');
      return folded;
    },
    only() {
      const [asset, ...others] = [...site.assets.values()].filter(
        ({ mergedInto }) => mergedInto === undefined,
      );
      if (!asset || others.length > 0) throw new Error(`there are ${others.length + 1} assets`);
      return asset;
    },
  };
}

const CARD = mac('00:a0:c9:00:00:01');
const kinds = (events: readonly { kind: string }[]) =>
  events.map(({ kind }) => kind).filter((kind) => kind !== 'baseline.recorded');

describe('differences that are held back', () => {
  it('keep their rule and their reason', () => {
    const { fold } = watch();
    fold(0, [host(1, '22+ 80+ 81-', [CARD])]);
    const { suppressed, events } = fold(1, [host(1, '22+ 80- 81?', [CARD])]);
    expect(kinds(events)).toEqual([]);
    expect(suppressed.map(({ rule, why }) => [rule, why])).toEqual([
      ['R3', 'closed in one look: not confirmed'],
    ]);
    const partial = fold(2, [host(1, '22- 80-', [CARD])], { completeness: 'partial' });
    expect(partial.suppressed.map(({ rule, count }) => [rule, count])).toEqual([
      ['R7', 1],
      ['R7', 1],
    ]);
    const gone = fold(3, []);
    expect(gone.suppressed.map(({ rule, why }) => [rule, why])).toEqual([['R5', 'missed 1 times']]);
  });

  it('name a port that is worth asking again', () => {
    const { fold, only } = watch();
    fold(0, [host(1, '22+ 80+', [CARD])]);
    const refused = fold(1, [host(1, '22+ 80-', [CARD])]);
    expect(refused.recheck).toEqual([{ asset: only().uid, address: '10.5.0.1', protocol: 'tcp', port: 80 }]);
    const again = fold(1.001, [host(1, '80-', [CARD])], { recheck: true });
    expect(kinds(again.events)).toEqual(['port.closed']);
    expect(again.recheck).toEqual([]);
  });
});

describe('imports', () => {
  it('make hosts of what answered, and announce none of them', () => {
    const { fold, site } = watch();
    fold(0, []);
    const listed = [host(1, '22+', [], { said: 'imported' }), host(2, '', [CARD], { said: 'imported' })];
    const { events, placed, notes } = fold(1, listed, {
      kind: 'import',
      completeness: 'positives',
      coverage: [],
    });
    expect(kinds(events)).toEqual([]);
    expect(placed.map((uid) => uid !== undefined)).toEqual([true, false]);
    expect(notes.map(({ rung }) => rung)).toEqual(['new', 'unplaced']);
    expect(site.assets.size).toBe(1);
  });

  it('propose what they say is open for a recheck', () => {
    const { fold } = watch();
    fold(0, [host(1, '22+ 80-', [CARD])]);
    const rest: Partial<Look> = { kind: 'import', completeness: 'positives', coverage: [] };
    const { events, recheck, suppressed } = fold(1, [host(1, '80+', [CARD], { said: 'imported' })], rest);
    expect(kinds(events)).toEqual([]);
    expect(recheck.map(({ port }) => port)).toEqual([80]);
    expect(suppressed.map(({ rule }) => rule)).toEqual(['R2']);
    expect(kinds(fold(2, [host(1, '22+ 80+', [CARD])]).events)).toEqual(['port.opened']);
  });

  it('leave marks that wait for their host', () => {
    const { fold, only, site } = watch();
    const told = host(1, '', [CARD, { type: 'name', value: 'Store.LAN.' }], { said: 'third_party' });
    fold(0, [{ ...told }], { coverage: [] });
    expect(site.assets.size).toBe(0);
    fold(1, [host(7, '22+', [CARD])]);
    expect(only().identifiers.map(({ type, value, said }) => [type, value, said])).toEqual([
      ['mac', CARD.value, 'queried'],
      ['name', 'store.lan', 'third_party'],
    ]);
    expect(Object.keys(site.memory)).toEqual([]);
  });
});

describe('who a host is', () => {
  it('is said with a reason, a confidence and a note', () => {
    const { fold, only } = watch();
    const key: Mark = { type: 'ssh_key', value: 'ab'.repeat(32), detail: 'ed25519' };
    fold(0, [host(1, '22+', [CARD, key])]);
    const { notes } = fold(1, [host(1, '22+', [mac('00:a0:c9:00:00:02'), key])]);
    expect(only()).toMatchObject({ why: 'same ssh key, new MAC', confidence: 0.95 });
    expect(notes).toMatchObject([{ rung: 'key', asset: only().uid, why: 'same ssh key, new MAC' }]);
    fold(2, [host(1, '22+', [mac('00:a0:c9:00:00:02'), key])]);
    expect(only().confidence).toBe(0.99);
    fold(2.5, [host(1, '22+')]);
    expect(only()).toMatchObject({ why: 'same address', confidence: 0.5 });
  });

  it('is not told by a key that three assets have at once', () => {
    const { fold, site } = watch();
    const key: Mark = { type: 'ssh_key', value: 'cd'.repeat(32), detail: 'rsa' };
    const three = [1, 2, 3].map((one) => host(one, '22+', [mac(`00:a0:c9:00:00:0${one}`), key]));
    fold(0, three);
    expect(site.memory).toEqual({ [`spent ssh_key ${key.value}`]: '3 assets alive at once have it' });
    const keys = [...site.assets.values()].flatMap(({ identifiers }) =>
      identifiers.filter(({ type }) => type === 'ssh_key'),
    );
    expect(keys.map(({ worth }) => worth)).toEqual(['none', 'none', 'none']);
  });

  it('takes a hypervisor for a maker once its card was seen on three days', () => {
    const { fold, only } = watch();
    const virtual = mac('52:54:00:12:34:56');
    for (const days of [0, 0.1, 1]) fold(days, [host(1, '22+', [virtual])]);
    expect(only().identifiers[0]?.worth).toBe('weak');
    expect(only().class).toBe('normal');
    fold(2, [host(1, '22+', [virtual])]);
    fold(3, [host(1, '22+', [virtual])]);
    expect(only().identifiers[0]?.worth).toBe('card');
  });

  it('never merges beyond all measure', () => {
    const many = Array.from({ length: 16 }, (_, at) => mac(`00:a0:c9:00:01:${(at + 16).toString(16)}`));
    const key: Mark = { type: 'ssh_key', value: 'ef'.repeat(32), detail: 'rsa' };
    const site = watch();
    site.fold(0, [host(1, '22+', many), host(2, '22+', [key])]);
    const one: Mark = mac('00:a0:c9:00:02:01');
    const { notes } = site.fold(1, [host(1, '22+', [...many, one, key])]);
    expect(notes.find(({ rung }) => rung === 'merge.proposed')?.why).toContain(
      'together they would have 17 MACs',
    );
    expect(site.site.assets.size).toBe(2);
    const fewer = watch();
    fewer.fold(0, [host(1, '22+', many.slice(1)), host(2, '22+', [key])]);
    expect(fewer.fold(1, [host(1, '22+', [...many.slice(1), key])]).notes.map(({ rung }) => rung)).toEqual([
      'mac',
      'merge',
    ]);
  });

  it('holds the MAC of an unknown maker for made up', () => {
    const { fold, only } = watch(undefined, { knownMaker: () => false });
    fold(0, [host(1, '22+', [CARD])]);
    expect(only()).toMatchObject({ identifiers: [{ worth: 'weak' }] });
  });

  it('looks back: an older sighting fills history and ends nothing', () => {
    const { fold, only } = watch();
    fold(2, [host(1, '22+ 80-', [CARD])]);
    const { events } = fold(0, [host(9, '22+ 80+', [CARD])]);
    expect(kinds(events)).toEqual([]);
    expect(only().firstSeen).toBe(BEGIN);
    expect(only().lastSeen).toBe(BEGIN + 2 * DAY);
    expect(only().addresses.map(({ address, from, to }) => [address, from, to])).toEqual([
      ['10.5.0.9', BEGIN, BEGIN + 2 * DAY],
      ['10.5.0.1', BEGIN + 2 * DAY, undefined],
    ]);
    expect(only().services.map(({ port, word }) => [port, word])).toEqual([[22, 'open']]);
  });
});

describe('incidents', () => {
  it('are undone by the opposite change, unless the first was accepted', () => {
    for (const accepted of [false, true]) {
      const { fold, site } = watch();
      fold(0, [host(1, '22+ 80-', [CARD])]);
      fold(1, [host(1, '22+ 80+', [CARD])]);
      expect([...site.incidents.values()].map(({ kind }) => kind)).toEqual(['port.opened']);
      if (accepted) site.incidents.clear();
      fold(2, [host(1, '22+ 80-', [CARD])]);
      const { events, closed } = fold(3, [host(1, '22+ 80-', [CARD])]);
      expect(kinds(events)).toEqual(['port.closed']);
      expect(closed.length).toBe(accepted ? 0 : 1);
      expect(site.incidents.size).toBe(0);
      // What was accepted as open and then closed is news when it opens again.
      const again = fold(4, [host(1, '22+ 80+', [CARD])]);
      expect(kinds(again.events)).toEqual(['port.opened']);
    }
  });

  it('of flapping end with calm', () => {
    const { fold, site } = watch();
    const at = (days: number, word: string) => fold(days, [host(1, `22+ 80${word}`, [CARD])]);
    at(0, '+');
    let day = 1;
    const events: string[] = [];
    for (const word of ['-', '-', '+', '-', '-', '+']) events.push(...kinds(at(day++, word).events));
    expect(events).toEqual(['port.closed', 'port.opened', 'port.closed', 'flapping.started']);
    expect([...site.incidents.values()].map(({ kind }) => kind)).toEqual(['flapping.started']);
    for (let look = 0; look < 12; look += 1) expect(kinds(at(day++, '+').events)).toEqual([]);
    expect(site.incidents.size).toBe(0);
    at(day++, '-');
    expect(kinds(at(day++, '-').events)).toEqual(['port.closed']);
  });

  it('of a summary end when its parts are undone', () => {
    const { fold, site } = watch();
    const all = (word: string) =>
      [1, 2, 3, 4, 5, 6].map((one) => host(one, `22+ 80${word}`, [mac(`00:a0:c9:00:00:0${one}`)]));
    fold(0, all('-'));
    const { events } = fold(1, all('+'));
    const [summary] = events.filter(({ partOf }) => partOf === undefined);
    expect(summary).toMatchObject({
      kind: 'port.opened',
      port: 80,
      count: 6,
      rule: 'R16',
      severity: 'medium',
    });
    expect(events.filter(({ partOf }) => partOf === summary?.uid)).toHaveLength(6);
    expect(site.incidents.size).toBe(1);
    fold(2, all('-'));
    fold(3, all('-'));
    expect(site.incidents.size).toBe(0);
  });
});

describe('what is expected', () => {
  it('is kept as information and opens nothing', () => {
    const { fold, site } = watch(undefined, { expectation: () => ({ effect: 'allow', met: true }) });
    fold(0, [host(1, '22+ 23-', [CARD])]);
    const { events } = fold(1, [host(1, '22+ 23+', [CARD])]);
    expect(events).toMatchObject([
      { kind: 'port.opened', severity: 'info', rule: 'R17', expected: true, incident: false },
    ]);
    expect(site.incidents.size).toBe(0);
  });

  it('makes what is not expected graver', () => {
    const { fold } = watch(undefined, { expectation: () => ({ effect: 'forbid', met: false }) });
    fold(0, [host(1, '22+ 80-', [CARD])]);
    expect(fold(1, [host(1, '22+ 80+', [CARD])]).events).toMatchObject([
      { kind: 'port.opened', severity: 'high' },
    ]);
  });
});

describe('severity', () => {
  const asset = { class: 'normal', criticality: 'normal', static: false } as const;
  it.each([
    ['port.opened', asset, 80, undefined, 'medium'],
    ['port.opened', asset, 3389, undefined, 'high'],
    ['port.opened', asset, 5903, undefined, 'high'],
    ['port.opened', { ...asset, class: 'ephemeral' }, 80, undefined, 'low'],
    ['port.opened', { ...asset, criticality: 'high' }, 6379, undefined, 'high'],
    ['port.closed', asset, 80, undefined, 'info'],
    ['port.closed', asset, 80, { effect: 'require', met: false }, 'medium'],
    ['port.closed', asset, 23, undefined, 'info'],
    ['port.discovered', asset, 11434, undefined, 'low'],
    ['host.missing', asset, undefined, undefined, 'low'],
    ['host.missing', { ...asset, class: 'always_on' }, undefined, undefined, 'high'],
    ['hostkey.changed', asset, 22, undefined, 'high'],
    ['address.changed', { ...asset, static: true }, undefined, undefined, 'medium'],
    ['service.variants', { ...asset, criticality: 'high' }, 80, undefined, 'info'],
  ] as const)('of %s', (kind, of, port, expectation, severity) => {
    expect(severityOf(kind, of, port, expectation)).toBe(severity);
  });
});

describe('versions', () => {
  it.each([
    ['4.96 #2 Mon, 12 Feb 2024 10:00:01', '4.96 #7 Tue, 05 Mar 2024 11:30:00'],
    ['2.4.1 (built Jan 12 2024)', '2.4.1 (built Mar 3 2025)'],
    ['1.0 2024-01-02', '1.0 2025-11-30'],
    ['1.0 session 9f86d081884c7d65', '1.0 session 2c26b46b68ffc68f'],
    ['NGINX', 'nginx'],
  ])('%s and %s are the same', (one, other) => expect(plainText(one)).toBe(plainText(other)));

  it.each([
    ['1.24', '1.26'],
    ['8.9p1 Ubuntu 3ubuntu0.1', '8.9p1 Ubuntu 3ubuntu0.6'],
    ['2.4.57', '2.4.58'],
    ['5.7.44-log', '8.0.36'],
  ])('%s and %s are not', (one, other) => expect(plainText(one)).not.toBe(plainText(other)));
});

describe('thresholds', () => {
  it('are settings', () => {
    const { fold } = watch(undefined, { thresholds: { missesNormal: 1 } });
    fold(0, [host(1, '22+', [CARD])]);
    expect(kinds(fold(1, []).events)).toEqual(['host.missing']);
  });
});
