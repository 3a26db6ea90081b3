/** A crowd of lone sources on many ports of one host, most of which were let go, is no scan that they share. */
import { expect, it } from 'vitest';
import { analyzeCapture } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { pcapOf, streamOf } from './packets.ts';

const SYN = 2;
const RECORDS = 2048;

/** Each from a source of its own, to a port of its own. */
const lone = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    src: `20.${n >>> 16}.${(n >>> 8) & 255}.${n & 255}`,
    dst: '10.0.0.1',
    sport: 2000 + (n % 5000),
    dport: 1 + n,
    flags: SYN,
    at: 1_700_000_000 + n / 1000,
  }));
const named = async (count: number) => {
  const capture = { kind: 'stream', stream: streamOf(pcapOf(lone(count))) } as const;
  const report = await analyzeCapture(capture, { ...DEFAULT_DETECTION, maxRecords: RECORDS });
  return report.suspects.map(({ pattern }) => pattern);
};

it('as many as are remembered are called a shared scan', async () => {
  expect(await named(RECORDS - 100)).toEqual(['distributed']);
});

it('where more were let go than are left, nothing is said', async () => {
  expect(await named(RECORDS * 1.5)).toEqual([]);
});
