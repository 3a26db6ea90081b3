import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindOf, SETTINGS } from '../../../src/config/flat-settings.ts';
import { defaultConfig, loadConfig } from '../../../src/config/load.ts';
import { redact, secretValues } from '../../../src/config/secrets.ts';
import { hashToken, knownTokens, newToken } from '../../../src/config/tokens.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-secrets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const CANARY = 'canary-4f1c2e';

/** A configuration in which every secret of the schema is a canary. */
async function withCanaries() {
  const flags: Record<string, unknown> = {};
  for (const setting of SETTINGS) {
    if (setting.secret) flags[setting.key] = `${CANARY}-${setting.name}`;
    else if (setting.secretFields) {
      flags[setting.key] = [{ name: 'ci', hash: 'cafe'.repeat(16), scopes: ['scan:read'] }];
    }
  }
  const { config } = await loadConfig({ env: { XDG_CONFIG_HOME: folder }, flags });
  return { config, count: Object.keys(flags).length };
}

describe('redaction', () => {
  test('the schema names its secrets', () => {
    expect(SETTINGS.filter(({ secret }) => secret).map(({ key }) => key)).toEqual([
      'server.token',
      'captures.token',
      'intel.greynoiseKey',
      'intel.otxKey',
    ]);
    expect(
      SETTINGS.flatMap((one) => (one.secretFields ?? []).map((field) => `${one.key}[].${field}`)),
    ).toEqual(['server.tokens[].hash']);
  });

  test('every name that sounds like a secret is marked as one', () => {
    const sounding = SETTINGS.filter(
      (one) => kindOf(one) === 'text' && /token$|key$|password|passphrase|secret/i.test(one.name),
    );
    expect(sounding.length).toBeGreaterThan(0);
    expect(sounding.filter(({ secret }) => !secret).map(({ key }) => key)).toEqual([]);
  });

  test('no secret of the schema survives redact, everything else does', async () => {
    const { config, count } = await withCanaries();
    const shown = JSON.stringify(redact(config));
    expect(JSON.stringify(config)).toContain(CANARY);
    expect(shown).not.toContain(CANARY);
    expect(shown).not.toContain('cafe');
    expect(shown.match(/\[hidden\]/g)).toHaveLength(count);
    expect(redact(config)['server']).toMatchObject({
      port: 8765,
      tokens: [{ name: 'ci', scopes: ['scan:read'] }],
    });
    expect(redact(defaultConfig())['security']).toEqual(defaultConfig().security);
  });

  test('the logger learns every secret value', async () => {
    const { config, count } = await withCanaries();
    const values = secretValues(config);
    expect(values).toHaveLength(count);
    for (const setting of SETTINGS.filter(({ secret }) => secret))
      expect(values).toContain(`${CANARY}-${setting.name}`);
  });

  test('a wrong secret is not repeated in the message', async () => {
    const message = await loadConfig({
      env: { XDG_CONFIG_HOME: folder },
      flags: { 'server.token': CANARY.repeat(1000), 'server.tokens': CANARY },
    }).catch(String);
    expect(message).toContain('server.tokens');
    expect(message).not.toContain(CANARY);
  });

  test('a mistake in the file is not quoted: the line may hold a secret', async () => {
    for (const [name, text] of [
      ['broken.yaml', `server:\n  token: "${CANARY}\n  port: [`],
      ['broken.json', `{"server": {"token": "${CANARY}" "port": 1}}`],
    ] as const) {
      writeFileSync(join(folder, name), text);
      const message = await loadConfig({ file: join(folder, name), env: {} }).catch(String);
      expect(message).toContain(name);
      expect(message).not.toContain(CANARY);
    }
  });
});

describe('where secrets come from', () => {
  test('the environment and files', async () => {
    const file = join(folder, 'otx.key');
    writeFileSync(file, 'from the file\n');
    const { config } = await loadConfig({
      env: { XDG_CONFIG_HOME: folder, MY_TOKEN: 'from the environment' },
      flags: { 'server.token': 'env:MY_TOKEN', 'intel.otxKey': `file:${file}` },
    });
    expect(config.server.token).toBe('from the environment');
    expect(config.intel.otxKey).toBe('from the file');
  });

  test('a source that gives nothing is named', async () => {
    const empty = join(folder, 'empty.key');
    writeFileSync(empty, '\n');
    chmodSync(empty, 0o600);
    const load = (value: string) =>
      loadConfig({ env: { XDG_CONFIG_HOME: folder }, flags: { 'server.token': value } });
    await expect(load('env:NOT_SET')).rejects.toThrow('server.token names the environment variable NOT_SET');
    await expect(load('file:/nonexistent/key')).rejects.toThrow(
      '/nonexistent/key, which cannot be read (ENOENT)',
    );
    await expect(load(`file:${empty}`)).rejects.toThrow('is empty');
    await expect(load('short')).rejects.toThrow('server.token is too short for a secret. Give it 8 to 4096');
  });
});

describe('tokens', () => {
  test('are fresh, 256 bits long, and known by their hash', () => {
    const token = newToken();
    expect(newToken()).not.toBe(token);
    expect(Buffer.from(token.replace('portolan_', ''), 'base64url')).toHaveLength(32);
    // FIPS 180-4, the example "abc".
    expect(hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test('the simple token may do everything; the others what they say', async () => {
    const { config } = await withCanaries();
    expect(knownTokens(config)).toEqual([
      {
        name: 'operator',
        hash: hashToken(`${CANARY}-token`),
        scopes: expect.arrayContaining(['admin', 'scan:run']),
      },
      { name: 'ci', hash: 'cafe'.repeat(16), scopes: ['scan:read'] },
    ]);
    expect(knownTokens(defaultConfig())).toEqual([]);
  });
});
