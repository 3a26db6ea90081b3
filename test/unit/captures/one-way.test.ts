/** Captures of one direction: silence says nothing there, but a row of hosts asked one after another is no list of names. */
import { expect, it } from 'vitest';
import { analyzeCapture } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { datagramOf, header, streamOf } from './packets.ts';

const ME = 0x0a000005;
const NETWORK = 0x0b000000;
const START = 1_700_000_000;
const HOSTS = 40;

/** One datagram to port 53 of each of forty hosts, the `n`th at this place of a network, so many times. */
async function named(place: (n: number) => number, times = 1): Promise<string[]> {
  const records = Array.from({ length: HOSTS * times }, (_, n) =>
    datagramOf(ME, NETWORK + place(n % HOSTS), 40_123 + Math.floor(n / HOSTS), 53, START + n / 50),
  );
  const capture = { kind: 'stream', stream: streamOf(header(), ...records) } as const;
  const { suspects } = await analyzeCapture(capture, DEFAULT_DETECTION);
  return suspects.map(({ technique, pattern }) => `${technique} ${pattern}`);
}

it('a row of hosts, from one end to the other', async () => {
  expect(await named((n) => n)).toEqual(['udp horizontal']);
  expect(await named((n) => HOSTS - n)).toEqual(['udp horizontal']);
});

it('servers of a network in no order', async () => {
  expect(await named((n) => (n * 17) % HOSTS)).toEqual([]);
});

it('servers here and there, though in order', async () => {
  expect(await named((n) => n * 5)).toEqual([]);
});

it('a row of servers that are asked again', async () => {
  expect(await named((n) => n, 3)).toEqual([]);
});
