import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS } from '../../../src/config/flat-settings.ts';
import { configSchema } from '../../../src/config/json-schema.ts';
import { configTemplate } from '../../../src/config/template.ts';

const check = new Ajv2020({ strict: false, validateFormats: false }).compile(configSchema());
const accepts = (value: unknown): boolean => check(value);

test('what init writes fits it, as it is and with every default spelled out', () => {
  const template = configTemplate('portolan_a-token-of-many-letters');
  expect(accepts(parse(template))).toBe(true);
  const spelled = template.replace(/^ {2}# (\w+:.*)$/gm, '  $1');
  expect(Object.values(parse(spelled)).flatMap((group) => Object.keys(group as object)).length).toBe(
    SETTINGS.length,
  );
  accepts(parse(spelled));
  expect(check.errors ?? []).toEqual([]);
});

test('an editor sees what is wrong', () => {
  expect(accepts({ scans: { queueLimit: 7 }, host: '127.0.0.1', $schema: './x.json' })).toBe(true);
  for (const wrong of [
    { scans: { queueLimit: 'lots' } },
    { scans: { queueLimit: -1 } },
    { scans: { queLimit: 7 } },
    { scan: {} },
    { logging: { level: 'loud' } },
    { security: { allowIntrusive: 'yes' } },
    { tools: { toolsets: ['everything'] } },
    { server: { tokens: [{ name: 'x' }] } },
  ]) {
    expect(accepts(wrong), JSON.stringify(wrong)).toBe(false);
  }
});
