/** Files of other programs: what they tell, what is left out, and what nobody must be able to do with them. */
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { PortolanError } from '../../../src/core/errors.ts';
import type { Look } from '../../../src/core/look.ts';
import { FORMATS } from '../../../src/exchange/import/formats.ts';
import { type ImportEnd, importFile, openOwnFile, previewOf } from '../../../src/exchange/import/import.ts';

const folder = mkdtempSync(join(tmpdir(), 'portolan-import-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const data = (name: string) => fileURLToPath(new URL(`data/${name}`, import.meta.url));
const NOW = Date.UTC(2027, 0, 1);
const OPTIONS = { site: 'lab', now: NOW };
let files = 0;

function fileOf(content: string | Uint8Array): string {
  files += 1;
  const path = join(folder, `file-${files}`);
  writeFileSync(path, content);
  return path;
}

async function read(
  path: string,
  options: Parameters<typeof importFile>[1] = OPTIONS,
): Promise<ImportEnd & { looks: Look[] }> {
  const looks: Look[] = [];
  await using file = await openOwnFile(path);
  const reading = importFile(file, options);
  for (;;) {
    const next = await reading.next();
    if (next.done) return { ...next.value, looks };
    looks.push(next.value);
  }
}

const readText = (content: string, options?: Parameters<typeof importFile>[1]) =>
  read(fileOf(content), options);

/** Of each address its open ports. */
const openOf = (looks: readonly Look[]) =>
  Object.fromEntries(
    looks.flatMap(({ sightings }) =>
      sightings.map(({ address = '', ports }) => [
        address,
        ports.map(({ port, protocol }) => `${port}/${protocol}`),
      ]),
    ),
  );

test('nmap: a whole report is compared as a scan of ours is', async () => {
  const { looks, format, notCompared, problem } = await read(data('nmap.xml'));
  expect({ format, notCompared, problem }).toEqual({
    format: 'nmap-xml',
    notCompared: [],
    problem: undefined,
  });
  const [look] = looks;
  expect(look).toMatchObject({
    kind: 'import',
    vantage: 'import',
    completeness: 'full',
    discovery: 'arp',
    gaps: [],
  });
  const range = { first: '10.9.0.10', last: '10.9.0.14' };
  // Of five addresses the two that answered are in the report; the others were asked as well.
  expect(look?.coverage).toEqual([
    { ...range, aspect: 'host' },
    { ...range, aspect: 'port', protocol: 'tcp', ports: '1-100,443', technique: 'syn' },
  ]);
  expect(look?.sightings.map(({ address, said, counted }) => [address, said, counted])).toEqual([
    ['10.9.0.10', 'imported', [{ word: 'closed', protocol: 'tcp', ports: '1-21,23-79,81-100,443' }]],
    ['10.9.0.12', 'imported', [{ word: 'silent', protocol: 'tcp', ports: '1-100' }]],
  ]);
  expect(look?.sightings[0]?.marks[0]?.type).toBe('mac');
});

test('nmap: services come with what was found out of them', async () => {
  const { looks } = await read(data('nmap-services.xml'));
  expect(looks[0]?.sightings[0]?.ports[0]?.service).toMatchObject({ product: 'OpenSSH', method: 'probed' });
});

test('nmap: targets from a file or left out make the coverage that of the hosts that are listed', async () => {
  const whole = readFileSync(data('nmap.xml'), 'utf8');
  for (const args of ['-iL targets.txt', '--exclude 10.9.0.12 10.9.0.10-14', 'db.corp']) {
    const { looks, notCompared } = await readText(whole.replaceAll('10.9.0.10-14"', `${args}"`));
    expect(looks[0]?.coverage.map(({ first, last }) => `${first}-${last}`)).toEqual(
      expect.arrayContaining(['10.9.0.10-10.9.0.10', '10.9.0.12-10.9.0.12']),
    );
    expect(looks[0]?.coverage).toHaveLength(4);
    expect(notCompared).toEqual([expect.stringContaining('Addresses that the report does not list')]);
  }
});

test('nmap: --open gives positives, and so does a report that breaks off, wherever it does', async () => {
  const open = await read(data('nmap-open.xml'));
  expect(open.looks[0]).toMatchObject({ completeness: 'positives', coverage: [] });
  expect(open.notCompared).toEqual([expect.stringContaining('--open')]);
  expect(openOf(open.looks)).toEqual({ '10.9.0.10': ['22/tcp', '80/tcp'], '10.9.0.12': ['443/tcp'] });
  const cut = await read(data('nmap-cut.xml'));
  expect(cut.problem).toMatch(/breaks off/);
  const whole = readFileSync(data('nmap.xml'), 'utf8');
  for (const length of [300, whole.length - 600, whole.length - 12]) {
    const { looks, problem } = await readText(whole.slice(0, length));
    expect(problem).toBeDefined();
    for (const { completeness } of looks) expect(completeness).toBe('partial');
  }
});

test.each(['masscan.xml', 'masscan.list', 'masscan.json', 'masscan.ndjson'])('%s', async (name) => {
  const { looks, notCompared } = await read(data(name));
  expect(looks).toHaveLength(1);
  expect(looks[0]).toMatchObject({ completeness: 'positives', coverage: [], gaps: [] });
  expect(openOf(looks)['10.9.0.10']?.toSorted()).toEqual(['22/tcp', '80/tcp']);
  expect(looks[0]?.sightings[0]?.at).toBeGreaterThan(Date.UTC(2026, 10, 29));
  expect(notCompared).toHaveLength(1);
});

test('masscan: closed ports and banners are left out and said so', async () => {
  const { looks, leftOut } = await readText(
    '#masscan\nopen tcp 80 10.0.0.1 1600000000\nclosed tcp 81 10.0.0.1 1600000000\nbanner tcp 80 10.0.0.1 1600000000 title Hi\n# end\n',
  );
  expect(openOf(looks)).toEqual({ '10.0.0.1': ['80/tcp'] });
  expect(leftOut).toMatchObject([{ count: 2 }]);
});

test('naabu and RustScan', async () => {
  const json =
    '{"host":"db.lan","ip":"10.0.0.1","timestamp":"2026-11-01T00:00:00Z","port":80,"protocol":"tcp","tls":false}\n{"ip":"10.0.0.1","port":{"Port":81,"Protocol":0,"TLS":false}}\n';
  const naabu = await readText(json);
  expect(naabu.format).toBe('naabu-json');
  expect(openOf(naabu.looks)).toEqual({ '10.0.0.1': ['80/tcp', '81/tcp'] });
  expect(naabu.looks[0]?.sightings[0]?.marks).toEqual([{ type: 'asked_name', value: 'db.lan' }]);
  expect(openOf((await readText('10.0.0.1:22\n[fd00::1]:80\n10.0.0.1:443\n')).looks)).toEqual({
    '10.0.0.1': ['22/tcp', '443/tcp'],
    'fd00::1': ['80/tcp'],
  });
  expect(openOf((await readText('10.0.0.1 -> [22,80]\n')).looks)).toEqual({
    '10.0.0.1': ['22/tcp', '80/tcp'],
  });
  const normal =
    '.----. .-. .-.\n| {}  }| { } |\nOpen \x1b[35m10.0.0.1:22\x1b[0m\nOpen 10.0.0.2:80\n[~] Starting Nmap\n';
  expect(openOf((await readText(normal.replace('\x1b[35m', '').replace('\x1b[0m', ''))).looks)).toEqual({
    '10.0.0.1': ['22/tcp'],
    '10.0.0.2': ['80/tcp'],
  });
});

const CONN = [
  'ts',
  'uid',
  'id.orig_h',
  'id.orig_p',
  'id.resp_h',
  'id.resp_p',
  'proto',
  'service',
  'resp_bytes',
  'conn_state',
  'history',
];
const CONNECTIONS = [
  ['1795940000.5', 'C1', '10.0.0.9', '5000', '10.0.0.1', '22', 'tcp', 'ssh', '900', 'SF', 'ShADadFf'],
  ['1795940001.5', 'C2', '10.0.0.9', '5001', '10.0.0.1', '23', 'tcp', '-', '0', 'REJ', 'Sr'],
  ['1795940002.5', 'C3', '10.0.0.9', '5002', '10.0.0.1', '80', 'tcp', '-', '0', 'S0', 'S'],
  ['1795940003.5', 'C4', '10.0.0.9', '5003', '10.0.0.1', '81', 'tcp', '-', '0', 'RSTR', 'Sr'],
  ['1795940004.5', 'C5', '10.0.0.9', '5004', '10.0.0.1', '53', 'udp', 'dns', '120', 'SF', 'Dd'],
  ['1795940005.5', 'C6', '10.0.0.9', '5005', '10.0.0.1', '123', 'udp', '-', '0', 'S0', 'D'],
  ['1795940006.5', 'C7', '10.0.0.9', '5006', '93.184.216.34', '443', 'tcp', 'ssl', '900', 'SF', 'ShADad'],
  ['1795940007.5', 'C8', '10.0.0.9', '5007', '10.0.0.1', '443', 'tcp', 'ssl,http', '900', 'S1', 'ShADad'],
];
const tsv = (path: string, fields: string[], rows: string[][]) =>
  [
    ...[
      '#separator \\x09',
      '#set_separator\t,',
      '#empty_field\t(empty)',
      '#unset_field\t-',
      `#path\t${path}`,
    ],
    ...[`#fields\t${fields.join('\t')}`, `#types\t${fields.map(() => 'string').join('\t')}`],
    ...rows.map((row) => row.join('\t')),
    '#close\t2026-11-29-08-00-00\n',
  ].join('\n');

test('Zeek: what was answered in conn.log is open, in TSV and JSON alike; the world outside is left out', async () => {
  const open = { '10.0.0.1': ['22/tcp', '53/udp', '443/tcp'] };
  const table = await readText(tsv('conn', CONN, CONNECTIONS));
  expect(table.format).toBe('zeek-conn');
  expect(table.problem).toBeUndefined();
  expect(openOf(table.looks)).toEqual(open);
  expect(table.looks[0]?.sightings[0]).toMatchObject({
    at: 1795940007500,
    ports: [{ service: { name: 'ssh', method: 'probed' } }, {}, { service: { name: 'ssl' } }],
  });
  expect(table.leftOut).toEqual([
    {
      why: 'connections that were not answered, or of other protocols',
      count: 4,
      example: expect.any(String),
    },
    { why: 'addresses outside of your networks', count: 1, example: '93.184.216.34' },
  ]);
  const lines = CONNECTIONS.map((row) => {
    const pairs = CONN.map((name, at) => [
      name,
      /^(ts|.*_p|resp_bytes)$/.test(name) ? Number(row[at]) : row[at],
    ]);
    return JSON.stringify(Object.fromEntries(pairs.filter(([, value]) => value !== '-')));
  });
  expect(openOf((await readText(`${lines.join('\n')}\n`)).looks)).toEqual(open);
  const all = [{ family: 4 as const, first: 0n, last: 2n ** 32n - 1n }];
  const everything = await readText(tsv('conn', CONN, CONNECTIONS), { ...OPTIONS, within: all });
  expect(openOf(everything.looks)['93.184.216.34']).toEqual(['443/tcp']);
});

test('Zeek: known_hosts.log and known_services.log', async () => {
  const hosts = await readText(tsv('known_hosts', ['ts', 'host'], [['1795940000.1', '10.0.0.1']]));
  expect(hosts.format).toBe('zeek-known_hosts');
  expect(openOf(hosts.looks)).toEqual({ '10.0.0.1': [] });
  expect(openOf((await readText('{"ts":1795940000.1,"host":"10.0.0.1"}\n')).looks)).toEqual({
    '10.0.0.1': [],
  });
  const fields = ['ts', 'host', 'port_num', 'port_proto', 'service'];
  const services = await readText(
    tsv('known_services', fields, [['1795940000.1', '10.0.0.1', '22', 'tcp', 'SSH']]),
  );
  expect(services.format).toBe('zeek-known_services');
  expect(services.looks[0]?.sightings[0]?.ports[0]).toMatchObject({ port: 22, service: { name: 'ssh' } });
  const json = '{"ts":1795940000.1,"host":"10.0.0.1","port_num":22,"port_proto":"tcp","service":["SSH"]}\n';
  expect(openOf((await readText(json)).looks)).toEqual({ '10.0.0.1': ['22/tcp'] });
});

test('Zeek: a log with other fields is refused by name, a row that is cut is left out', async () => {
  await expect(readText(tsv('conn', ['ts', 'uid', 'note'], [['1', 'C', 'x']]))).rejects.toThrow(
    /has not the fields of Zeek's conn.log: id.resp_h, id.resp_p, proto, conn_state/,
  );
  const cut = `${tsv('conn', CONN, CONNECTIONS)}1795940000.5\tC1\t10.0`;
  expect((await readText(cut)).leftOut).toContainEqual(
    expect.objectContaining({ why: expect.stringMatching(/more or fewer values/) }),
  );
});

test('Suricata: answered flows, certificates and leases', async () => {
  const base = {
    timestamp: '2026-11-29T07:00:00.000000+0000',
    src_ip: '10.0.0.9',
    dest_ip: '10.0.0.1',
    proto: 'TCP',
  };
  const events = [
    {
      ...base,
      event_type: 'flow',
      dest_port: 22,
      app_proto: 'ssh',
      flow: { pkts_toclient: 9, state: 'closed' },
      tcp: { tcp_flags_tc: '1b' },
    },
    {
      ...base,
      event_type: 'flow',
      dest_port: 23,
      app_proto: 'failed',
      flow: { pkts_toclient: 1, state: 'closed' },
      tcp: { tcp_flags_tc: '14' },
    },
    {
      ...base,
      event_type: 'flow',
      dest_port: 53,
      proto: 'UDP',
      app_proto: 'dns',
      flow: { pkts_toclient: 1 },
    },
    { ...base, event_type: 'flow', dest_port: 54, proto: 'UDP', flow: { pkts_toclient: 0 } },
    {
      ...base,
      event_type: 'tls',
      dest_port: 443,
      tls: {
        subject: 'C=CL, O=Lab, CN=box',
        issuerdn: 'CN=Lab CA',
        fingerprint: Array(20).fill('ab').join(':'),
      },
    },
    {
      ...base,
      event_type: 'dhcp',
      dhcp: {
        dhcp_type: 'ack',
        assigned_ip: '10.0.0.50',
        client_mac: 'AA:BB:CC:00:11:22',
        hostname: 'Laptop',
      },
    },
    { ...base, event_type: 'alert', dest_port: 22 },
  ];
  const { looks, leftOut, format } = await readText(events.map((event) => JSON.stringify(event)).join('\n'));
  expect(format).toBe('suricata');
  expect(openOf(looks)).toEqual({ '10.0.0.1': ['22/tcp', '53/udp', '443/tcp'], '10.0.0.50': [] });
  const [box, laptop] = looks[0]?.sightings ?? [];
  expect(box).toMatchObject({
    at: Date.UTC(2026, 10, 29, 7),
    facts: [
      { type: 'cert', port: 443, fingerprint: `sha1:${'ab'.repeat(20)}`, subject: 'C=CL, O=Lab, CN=box' },
    ],
  });
  expect(laptop?.marks).toEqual([
    { type: 'mac', value: 'aa:bb:cc:00:11:22' },
    { type: 'name', value: 'laptop', detail: 'dhcp' },
  ]);
  expect(leftOut.map(({ count }) => count)).toEqual([2, 1]);
});

test('CSV: columns by any of their names, with commas, semicolons or tabs; others are named', async () => {
  const rows = [
    ['IP Address', 'Port', 'Proto', 'State', 'Service', 'Product', 'MAC', 'Host Name', 'Rack'],
    ['10.0.0.1', '443', 'TCP', 'open', 'https', 'nginx', 'AA-BB-CC-00-11-22', 'Web.Lan.', '7'],
    ['10.0.0.1', '53/udp', '', '', '', '', '', '', '7'],
    ['10.0.0.1', '81', 'tcp', 'closed', '', '', '', '', '7'],
    ['not an address', '81', 'tcp', 'open', '', '', '', '', '7'],
    ['10.0.0.2', '', '', '', '', '', '', '=cmd()', '7'],
    ['10.0.0.3', '1'],
  ];
  for (const delimiter of [',', ';', '\t']) {
    const { looks, leftOut } = await readText(rows.map((row) => row.join(delimiter)).join('\r\n'));
    expect(openOf(looks)).toEqual({ '10.0.0.1': ['443/tcp', '53/udp'], '10.0.0.2': [] });
    expect(looks[0]?.sightings[0]).toMatchObject({
      marks: [
        { type: 'mac', value: 'aa:bb:cc:00:11:22' },
        { type: 'asked_name', value: 'web.lan' },
      ],
      ports: [{ service: { name: 'https', product: 'nginx', method: 'probed' } }, {}],
    });
    expect(leftOut.map(({ why }) => why)).toEqual([
      'columns of other names: Rack',
      'ports in another state than open',
      'rows without a valid address',
      'rows with more or fewer cells than the header',
    ]);
  }
  await expect(readText('rack,port\n7,22\n')).rejects.toThrow(/none of the formats/);
});

test('the same file gives the same looks, whenever it was copied', async () => {
  for (const content of [
    tsv('conn', CONN, CONNECTIONS),
    '10.0.0.1:22\n',
    readFileSync(data('nmap.xml'), 'utf8'),
  ]) {
    const [a, b] = [await readText(content), await readText(content, { ...OPTIONS, now: NOW + 1000 })];
    expect(b.looks.map(({ hash }) => hash)).toEqual(a.looks.map(({ hash }) => hash));
  }
  const other = await readText('10.0.0.1:23\n');
  expect(other.looks[0]?.hash).not.toBe((await readText('10.0.0.1:22\n')).looks[0]?.hash);
});

test('times that are still to come do not make a file the newest of all', async () => {
  const { looks, leftOut } = await readText('#masscan\nopen tcp 80 10.0.0.1 9999999999\n');
  expect(looks[0]?.sightings[0]?.at).toBeLessThanOrEqual(Date.now());
  expect(leftOut).toMatchObject([{ why: 'times that are still to come' }]);
});

test.each([
  ['nothing', '', /is empty/],
  ['words', 'Dear diary, today nothing was open.\n', /none of the formats/],
  ['bytes', Buffer.from([0, 1, 2, 3, 255, 254, 0]), /none of the formats/],
  ['a bomb', gzipSync(Buffer.alloc(1_000_000)), /packed \(gzip\); unpack it first/],
  ['a zip', Buffer.from('PK\x03\x04garbage'), /packed \(zip\)/],
])('%s is refused with what can be imported', async (_, content, message) => {
  const reading = read(fileOf(content));
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toMatchObject({
    code: 'unsupported_file_type',
    next: expect.stringContaining('masscan'),
  });
});

test('a file that is not there, and a folder', async () => {
  await expect(read(join(folder, 'none'))).rejects.toMatchObject({ code: 'file_not_found' });
  await expect(read(folder)).rejects.toMatchObject({ code: 'unsupported_file_type' });
});

test('entities of XML are not expanded, and nothing outside of the file is read', async () => {
  const bomb = `<?xml version="1.0"?><!DOCTYPE nmaprun [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}"><!ENTITY f SYSTEM "file:///etc/passwd">]><nmaprun scanner="nmap"><host><status state="up" reason="echo-reply"/><address addr="10.0.0.1"/><hostnames><hostname name="&b;&f;" type="PTR"/></hostnames></host></nmaprun>`;
  const { looks, problem } = await readText(bomb);
  expect(JSON.stringify(looks)).not.toMatch(/xxxx|root:/);
  expect(problem).toBeDefined();
});

test('a large file keeps the memory flat, and is never compared as a whole', {
  timeout: 120_000,
}, async () => {
  const path = join(folder, 'large.csv');
  const file = openSync(path, 'w');
  writeSync(file, 'ip,port,service,notes\n');
  const notes = 'n'.repeat(1000);
  for (let n = 0; n < 200; n += 1) {
    const row = (_: unknown, i: number) =>
      `10.${n}.${i >> 8}.${i % 256},${1 + (i % 9000)},svc${i},${notes}${n}\n`;
    writeSync(file, Array.from({ length: 500 }, row).join(''));
  }
  closeSync(file);
  expect(statSync(path).size).toBeGreaterThan(100_000_000);
  let hosts = 0;
  let most = 0;
  await using large = await openOwnFile(path);
  const reading = importFile(large, OPTIONS);
  for (let next = await reading.next(); !next.done; next = await reading.next()) {
    hosts += next.value.sightings.length;
    expect(next.value).toMatchObject({ completeness: 'positives' });
    expect(next.value.sightings.length).toBeLessThanOrEqual(10_000);
    const { heapUsed, external } = process.memoryUsage();
    most = Math.max(most, heapUsed + external);
  }
  expect(hosts).toBe(100_000);
  expect(most).toBeLessThan(300_000_000);
});

test('one endless line, or one quote that is never closed, ends in a word about it', {
  timeout: 60_000,
}, async () => {
  const endless = await readText(`10.0.0.1:22\n${'x'.repeat(30_000_000)}\n10.0.0.1:23\n`);
  expect(openOf(endless.looks)).toEqual({ '10.0.0.1': ['22/tcp', '23/tcp'] });
  expect(endless.leftOut).toMatchObject([{ count: 1 }]);
  const [first] = endless.leftOut;
  for (const long of [`${'x'.repeat(1024 * 1024 + 10)}\n`, 'x'.repeat(3_000_000)]) {
    const { leftOut } = await readText(`10.0.0.1:22\n${long}`);
    expect(leftOut).toEqual([first]);
  }
  const quote = await readText(`ip,name\n10.0.0.1,a\n10.0.0.2,"${'y'.repeat(3_000_000)}`);
  expect(openOf(quote.looks)).toEqual({ '10.0.0.1': [] });
  expect(quote.problem).toMatch(/record/i);
});

test('a preview says what an import would, and keeps nothing', async () => {
  await using file = await openOwnFile(data('nmap.xml'));
  expect(await previewOf(file, OPTIONS)).toMatchObject({
    format: 'nmap-xml',
    hosts: 2,
    openPorts: 3,
    looks: 1,
    completeness: 'full',
    notCompared: [],
    leftOut: [],
    coverage: [{ aspect: 'host' }, { aspect: 'port' }],
  });
});

const HEADS = [
  '<nmaprun scanner="nmap">',
  '#masscan\n',
  '[\n{"ip":"10.0.0.1","timestamp":"1"',
  '#separator \\x09\n#path\tconn\n#fields\tts\tid.resp_h\tid.resp_p\tproto\tconn_state\n',
  '{"event_type":"flow"}\n',
  '{"ip":"10.0.0.1","port":1}\n',
  '10.0.0.1:1\n',
  'ip,port\n',
  '10.0.0.1 -> [1]\n',
];

test('garbage behind any beginning is left out or refused, never a defect', { timeout: 60_000 }, async () => {
  const garbage = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.json(),
    fc.constantFrom('"', '<host>', '\t\t', '{'.repeat(5000)),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...HEADS), fc.array(garbage, { maxLength: 5 }), async (head, rest) => {
      try {
        const { looks } = await readText(head + rest.join('\n'));
        for (const { sightings } of looks)
          for (const { address } of sightings) expect(address).toMatch(/^[0-9a-f.:]+$/);
      } catch (error) {
        expect(error).toBeInstanceOf(PortolanError);
      }
    }),
    { numRuns: 100 },
  );
});

test('each format says what it is', () => {
  expect(FORMATS.map(({ name }) => name).toSorted()).toEqual([
    'csv',
    'masscan-json',
    'masscan-list',
    'naabu',
    'naabu-json',
    'nmap-xml',
    'rustscan',
    'suricata',
    'zeek-conn',
    'zeek-known_hosts',
    'zeek-known_services',
  ]);
});
