/** How much of a network was looked at in time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Looked, readAge, shareOf } from '../../../src/inventory/proof/clock.ts';
import { HOUR, NOW } from './samples.ts';

const DAY = 24 * HOUR;
const network = { first: '10.0.0.0', last: '10.0.0.255' };
const look = (first: number, last: number, ago: number, over: Partial<Looked> = {}): Looked => ({
  vantage: 'local',
  first: `10.0.0.${first}`,
  last: `10.0.0.${last}`,
  aspect: 'host',
  at: NOW - ago,
  ...over,
});
const share = (looked: Looked[], objective = 7 * DAY, gaps: { address: string; at: number }[] = []) =>
  shareOf(
    network,
    'host',
    looked,
    gaps.map((gap) => ({ ...gap, aspect: 'host' as const })),
    objective,
    NOW,
  );

describe('coverage of a network', () => {
  it('is whole when one look within the objective asked all of it', () =>
    expect(share([look(0, 255, 6 * DAY)])).toEqual({
      aspect: 'host',
      objective: 7 * DAY,
      within: 256n,
      addresses: 256n,
      lastLook: NOW - 6 * DAY,
      vantages: ['local'],
      overdue: false,
    }));

  it('is overdue when a look is too old, and says when it was', () =>
    expect(share([look(0, 255, 8 * DAY)])).toMatchObject({
      within: 0n,
      overdue: true,
      lastLook: NOW - 8 * DAY,
    }));

  it('counts an address once however often it was asked, and no address outside', () => {
    const parts = [look(0, 99, DAY), look(50, 149, DAY), look(50, 149, 2 * DAY, { vantage: 'branch' })];
    const wide = { ...look(0, 0, DAY), first: '10.0.0.250', last: '10.0.1.50' };
    expect(share([...parts, wide])).toMatchObject({
      within: 156n,
      overdue: true,
      vantages: ['branch', 'local'],
    });
  });

  it('does not count addresses that were not asked after all, unless another look asked them', () => {
    const gap = { address: '10.0.0.7', at: NOW - DAY };
    expect(share([look(0, 255, DAY)], 7 * DAY, [gap])).toMatchObject({ within: 255n, overdue: true });
    expect(share([look(0, 255, DAY), look(7, 7, 2 * DAY)], 7 * DAY, [gap])).toMatchObject({ within: 256n });
  });

  it('is not overdue without an objective, and counts every look', () =>
    expect(shareOf(network, 'host', [look(0, 255, 900 * DAY)], [], undefined, NOW)).toMatchObject({
      within: 256n,
      overdue: false,
    }));

  it('knows nothing of what was never asked', () => {
    const never = share([look(0, 255, DAY, { aspect: 'port' })]);
    expect(never).toMatchObject({ within: 0n, vantages: [], overdue: true });
    expect(never).not.toHaveProperty('lastLook');
  });

  it('holds for IPv6', () =>
    expect(
      shareOf(
        { first: 'fd00::', last: 'fd00::ffff:ffff:ffff:ffff' },
        'host',
        [{ vantage: 'local', first: 'fd00::1', last: 'fd00::10', aspect: 'host', at: NOW }],
        [],
        DAY,
        NOW,
      ),
    ).toMatchObject({ within: 16n, addresses: 2n ** 64n, overdue: true }));

  it('counts as a set of addresses does', () => {
    const range = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(14 * 24)).map(([a, b, hours]) => ({
      first: Math.min(a, b),
      last: Math.max(a, b),
      ago: hours * HOUR,
    }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
        const set = new Set<number>();
        for (const { first, last, ago } of ranges)
          if (ago <= 7 * DAY) for (let at = first; at <= last; at += 1) set.add(at);
        expect(share(ranges.map(({ first, last, ago }) => look(first, last, ago))).within).toBe(
          BigInt(set.size),
        );
      }),
    );
  });
});

it.each([
  ['12h', 12 * HOUR],
  ['7d', 7 * DAY],
  ['2w', 14 * DAY],
  ['7', undefined],
  ['d7', undefined],
])('an age %s', (text, ms) => expect(readAge(text)).toBe(ms));
