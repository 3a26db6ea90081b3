/** The inventory in the formats of other programs, looked at with their own schemas where there are any. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import { Ajv } from 'ajv';
import { parse } from 'csv-parse/sync';
import { afterAll, expect, test } from 'vitest';
import type { Asset, ChangeEvent, Service } from '../../../src/core/asset.ts';
import type { ExportFormat, Incident } from '../../../src/exchange/export/format.ts';
import { EXPORT_FORMATS } from '../../../src/exchange/export/formats.ts';
import { importFile, openOwnFile } from '../../../src/exchange/import/import.ts';

const folder = mkdtempSync(join(tmpdir(), 'portolan-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOW = Date.UTC(2026, 10, 29);
const DAY = 86_400_000;

const service = (port: number, more: Partial<Service> = {}): Service => ({
  vantage: 'local',
  protocol: 'tcp',
  port,
  word: 'open',
  against: { strong: 0, all: 0 },
  firstOpen: NOW - 9 * DAY,
  changedAt: NOW - 9 * DAY,
  confirmedAt: NOW,
  turns: [],
  recent: [],
  ...more,
});

/** Its name would run in a spreadsheet, break out of a table, an attribute and a label. */
const EVIL = '=cmd|"/c calc"!A1 <b>`x`</b> & "q" \\';
const ASSET: Asset = {
  uid: 'a_0123456789abcdef',
  site: 'lab "1"',
  name: EVIL,
  class: 'normal',
  state: 'present',
  criticality: 'normal',
  static: false,
  tags: ['db'],
  vendor: 'Dell & Sons',
  os: { family: 'Linux', name: 'Linux 6', accuracy: 95 },
  firstSeen: NOW - 40 * DAY,
  lastSeen: NOW,
  stateSince: NOW - 40 * DAY,
  misses: 0,
  flags: [],
  confidence: 0.9,
  identifiers: [
    { type: 'mac', value: '00:11:22:33:44:55', worth: 'card', said: 'queried', firstSeen: 0, lastSeen: NOW },
  ],
  addresses: [
    { address: '10.0.1.7', from: 0, look: 'x' },
    { address: 'fd00::7', from: 0, look: 'x' },
    { address: '10.0.9.9', from: 0, to: 1, look: 'x' },
  ],
  services: [
    service(22, {
      service: {
        name: 'ssh',
        product: 'OpenSSH',
        version: '9.2',
        cpe: ['cpe:/a:x:y'],
        method: 'probed',
        confidence: 10,
      },
    }),
    service(22, { vantage: 'far' }),
    service(53, { protocol: 'udp' }),
    service(80, { word: 'closed' }),
  ],
  facts: [],
};
const GONE: Asset = { ...ASSET, uid: 'a_gone000000000000', name: 'gone', state: 'absent', services: [] };

const EVENT: ChangeEvent = {
  uid: 'e_1',
  at: NOW - DAY / 2,
  seenAt: NOW - DAY / 2,
  site: 'lab "1"',
  asset: ASSET.uid,
  address: '10.0.1.7',
  protocol: 'tcp',
  port: 9200,
  kind: 'port.opened',
  severity: 'high',
  before: 'closed',
  after: 'open',
  rule: 'R2',
  lookAfter: 'y',
  vantage: 'local',
  dedupeKey: 'port.opened a_0123456789abcdef 9200/tcp',
};
const INCIDENTS: Incident[] = [
  { event: EVENT, state: 'open' },
  { event: { ...EVENT, uid: 'e_2', seenAt: NOW - 9 * DAY, severity: 'medium' }, state: 'acknowledged' },
  {
    event: { ...EVENT, uid: 'e_3', severity: 'low', kind: 'hostkey.changed' },
    state: 'accepted',
    reason: 'new machine',
  },
  {
    event: {
      uid: 'e_4',
      at: NOW,
      seenAt: NOW,
      site: 'x',
      kind: 'vantage.degraded',
      severity: 'info',
      rule: 'R6',
      lookAfter: 'y',
      vantage: 'local',
      dedupeKey: 'k',
    },
    state: 'closed',
  },
];

