import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fingerprint,
  judgeKey,
  keyType,
  knownTypes,
  matchesHost,
  parseKnownHosts,
} from '../../../../src/nmap/ssh/known-hosts.ts';
import { createHostKeys } from '../../../../src/nmap/ssh/trusted-host-keys.ts';
import { makeKey } from '../../../lab/machine.ts';
import { command } from '../../../lab/network.ts';

let folder: string;
let ed25519: string;
let rsa: string;
let other: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-known-'));
  const line = (name: string, type: string) =>
    makeKey(join(folder, name), { type }).split(' ').slice(0, 2).join(' ');
  ed25519 = line('ed25519', 'ed25519');
  rsa = line('rsa', 'rsa');
  other = line('other', 'ed25519');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const blob = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64');
const judge = (text: string, host: string, key: string) =>
  judgeKey(parseKnownHosts(text, 'file'), host, blob(key));

describe('a key of a host', () => {
  it('is trusted, unknown, changed or revoked', () => {
    const text = `# comment\n\nhost.lab ${ed25519}\n@revoked * ${rsa}\n`;
    expect(judge(text, 'host.lab', ed25519)).toEqual({ status: 'trusted' });
    expect(judge(text, 'HOST.lab', ed25519)).toEqual({ status: 'trusted' });
    expect(judge(text, 'other.lab', ed25519)).toEqual({ status: 'unknown' });
    expect(judge(text, 'host.lab', other)).toEqual({ status: 'changed', where: 'file:3' });
    expect(judge(text, 'other.lab', rsa)).toEqual({ status: 'revoked', where: 'file:4' });
  });

  it('that is revoked stays so, wherever else it is trusted', () => {
    expect(judge(`h ${ed25519}\n@revoked h ${ed25519}`, 'h', ed25519)).toMatchObject({ status: 'revoked' });
  });

  it('of another type than those known counts as changed', () => {
    expect(judge(`h ${rsa}`, 'h', ed25519)).toMatchObject({ status: 'changed' });
    expect(knownTypes(parseKnownHosts(`h ${rsa}\nx ${ed25519}`, ''), 'h')).toEqual(['ssh-rsa']);
  });

  it('belongs to its port', () => {
    expect(judge(`h ${ed25519}`, '[h]:2222', ed25519)).toEqual({ status: 'unknown' });
    expect(judge(`[h]:2222 ${ed25519}`, '[h]:2222', ed25519)).toEqual({ status: 'trusted' });
    expect(judge(`[h]:2222 ${ed25519}`, 'h', ed25519)).toEqual({ status: 'unknown' });
  });

  it('is not trusted by a line for certificates, nor by one that cannot be read', () => {
    expect(judge(`@cert-authority * ${ed25519}`, 'h', ed25519)).toEqual({ status: 'unknown' });
    expect(judge(`@something h ${ed25519}`, 'h', ed25519)).toEqual({ status: 'unknown' });
    const [type, base64 = ''] = ed25519.split(' ');
    for (const line of [
      `h ${type}`,
      `h ssh-rsa ${base64}`,
      `h ${type} ${base64.slice(0, 8)}`,
      `h ${type} ####`,
    ]) {
      expect(judge(line, 'h', ed25519).status, line).not.toBe('trusted');
    }
  });
});

describe('names', () => {
  it.each([
    ['host', 'host', true],
    ['*.lab', 'a.b.lab', true],
    ['*.lab', 'lab', false],
    ['10.0.0.?', '10.0.0.7', true],
    ['10.0.0.?', '10.0.0.17', false],
    ['*.lab,!bad.lab', 'bad.lab', false],
    ['!bad.lab,*.lab', 'bad.lab', false],
    ['*.lab,!bad.lab', 'good.lab', true],
    ['a,b,c', 'c', true],
    ['[fd00::1]:2222', '[fd00::1]:2222', true],
    ['*', 'anything', true],
    ['', 'host', false],
  ])('%s and %s: %s', (pattern, host, expected) => {
    expect(matchesHost(pattern, host)).toBe(expected);
  });

  it('that ssh-keygen has hashed', () => {
    const file = join(folder, 'hashed');
    writeFileSync(file, `[host.lab]:2222 ${ed25519}\nhost.lab ${rsa}\n`);
    command('ssh-keygen', ['-q', '-H', '-f', file]);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('host.lab');
    expect(judge(text, '[host.lab]:2222', ed25519)).toEqual({ status: 'trusted' });
    expect(judge(text, 'host.lab', rsa)).toEqual({ status: 'trusted' });
    expect(judge(text, 'other.lab', rsa)).toEqual({ status: 'unknown' });
  });

  it('with many stars do not hang', () => {
    expect(matchesHost(`${'*a'.repeat(5000)}b`, 'a'.repeat(250))).toBe(false);
  });
});

it('the fingerprint is that of ssh-keygen -lf', () => {
  for (const name of ['ed25519', 'rsa']) {
    const said = command('ssh-keygen', ['-lf', join(folder, `${name}.pub`)]);
    const key = blob(readFileSync(join(folder, `${name}.pub`), 'utf8'));
    expect(said).toContain(` ${fingerprint(key)} `);
    expect(keyType(key)).toMatch(/^ssh-(ed25519|rsa)$/);
  }
});

describe('the own file', () => {
  it('takes a key, and loses the other ones of that host alone', async () => {
    const own = join(folder, 'deeper', 'own');
    const keys = createHostKeys([], own);
    await keys.trust('h', blob(rsa));
    await keys.trust('[h]:2222', blob(rsa));
    await keys.trust('h', blob(ed25519));
    expect(readFileSync(own, 'utf8')).toBe(`[h]:2222 ${rsa}\nh ${ed25519}\n`);
    const loaded = await keys.load();
    expect(loaded.judge('h', blob(rsa))).toMatchObject({ status: 'changed' });
    expect(loaded.judge('h', blob(ed25519))).toEqual({ status: 'trusted' });
  });

  it('a file that is there and cannot be read trusts nothing', async () => {
    const keys = createHostKeys([folder], join(folder, 'own2'));
    await expect(keys.load()).rejects.toMatchObject({ code: 'invalid_config' });
  });
});
