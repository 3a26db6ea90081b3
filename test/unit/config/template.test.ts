import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SETTINGS } from '../../../src/config/flat-settings.ts';
import { defaultConfig, loadConfig } from '../../../src/config/load.ts';
import { GROUPS } from '../../../src/config/schema.ts';
import { configTemplate } from '../../../src/config/template.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-template-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function load(text: string) {
  const file = join(folder, 'portolan.yaml');
  writeFileSync(file, text);
  return (await loadConfig({ file, env: {} })).config;
}

test('the template reads back as the defaults with its token', async () => {
  const expected = defaultConfig();
  expected.server.token = 'fresh-token';
  expect(await load(configTemplate('fresh-token'))).toEqual(expected);
});

test('with every comment taken away it still reads back as the defaults', async () => {
  const active = configTemplate('fresh-token').replace(/^ {2}# (?=\w+:)/gm, '  ');
  for (const setting of SETTINGS) expect(active).toMatch(new RegExp(`^  ${setting.name}:`, 'm'));
  const expected = defaultConfig();
  expected.server.token = 'fresh-token';
  expect(await load(active)).toEqual(expected);
});

test('every setting and every group has words', () => {
  for (const [group, words] of Object.entries(GROUPS)) expect(words, group).not.toBe('');
  for (const setting of SETTINGS) {
    expect(setting.about, setting.key).toMatch(/\.$/);
    const value = setting.fallback();
    if (value !== undefined) expect(setting.type().parse(value), setting.key).toEqual(value);
    else expect(setting.optional, setting.key).toBe(true);
  }
});
