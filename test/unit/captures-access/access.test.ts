import { execFileSync } from 'node:child_process';
import { readSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/captures/access.ts';
import { openInside } from '../../../src/captures/access-inside.ts';
import { checkToken } from '../../../src/captures/access-token.ts';
import { pcap } from './pcap-writer.ts';

let base: string;
let data: string;
const content = pcap([]);

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'portolan-access-'));
  data = join(base, 'data');
  await mkdir(join(data, 'office'), { recursive: true });
  await mkdir(join(base, 'data-secret'));
  await writeFile(join(base, 'data-secret', 'x.pcap'), content);
  await writeFile(join(base, 'outside.pcap'), content);
  await writeFile(join(data, 'a.pcap'), content);
  await writeFile(join(data, 'office', 'b.PCAPNG'), content);
  await writeFile(join(data, 'c.cap.gz'), gzipSync(content));
});
afterAll(() => rm(base, { recursive: true }));

const open = (path: string, allowedDir: string | undefined = data, maxFileMb = 50) =>
  openCapture(path, { allowedDir, maxFileMb });

async function nameOf(path: string, allowedDir?: string): Promise<string> {
  await using capture = await open(path, allowedDir);
  return capture.name;
}

/** The code of the refusal; its message must not name what lies outside. */
async function refusal(path: string, allowedDir?: string, maxFileMb?: number): Promise<string> {
  try {
    await using _capture = await open(path, allowedDir, maxFileMb);
    return 'opened';
  } catch (error) {
    const { code, message, next } = error as { code: string; message: string; next: string };
    expect(`${message} ${next}`).not.toMatch(/secret|outside\.pcap|passwd|ENOENT|EACCES/);
    return code;
  }
}

describe('a capture below the allowed folder', () => {
  it('is opened by its relative and by its absolute path', async () => {
    expect(await nameOf('a.pcap')).toBe('a.pcap');
    expect(await nameOf('./office/../office/b.PCAPNG')).toBe('office/b.PCAPNG');
    expect(await nameOf(join(data, 'c.cap.gz'))).toBe('c.cap.gz');
    expect(await nameOf('a.pcap', `${data}/`)).toBe('a.pcap');
  });

  it.each([
    'dump.pcap1',
    'pcap.00',
    'log.pcap.1611342342',
    'log.1.1611342342',
    'snort.log.1611342342',
    'merged.log.1421848000',
    'tcpdump.pcap.20260101',
    'tcpdump-2026-01-01T12:00:00',
    'x_00001_20260101120000.pcapng',
    'eth0.dmp',
    'trace.3',
    'outside.tcpdump',
    'daemonlogger.pcap.1611342342',
    'netsniff-ng-1611342342',
    'wireshark_eth0_20260101120000_a04242',
    'firewall.trc',
    'Capture 1',
  ])('may be named as a capture program names it: %s', async (name) => {
    await writeFile(join(data, name), content);
    expect(await nameOf(name)).toBe(name);
    await writeFile(join(data, `${name}.gz`), gzipSync(content));
    expect(await nameOf(`${name}.gz`)).toBe(`${name}.gz`);
  });

  it.each([
    ['a.pcap.bz2', 'BZh9'],
    ['a.pcap1.zip', 'PK\x03\x04'],
    ['capture.zip', 'PK\x03\x04'],
    ['dump.pcap.gz.1', '\x1f\x8b\x08'],
  ])('may be compressed: %s', async (name, magic) => {
    await writeFile(join(data, name), Buffer.from(magic.padEnd(20, '\0'), 'latin1'));
    expect(await nameOf(name)).toBe(name);
    await writeFile(join(data, name), content);
    expect(await refusal(name)).toBe('unsupported_file_type');
  });

  it('is read from its beginning', async () => {
    await using capture = await open('a.pcap');
    const bytes = Buffer.alloc(content.length + 10);
    expect(readSync(capture.fd, bytes)).toBe(content.length);
    expect(bytes.subarray(0, content.length)).toEqual(content);
    expect(capture.size).toBe(content.length);
  });

  it('may be named by links that stay below it, also when the folder is a link itself', async () => {
    const alias = join(base, 'alias');
    await symlink(data, alias);
    await symlink('office/b.PCAPNG', join(data, 'link.pcapng'));
    await symlink(join(alias, 'a.pcap'), join(data, 'absolute.pcap'));
    await symlink('office', join(data, 'folder-link'));
    expect(await nameOf('link.pcapng')).toBe('office/b.PCAPNG');
    expect(await nameOf('absolute.pcap', alias)).toBe('a.pcap');
    expect(await nameOf('folder-link/b.PCAPNG')).toBe('office/b.PCAPNG');
    expect(await nameOf(join(alias, 'a.pcap'), alias)).toBe('a.pcap');
  });

  it('has another version when it was written anew', async () => {
    const file = join(data, 'changing.pcap');
    await writeFile(file, content);
    const versionOf = async () => {
      await using capture = await open('changing.pcap');
      return capture.version;
    };
    const first = await versionOf();
    expect(await versionOf()).toBe(first);
    await writeFile(file, Buffer.concat([content, Buffer.alloc(3)]));
    expect(await versionOf()).not.toBe(first);
  });
});

