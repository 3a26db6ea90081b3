/** bzip2 and zip files, as their programs write them: the capture inside, or what to do about it. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { analyzeCapture, type CaptureReport } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { streamOf } from './packets.ts';
import { classic, framesOf } from './wrap.ts';

const CASES = path.join(import.meta.dirname, '..', '..', 'captures', 'cases');
const folder = mkdtempSync(path.join(tmpdir(), 'portolan-archives-'));
afterAll(() => rmSync(folder, { recursive: true }));

const four = readFileSync(path.join(CASES, 'nmap-syn-vertical', 'capture.pcap'));
const six = readFileSync(path.join(CASES, 'nmap6-syn-vertical', 'capture.pcap'));
writeFileSync(path.join(folder, 'a.pcap'), four);
writeFileSync(path.join(folder, 'b.pcap'), six);
writeFileSync(path.join(folder, 'readme.txt'), 'what these are '.repeat(10_000));
writeFileSync(path.join(folder, 'empty.txt'), '');

/** What a program writes to its standard output. */
const run = (program: string, args: string[], input?: Buffer) =>
  execFileSync(program, args, { cwd: folder, input, stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1e9 });
const zip = (...args: string[]) => {
  const name = `${args.join('').replaceAll(/\W/g, '')}.zip`;
  run('zip', ['-q', name, ...args]);
  return readFileSync(path.join(folder, name));
};

/** In chunks of 1000 bytes, so that headers lie across two of them. */
const analyze = (file: Buffer, maxBytes?: number) => {
  const chunks: Buffer[] = [];
  for (let at = 0; at < file.length; at += 1000) chunks.push(file.subarray(at, at + 1000));
  return analyzeCapture(
    { kind: 'stream', stream: streamOf(...chunks) },
    DEFAULT_DETECTION,
    maxBytes === undefined ? {} : { maxBytes },
  );
};
const packets = framesOf(four).length;
const whole = (report: CaptureReport, compression: string) => {
  expect(report).toMatchObject({ compression, packets, bytes: four.length });
  expect(report.truncated).toBeUndefined();
};

describe('bzip2', () => {
  for (const level of ['-1', '-9']) {
    it(`of the program, ${level}`, async () => whole(await analyze(run('bzip2', [level], four)), 'bzip2'));
  }

  it('of several blocks gives the same bytes as the program', async () => {
    // 4 MB: text that repeats, runs of one byte, and noise.
    const noise = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * i * 31 + (i >> 3)) & 255));
    const body = Buffer.concat([Buffer.alloc(1_500_000, 7), noise, Buffer.from('abcd'.repeat(400_000))]);
    const frames = [];
    for (let at = 0; at < body.length; at += 60_000)
      frames.push({ sec: 1.7e9, usec: 0, data: body.subarray(at, at + 60_000) });
    const file = classic(frames, 1);
    const report = await analyze(run('bzip2', ['-c'], file));
    expect(report).toMatchObject({ packets: frames.length, bytes: file.length });
    expect(report.truncated).toBeUndefined();
  });

  it('of two streams and two captures', async () => {
    const report = await analyze(Buffer.concat([run('bzip2', [], four), run('bzip2', [], six)]));
    expect(report).toMatchObject({ parts: 2, packets: packets + framesOf(six).length });
    expect(report.suspects).toHaveLength(2);
  });

  it('cut in its second block gives the first', async () => {
    const many = Buffer.concat([four, ...Array.from({ length: 50 }, () => four.subarray(24))]);
    const packed = run('bzip2', ['-1'], many);
    const report = await analyze(packed.subarray(0, packed.length - 100));
    expect(report.packets).toBeGreaterThan(1000);
    expect(report.truncated?.reason).toContain('ends early');
  });

  it('whose checksum is another is damage', async () => {
    const packed = run('bzip2', [], four);
    packed[10] = (packed[10] ?? 0) ^ 1;
    expect((await analyze(packed)).truncated?.reason).toContain('checksum');
  });

  it('with a damaged bit is noticed by its checksum or its codes', async () => {
    const packed = run('bzip2', [], four);
    for (let at = 20; at < packed.length; at += 997) {
      const damaged = Buffer.from(packed);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      const outcome = await analyze(damaged).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'corrupt_capture' });
      else expect((outcome as CaptureReport).truncated).toBeDefined();
    }
  });

  it('of 200 MB of zeros is refused when it has given what is allowed', async () => {
    const bomb = execFileSync('sh', ['-c', 'head -c 200000000 /dev/zero | bzip2'], { maxBuffer: 1e8 });
    expect(bomb.length).toBeLessThan(1000);
    const file = Buffer.concat([run('bzip2', [], four), bomb]);
    await expect(analyze(file, 10_000_000)).rejects.toMatchObject({ code: 'file_too_large' });
  });
});

