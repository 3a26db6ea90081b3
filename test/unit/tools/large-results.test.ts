/** Pages, folds, digests and filters over a real store: each host reaches the reader once, whatever the page. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostResult, PortResult } from '../../../src/core/result.ts';
import type { Store } from '../../../src/store/open.ts';
import { answerWithResult, type Wanted } from '../../../src/tools/results/answer.ts';
import { ScanAnswer } from '../../../src/tools/results/output.ts';
import { TEXT_BUDGET } from '../../../src/tools/results/text.ts';
import { storedScan } from './stored-scan.ts';

const port = (number: number, state: PortResult['state'] = 'open'): PortResult => ({
  port: number,
  protocol: 'tcp',
  state,
});
const up = (address: string, ports: PortResult[], more: Partial<HostResult> = {}): HostResult => ({
  address,
  status: 'up',
  ports,
  ...more,
});
const closed = (count: number): Partial<HostResult> => ({
  other_ports: [{ state: 'closed', count, reasons: [{ reason: 'reset', count }] }],
});
const nth = (index: number) => `10.0.${index >> 8}.${index & 255}`;

async function reader(hosts: HostResult[]) {
  const { task, context, store } = await storedScan(hosts);
  const one = async (wanted: Wanted = {}) => {
    const { structured, text } = await answerWithResult(task, context, wanted);
    const { result } = ScanAnswer.parse(structured);
    if (!result) throw new Error('no result');
    return { ...result, text };
  };
  const all = async (wanted: Wanted = {}) => {
    const pages = [await one(wanted)];
    for (let cursor = pages[0]?.next_cursor; cursor && pages.length < 2000; ) {
      const page = await one({ ...wanted, cursor });
      pages.push(page);
      cursor = page.next_cursor;
    }
    return pages;
  };
  return { one, all, store };
}

describe('hosts without open ports', () => {
  it('are told together, by what was found of them, with their addresses as runs', async () => {
    const hosts = [
      ...Array.from({ length: 1020 }, (_, index) => up(nth(index), [], closed(100))),
      up('10.0.9.1', [port(22), port(80, 'filtered')], closed(98)),
      up('10.0.9.2', [port(22, 'filtered'), port(23, 'filtered')], closed(98)),
      up('10.0.9.3', [], { timed_out: true }),
    ];
    const { one } = await reader(hosts);
    const page = await one();
    expect(page.folded).toEqual([
      { hosts: 1020, found: '100 closed (reset)', addresses: '10.0.0.0 to 10.0.3.251' },
      { hosts: 1, found: '22-23/tcp filtered, 98 closed (reset)', addresses: '10.0.9.2' },
    ]);
    expect(page.hosts.map(({ address }) => address)).toEqual(['10.0.9.1', '10.0.9.3']);
    expect(page.text).toContain('1,020 hosts: 100 closed (reset): 10.0.0.0 to 10.0.3.251');
    expect(page.text).toContain('10.0.9.3 up [given up by host timeout]');
  });

  it('are listed when they are few, and when nothing but who is there was asked', async () => {
    const few = await reader(Array.from({ length: 20 }, (_, index) => up(nth(index), [], closed(100))));
    expect(await few.one()).toMatchObject({ hosts: { length: 20 } });
    expect((await few.one()).folded).toBeUndefined();
    const neighbours = await reader(
      Array.from({ length: 30 }, (_, index) => up(nth(index), [], { mac: '02:00:00:00:00:01' })),
    );
    expect(await neighbours.one()).toMatchObject({ hosts: { length: 30 } });
  });

  it('of many kinds stay short: the rare ones are one line', async () => {
    const hosts = Array.from({ length: 500 }, (_, index) => up(nth(index), [], closed(index % 100)));
    const page = await (await reader(hosts)).one();
    expect(page.folded).toHaveLength(13);
    expect(page.folded?.reduce((sum, fold) => sum + fold.hosts, 0)).toBe(500);
    expect(page.text.length).toBeLessThan(TEXT_BUDGET);
  });
});

describe('every page', () => {
  const few = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 3 });
  const many = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 100, maxLength: 300 });
  const drawn = fc.record({
    kind: fc.constantFrom('open', 'quiet', 'odd'),
    numbers: fc.oneof({ weight: 20, arbitrary: few }, { weight: 1, arbitrary: many }),
  });
  const LAST_OF_MANY_PORTS = [
    { kind: 'open', numbers: Array.from({ length: 150 }, (_, index) => index + 1) },
  ];
  const hostOf = ({ kind, numbers }: { kind: string; numbers: number[] }, index: number) =>
    up(
      nth(index),
      (kind === 'open' ? [500, ...numbers] : numbers).map((one) =>
        port(one, kind === 'open' ? 'open' : 'closed'),
      ),
      kind === 'odd' ? { os: [{ name: 'Linux', accuracy: 90 }] } : closed(5),
    );

  it('of whatever hosts: each once and whole, those with open ports first, counted as they are listed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(drawn, { minLength: 1, maxLength: 220, size: 'max' }),
        fc.constantFrom('summary' as const, 'full' as const),
        async (draws, detail) => {
          const hosts = draws.map(hostOf);
          const pages = await (await reader(hosts)).all({ detail });
          const seen = new Map<string, number[]>();
          let whole = 0;
          let unfinished: string | undefined;
          for (const { hosts: listed, shown, next_cursor } of pages) {
            if (pages.length > 1) expect(shown).toMatchObject({ from: whole + 1, to: whole + listed.length });
            for (const { address, ports, ports_omitted } of listed) {
              if (address === unfinished) seen.get(address)?.push(...ports.map((one) => one.port));
              else {
                expect(seen.has(address), address).toBe(false);
                seen.set(
                  address,
                  ports.map((one) => one.port),
                );
              }
              unfinished = ports_omitted ? address : undefined;
            }
            whole += listed.length - (unfinished === undefined ? 0 : 1);
            expect(listed.length > 0 || next_cursor === undefined).toBe(true);
          }
          for (const { shown } of pages) if (shown) expect(shown.of).toBe(seen.size);
          for (const [address, numbers] of seen) {
            expect(numbers).toEqual(
              hosts.find((one) => one.address === address)?.ports.map((one) => one.port),
            );
          }
          const folded = pages.flatMap((page) => page.folded ?? []);
          expect(seen.size + folded.reduce((sum, fold) => sum + fold.hosts, 0)).toBe(hosts.length);
          const open = [...seen.values()].map((numbers) => numbers.includes(500));
          expect(open).toEqual(open.toSorted((one, other) => Number(other) - Number(one)));
        },
      ),
      { numRuns: 25, endOnFailure: true, examples: [[LAST_OF_MANY_PORTS, 'full']] },
    );
  }, 120_000);
});

describe('pages of a scan that goes on, and resumes, meanwhile', () => {
  const KINDS = ['open', 'quiet', 'odd'] as const;
  const hostOf = (kind: (typeof KINDS)[number], index: number): HostResult =>
    up(
      nth(index),
      kind === 'open' ? [port(500)] : [],
      kind === 'odd' ? { os: [{ name: 'Linux', accuracy: 90 }] } : closed(5),
    );
  /** What happens between two pages. */
  const step = fc.oneof(
    fc.record({ does: fc.constant('found'), kind: fc.constantFrom(...KINDS), count: fc.nat({ max: 60 }) }),
    fc.record({ does: fc.constant('again'), kind: fc.constant('open' as const), count: fc.nat({ max: 30 }) }),
    fc.record({
      does: fc.constant('announced'),
      kind: fc.constant('open' as const),
      count: fc.nat({ max: 9 }),
    }),
  );

  it('end, repeat no host, and pass none over', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 150, size: 'max' }),
        fc.array(step, { maxLength: 8 }),
        fc.constantFrom('summary' as const, 'full' as const),
        async (kinds, steps, detail) => {
          const stored = kinds.map(hostOf);
          const { one, store } = await reader(stored);
          try {
            const seen: string[] = [];
            let cursor: string | undefined;
            for (const next of [...steps, ...Array.from({ length: 60 }, () => undefined)]) {
              const page = await one({ detail, ...(cursor === undefined ? {} : { cursor }) });
              seen.push(...page.hosts.map(({ address }) => address));
              cursor = page.next_cursor;
              if (cursor === undefined) break;
              if (next) await go(store, next, stored);
            }
            expect(cursor).toBeUndefined();
            expect(new Set(seen).size).toBe(seen.length);
            // Those that are told together are so as of one moment.
            if (detail === 'full')
              expect(seen.toSorted()).toEqual(stored.map(({ address }) => address).sort());
            else
              for (const { address, ports } of stored.slice(0, kinds.length))
                if (ports.length > 0) expect(seen).toContain(address);
          } finally {
            await store.close();
          }
        },
      ),
      { numRuns: 20, endOnFailure: true },
    );
  }, 240_000);

  async function go(
    store: Store,
    { does, kind, count }: { does: string; kind: (typeof KINDS)[number]; count: number },
    stored: HostResult[],
  ): Promise<void> {
    const indices = Array.from({ length: count }, (_, i) => i);
    if (does === 'again') {
      const open = stored.filter(({ ports }) => ports.length > 0).slice(0, count);
      await store.hosts.put(
        'task1',
        open.map((host) => ({ ...host, ports: [port(7)] })),
      );
      return;
    }
    const fresh = indices.map((i) => hostOf(kind, stored.length + i));
    stored.push(...fresh);
    if (does === 'found') await store.hosts.put('task1', fresh);
    else {
      const ports = fresh.map(({ address }) => ({ address, port: 500, protocol: 'tcp' as const }));
      await store.hosts.announce('task1', ports);
      await store.hosts.showAnnounced('task1');
    }
  }
});