describe('refused is', () => {
  it('everything, when no folder is configured or it is not there', async () => {
    await expect(openCapture('a.pcap', { maxFileMb: 50 })).rejects.toMatchObject({
      code: 'path_outside_allowed_dir',
    });
    expect(await refusal('a.pcap', join(base, 'nowhere'))).toBe('path_outside_allowed_dir');
  });

  it.each([
    ['../outside.pcap'],
    ['../../../../../../etc/passwd'],
    ['office/../../outside.pcap'],
    ['/etc/passwd'],
    ['/etc/does-not-exist'],
    ['/'],
    ['..'],
    ['../data-secret/x.pcap'],
  ])('%s, which leads outside', async (path) => {
    expect(await refusal(path)).toBe('path_outside_allowed_dir');
  });

  it('/data-secret where /data is allowed', async () => {
    expect(await refusal(join(base, 'data-secret', 'x.pcap'))).toBe('path_outside_allowed_dir');
  });

  it('a symbolic link out of the folder, the same whether its target exists or not', async () => {
    await symlink(join(base, 'outside.pcap'), join(data, 'out.pcap'));
    await symlink('../data-secret/x.pcap', join(data, 'out2.pcap'));
    await symlink(join(base, 'missing.pcap'), join(data, 'out3.pcap'));
    await symlink(base, join(data, 'out-folder'));
    await symlink('out.pcap', join(data, 'twice.pcap'));
    for (const path of ['out.pcap', 'out2.pcap', 'out3.pcap', 'out-folder/outside.pcap', 'twice.pcap']) {
      expect(await refusal(path)).toBe('path_outside_allowed_dir');
    }
  });

  it('a link that leads to itself', async () => {
    await symlink('loop.pcap', join(data, 'loop.pcap'));
    expect(await refusal('loop.pcap')).toBe('file_not_found');
  });

  it('what is not there, or lies below a file', async () => {
    expect(await refusal('missing.pcap')).toBe('file_not_found');
    expect(await refusal('a.pcap/b.pcap')).toBe('file_not_found');
  });

  it.each([
    ['http://192.0.2.1/a.pcap'],
    ['file:///etc/passwd'],
    ['S3://bucket/a.pcap'],
    [''],
    ['a.pcap\0.txt'],
  ])('%j, which is no path', async (path) => {
    expect(await refusal(path)).toBe('invalid_argument');
  });

  it('a path that is too long', async () => {
    expect(await refusal(`${'a/'.repeat(3000)}b.pcap`)).toBe('invalid_argument');
  });

  it('what is no regular file: a folder, a FIFO (at once), a device, a file of the kernel', async () => {
    await mkdir(join(data, 'folder.pcap'));
    execFileSync('mkfifo', [join(data, 'fifo.pcap')]);
    await symlink('/proc/self/mem', join(data, 'proc.pcap'));
    await symlink('/dev/zero', join(data, 'zero.pcap'));
    expect(await refusal('folder.pcap')).toBe('unsupported_file_type');
    expect(await refusal('fifo.pcap')).toBe('unsupported_file_type');
    expect(await refusal('.')).toBe('unsupported_file_type');
    expect(await refusal('proc.pcap')).toBe('path_outside_allowed_dir');
    expect(await refusal('zero.pcap')).toBe('path_outside_allowed_dir');
    // Even where the operator allowed everything.
    await symlink('/dev/zero', join(base, 'device.pcap'));
    await symlink('/proc/version', join(base, 'kernel.pcap'));
    expect(await refusal(join(base, 'device.pcap'), '/')).toBe('unsupported_file_type');
    expect(await refusal(join(base, 'kernel.pcap'), '/')).toBe('unsupported_file_type');
  });

  it('another kind of file, by its name, by the name behind a link, or by its content', async () => {
    await writeFile(join(data, 'notes.txt'), content);
    await writeFile(join(data, 'no-ending'), content);
    await writeFile(join(data, 'fake.pcap.gz'), content);
    await writeFile(join(data, 'packed.pcap'), gzipSync(content));
    await writeFile(join(data, 'a.pcap.zst'), gzipSync(content));
    await symlink('notes.txt', join(data, 'notes.pcap'));
    const others = [
      'auth.log',
      'auth.log.1',
      'syslog-20260101',
      'id_rsa',
      '.env',
      'users.db',
      'backup.zip',
      'capital',
    ];
    for (const name of others) await writeFile(join(data, name), content);
    for (const path of [
      ...others,
      // The same whether they are there or not.
      'missing.log',
      'notes.txt',
      'no-ending',
      'notes.pcap',
      'fake.pcap.gz',
      'packed.pcap',
      'a.pcap.zst',
    ]) {
      expect(await refusal(path)).toBe('unsupported_file_type');
    }
  });

  it('a file over the limit, without reading it', async () => {
    const big = join(data, 'big.pcap');
    await writeFile(big, content);
    await truncate(big, 2 * 1024 * 1024 + 1);
    expect(await refusal('big.pcap', data, 2)).toBe('file_too_large');
    await truncate(big, 2 * 1024 * 1024);
    expect(await refusal('big.pcap', data, 2)).toBe('opened');
  });

  it('a file that is outside once it is open, whatever its path was when it was looked at', async () => {
    await symlink(base, join(data, 'exchanged'));
    await expect(openInside(join(data, 'exchanged', 'outside.pcap'), data)).rejects.toMatchObject({
      code: 'path_outside_allowed_dir',
    });
    await symlink('a.pcap', join(data, 'last-step.pcap'));
    await expect(openInside(join(data, 'last-step.pcap'), data)).rejects.toMatchObject({
      code: 'file_not_found',
    });
    await expect(openInside(join(data, 'office'), data)).rejects.toMatchObject({
      code: 'unsupported_file_type',
    });
  });

  it('a file that moves out while it is being opened', async () => {
    await mkdir(join(base, 'aside'));
    await writeFile(join(base, 'aside', 'd.pcap'), Buffer.concat([content, Buffer.from('OUTSIDE')]));
    const folder = join(data, 'moving');
    const kept = join(data, 'moving-kept');
    await mkdir(folder);
    await writeFile(join(folder, 'd.pcap'), content);
    await symlink(join(base, 'aside'), join(data, 'moving-link'));
    let swapping = true;
    const swap = (async () => {
      while (swapping) {
        await rename(folder, kept);
        await rename(join(data, 'moving-link'), folder);
        await rename(folder, join(data, 'moving-link'));
        await rename(kept, folder);
      }
    })();
    const sizes = new Set<number>();
    const codes = new Set<string>();
    for (let round = 0; round < 1000; round++) {
      try {
        await using capture = await open('moving/d.pcap');
        sizes.add(capture.size);
      } catch (error) {
        codes.add((error as { code: string }).code);
      }
    }
    swapping = false;
    await swap;
    expect([...sizes].filter((size) => size !== content.length)).toEqual([]);
    for (const code of codes) expect(['path_outside_allowed_dir', 'file_not_found']).toContain(code);
  });
});

describe('the token of a call', () => {
  const required = { requireToken: true, token: 'right-token' };
  const code = (given: string | undefined, settings: { requireToken: boolean; token?: string }) => {
    try {
      checkToken(given, settings);
      return 'passed';
    } catch (error) {
      expect((error as Error).message).not.toContain('right-token');
      return (error as { code: string }).code;
    }
  };
  it('must be right where one is required', () => {
    expect(code('right-token', required)).toBe('passed');
    expect(code(undefined, required)).toBe('unauthorized');
    expect(code('', required)).toBe('unauthorized');
    expect(code('right-toke', required)).toBe('unauthorized');
    expect(code('right-token2', required)).toBe('unauthorized');
    expect(code('anything', { requireToken: true })).toBe('unauthorized');
  });
  it('is not needed otherwise, but a wrong one is refused', () => {
    expect(code(undefined, { requireToken: false })).toBe('passed');
    expect(code('anything', { requireToken: false })).toBe('passed');
    expect(code('wrong', { requireToken: false, token: 'right-token' })).toBe('unauthorized');
  });
});