describe('zip', () => {
  const files: Record<string, () => Buffer> = {
    'one capture': () => zip('a.pcap'),
    'a capture among other files': () => zip('readme.txt', 'empty.txt', 'a.pcap', 'empty.txt'),
    'not compressed': () => zip('-0', 'readme.txt', 'a.pcap'),
    'to a pipe, its length behind it': () => run('zip', ['-q', '-', 'readme.txt', 'a.pcap']),
    'from a pipe to a pipe': () => run('zip', ['-q', '-', '-'], four),
    'with descriptors of four and eight bytes, with signature and without': () =>
      Buffer.concat([
        streamed('empty.txt', Buffer.alloc(0), true),
        streamed('large.txt', Buffer.alloc(0), true, true),
        streamed('a.pcap', four, false),
        streamed('z.txt', Buffer.from('z'), true),
        Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1'),
      ]),
  };
  for (const [name, file] of Object.entries(files)) {
    it(name, async () => whole(await analyze(file()), 'zip'));
  }

  it('cut in the midst gives what is there', async () => {
    const file = zip('readme.txt', 'a.pcap');
    const report = await analyze(file.subarray(0, Math.floor(file.length * 0.6)));
    expect(report.packets).toBeGreaterThan(50);
    expect(report.packets).toBeLessThan(packets);
    expect(report.truncated).toBeDefined();
  });

  it.each<[string, () => Buffer, RegExp]>([
    ['several captures', () => zip('a.pcap', 'readme.txt', 'b.pcap'), /more than one.*"a\.pcap", "b\.pcap"/],
    ['no capture', () => zip('readme.txt', 'empty.txt'), /no capture.*"readme\.txt"/],
    ['an encrypted one', () => zip('-P', 'infected', 'a.pcap'), /"a\.pcap".*encrypted/],
    ['nothing', () => Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1'), /empty/],
  ])('with %s is refused, and it is said what to do', async (_what, file, message) => {
    await expect(analyze(file())).rejects.toMatchObject({
      code: 'unsupported_file_type',
      message: expect.stringMatching(message),
      next: expect.stringContaining('unzip'),
    });
  });

  it('whose other files come to more than is allowed is refused', async () => {
    const bomb = streamed('bomb.txt', Buffer.alloc(20_000_000), true);
    await expect(analyze(Buffer.concat([bomb, zip('a.pcap')]), 10_000_000)).rejects.toMatchObject({
      code: 'file_too_large',
    });
    // Where its length is known it is passed over without being unpacked.
    writeFileSync(path.join(folder, 'bomb.txt'), Buffer.alloc(20_000_000));
    expect(await analyze(zip('bomb.txt', 'a.pcap'), 10_000_000)).toMatchObject({ packets });
  });

  it('whose capture is a bomb is refused', async () => {
    const file = streamed('a.pcap', Buffer.concat([four, Buffer.alloc(20_000_000)]), true);
    await expect(analyze(file, 10_000_000)).rejects.toMatchObject({ code: 'file_too_large' });
  });
});

/** A deflated member whose lengths stand behind it, as Java writes them; with `large` of eight bytes. */
function streamed(name: string, data: Buffer, signature: boolean, large = false): Buffer {
  const packed = deflateRawSync(data);
  const extra = Buffer.alloc(large ? 20 : 0);
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(8, 6);
  head.writeUInt16LE(8, 8);
  head.writeUInt16LE(name.length, 26);
  head.writeUInt16LE(extra.length, 28);
  if (large) extra.writeUInt32LE(0x00100001, 0);
  const behind = Buffer.alloc(large ? 24 : 16);
  behind.writeUInt32LE(0x08074b50, 0);
  behind.writeUInt32LE(crc32(data), 4);
  behind.writeUInt32LE(packed.length, 8);
  behind.writeUInt32LE(data.length, large ? 16 : 12);
  return Buffer.concat([head, Buffer.from(name), extra, packed, signature ? behind : behind.subarray(4)]);
}
