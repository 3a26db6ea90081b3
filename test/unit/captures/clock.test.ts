/** Times that cannot be right are read for what they are, or not believed, and the report says so. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzeCapture, type CaptureReport } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { streamOf } from './packets.ts';
import { classic, type Frame, framesOf, ng } from './wrap.ts';

const CASES = path.join(import.meta.dirname, '..', '..', 'captures', 'cases');
const frames = framesOf(readFileSync(path.join(CASES, 'nmap-syn-vertical', 'capture.pcap')));

const analyze = (...chunks: Buffer[]) =>
  analyzeCapture({ kind: 'stream', stream: streamOf(...chunks) }, DEFAULT_DETECTION);
const last = frames.length - 1;
const right = await analyze(classic(frames, 1));

/** The same frames, some with another time. */
function stamped(stamp: (frame: Frame, at: number) => Partial<Frame>): Frame[] {
  return frames.map((frame, at) => ({ ...frame, ...stamp(frame, at) }));
}

/** Found as ever, over the span that the capture has. */
function expectRightSpan(report: CaptureReport, digits = 5) {
  expect(report.first_ts).toBeCloseTo(right.first_ts ?? 0, digits);
  expect(report.last_ts).toBeCloseTo(right.last_ts ?? 0, digits);
  const [found] = report.suspects;
  expect(found).toMatchObject({ ip: '10.77.0.66', technique: 'syn', probes: 100 });
  expect(found?.last_seen).toBeLessThan((right.last_ts ?? 0) + 0.01);
  expect(found?.first_seen).toBeGreaterThan((right.first_ts ?? 0) - 0.01);
}

it('times that are right are taken as they are', () => {
  expect(right.clock).toBeUndefined();
  expect(right.first_ts).toBe(1795163121.20325);
});

describe('the fraction of a second', () => {
  for (const big of [false, true]) {
    it(`in nanoseconds behind the magic number of microseconds, ${big ? 'big' : 'little'}-endian`, async () => {
      const file = classic(
        stamped(({ usec }) => ({ usec: usec * 1000 })),
        1,
        { big },
      );
      const report = await analyze(file);
      expectRightSpan(report);
      expect(report.clock?.[0]).toContain('counts nanoseconds');
    });
  }

  it('in microseconds behind the magic number of nanoseconds', async () => {
    const slow = frames.map((frame, at) => ({
      ...frame,
      sec: frame.sec + at,
      usec: (at * 7919) % 1_000_000,
    }));
    const file = classic(slow, 1);
    const expected = await analyze(file);
    file.writeUInt32LE(0xa1b23c4d, 0);
    const report = await analyze(file);
    expect(report.clock?.[0]).toContain('counts microseconds');
    expect(report.last_ts).toBe(expected.last_ts);
  });

  it('in nanoseconds stays so where all fractions of a second happen to be small', async () => {
    const burst = frames.map((frame, at) => ({ ...frame, sec: frame.sec, usec: at }));
    const report = await analyze(classic(burst, 1, { nano: true }));
    expect(report.clock).toBeUndefined();
    expect((report.last_ts ?? 0) - (report.first_ts ?? 0)).toBeCloseTo(frames.length / 1e6, 5);
  });

  it('in nanoseconds stays so where they are small in a few seconds', async () => {
    const few = frames.map((frame, at) => ({ ...frame, sec: frame.sec + (at % 3), usec: 500 + at }));
    expect((await analyze(classic(few, 1, { nano: true }))).clock).toBeUndefined();
  });

  it('of one damaged packet is not believed, a forgotten carry is', async () => {
    const damaged = await analyze(
      classic(
        stamped((_, at) => (at === 50 ? { usec: 0xfffffff0 } : {})),
        1,
      ),
    );
    expectRightSpan(damaged);
    expect(damaged.clock?.[0]).toContain('packet 51');
    const carry = await analyze(
      classic(
        stamped((frame, at) => (at === 50 ? { sec: frame.sec - 1, usec: frame.usec + 1_000_000 } : {})),
        1,
      ),
    );
    expectRightSpan(carry);
    expect(carry.clock).toBeUndefined();
  });

  it('in nanoseconds where a pcapng file says nothing of it', async () => {
    const file = ng(frames, 1, { resolution: [9, 1_000_000_000n] });
    file[28 + 20] = 6;
    const report = await analyze(file);
    expectRightSpan(report);
    expect(report.clock?.[0]).toContain('nanoseconds');
  });
});

