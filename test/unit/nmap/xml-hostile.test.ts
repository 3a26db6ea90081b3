import { expect, test } from 'vitest';
import { MAX_SCRIPT_OUTPUT } from '../../../src/core/clean.ts';
import { createReport } from '../../../src/nmap/xml/report.ts';
import { HEAD, host, readXml, TAIL } from './read-xml.ts';

const service = (attributes: string) => `<service ${attributes} method="probed" conf="10"/>`;

test('an entity bomb is refused, and the hosts before it are kept', () => {
  const bomb = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from(
    { length: 9 },
    (_, level) => `<!ENTITY lol${level} "${`&lol${level - 1};`.repeat(10)}">`,
  ).join('')}]><nmaprun scanner="nmap" version="7.93">`;
  const { hosts, end } = readXml(
    `${bomb}${host('10.0.0.1')}${host('10.0.0.2', service('name="&lol8;"'))}${TAIL}`,
  );
  expect(hosts[0]).toMatchObject({ address: '10.0.0.1' });
  expect(end).toEqual({ truncated: true, problem: 'undefined entity.' });
  expect(JSON.stringify(hosts)).not.toContain('lol');
});

test('an external entity is never read', () => {
  const { hosts, end } = readXml(
    `<?xml version="1.0"?><!DOCTYPE nmaprun [<!ENTITY xxe SYSTEM "file:///etc/hostname">]><nmaprun scanner="nmap" version="7.93">${host('10.0.0.1', service('name="&xxe;"'))}${TAIL}`,
  );
  expect(end).toEqual({ truncated: true, problem: 'undefined entity.' });
  expect(hosts).toEqual([
    {
      address: '10.0.0.1',
      status: 'up',
      reason: 'arp-response',
      partial: true,
      ports: [{ port: 22, protocol: 'tcp', state: 'open', reason: 'syn-ack', details: { reason_ttl: 64 } }],
      details: { started: 1, ended: 2, reason_ttl: 0 },
    },
  ]);
});

test('an attribute of 30 MB ends the reading, not the process', () => {
  const report = createReport(() => {});
  const before = process.memoryUsage().rss;
  report.write(Buffer.from(`${HEAD + host('10.0.0.1')}<host><status state="`));
  for (let sent = 0; sent < 30; sent += 1) report.write(Buffer.alloc(1024 * 1024, 'a'));
  report.write(Buffer.from(`"/></host>${TAIL}`));
  expect(report.end()).toMatchObject({
    truncated: true,
    hosts: 1,
    problem: 'a single element is longer than 4194304 characters',
  });
  expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
});

test('100,000 levels end the reading, and the hosts before are kept', () => {
  const { hosts, end } = readXml(`${HEAD}${host('10.0.0.1')}${'<table>'.repeat(100_000)}`);
  expect(hosts).toHaveLength(1);
  expect(end.problem).toBe('elements are more than 256 levels deep');
});

test('no byte a target sends reaches us as a control character', () => {
  // As nmap writes them: every byte that is not printable ASCII as a reference of its own, NUL and ESC too.
  const bytes = Buffer.from('\x1b[2J\x1b]0;x\x07\0\u202e\u200b\u{e0041}\u{1f600}ü', 'utf8');
  const written = [...bytes]
    .map((byte) => (byte < 0x20 || byte > 0x7f ? `&#x${byte.toString(16)};` : String.fromCharCode(byte)))
    .join('');
  const { hosts, end } = readXml(
    HEAD + host('10.0.0.1', service(`name="x" product="${written}" extrainfo="\x1b[0m"`)) + TAIL,
  );
  expect(end).toEqual({ truncated: false });
  expect(hosts[0]?.ports[0]?.product).toBe(
    '\\x1b[2J\\x1b]0;x\\x07\\x00\\u{202e}\\u{200b}\\u{e0041}\u{1f600}ü',
  );
  expect(JSON.stringify(hosts)).not.toMatch(/\\u00(?:[01]|7f|[89])|[\u202e\u200b]/u);
});

