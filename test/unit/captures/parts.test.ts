/** Captures put together in one file, blocks that are not packets, and files cut in the beginning. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { analyzeCapture, type CaptureReport } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { WRAPPINGS } from './encapsulations.ts';
import { streamOf } from './packets.ts';
import { classic, framesOf, ng } from './wrap.ts';

const CASES = path.join(import.meta.dirname, '..', '..', 'captures', 'cases');
const folder = mkdtempSync(path.join(tmpdir(), 'portolan-parts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fourFile = path.join(CASES, 'nmap-syn-vertical', 'capture.pcap');
const sixFile = path.join(CASES, 'nmap6-syn-vertical', 'capture.pcap');
const four = readFileSync(fourFile);
const six = readFileSync(sixFile);
const frames4 = framesOf(four);
const frames6 = framesOf(six);

const analyze = (...chunks: Buffer[]) =>
  analyzeCapture({ kind: 'stream', stream: streamOf(...chunks) }, DEFAULT_DETECTION);
const written = (name: string) => readFileSync(path.join(folder, name));
const found = (report: CaptureReport) => report.suspects.map(({ ip, probes }) => [ip, probes]).sort();
const both = [
  ['10.77.0.66', 100],
  ['fd77::66', 80],
];

describe('two captures in one file', () => {
  const cooked = WRAPPINGS.find(({ name }) => name === 'Linux cooked');
  const cookedSix = frames6.map((frame) => ({ ...frame, data: cooked?.wrap(frame.data) ?? frame.data }));
  const converted = (format: string, from: string) => {
    const name = `${format}-${path.basename(path.dirname(from))}`;
    execFileSync('editcap', ['-F', format, from, path.join(folder, name)]);
    return written(name);
  };
  const second: Record<string, () => Buffer> = {
    'the same format': () => six,
    'the other byte order': () => classic(frames6, 1, { big: true }),
    'nanoseconds, as editcap writes them': () => converted('nsecpcap', sixFile),
    'the longer records of old Linux, as editcap writes them': () => converted('modpcap', sixFile),
    'another link type': () => classic(cookedSix, 113),
    'pcapng, as editcap writes it': () => converted('pcapng', sixFile),
    'pcapng of the other byte order': () => ng(frames6, 1, { big: true }),
  };
  const first: Record<string, () => Buffer> = {
    pcap: () => four,
    'pcap big-endian': () => classic(frames4, 1, { big: true }),
    pcapng: () => converted('pcapng', fourFile),
    'pcapng big-endian': () => ng(frames4, 1, { big: true }),
  };
  for (const [one, begin] of Object.entries(first)) {
    for (const [other, end] of Object.entries(second)) {
      it(`${one}, then ${other}`, async () => {
        const report = await analyze(Buffer.concat([begin(), end()]));
        expect(report.packets).toBe(frames4.length + frames6.length);
        expect(found(report)).toEqual(both);
        expect(report.truncated).toBeUndefined();
        // A second section is part of what pcapng is.
        const section = one.startsWith('pcapng') && other.startsWith('pcapng');
        expect(report.parts).toBe(section ? undefined : 2);
        expect(
          Math.max(...(report.suspects.find(({ ip }) => ip === 'fd77::66')?.packets ?? [])),
        ).toBeGreaterThan(frames4.length);
      });
    }
  }

  it('in chunks of any size', async () => {
    const file = Buffer.concat([four, six, four]);
    for (const size of [1, 7, 65_541]) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < file.length; at += size) pieces.push(file.subarray(at, at + size));
      expect(await analyze(...pieces)).toMatchObject({
        parts: 3,
        packets: 2 * frames4.length + frames6.length,
      });
    }
  });

  it('as gzip members, and with mergecap', async () => {
    expect(found(await analyze(gzipSync(four), gzipSync(six)))).toEqual(both);
    execFileSync('mergecap', ['-a', '-w', path.join(folder, 'merged.pcapng'), fourFile, sixFile]);
    expect(found(await analyze(written('merged.pcapng')))).toEqual(both);
  });

  it('one without packets, and one cut in its header', async () => {
    expect(found(await analyze(four.subarray(0, 24), six))).toEqual([both[1]]);
    const report = await analyze(four, six.subarray(0, 20));
    expect(report).toMatchObject({ packets: frames4.length, truncated: { offset: four.length } });
  });

  it('a magic number inside a packet, or a packet of that very second, is no header', async () => {
    const inside = frames4.map((frame) => ({
      ...frame,
      data: Buffer.concat([frame.data, four.subarray(0, 24)]),
    }));
    expect(await analyze(classic(inside, 1))).toMatchObject({ packets: frames4.length });
    const second = { sec: 0xa1b2c3d4, usec: 262_146 };
    const then = frames4.map((frame, at) => ({ ...frame, ...second, usec: second.usec + Math.min(at, 1) }));
    const report = await analyze(classic(then, 1));
    expect(report).toMatchObject({ packets: frames4.length, first_ts: 2_712_847_316.262146 });
    expect(report.parts).toBeUndefined();
    const empty = [{ ...second, data: Buffer.alloc(0) }, ...frames4];
    const file = classic(empty, 1);
    // The length of the packet on the wire is what tells it from a header.
    file.writeUInt32LE(60, 24 + 12);
    expect(await analyze(file)).toMatchObject({ packets: frames4.length + 1 });
  });
});

describe('files that tcpdump cuts by itself', () => {
  const long = Array.from({ length: 150 }, (_, round) =>
    frames4.map((frame) => ({ ...frame, sec: frame.sec + round * 2 })),
  ).flat();
  const run = (...args: string[]) =>
    execFileSync('tcpdump', ['-r', '-', '-Z', userInfo().username, ...args], {
      cwd: folder,
      input: classic(long, 1),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  const packetsIn = async (names: string[]) => {
    const reports = await Promise.all(names.map((name) => analyze(written(name))));
    return reports.reduce((sum, { packets }) => sum + packets, 0);
  };

  it('by size and by time hold all packets together', async () => {
    run('-w', 'dump.pcap', '-C', '1');
    const bySize = readdirSync(folder).filter((name) => name.startsWith('dump.pcap'));
    expect(bySize).toContain('dump.pcap1');
    expect(await packetsIn(bySize)).toBe(long.length);
    run('-w', 'log.pcap.%s', '-G', '100');
    const byTime = readdirSync(folder).filter((name) => /^log\.pcap\.\d{10}$/.test(name));
    // From a file it turns to the next by the clock on the wall: this is the first.
    expect(byTime).toHaveLength(1);
    expect(await packetsIn(byTime)).toBe(long.length);
  });
});

describe('a block that holds no packet', () => {
  const blockOf = (type: number, size: number, end = size + 12) => {
    const block = Buffer.alloc(size + 12);
    block.writeUInt32LE(type, 0);
    block.writeUInt32LE(size + 12, 4);
    block.writeUInt32LE(end, size + 8);
    return block;
  };
  const file = ng(frames4, 1);
  const header = 28 + 44;
  for (const [name, type] of [
    ['unknown', 0x0bad],
    ['custom', 0xbad],
    ['decryption secrets', 10],
    ['name resolution', 4],
  ] as const) {
    it(`${name}, of 40 MB, is passed over without being held`, async () => {
      const before = process.memoryUsage().arrayBuffers;
      let most = 0;
      const report = await analyzeCapture(
        {
          kind: 'stream',
          stream: (async function* () {
            yield file.subarray(0, header);
            const block = blockOf(type, 40_000_000);
            for (let at = 0; at < block.length; at += 100_000) {
              yield block.subarray(at, at + 100_000);
              most = Math.max(most, process.memoryUsage().arrayBuffers - before);
            }
            yield file.subarray(header);
          })(),
        },
        DEFAULT_DETECTION,
      );
      expect(report.packets).toBe(frames4.length);
      expect(report.truncated).toBeUndefined();
      // The block itself, made here, and the tables of the analysis.
      expect(most).toBeLessThan(90_000_000);
    });
  }

  it('that ends with another length, or does not end, is damage', async () => {
    const wrong = await analyze(file, blockOf(0x0bad, 1_000_000, 12));
    expect(wrong).toMatchObject({ packets: frames4.length });
    expect(wrong.truncated?.reason).toContain('another length');
    const cut = await analyze(file, blockOf(0x0bad, 1_000_000).subarray(0, 999_999));
    expect(cut.truncated?.reason).toContain('ends in the middle');
    const atTheEnd = await analyze(file, blockOf(0x0bad, 1_000_000).subarray(0, 1_000_008));
    expect(atTheEnd.truncated?.reason).toContain('ends in the middle');
  });

  it('of a packet is not believed beyond 16 MB', async () => {
    const report = await analyze(file, blockOf(6, 17_000_000));
    expect(report.truncated?.reason).toContain('impossible length');
  });

  it('and describes an interface is not believed without end', async () => {
    const one = blockOf(1, 8);
    const report = analyze(file.subarray(0, 28), Buffer.concat(Array.from({ length: 70_000 }, () => one)));
    await expect(report).rejects.toMatchObject({ code: 'corrupt_capture' });
  });
});

describe('a file cut in its first packet', () => {
  for (const [name, file, size] of [
    ['pcap, in the header of the record', four, 30],
    ['pcap, in the packet', four, 60],
    ['pcapng, in the description of the interface', ng(frames4, 1), 40],
    ['pcapng, in the packet', ng(frames4, 1), 28 + 44 + 50],
    ['gzip', gzipSync(four.subarray(0, 60)), 1000],
  ] as const) {
    it(`${name}, is corrupt_capture and says what happened`, async () => {
      await expect(analyze(file.subarray(0, size))).rejects.toMatchObject({
        code: 'corrupt_capture',
        message: expect.stringContaining('ends in the middle of its first packet'),
        next: expect.stringContaining('cut short'),
      });
    });
  }

  it('is none where it holds a header and no packet', async () => {
    for (const file of [four.subarray(0, 24), ng([], 1), ng([], 1).subarray(0, 28)]) {
      const report = await analyze(file);
      expect(report).toMatchObject({ packets: 0, suspects: [] });
      expect(report.truncated).toBeUndefined();
    }
  });
});