async function write(name: string): Promise<string> {
  const format: ExportFormat | undefined = EXPORT_FORMATS.find((one) => one.name === name);
  let text = '';
  const what = {
    site: 'lab "1"',
    assets: [ASSET, GONE],
    incidents: INCIDENTS,
    now: NOW,
    since: NOW - DAY,
    version: '0.1.0',
  };
  for await (const piece of format?.write(what) ?? []) text += piece;
  return text;
}

const lines = async (name: string): Promise<unknown[]> =>
  (await write(name))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

function valid(schema: object, value: unknown): void {
  const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false });
  const check = ajv.compile(schema);
  expect(check(value), JSON.stringify(check.errors)).toBe(true);
}

test('CSV: a row an open port, and nothing in it runs', async () => {
  const text = await write('csv');
  const rows: Record<string, string>[] = parse(text, { columns: true });
  expect(rows.map(({ asset, port, protocol, product }) => [asset, port, protocol, product])).toEqual([
    [ASSET.uid, '22', 'tcp', ''],
    [ASSET.uid, '53', 'udp', ''],
    [GONE.uid, '', '', ''],
  ]);
  expect(rows[0]).toMatchObject({
    ip: '10.0.1.7',
    other_ips: 'fd00::7',
    mac: '00:11:22:33:44:55',
    name: `'${EVIL}`,
  });
});

test('JSON and JSON Lines hold all of it', async () => {
  expect(JSON.parse(await write('json'))).toEqual({
    site: 'lab "1"',
    exported_at: NOW,
    assets: [ASSET, GONE],
    incidents: INCIDENTS,
  });
  expect(await lines('jsonl')).toEqual([
    { type: 'asset', ...ASSET },
    { type: 'asset', ...GONE },
    ...INCIDENTS.map(({ event, ...rest }) => ({ type: 'incident', ...event, ...rest })),
  ]);
});

test('XML is valid by the DTD of nmap, and is read back', async () => {
  const path = join(folder, 'export.xml');
  writeFileSync(path, await write('nmap-xml'));
  execFileSync('xmllint', ['--noout', '--dtdvalid', '/usr/share/nmap/nmap.dtd', path], { stdio: 'pipe' });
  await using file = await openOwnFile(path);
  const reading = importFile(file, { site: 'x', now: NOW + DAY });
  const { value, done } = await reading.next();
  if (done) throw new Error('nothing was read');
  expect(value).toMatchObject({ completeness: 'positives' });
  expect(value.sightings).toHaveLength(1);
  expect(value.sightings[0]).toMatchObject({
    address: '10.0.1.7',
    at: NOW,
    marks: [
      { type: 'mac', value: '00:11:22:33:44:55' },
      { type: 'asked_name', value: EVIL.toLowerCase() },
    ],
    ports: [{ port: 22 }, { port: 53, protocol: 'udp' }],
  });
});

