/** Captures that are handed in: what is kept, under which name, within which bounds, and for how long. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/captures/access.ts';
import { createCaptureService } from '../../../src/captures/service.ts';
import { cleanName, Uploads } from '../../../src/captures/uploads.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { pcap } from './pcap-writer.ts';

const CAPTURE = pcap([]);
const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
let base: string;
let folder: string;
let settings: { folder: string; maxMb: number; maxTotalMb: number; keepDays: number };
let uploads: Uploads;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'portolan-uploads-'));
  folder = join(base, 'uploads');
  settings = { folder, maxMb: 1, maxTotalMb: 2, keepDays: 7 };
  uploads = new Uploads(() => settings);
});
afterEach(() => rm(base, { recursive: true }));

async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
const add = (name: string, ...parts: Uint8Array[]) => uploads.add(name, chunks(...parts));
const refusal = (name: string, ...parts: Uint8Array[]) =>
  add(name, ...parts).then(
    () => 'kept',
    (error: { code: string }) => error.code,
  );
const big = (size: number) => Buffer.concat([CAPTURE], size);

describe('a capture that is handed in', () => {
  it('is kept for its owner alone, as it came, and can be read by its path', async () => {
    const kept = await add('office.pcap', CAPTURE.subarray(0, 3), CAPTURE.subarray(3));
    expect(kept).toMatchObject({ path: 'upload:office.pcap', size: CAPTURE.length, kind: 'upload' });
    expect(await readFile(join(folder, 'office.pcap'))).toEqual(CAPTURE);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'office.pcap'))).mode & 0o777).toBe(0o600);
    await using opened = await openCapture(kept.path, { maxFileMb: 0.00001, uploads: settings });
    expect([opened.name, opened.size, opened.maxBytes]).toEqual([kept.path, CAPTURE.length, MIB]);
  });

  it('gets a name that is free, also when many come at once', async () => {
    const kept = await Promise.all(Array.from({ length: 5 }, () => add('a.pcap.gz', gzipSync(CAPTURE))));
    expect(kept.map(({ path }) => path).sort()).toEqual([
      'upload:a-2.pcap.gz',
      'upload:a-3.pcap.gz',
      'upload:a-4.pcap.gz',
      'upload:a-5.pcap.gz',
      'upload:a.pcap.gz',
    ]);
    expect((await readdir(folder)).length).toBe(5);
  });

  it.each([
    ['../../etc/cron.d/x.pcap', 'x.pcap'],
    ['C:\\temp\\..\\x.pcap', 'x.pcap'],
    ['.hidden.pcap', 'hidden.pcap'],
    ['a b\u202e\0\n\u3164/../$(id);`x\u3164`.pcap', 'id-x-.pcap'],
    ['a\u3164b.pcap', 'a-b.pcap'],
    ['办公室 1.pcap', '办公室-1.pcap'],
    ['..', ''],
    [`${'长'.repeat(300)}.pcap`, `${'长'.repeat(65)}.pcap`],
  ])('%j is called %j', (given, name) => {
    expect(cleanName(given)).toBe(name);
  });

  it.each([
    ['zstd', 'a.pcap.zst', zstdCompressSync(CAPTURE)],
    ['nothing, of tcpdump -C', 'dump.pcap1', CAPTURE],
  ])('may be compressed with %s', async (_, name, bytes) => {
    expect(await refusal(name, bytes)).toBe('kept');
  });

  it.each([
    ['words', 'a.pcap', 'corrupt_capture', Buffer.from('#!/bin/sh\nrm -rf /\n')],
    ['too few bytes', 'a.pcap', 'corrupt_capture', CAPTURE.subarray(0, 2)],
    ['nothing', 'a.pcap', 'corrupt_capture', Buffer.alloc(0)],
    ['zeros', 'a.pcap', 'corrupt_capture', Buffer.alloc(100)],
    ['another name', 'a.exe', 'unsupported_file_type', CAPTURE],
    ['no name', '', 'unsupported_file_type', CAPTURE],
    ['the name of what it is not', 'a.pcap.gz', 'unsupported_file_type', CAPTURE],
    ['what it is not in its name', 'a.pcap', 'unsupported_file_type', gzipSync(CAPTURE)],
    ['words that are compressed', 'a.pcap.gz', 'corrupt_capture', gzipSync('words words words words')],
    [
      'broken gzip',
      'a.pcap.gz',
      'corrupt_capture',
      Buffer.concat([gzipSync(CAPTURE).subarray(0, 10), Buffer.alloc(50, 255)]),
    ],
    [
      'a compression of others',
      'a.pcap.zip',
      'unsupported_file_type',
      Buffer.from('PK\u0003\u0004 and so on'),
    ],
  ])('is none: %s', async (_, name, code, bytes) => {
    const got = await refusal(name, bytes);
    expect(got).toBe(code);
    expect(await readdir(folder).catch(() => [])).toEqual([]);
  });

  it('that is none is not taken to its end', async () => {
    let given = 0;
    const endless = async function* () {
      for (; given < 1000; given += 1) yield Buffer.alloc(64, 'x');
    };
    await expect(uploads.add('a.pcap', endless())).rejects.toMatchObject({ code: 'corrupt_capture' });
    expect(given).toBeLessThan(3);
  });

  it('is bounded, alone and with the others, and leaves nothing when it is refused or broken off', async () => {
    expect(await refusal('a.pcap', big(MIB), Buffer.alloc(1))).toBe('file_too_large');
    expect(await readdir(folder)).toEqual([]);
    // What is told to be too large is not read at all.
    const unread = async function* () {
      yield* [expect.unreachable()];
    };
    await expect(uploads.add('a.pcap', unread(), MIB + 1)).rejects.toMatchObject({ code: 'file_too_large' });
    expect(await refusal('a.pcap', big(MIB))).toBe('kept');
    // Two on their way count together.
    const both = await Promise.all([refusal('b.pcap', big(700_000)), refusal('c.pcap', big(700_000))]);
    expect(both.sort()).toEqual(['kept', 'resource_exhausted']);
    const brokenOff = async function* () {
      yield CAPTURE;
      throw new Error('gone');
    };
    await expect(uploads.add('d.pcap', brokenOff())).rejects.toThrow('gone');
    expect((await readdir(folder)).length).toBe(2);
    expect(await refusal('e.pcap', big(200_000))).toBe('kept');
  });

  it('goes by its age, and what was never finished with it; others stay', async () => {
    await add('old.pcap', CAPTURE);
    await add('new.pcap', CAPTURE);
    const now = Date.now();
    const aged = async (name: string, ms: number) => {
      if (name.startsWith('.')) await writeFile(join(folder, name), 'x');
      await utimes(join(folder, name), new Date(now - ms), new Date(now - ms));
    };
    await aged('old.pcap', 7 * DAY_MS + 1000);
    await aged('.part-1', 2 * 3_600_000);
    await aged('.part-2', 1000);
    await uploads.prune(now);
    expect((await readdir(folder)).sort()).toEqual(['.part-2', 'new.pcap']);
    expect((await uploads.list()).map(({ path }) => path)).toEqual(['upload:new.pcap']);
  });
});

describe('the path of an upload', () => {
  it.each([
    'upload:../secret.pcap',
    'upload:a/../../secret.pcap',
    'upload:/etc/passwd',
    'upload:.part-1.pcap',
    'upload:..\\secret.pcap',
    'upload:',
  ])('%s leads nowhere else', async (path) => {
    await add('a.pcap', CAPTURE);
    await writeFile(join(base, 'secret.pcap'), CAPTURE);
    await writeFile(join(folder, '.part-1.pcap'), CAPTURE);
    await expect(openCapture(path, { maxFileMb: 1, uploads: settings })).rejects.toMatchObject({
      code: expect.stringMatching(/^(path_outside_allowed_dir|file_not_found|unsupported_file_type)$/),
    });
  });

  it('is followed by no link, and names nothing where nothing was uploaded', async () => {
    await expect(openCapture('upload:a.pcap', { maxFileMb: 1, uploads: settings })).rejects.toMatchObject({
      code: 'file_not_found',
    });
    await add('a.pcap', CAPTURE);
    await writeFile(join(base, 'secret.pcap'), CAPTURE);
    await symlink(join(base, 'secret.pcap'), join(folder, 'l.pcap'));
    await expect(openCapture('upload:l.pcap', { maxFileMb: 1, uploads: settings })).rejects.toMatchObject({
      code: 'path_outside_allowed_dir',
    });
    expect((await uploads.list()).map(({ path }) => path)).toEqual(['upload:a.pcap']);
  });
});

it('lists uploads and the captures below the folder, the newest first, and nothing else', async () => {
  const allowed = join(base, 'captures');
  await mkdir(join(allowed, 'deep/er'), { recursive: true });
  const put = async (name: string, minutes: number) => {
    const path = join(allowed, name);
    await writeFile(path, CAPTURE);
    const at = new Date(1_700_000_000_000 + minutes * 60_000);
    await utimes(path, at, at);
  };
  await put('deep/er/b.pcap', 1);
  await put('a.pcap.gz', 2);
  await put('passwords.txt', 3);
  await put('odd\u202e.pcap', 3);
  await symlink(join(allowed, 'a.pcap.gz'), join(allowed, 'link.pcap'));
  await symlink('/', join(allowed, 'root'));
  // The folder of uploads may lie below: its captures are listed once.
  settings.folder = join(allowed, 'uploads');
  await add('now.pcap', CAPTURE);
  const service = createCaptureService({
    allowedDir: allowed,
    maxFileMb: 1,
    requireToken: false,
    detection: DEFAULT_DETECTION,
    uploads: settings,
  });
  const { captures, complete } = await service.list();
  expect(complete).toBe(true);
  expect(captures.map(({ path, kind }) => [path, kind])).toEqual([
    ['upload:now.pcap', 'upload'],
    ['a.pcap.gz', 'folder'],
    ['deep/er/b.pcap', 'folder'],
  ]);
  expect(captures[1]).toMatchObject({ size: CAPTURE.length, modifiedAt: 1_700_000_120_000 });
  for (const { path } of captures.slice(0, 1))
    expect((await service.analyze(path, { signal: new AbortController().signal })).file).toBe(path);
});
