/** Places of the grids of networks: what is chosen there is what is scanned. */
import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../../web/src/pages/networks/cells.ts';
import {
  addressOf,
  gridsOf,
  lastLooks,
  moved,
  numberOf,
  spanOf,
  targetOf,
} from '../../../web/src/pages/networks/grid.ts';

const at = (hour: number) => new Date(Date.UTC(2026, 10, 1, hour)).toISOString();

it('reads networks as people write them, and nothing else', () => {
  const words = (network: string) => {
    const span = spanOf(network);
    return span && `${addressOf(span.first)}-${addressOf(span.last)}`;
  };
  expect(words('10.0.0.0/22')).toBe('10.0.0.0-10.0.3.255');
  expect(words('10.0.0.77/24')).toBe('10.0.0.0-10.0.0.255');
  expect(words('10.0.0.16-40')).toBe('10.0.0.16-10.0.0.40');
  expect(words('10.0.0.16-10.0.1.3')).toBe('10.0.0.16-10.0.1.3');
  expect(words('255.255.255.255')).toBe('255.255.255.255-255.255.255.255');
  for (const none of ['fd00::/64', '10.0.0', '10.0.0.256', '10.0.0.0/33', '10.0.0.9-3', 'office', ''])
    expect(spanOf(none), none).toBeUndefined();
  expect(numberOf('0.0.1.0')).toBe(256);
});

it('has a grid for each /24, as many as a page shows', () => {
  expect(gridsOf({ first: 250, last: 520 })).toEqual(['0.0.0.0/24', '0.0.1.0/24', '0.0.2.0/24']);
  expect(gridsOf({ first: 0, last: 2 ** 24 })).toHaveLength(16);
});

it('moves within the grid and never out of it', () => {
  expect(moved(17, 'ArrowLeft')).toBe(16);
  expect(moved(15, 'ArrowRight')).toBe(16);
  expect([
    moved(3, 'ArrowUp'),
    moved(250, 'ArrowDown'),
    moved(0, 'ArrowLeft'),
    moved(255, 'ArrowRight'),
  ]).toEqual([3, 250, 0, 255]);
  expect([moved(37, 'Home'), moved(37, 'End'), moved(37, 'PageUp'), moved(37, 'PageDown')]).toEqual([
    32, 47, 5, 245,
  ]);
  expect(moved(1, 'a')).toBeUndefined();
});

it('says what is chosen as a target of a scan, from either end', () => {
  expect(targetOf('10.0.7.0/24', 40, 16)).toBe('10.0.7.16-40');
  expect(targetOf('10.0.7.0/24', 9, 9)).toBe('10.0.7.9');
  expect(targetOf('10.0.7.0/24', 0, 255)).toBe('10.0.7.0/24');
});

describe('cells', () => {
  const looks = [
    { first: '10.0.0.0', last: '10.0.3.255', at: at(1), aspect: 'host' },
    { first: '10.0.1.8', last: '10.0.1.15', at: at(5), aspect: 'port' },
    { first: '10.0.1.0', last: '10.0.1.9', at: at(0), aspect: 'host' },
    { first: 'fd00::', last: 'fd00::ff', at: at(9), aspect: 'host' },
  ];
  const host = (address: string, state: 'present' | 'absent' | 'archived', more: object = {}) => ({
    ...{ asset_id: `a_${address}`, address, state, site: 'default', class: 'normal' },
    ...{ first_seen: at(0), last_seen: at(2), open_ports: [], new_ports: [], ...more },
  });

  it('know the newest look at each address', () => {
    const latest = lastLooks('10.0.1.0/24', looks);
    expect([latest[7], latest[8], latest[15], latest[16]]).toEqual(
      [1, 5, 5, 1].map((hour) => Date.parse(at(hour))),
    );
    expect(lastLooks('10.0.4.0/24', looks).every((one) => one === undefined)).toBe(true);
  });

  it('show who is there before who was, at every address of a host', () => {
    const now = Date.parse(at(0)) + 8 * 86_400_000;
    const cells = cellsOf(
      '10.0.1.0/24',
      [
        host('10.0.1.3', 'present', { other_addresses: ['10.0.1.200'], first_seen: at(2) }),
        host('10.0.1.3', 'archived'),
        host('10.0.2.9', 'absent', { other_addresses: ['10.0.1.9'] }),
      ],
      looks,
      now - 86_400_000,
    );
    expect([cells[3]?.state, cells[200]?.state, cells[9]?.state]).toEqual(['present', 'present', 'absent']);
    expect([cells[4]?.state, cells[3]?.fresh, cells[9]?.fresh]).toEqual(['empty', true, false]);
    expect(cellsOf('10.0.4.0/24', [], looks, now)[0]?.state).toBe('never');
  });
});
