/** Captures made to be slow: as many sources, targets or findings as fit, of the kinds that are compared with one another. */

import { describe, expect, it } from 'vitest';
import { analyzeCapture } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { header, recordOf } from './packets.ts';

const SYN = 0x02;
const SYN_ACK = 0x12;
const ACK = 0x10;
const RST_ACK = 0x14;
/** What a slow machine may take; anything that grows with the square takes minutes. */
const SECONDS = 30;

async function* packets(count: number, make: (i: number) => Buffer[]): AsyncGenerator<Uint8Array> {
  yield header();
  for (let i = 0; i < count; i += 1000) {
    yield Buffer.concat(Array.from({ length: Math.min(1000, count - i) }, (_, n) => make(i + n)).flat());
  }
}

const sources = 0x0b000000;
const targets = 0x0a000000;

const MADE: Record<string, () => AsyncGenerator<Uint8Array>> = {
  'twenty thousand scanners of the same ports': () =>
    packets(300_000, (i) => [
      recordOf(sources + Math.floor(i / 15), targets, 40_000, 1 + (i % 15), SYN, 1.7e9 + i / 1e4),
    ]),
  'twenty thousand scanners of hosts of their own': () =>
    packets(300_000, (i) => [
      recordOf(
        sources + Math.floor(i / 15),
        targets + Math.floor(i / 15),
        40_000,
        1 + (i % 15),
        SYN,
        1.7e9 + i / 1e4,
      ),
    ]),
  'one client of ten thousand hosts with thirty open ports each': () =>
    packets(300_000, (i) => {
      const host = targets + Math.floor(i / 30);
      const port = 1000 + (i % 30);
      const at = 1.7e9 + i / 1e4;
      return [
        recordOf(sources, host, 40_000, port, SYN, at),
        recordOf(host, sources, port, 40_000, SYN_ACK, at),
        recordOf(sources, host, 40_000, port, ACK, at),
      ];
    }),
  'every port of every host of a network, in no order': () =>
    packets(300_000, (i) => {
      const host = targets + ((i * 7919) % 601);
      const port = (i * 104_729) % 60_013;
      const at = 1.7e9 + i / 1e4;
      return [
        recordOf(sources, host, 40_000, port, SYN, at),
        recordOf(host, sources, port, 40_000, RST_ACK, at),
      ];
    }),
};

describe('a capture made to be slow', () => {
  for (const [name, make] of Object.entries(MADE)) {
    it(`${name} is read in time`, { timeout: SECONDS * 1000 }, async () => {
      const report = await analyzeCapture({ kind: 'stream', stream: make() }, DEFAULT_DETECTION);
      expect(report.packets).toBeGreaterThanOrEqual(300_000);
      expect(report.suspects.length + report.faint.length).toBeGreaterThan(0);
    });
  }
});