test('Markdown: a table whose cells stay cells', async () => {
  const text = await write('markdown');
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  for (const row of rows)
    expect(row.match(/(?<!\\)\|/g)?.length).toBe(row.match(/(?<!\\)\|/g)?.length === 8 ? 8 : 7);
  expect(text).not.toMatch(/<b>|[^\\]`/);
});

test('SARIF is valid by its published schema, and its baseline state is our diff', async () => {
  // Of draft 4, whose few other words ajv does not need here.
  const { $schema: _, id: __, ...schema } = sarifSchema;
  const log = JSON.parse(await write('sarif'));
  valid(schema, log);
  const [run] = log.runs;
  expect(
    run.results.map(({ ruleId, level, baselineState }: Record<string, string>) => [
      ruleId,
      level,
      baselineState,
    ]),
  ).toEqual([
    ['port.opened', 'error', 'new'],
    ['port.opened', 'warning', 'unchanged'],
    ['hostkey.changed', 'note', 'absent'],
    ['vantage.degraded', 'note', 'absent'],
  ]);
  expect(run.results[2].suppressions).toEqual([
    { kind: 'external', status: 'accepted', justification: 'new machine' },
  ]);
  expect(() => valid(schema, { ...log, runs: [{ ...run, tool: {} }] })).toThrow();
});

/** Of ECS 8.17, "Event fields": the values that categorization fields may have. No registry has its schema. */
const ECS = {
  type: 'object',
  required: ['@timestamp', 'ecs', 'event'],
  properties: {
    '@timestamp': { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$' },
    ecs: { type: 'object', required: ['version'] },
    event: {
      type: 'object',
      required: ['kind', 'category', 'type', 'action'],
      properties: {
        kind: { enum: ['alert', 'event', 'state'] },
        category: { type: 'array', items: { enum: ['host', 'network', 'configuration'] }, minItems: 1 },
        type: { type: 'array', items: { enum: ['change', 'creation', 'deletion', 'info'] }, minItems: 1 },
        severity: { type: 'integer' },
      },
    },
    host: { type: 'object', properties: { ip: { type: 'array', items: { type: 'string' } } } },
    server: { type: 'object', properties: { port: { type: 'integer' }, ip: { type: 'string' } } },
    network: { type: 'object', properties: { transport: { type: 'string' } } },
  },
};

test('ECS', async () => {
  const events = await lines('ecs');
  expect(events).toHaveLength(4);
  for (const event of events) valid(ECS, event);
  expect(events[0]).toMatchObject({
    event: { kind: 'alert', category: ['network'], type: ['creation'], action: 'port.opened', severity: 4 },
    server: { port: 9200, ip: '10.0.1.7' },
    rule: { id: 'R2' },
  });
  expect(events[3]).toMatchObject({
    event: { kind: 'event', category: ['configuration'], type: ['change'] },
  });
});

/** Of OCSF 1.8.0, what its classes 5001 and 2004 require. No registry has its schema. */
const OCSF = {
  type: 'object',
  required: ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'],
  properties: {
    metadata: {
      type: 'object',
      required: ['product', 'version'],
      properties: {
        version: { const: '1.8.0' },
        product: { type: 'object', required: ['name', 'vendor_name'] },
      },
    },
    severity_id: { enum: [0, 1, 2, 3, 4, 5, 6, 99] },
    time: { type: 'integer' },
  },
  oneOf: [
    {
      required: ['device'],
      properties: {
        class_uid: { const: 5001 },
        category_uid: { const: 5 },
        device: {
          type: 'object',
          required: ['type_id'],
          properties: { ip: { type: 'string' }, os: { type: 'object', required: ['name', 'type_id'] } },
        },
      },
    },
    {
      required: ['finding_info'],
      properties: {
        class_uid: { const: 2004 },
        category_uid: { const: 2 },
        activity_id: { enum: [1, 2, 3] },
        finding_info: { type: 'object', required: ['title', 'uid'] },
      },
    },
  ],
};

test('OCSF: assets are devices, changes are findings that begin, go on and end', async () => {
  const events = await lines('ocsf');
  for (const event of events) {
    valid(OCSF, event);
    expect(event).toMatchObject({ type_uid: expect.any(Number) });
  }
  const numbers = events.flatMap((event) =>
    typeof event === 'object' && event !== null && 'type_uid' in event && 'status_id' in event
      ? [[event.type_uid, event.status_id]]
      : [],
  );
  expect(numbers).toEqual([
    [200401, 1],
    [200402, 2],
    [200403, 4],
    [200403, 4],
  ]);
});

test('Prometheus reads the gauges', async () => {
  const text = await write('prometheus');
  expect(text).toContain('portolan_inventory_assets{site="lab \\"1\\"",state="present",class="normal"} 1\n');
  expect(text).toContain('portolan_inventory_open_ports{site="lab \\"1\\"",protocol="udp"} 1\n');
  expect(text).toContain('portolan_inventory_open_incidents{site="lab \\"1\\"",severity="high"} 1\n');
  expect(text).not.toContain('severity="low"');
  execFileSync('promtool', ['check', 'metrics'], { input: text, stdio: 'pipe' });
});