test('Latin-1 stays what it is', () => {
  const { hosts } = readXml(HEAD + host('10.0.0.1', service('name="x" product="caf&#xe9;"')) + TAIL);
  expect(hosts[0]?.ports[0]?.product).toBe('café');
});

test('a banner of 64 KB is cut and says so', () => {
  const { hosts } = readXml(
    HEAD + host('10.0.0.1', service(`name="x" product="${'A'.repeat(65_536)}"`)) + TAIL,
  );
  expect(hosts[0]?.ports[0]?.product).toBe(`${'A'.repeat(1024)}…[cut 64512]`);
});

test('script output beyond the limit is cut, and the host is told', () => {
  const script = (length: number) => `<script id="s" output="${'x'.repeat(length)}"/>`;
  const { hosts, cut } = readXml(
    HEAD + host('10.0.0.1', script(100)) + host('10.0.0.2', script(MAX_SCRIPT_OUTPUT + 1)) + TAIL,
  );
  expect(cut).toEqual(['10.0.0.2']);
  expect(hosts[1]?.ports[0]?.scripts?.[0]?.output).toBe(`${'x'.repeat(MAX_SCRIPT_OUTPUT)}…[cut 1]`);
});

test('a host that talks on every port is kept within its share of memory', () => {
  const port = (number: number) =>
    `<port protocol="tcp" portid="${number}"><state state="open" reason="syn-ack"/><script id="banner" output="${'y'.repeat(8000)}"/></port>`;
  const ports = Array.from({ length: 2000 }, (_, index) => port(index + 1)).join('');
  const { hosts, cut } = readXml(
    `${HEAD}<host><status state="up" reason="x"/><address addr="10.0.0.1" addrtype="ipv4"/><ports>${ports}</ports></host>${TAIL}`,
  );
  expect(hosts[0]?.ports).toHaveLength(2000);
  expect(cut).toEqual(['10.0.0.1']);
  expect(JSON.stringify(hosts).length).toBeLessThan(3e6);
});

test('65,535 open ports are all read', () => {
  const ports = Array.from(
    { length: 65_535 },
    (_, index) =>
      `<port protocol="tcp" portid="${index + 1}"><state state="open" reason="syn-ack" reason_ttl="64"/></port>\n`,
  ).join('');
  const report = createReport((found) => expect(found.ports).toHaveLength(65_535));
  report.write(
    Buffer.from(
      `${HEAD}<host><status state="up" reason="x"/><address addr="10.0.0.1" addrtype="ipv4"/><ports>${ports}</ports></host>${TAIL}`,
    ),
  );
  expect(report.end()).toMatchObject({ truncated: false, hosts: 1 });
  expect(report.coverage.notes().map(({ kind }) => kind)).toEqual(['tarpit_suspected']);
});

test('numbers and words that nmap never writes are not believed', () => {
  const port = (protocol: string, id: string, state: string) =>
    `<port protocol="${protocol}" portid="${id}"><state state="${state}" reason="x"/></port>`;
  const { hosts } = readXml(
    `${HEAD}<host><status state="haunted" reason="x"/><address addr="10.0.0.1" addrtype="ipv4"/><ports>${[
      port('tcp', '65536', 'open'),
      port('tcp', '-1', 'open'),
      port('tcp', '0x16', 'open'),
      port('carrier-pigeon', '22', 'open'),
      port('tcp', '22', 'ajar'),
      port('tcp', '23', 'closed'),
    ].join('')}</ports></host>${TAIL}`,
  );
  expect(hosts).toMatchObject([
    {
      status: 'unknown',
      ports: [
        { port: 22, state: 'unknown' },
        { port: 23, state: 'closed' },
      ],
    },
  ]);
});

test('what is no report at all is one that broke off', () => {
  for (const text of ['', 'Starting Nmap 7.93', '\0\0\0', '<html></html', '{"hosts":[]}']) {
    expect(readXml(text)).toMatchObject({ hosts: [], end: { truncated: true } });
  }
});
