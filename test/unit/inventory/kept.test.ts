/** What the rules made of drawn looks is what is read afterwards, in all its parts: nothing is lost or made up by keeping only differences. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Asset } from '../../../src/core/asset.ts';
import type { Look } from '../../../src/core/look.ts';
import { whole } from '../../../src/core/settled.ts';
import { foldWaiting, type Rules, rulesOf } from '../../../src/inventory/fold.ts';
import { handIn } from '../../../src/inventory/hand-in.ts';
import { KnowledgeReader } from '../../../src/inventory/load.ts';
import { openStore, type Store } from '../../../src/store/open.ts';
import { START, scanLook } from '../../inventory/looks.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 60_000);
afterAll(() => cluster.stop(), 60_000);

const PORTS = [22, 80, 443, 8080];
const host = fc.record({
  address: fc.integer({ min: 1, max: 6 }),
  card: fc.option(fc.integer({ min: 1, max: 5 })),
  key: fc.option(fc.integer({ min: 1, max: 3 })),
  words: fc.tuple(...PORTS.map(() => fc.constantFrom('open', 'closed', 'silent', undefined))),
  version: fc.integer({ min: 1, max: 3 }),
  certificate: fc.option(fc.integer({ min: 1, max: 3 })),
});
const look = fc.record({
  hosts: fc.uniqueArray(host, { maxLength: 6, selector: ({ address }) => address }),
  vantage: fc.constantFrom('local', 'dmz'),
  completeness: fc.constantFrom('full', 'full', 'full', 'partial', 'positives'),
  late: fc.constantFrom(0, 0, 0, 5),
});
type Drawn = typeof look extends fc.Arbitrary<infer T> ? T : never;

function lookOf(drawn: Drawn, n: number): Look {
  const base = scanLook(n * 6 - drawn.late, []);
  const at = base.endedAt;
  const sightings = drawn.hosts.map(
    ({ address, card, key, words, version, certificate }): Look['sightings'][number] => ({
      at,
      address: `10.0.0.${address}`,
      said: 'queried',
      marks: [
        ...(card === null ? [] : [{ type: 'mac' as const, value: `00:11:22:33:44:0${card}` }]),
        ...(key === null ? [] : [{ type: 'ssh_key' as const, value: `key ${key}`, detail: 'ed25519' }]),
      ],
      ports: words.flatMap((word, i) =>
        word === undefined
          ? []
          : [
              {
                port: PORTS[i] ?? 0,
                protocol: 'tcp' as const,
                word,
                ...(word === 'open'
                  ? {
                      service: {
                        product: 'nginx',
                        version: `${version}`,
                        method: 'probed' as const,
                        confidence: 10,
                      },
                    }
                  : {}),
              },
            ],
      ),
      counted: [],
      facts:
        certificate === null
          ? []
          : [
              {
                type: 'cert',
                port: 443,
                protocol: 'tcp',
                fingerprint: `c${certificate}`,
                notAfter: START + certificate * 50 * 3_600_000,
              },
            ],
    }),
  );
  const { vantage, completeness } = drawn;
  return { ...base, vantage, completeness, hash: `${n} ${JSON.stringify(drawn)}`, sightings };
}

describe.each<[string, () => Promise<string>]>([
  ['SQLite', async () => ':memory:'],
  ['PostgreSQL', () => cluster.fresh()],
])('%s', (_, make) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await make(), { patient: true });
  }, 60_000);
  afterAll(() => store.close(), 60_000);

  const rules = rulesOf();
  let sites = 0;
  it('reads what was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(look, { minLength: 2, maxLength: 6 }), async (drawn) => {
        sites += 1;
        const site = `site ${sites}`;
        const expected = new Map<string, Asset>();
        const refused: unknown[] = [];
        for (const [n, one] of drawn.entries()) {
          await handIn(store, { ...lookOf(one, n + 1), site });
          const all: Rules = (known, told) => rules({ ...known, assets: known.assets.map(whole) }, told);
          await foldWaiting(store, all, {
            site,
            onFolded: (__, { assets }) => {
              for (const asset of assets) expected.set(asset.uid, asset);
            },
            onRefused: (__, error) => refused.push(error),
          });
          expect(refused).toEqual([]);
          const ids = (await store.assets.page({ site, limit: 100 })).map(({ id }) => id);
          const { assets } = await new KnowledgeReader(store).assets(ids);
          const alive = [...expected.values()].filter(({ mergedInto }) => mergedInto === undefined);
          expect(assets.map(shown).sort()).toEqual(alive.map(shown).sort());
        }
      }),
      { numRuns: 25, endOnFailure: true },
    );
    expect(await store.maintenance.check()).toEqual([]);
  }, 300_000);
});

/** Without numbers and the order of lists, which mean nothing. */
function shown({ id: _, ...asset }: Asset): string {
  const lists = Object.entries(asset).map(([field, value]): [string, unknown] => [
    field,
    Array.isArray(value) ? value.map((one) => sorted(one)).sort() : sorted(value),
  ]);
  return sorted(Object.fromEntries(lists));
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (key === 'since') return undefined;
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
