/** Whatever a capture holds, the tables stay within their limits, and a scan among forged sources is still found. */

import { describe, expect, it } from 'vitest';
import { analyzeCapture } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { header, recordOf } from './packets.ts';

const SYN = 2;
const RST_ACK = 0x14;
const VICTIM = 0x0a000001;
const SCANNER = 0x0a0000c8;

/** `count` SYNs of as many sources, to one port or to random ones, with a scan of 100 ports spread over them. */
async function* flood(count: number, spread: boolean): AsyncGenerator<Uint8Array> {
  yield header();
  let state = 12_345;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
  const every = Math.floor(count / 100);
  let chunk: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    chunk.push(
      recordOf(random() | 0x40000000, VICTIM, 1024, spread ? random() & 0xffff : 80, SYN, 1.7e9 + i / 1e5),
    );
    if (i % every === 0) {
      const port = 1 + i / every;
      chunk.push(recordOf(SCANNER, VICTIM, 40_000, port, SYN, 1.7e9 + i / 1e5));
      chunk.push(recordOf(VICTIM, SCANNER, port, 40_000, RST_ACK, 1.7e9 + i / 1e5));
    }
    if (chunk.length > 2000) {
      yield Buffer.concat(chunk);
      chunk = [];
    }
  }
  yield Buffer.concat(chunk);
}

describe('a flood of forged sources', () => {
  for (const spread of [false, true]) {
    it(`on ${spread ? 'random ports' : 'one port'} does not hide a scan, and is none`, {
      timeout: 60_000,
    }, async () => {
      const settings = { ...DEFAULT_DETECTION, maxRecords: 50_000 };
      const report = await analyzeCapture({ kind: 'stream', stream: flood(300_000, spread) }, settings);
      expect(report.suspects.map((one) => `${one.ip} ${one.technique} ${one.pattern}`)).toEqual([
        '10.0.0.200 syn vertical',
      ]);
      // Lone first records of the scanner may have been let go, never many.
      expect(report.suspects[0]?.distinct_ports).toBeGreaterThan(90);
      expect(report.approximated?.[0]).toContain('50000 records');
    });
  }

  it('gives no note when everything fitted', async () => {
    const report = await analyzeCapture({ kind: 'stream', stream: flood(1000, false) }, DEFAULT_DETECTION);
    expect(report.approximated).toBeUndefined();
  });
});