describe('a time that cannot be right', () => {
  const places: Record<string, number[]> = {
    'the first packet': [0],
    'a packet in the midst': [100],
    'the last packet': [last],
    'two together at the end': [last - 1, last],
    'several apart': [0, 1, 30, 31, 90, last],
  };
  const times: Record<string, Partial<Frame>> = {
    zero: { sec: 0, usec: 0 },
    'of 1970': { sec: 86_400, usec: 5 },
    'of 2099': { sec: 4_080_000_000, usec: 5 },
  };
  for (const [where, at] of Object.entries(places)) {
    for (const [which, time] of Object.entries(times)) {
      for (const container of ['pcap', 'pcapng'] as const) {
        it(`${which} on ${where}, ${container}`, async () => {
          const wrong = stamped((_, i) => (at.includes(i) ? time : {}));
          const report = await analyze(container === 'pcap' ? classic(wrong, 1) : ng(wrong, 1));
          expectRightSpan(report, 0);
          expect(report.clock).toHaveLength(1);
          expect(report.clock?.[0]).toMatch(
            new RegExp(`^${at.length} packets? (is|are) .* right \\(packet ${(at[0] ?? 0) + 1}: `),
          );
        });
      }
    }
  }

  it('behind the first packet leaves that one alone', async () => {
    const wrong = stamped((_, at) => (at > 0 && at < 7 ? { sec: 0, usec: at } : {}));
    const report = await analyze(classic(wrong, 1));
    expect(report.first_ts).toBe(right.first_ts);
    expect(report.clock).toEqual([expect.stringMatching(/^6 packets are .* \(packet 2: 1970/)]);
  });

  it('is not believed either where packets come one at a time', async () => {
    const long = Array.from({ length: 10 }, () => frames).flat();
    const wrong = long.map((frame, at) =>
      [0, 1990, 1991, 2119].includes(at) ? { ...frame, sec: 0 } : frame,
    );
    const file = classic(wrong, 1);
    const pieces: Buffer[] = [];
    for (let at = 0; at < file.length; at += 50) pieces.push(file.subarray(at, at + 50));
    expect(file.readUInt32LE(at(wrong, 1990))).toBe(0);
    expect(at(wrong, 1990)).toBeGreaterThan(65_536);
    const report = await analyze(...pieces);
    expect(report.first_ts).toBeCloseTo(right.first_ts ?? 0, 0);
    expect(report.last_ts).toBeCloseTo(right.last_ts ?? 0, 0);
    expect(report.clock).toEqual([expect.stringMatching(/^4 packets are .* \(packet 1: 1970/)]);
  });
});

/** Where the record of a frame begins in a classic capture. */
function at(all: readonly Frame[], index: number): number {
  return all.slice(0, index).reduce((sum, { data }) => sum + 16 + data.length, 24);
}

describe('a far step is believed', () => {
  it('where the packets behind it agree: captures of two years merged', async () => {
    const years = stamped(({ sec }, at) => (at < 100 ? { sec: sec - 300_000_000 } : {}));
    for (const file of [classic(years, 1), ng(years, 1)]) {
      const report = await analyze(file);
      expect(report.clock).toBeUndefined();
      expect(report.first_ts).toBeCloseTo((right.first_ts ?? 0) - 300_000_000, 5);
      expect(report.last_ts).toBe(right.last_ts);
    }
  });

  it('where another capture begins, however short', async () => {
    const old = frames.slice(0, 2).map((frame) => ({ ...frame, sec: frame.sec - 400_000_000 }));
    const report = await analyze(classic(frames, 1), classic(old, 1));
    expect(report.clock).toBeUndefined();
    expect(report.first_ts).toBeCloseTo((right.first_ts ?? 0) - 400_000_000, 5);
  });

  it('back to the right time, from many packets that were wrong', async () => {
    const wrong = stamped((_, at) => (at > last - 8 && at < last ? { sec: 0 } : {}));
    for (const file of [classic(wrong, 1), ng(wrong, 1)])
      expect((await analyze(file)).last_ts).toBe(right.last_ts);
  });

  it('where it is far only from what was believed two thousand packets ago', async () => {
    const data = Buffer.alloc(20);
    const quiet = Array.from({ length: 4098 }, (_, at) => ({
      sec: 1_400_000_000 + Math.min(at, 2047) * 7000 + Math.max(0, Math.min(at - 2047, 2048)) * 15_000,
      usec: 0,
      data,
    }));
    for (const frame of quiet.slice(4096)) frame.sec += 2_000_000;
    const report = await analyze(classic(quiet, 1));
    expect(report.clock).toBeUndefined();
    expect(report.last_ts).toBe(quiet[4097]?.sec);
  });

  it('in a long quiet capture', async () => {
    const sparse = frames
      .slice(0, 12)
      .map((frame, at) => ({ ...frame, sec: 1_400_000_000 + at * 20_000_000 }));
    const report = await analyze(classic(sparse, 1));
    expect(report.clock).toBeUndefined();
    expect((report.last_ts ?? 0) - (report.first_ts ?? 0)).toBeCloseTo(11 * 20_000_000, -1);
  });
});

describe('a clock that is not set', () => {
  it('in the beginning: the packets before are put in front of those after', async () => {
    const report = await analyze(
      classic(
        stamped(({ sec }, at) => (at < 20 ? { sec: sec - (frames[0]?.sec ?? 0) } : {})),
        1,
      ),
    );
    expectRightSpan(report, 1);
    expect(report.clock?.[0]).toContain('20 packets are');
  });

  it('until long after the beginning: the span counts from where it was', async () => {
    const long = Array.from({ length: 30 }, () => frames).flat();
    const wrong = long.map((frame, at) => (at < 5000 ? { ...frame, sec: 60 } : frame));
    const report = await analyze(classic(wrong, 1));
    expect(report.first_ts).toBeGreaterThan(1.79e9);
    expect(report.clock?.join()).toContain('times count from packet 5001');
  });

  it('at all: differences hold', async () => {
    const report = await analyze(
      classic(
        stamped(({ sec }) => ({ sec: sec - (frames[0]?.sec ?? 0) })),
        1,
      ),
    );
    expect(report.suspects).toHaveLength(1);
    expect(report.first_ts).toBeLessThan(1);
    expect((report.last_ts ?? 0) - (report.first_ts ?? 0)).toBeCloseTo(
      (right.last_ts ?? 0) - (right.first_ts ?? 0),
      5,
    );
    expect(report.clock?.[0]).toContain('clock was not set');
  });

  it('in the second of two captures: it is put behind the first', async () => {
    const unset = stamped(({ sec }) => ({ sec: sec - (frames[0]?.sec ?? 0) }));
    const report = await analyze(classic(frames, 1), classic(unset, 1));
    expect(report.first_ts).toBe(right.first_ts);
    expect((report.last_ts ?? 0) - (right.last_ts ?? 0)).toBeCloseTo(
      (right.last_ts ?? 0) - (right.first_ts ?? 0),
      4,
    );
    expect(report.clock?.[0]).toContain('Part of the file');
  });

  it('to anything: no packet has a time', async () => {
    for (const file of [
      classic(
        stamped(() => ({ sec: 0, usec: 0 })),
        1,
      ),
      ng(
        stamped(() => ({ sec: 0, usec: 0 })),
        1,
      ),
    ]) {
      const report = await analyze(file);
      expect(report).toMatchObject({ first_ts: null, last_ts: null });
      expect(report.suspects).toMatchObject([{ ip: '10.77.0.66', first_seen: null }]);
      expect(report.clock).toEqual([
        `${frames.length} packets are stamped with the time zero: when is not known.`,
      ]);
    }
  });
});
