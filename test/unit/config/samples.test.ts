/** No secret that stands in an example opens anything. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { hashToken, newToken } from '../../../src/config/tokens.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const EMPTY = { XDG_CONFIG_HOME: '/nonexistent' };
const tokens = (hash: string) => [{ name: 'ci', hash, scopes: ['scan:read'] }];
const load = (flags: Record<string, unknown>, env = {}) => loadConfig({ env: { ...EMPTY, ...env }, flags });

describe('sample secrets are refused at the start', () => {
  test.each([
    hashToken('foo'),
    hashToken('changeme'),
    hashToken('your-token-here\n'),
    hashToken(''),
    '0'.repeat(64),
    'ab'.repeat(32),
    `0123456789abcdef`.repeat(4),
  ])('the hash %s', async (hash) => {
    const refused = await load({ 'server.tokens': tokens(hash) }).catch((error) => error);
    expect(refused).toMatchObject({ code: 'invalid_config' });
    expect(refused.message).toContain('server.tokens[0].hash');
    expect(refused.message).toContain('sample');
  });

  test.each(['changeme', 'Your-Token-Here', '<your token>', 'xxxxxxxxxxxx', 'portolan_…', 'password123'])(
    'the token %s, wherever it comes from',
    async (secret) => {
      for (const key of ['server.token', 'captures.token']) {
        const refusal = { code: 'invalid_config', message: expect.stringContaining('sample') };
        await expect(load({ [key]: secret })).rejects.toMatchObject(refusal);
        await expect(load({ [key]: 'env:GIVEN' }, { GIVEN: secret })).rejects.toMatchObject(refusal);
      }
    },
  );

  test('one of your own is taken', async () => {
    const token = newToken();
    const { config } = await load({ 'server.token': token, 'server.tokens': tokens(hashToken(newToken())) });
    expect(config.server.token).toBe(token);
    expect(config.server.tokens).toHaveLength(1);
  });
});

test('what the pages and the deployment files show cannot be used as it stands', async () => {
  const files = execFileSync('git', ['ls-files', 'docs', 'deploy', 'schema', '*.md', '*.yaml', '*.json'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .filter((name) => !/^(test|bench)\/|package-lock/.test(name));
  expect(files.length).toBeGreaterThan(20);
  let shown = 0;
  for (const name of files) {
    const text = readFileSync(join(ROOT, name), 'utf8');
    const hashes = [
      ...text.matchAll(/^\s*(?:- )?"?hash"?: *"?([^\s"]+)/gm),
      ...text.matchAll(/\b([0-9a-f]{64})\b/g),
    ].map(([, hash = '']) => hash);
    for (const hash of hashes) {
      shown += 1;
      await expect(load({ 'server.tokens': tokens(hash) }), `${hash} in ${name}`).rejects.toThrow();
    }
    for (const [, token = ''] of text.matchAll(/^\s*token: *(\S+)/gm)) {
      shown += 1;
      const taken = load({ 'server.token': token }).then(
        () => `${token} in ${name} works`,
        () => 'refused',
      );
      expect(await taken).toBe('refused');
    }
  }
  expect(shown).toBeGreaterThan(0);
});
