/** What is settled is neither made into services nor judged: what is known afterwards is the same as if it were. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Look, PortSighting, PortWord, Sighting } from '../../../src/core/look.ts';
import { whole } from '../../../src/core/settled.ts';
import { foldWaiting, type Rules, rulesOf } from '../../../src/inventory/fold.ts';
import { handIn } from '../../../src/inventory/hand-in.ts';
import { openStore } from '../../../src/store/open.ts';
import { everything } from '../../inventory/everything.ts';
import { chance } from '../../truth/network.ts';

const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 5, 8);
const PORTS = [22, 53, 80, 443, 3389];
const STORIES = 8;

/** Some looks at nine hosts of one site that come, go, move, have two addresses, and change what they offer now and then. */
function story(seed: number, site = `site ${seed}`): Look[] {
  const random = chance(seed);
  const often = (share: number) => random() < share;
  const any = <T>(of: readonly [T, ...T[]]): T => of[Math.floor(random() * of.length)] ?? of[0];
  const hosts = Array.from({ length: 9 }, (_, host) => ({
    host,
    address: 0,
    key: 0,
    open: PORTS.map(() => often(0.7)),
    version: PORTS.map(() => 0),
  }));
  return Array.from({ length: 9 }, (_, number): Look => {
    for (const one of hosts) {
      if (often(0.12)) one.address += 1;
      if (often(0.1)) one.key += 1;
      for (const at of PORTS.keys()) {
        if (often(0.08)) one.open[at] = !one.open[at];
        if (often(0.08)) one.version[at] = any([0, 1, 2]);
      }
    }
    const kind = any([
      'full',
      'full',
      'full',
      'full',
      'positives',
      'partial',
      'recheck',
      'late',
      'elsewhere',
    ]);
    const at = BEGIN + number * DAY - (kind === 'late' ? 3.5 * DAY : 0);
    const all = number % 3 === 2 ? PORTS.slice(0, 3) : PORTS;
    const seen = ({ host, address, key, open, version }: (typeof hosts)[number], other: number): Sighting => {
      const ports = all.flatMap((port): PortSighting[] => {
        const place = PORTS.indexOf(port);
        const word: PortWord = open[place] ? 'open' : any(['closed', 'silent']);
        if (kind === 'positives' && word !== 'open') return [];
        const service = {
          name: 'x',
          product: 'y',
          version: `${version[place]}`,
          method: 'probed',
          confidence: 10,
        } as const;
        return [{ port, protocol: 'tcp', word, ...(word === 'open' && often(0.8) ? { service } : {}) }];
      });
      return {
        at,
        address: `10.7.${seed}.${10 + host * 25 + address + other}`,
        said: 'queried',
        marks: host % 3 === 2 ? [] : [{ type: 'mac', value: `00:a0:c9:00:0${seed}:0${host}` }],
        ports,
        counted: kind === 'positives' ? [] : [{ word: 'closed', protocol: 'tcp', ports: '9000-9030' }],
        facts: open[0]
          ? [
              {
                type: 'hostkey',
                port: 22,
                protocol: 'tcp',
                keyType: 'ed25519',
                fingerprint: `key ${host} ${key}`,
              },
            ]
          : [],
        ...(kind === 'partial' && often(0.5) ? { partial: true } : {}),
      };
    };
    const [first, last] = [`10.7.${seed}.1`, `10.7.${seed}.254`];
    return {
      kind: kind === 'positives' ? 'capture' : 'scan',
      site,
      vantage: kind === 'elsewhere' ? 'branch' : 'local',
      hash: `story ${seed} look ${number}`,
      startedAt: at,
      endedAt: at,
      completeness: kind === 'positives' || kind === 'partial' ? kind : 'full',
      discovery: 'arp',
      ...(kind === 'recheck' ? { recheck: true as const } : {}),
      coverage:
        kind === 'positives'
          ? []
          : [
              { first, last, aspect: 'host' },
              { first, last, aspect: 'port', protocol: 'tcp', ports: `${all.join(',')},9000-9030` },
            ],
      gaps: [],
      sightings: hosts.flatMap((one) =>
        often(0.12) ? [] : often(0.1) ? [seen(one, 0), seen(one, 12)] : [seen(one, 0)],
      ),
    };
  });
}

it('is the same whether or not all services are read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-settled-'));
  const rules = rulesOf();
  const judged = { settled: 0, whole: 0, ports: 0 };
  const cases: [string, Rules][] = [
    [
      'as it is',
      (known, look) => {
        judged[known.assets.some(({ settled }) => settled) ? 'settled' : 'whole'] += 1;
        for (const { settled } of known.assets) judged.ports += settled?.count('local') ?? 0;
        return rules(known, look);
      },
    ],
    ['all judged', (known, look) => rules({ ...known, assets: known.assets.map(whole) }, look)],
  ];
  try {
    const found: unknown[] = [];
    for (const [name, judge] of cases) {
      const database = join(folder, `${name}.db`);
      const store = await openStore(database, { patient: true });
      for (let seed = 1; seed <= STORIES; seed += 1)
        for (const look of story(seed)) {
          await handIn(store, look);
          await foldWaiting(store, judge, {
            onRefused: (_, error) => {
              throw error;
            },
          });
        }
      await store.close();
      found.push(await everything(database));
    }
    // The first look of each story finds nobody, and few others need more than was read at first.
    expect(judged.whole).toBeLessThan(STORIES * 4);
    expect(judged.settled).toBeGreaterThan(STORIES * 7);
    expect(judged.ports).toBeGreaterThan(judged.settled * 20);
    expect(found[0]).toEqual(found[1]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('is the same whether looks are folded one by one or the next one is read ahead', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-ahead-'));
  const rules = rulesOf();
  // Two of one network, then two of the other.
  const [one, other] = [1, 2].map((seed) => story(seed, 'home'));
  const looks = Array.from({ length: 4 }, (_, at) => at * 2)
    .flatMap((at) => [one, other].flatMap((all = []) => all.slice(at, at + 2)))
    .map((look, place) => ({ ...look, startedAt: BEGIN + place, endedAt: BEGIN + 10 * DAY + place }));
  try {
    const found: unknown[] = [];
    for (const atOnce of [1, looks.length]) {
      const database = join(folder, `${atOnce}.db`);
      const store = await openStore(database, { patient: true });
      for (let from = 0; from < looks.length; from += atOnce) {
        for (const look of looks.slice(from, from + atOnce)) await handIn(store, look);
        await foldWaiting(store, rules);
      }
      await store.close();
      found.push(await everything(database));
    }
    expect(found[0]).toEqual(found[1]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
