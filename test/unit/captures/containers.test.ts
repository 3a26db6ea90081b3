/** Every container gives the same answer; damage gives what was read before it. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyzeCapture } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { analyze, answer } from './answer.ts';
import { streamOf } from './packets.ts';
import { classic, framesOf, ng } from './wrap.ts';

const CASES = path.join(import.meta.dirname, '..', '..', 'captures', 'cases');
const FIXTURES = path.join(import.meta.dirname, 'fixtures');
const four = readFileSync(path.join(CASES, 'nmap-syn-vertical', 'capture.pcap'));

const expected4 = answer(await analyze(four));

describe('containers', () => {
  const frames = framesOf(four);
  const files: Record<string, Buffer> = {
    'big-endian': classic(frames, 1, { big: true }),
    nanoseconds: classic(frames, 1, { nano: true }),
    'big-endian nanoseconds': classic(frames, 1, { nano: true, big: true }),
    kuznetzov: classic(frames, 1, { kuznetzov: true }),
    pcapng: ng(frames, 1),
    'pcapng big-endian': ng(frames, 1, { big: true }),
    'pcapng nanoseconds': ng(frames, 1, { resolution: [9, 1_000_000_000n] }),
    'pcapng powers of two': ng(frames, 1, { resolution: [0x94, 1n << 20n] }),
    'pcapng offset': ng(frames, 1, { offset: 1_000_000_000 }),
    'pcapng obsolete packets': ng(frames, 1, { packets: 'obsolete' }),
    'pcapng simple packets': ng(frames, 1, { packets: 'simple' }),
    'pcapng unknown blocks': ng(frames, 1, { unknown: true }),
    'two sections': Buffer.concat([ng(frames.slice(0, 100), 1), ng(frames.slice(100), 1, { big: true })]),
    gzip: gzipSync(four),
    'two gzip members': Buffer.concat([gzipSync(four.subarray(0, 5000)), gzipSync(four.subarray(5000))]),
    zstd: zstdCompressSync(four),
    'two zstd frames': Buffer.concat([
      zstdCompressSync(four.subarray(0, 5000)),
      zstdCompressSync(four.subarray(5000)),
    ]),
  };
  const times = { first: 0, last: 0 };
  it('plain', async () => {
    const report = await analyze(four);
    times.first = report.first_ts ?? 0;
    times.last = report.last_ts ?? 0;
    expect(times.first).toBeGreaterThan(1.5e9);
    expect(report.packets).toBe(frames.length);
  });
  for (const [name, file] of Object.entries(files)) {
    it(name, async () => {
      const report = await analyze(file);
      expect(answer(report)).toEqual(expected4);
      expect(report.packets).toBe(frames.length);
      expect(report.truncated).toBeUndefined();
      if (name.includes('simple')) expect(report.first_ts).toBeNull();
      else expect(report.last_ts).toBeCloseTo(times.last, 4);
    });
  }
  it('in chunks of any size', async () => {
    const pieces: Buffer[] = [];
    for (let at = 0; at < four.length; at += 7) pieces.push(four.subarray(at, at + 7));
    expect(answer(await analyze(...pieces))).toEqual(expected4);
  });
  for (const name of [
    'small.pcap.xz',
    'small.pcap.lz4',
    'small.pcap.bz2',
    'small.pcap.zip',
    'piped.pcap.zip',
  ]) {
    it(name, async () => {
      const report = await analyze(readFileSync(path.join(FIXTURES, name)));
      expect(report.suspects.map((one) => [one.ip, one.technique, one.pattern])).toEqual([
        ['10.77.0.66', 'syn', 'horizontal'],
      ]);
    });
  }
});

describe('damage', () => {
  it('a cut file gives what was read, and where it ends', async () => {
    const report = await analyze(four.subarray(0, four.length - 5));
    expect(answer(report)).toHaveLength(1);
    expect(report.packets).toBe(framesOf(four).length - 1);
    expect(report.truncated?.reason).toContain('ends in the middle');
    expect(report.truncated?.offset).toBeLessThan(four.length);
  });

  it('an impossible length ends the reading there', async () => {
    const garbage = Buffer.alloc(64, 255);
    const report = await analyze(four, garbage);
    expect(report.truncated).toMatchObject({ offset: four.length });
    expect(answer(report)).toEqual(expected4);
  });

  it('a damaged gzip file gives what came out of it', async () => {
    const packed = gzipSync(Buffer.concat([four, four]));
    const report = await analyze(packed.subarray(0, Math.floor(packed.length / 2)));
    expect(report.packets).toBeGreaterThan(20);
    expect(report.truncated).toBeDefined();
  });

  const nothing: Record<string, Buffer> = {
    'an empty file': Buffer.alloc(0),
    'a file header cut short': four.subarray(0, 20),
    'other bytes': Buffer.from('this is no capture at all, and long enough to hold a header'),
    'other bytes in gzip': gzipSync(Buffer.from('nor is this, although it is compressed')),
    'a pcapng file of an unknown version': (() => {
      const file = ng([], 1);
      file.writeUInt16LE(9, 12);
      return file;
    })(),
    'a first record of impossible length': Buffer.concat([four.subarray(0, 24), Buffer.alloc(40, 255)]),
  };
  for (const [name, file] of Object.entries(nothing)) {
    it(`${name} is corrupt_capture`, async () => {
      await expect(analyze(file)).rejects.toMatchObject({ code: 'corrupt_capture' });
    });
  }

  it('more bytes than allowed are file_too_large, counted after decompression', async () => {
    const source = () =>
      ({ kind: 'stream', stream: streamOf(gzipSync(Buffer.concat([four, Buffer.alloc(1e6)]))) }) as const;
    const refused = analyzeCapture(source(), DEFAULT_DETECTION, { maxBytes: 100_000 });
    await expect(refused).rejects.toMatchObject({ code: 'file_too_large' });
  });

  it('a capture without packets is an honest empty answer', async () => {
    const report = await analyze(four.subarray(0, 24));
    expect(report).toMatchObject({ packets: 0, suspects: [], first_event: null, first_ts: null });
  });
});
