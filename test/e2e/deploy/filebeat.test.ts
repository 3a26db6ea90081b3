/** The sample for Filebeat, held against the unit that may write those files and against lines that we write. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SETTINGS } from '../../../src/config/flat-settings.ts';
import { GENESIS, link, prepare } from '../../../src/observe/audit-record.ts';
import { createLogger } from '../../../src/observe/log.ts';
import { directive } from './unit/unit.ts';

const Rename = z.object({ fields: z.array(z.object({ from: z.string(), to: z.string() })) });
const Timestamp = z.object({ field: z.string(), layouts: z.array(z.string()) });
const Filebeat = z.looseObject({
  'filebeat.inputs': z.array(
    z.looseObject({
      type: z.literal('filestream'),
      id: z.string(),
      paths: z.array(z.string().startsWith('/')),
      parsers: z.tuple([z.strictObject({ ndjson: z.looseObject({ target: z.string() }) })]),
      processors: z.tuple([z.strictObject({ timestamp: Timestamp }), z.strictObject({ rename: Rename })]),
    }),
  ),
  'output.elasticsearch': z.looseObject({ hosts: z.array(z.url()) }),
});
const { 'filebeat.inputs': inputs } = Filebeat.parse(
  parse(readFileSync(new URL('../../../deploy/filebeat/filebeat.yml', import.meta.url), 'utf8')),
);

it('reads files that the unit may write', () => {
  const folders = [
    ...directive('LogsDirectory').map((name) => `/var/log/${name}/`),
    ...directive('StateDirectory').map((name) => `/var/lib/${name}/`),
  ];
  expect(new Set(inputs.map(({ id }) => id)).size).toBe(inputs.length);
  const audit = SETTINGS.find(({ key }) => key === 'logging.auditFile');
  const [name] = /\S+\.jsonl/.exec(audit?.defaultText ?? '') ?? [];
  expect(inputs.flatMap(({ paths }) => paths).some((path) => path.endsWith(`/${name}`))).toBe(true);
  for (const path of inputs.flatMap(({ paths }) => paths)) {
    expect(folders.some((folder) => path.startsWith(folder))).toBe(true);
  }
});

function logLine(): Record<string, unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-log-'));
  const file = join(folder, 'portolan.log');
  createLogger({ level: 'info', file, format: 'json' }).warn({ tool: 'quick_scan' }, 'words');
  const line = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(folder, { recursive: true });
  return line;
}
const auditLine = (): Record<string, unknown> =>
  JSON.parse(link(GENESIS, prepare({ kind: 'call', fields: {} }, new Date().toISOString())).line);

it.each([
  ['portolan-log', logLine],
  ['portolan-audit', auditLine],
])('%s names fields that our lines have, and the layout of their times', (id, line) => {
  const input = inputs.find((one) => one.id === id);
  const prefix = `${input?.parsers[0].ndjson.target}.`;
  const record = line();
  const valueAt = (field: string) => {
    expect(field.startsWith(prefix)).toBe(true);
    return record[field.slice(prefix.length)];
  };
  const [{ timestamp } = {}, { rename } = {}] = input?.processors ?? [];
  // Go writes a layout as the moment 2006-01-02 15:04:05; milliseconds as zeros.
  const [layout = ''] = timestamp?.layouts ?? [];
  expect(String(valueAt(timestamp?.field ?? '')).replaceAll(/\d/g, '0')).toBe(layout.replaceAll(/\d/g, '0'));
  for (const { from } of rename?.fields ?? []) expect(valueAt(from), from).toEqual(expect.any(String));
});