describe('a filter', () => {
  const found = [
    up('10.0.0.1', [port(22), { ...port(80), service: 'http' }, port(443, 'filtered')], closed(97)),
    up('10.0.0.2', [{ ...port(8080), service: 'http-proxy' }], {
      hostnames: [{ name: 'Web.lab', type: 'PTR' }],
    }),
    up('10.0.0.3', [{ ...port(53), protocol: 'udp' }]),
    up('10.0.0.4', [], closed(100)),
    up('fd00::1', [port(22)]),
  ];
  it.each([
    [{ open_only: true }, { '10.0.0.1': [22, 80], '10.0.0.2': [8080], '10.0.0.3': [53], 'fd00::1': [22] }],
    [{ port: '22' }, { '10.0.0.1': [22], 'fd00::1': [22] }],
    [{ port: '80-443,8080' }, { '10.0.0.1': [80], '10.0.0.2': [8080] }],
    [{ port: 'U:53' }, { '10.0.0.3': [53] }],
    [{ port: 'T:53' }, {}],
    [{ port: 'http*' }, { '10.0.0.1': [80], '10.0.0.2': [8080] }],
    [{ host: '10.0.0.4' }, { '10.0.0.4': [] }],
    [{ host: '10.0.0.2/31' }, { '10.0.0.2': [8080], '10.0.0.3': [53] }],
    [{ host: 'web.lab' }, { '10.0.0.2': [8080] }],
    [{ host: 'fd00::/64', port: '22' }, { 'fd00::1': [22] }],
    [{ since: '2099-01-01T00:00:00Z' }, {}],
  ])('%j', async (wanted, expected) => {
    const page = await (await reader(found)).one(wanted);
    expect(
      Object.fromEntries(page.hosts.map(({ address, ports }) => [address, ports.map((one) => one.port)])),
    ).toEqual(expected);
    expect(page.text).toContain(page.filter);
    if (page.hosts.length === 0) expect(page.text).toContain('Of 5 hosts that are up none fits');
  });

  it.each([
    [{ host: 'a host' }, 'invalid_target'],
    [{ port: '70000' }, 'invalid_ports'],
    [{ cursor: 'q1.0.1; DROP TABLE hosts' }, 'invalid_argument'],
    [{ cursor: 'h1' }, 'invalid_argument'],
  ])('%j is refused', async (wanted, code) => {
    await expect((await reader(found)).one(wanted)).rejects.toMatchObject({ code });
  });
});
