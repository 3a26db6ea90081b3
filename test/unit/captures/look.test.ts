/** What a capture tells the inventory: positives, and nothing else. */
import { expect, it } from 'vitest';
import { analyzeCapture } from '../../../src/captures/analysis.ts';
import { lookOfCapture } from '../../../src/captures/look.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { pcapOf, type Segment, streamOf } from './packets.ts';

const SCANNER = '10.0.0.9';
const HOST = '10.0.1.1';
const range = (length: number) => [...Array(length).keys()];

/** A SYN scan of 20 ports, of which the first is open. */
const scan: Segment[] = range(20).flatMap((i): Segment[] => [
  { src: SCANNER, dst: HOST, sport: 40_000 + i, dport: 80 + i, flags: 0x02 },
  { src: HOST, dst: SCANNER, sport: 80 + i, dport: 40_000 + i, flags: i === 0 ? 0x12 : 0x14 },
]);
const read = async (segments: Segment[]) =>
  await analyzeCapture({ kind: 'stream', stream: streamOf(pcapOf(segments)) }, DEFAULT_DETECTION);

it('is the ports that answered, without anything about those that did not', async () => {
  const look = lookOfCapture(await read(scan), 'monday.pcap', 'default');
  expect(look).toMatchObject({
    kind: 'capture',
    completeness: 'positives',
    vantage: 'capture:monday.pcap',
    coverage: [],
    sightings: [
      { address: HOST, said: 'queried', ports: [{ port: 80, protocol: 'tcp', word: 'open' }], counted: [] },
    ],
  });
});

it('is the same look when it is read again, and another where more answered', async () => {
  const hashes = await Promise.all(
    [scan, scan, scan.map((one, at) => (at === 3 ? { ...one, flags: 0x12 } : one))].map(
      async (one) => lookOfCapture(await read(one), 'a', 'default')?.hash,
    ),
  );
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[2]).not.toBe(hashes[0]);
});

it('is nothing where nobody answered a scan', async () =>
  expect(
    lookOfCapture(await read(scan.filter(({ src }) => src === SCANNER)), 'a', 'default'),
  ).toBeUndefined());
