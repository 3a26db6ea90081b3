import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Look, PortSighting, Sighting } from '../../../src/core/look.ts';
import { RememberedSite } from '../../inventory/remembered-site.ts';

const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 5, 8);
const PORTS = [22, 80, 443, 3389];

/** What a host is at one time. */
interface State {
  up: boolean;
  open: readonly boolean[];
  product: number;
  key: number;
  cert: number;
  address: number;
  card: number;
  os: number;
}

const state: fc.Arbitrary<State> = fc.record({
  up: fc.boolean(),
  open: fc.array(fc.boolean(), { minLength: PORTS.length, maxLength: PORTS.length }),
  product: fc.nat(2),
  key: fc.nat(2),
  cert: fc.nat(2),
  address: fc.nat(2),
  card: fc.nat(1),
  os: fc.nat(1),
});

const hex = (text: string) => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64);

/** A host of a part of the network: part 1 has 10.6.1.10 to 10.6.1.39, and shares no mark with another part. */
function sighting(part: number, host: number, of: State, at: number): Sighting {
  const ports = PORTS.map((port, index): PortSighting => {
    if (!of.open[index]) return { port, protocol: 'tcp', word: 'closed' };
    const service = {
      product: `product ${of.product}`,
      version: '1',
      method: 'probed',
      confidence: 10,
    } as const;
    return { port, protocol: 'tcp', word: 'open', service };
  });
  const key = hex(`key ${part} ${host} ${of.key}`);
  return {
    at,
    address: `10.6.${part}.${10 + host * 3 + of.address}`,
    said: 'queried',
    marks: [
      { type: 'mac', value: `00:a0:c9:0${part}:0${host}:0${of.card}` },
      { type: 'ssh_key', value: key, detail: 'ed25519' },
      { type: 'name', value: `host-${part}-${host}`, detail: 'smb' },
    ],
    ports,
    counted: [],
    facts: [
      { type: 'hostkey', port: 22, protocol: 'tcp', keyType: 'ed25519', fingerprint: key },
      {
        type: 'cert',
        port: 443,
        protocol: 'tcp',
        fingerprint: hex(`cert ${part} ${host} ${of.cert}`),
        issuer: 'CN=in-house',
        notAfter: BEGIN + 400 * DAY,
      },
    ],
    os: { family: `family ${of.os}`, name: `family ${of.os}`, accuracy: 97 },
  };
}

function look(part: number, number: number, states: readonly State[], at = BEGIN + number * DAY): Look {
  const [first, last] = [`10.6.${part}.1`, `10.6.${part}.254`];
  return {
    kind: 'scan',
    site: 'home',
    vantage: 'local',
    hash: `part ${part} look ${number} at ${at}`,
    startedAt: at,
    endedAt: at,
    completeness: 'full',
    discovery: 'arp',
    coverage: [
      { first, last, aspect: 'host' },
      { first, last, aspect: 'port', protocol: 'tcp', ports: PORTS.join(',') },
    ],
    gaps: [],
    sightings: states.flatMap((of, host) => (of.up ? [sighting(part, host, of, at)] : [])),
  };
}

const rows = (site: RememberedSite) => ({
  assets: [...site.assets.values()].sort((a, b) => (a.uid < b.uid ? -1 : 1)),
  incidents: [...site.incidents.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
  memory: site.memory,
});

const some = fc.array(state, { minLength: 1, maxLength: 3 });
const run = { numRuns: 100 };

describe('folding looks', () => {
  it('comes to the same in whatever order looks of different parts are folded', () => {
    fc.assert(
      fc.property(
        fc.array(some, { minLength: 1, maxLength: 4 }),
        fc.array(some, { minLength: 1, maxLength: 4 }),
        fc.array(fc.boolean(), { maxLength: 8 }),
        (one, two, turns) => {
          const looks = [
            one.map((states, n) => look(1, n, states)),
            two.map((states, n) => look(2, n, states)),
          ];
          const straight = new RememberedSite();
          for (const each of looks.flat()) straight.fold(each);
          const mixed = new RememberedSite();
          const [left = [], right = []] = looks.map((list) => [...list]);
          for (const turn of turns) {
            const next = (turn ? left : right).shift();
            if (next) mixed.fold(next);
          }
          for (const each of [...right, ...left]) mixed.fold(each);
          expect(rows(mixed)).toEqual(rows(straight));
        },
      ),
      run,
    );
  });

  it('makes nothing of a look that was folded already, even under another name', () => {
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 5 }), (states) => {
        const site = new RememberedSite();
        const looks = states.map((of, n) => look(1, n, of));
        for (const each of looks) site.fold(each);
        const before = rows(site);
        const last = looks.at(-1);
        if (!last) return;
        expect(site.fold(last)).toBeUndefined();
        const again = site.fold({ ...last, hash: 'another name' });
        expect(again?.events).toEqual([]);
        expect(rows(site)).toEqual(before);
      }),
      run,
    );
  });

  it('leaves no incident open when all is as it was before', () => {
    fc.assert(
      fc.property(some, some, (before, after) => {
        const site = new RememberedSite();
        // Everybody is seen once, or a host of `after` would be new and stay so.
        const all = before.map((of) => ({ ...of, up: true }));
        const other = after.slice(0, all.length);
        let number = 0;
        site.fold(look(1, number++, all));
        for (let round = 0; round < 3; round++) site.fold(look(1, number++, other));
        for (let round = 0; round < 3; round++) site.fold(look(1, number++, all));
        expect([...site.incidents.keys()]).toEqual([]);
      }),
      run,
    );
  });

  it('gives the same rows when all is folded anew', () => {
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 5 }), (states) => {
        const sites = [new RememberedSite(), new RememberedSite()];
        const told = sites.map((site) => states.map((of, n) => site.fold(look(1, n, of))));
        expect(told[1]).toEqual(told[0]);
        expect(sites.map(rows)[1]).toEqual(sites.map(rows)[0]);
      }),
      run,
    );
  });

  it('does not change what it is given', () => {
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 4 }), (states) => {
        const site = new RememberedSite();
        for (const [n, of] of states.entries()) {
          const known = JSON.stringify(site.known());
          const assets = [...site.assets.values()].map((asset) => ({ asset, text: JSON.stringify(asset) }));
          site.fold(look(1, n, of));
          expect(known).toBeTypeOf('string');
          for (const { asset, text } of assets) expect(JSON.stringify(asset)).toBe(text);
        }
      }),
      run,
    );
  });
});
