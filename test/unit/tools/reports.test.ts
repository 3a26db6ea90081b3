import { Readable } from 'node:stream';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { cleanField } from '../../../src/core/clean.ts';
import type { HostResult } from '../../../src/core/result.ts';
import { createXmlReader } from '../../../src/nmap/xml/parse.ts';
import { type ReportFormat, scanReports } from '../../../src/tools/reports/index.ts';
import { markdownReport } from '../../../src/tools/reports/markdown.ts';
import { portOutput } from '../../../src/tools/results/host-output.ts';
import { caller, storedScan } from './stored-scan.ts';

/** Everything a host can carry, with strings a hostile target would send (as they are after cleaning). */
const hostile = [
  '<script>alert(1)</script>]]></nmaprun>',
  '=HYPERLINK("http://evil/")',
  '@SUM(1+1)',
  '-1+1',
  '![x](http://evil/p.png) [a](javascript:1) `code` | cell |',
  cleanField('\u001b[2J\u202eevil\u0000\u{e0041}'),
];
const hosts: HostResult[] = [
  {
    address: '10.0.0.1',
    status: 'up',
    reason: 'echo-reply',
    hostnames: [{ name: 'a.lab.internal', type: 'PTR' }],
    mac: '02:00:00:00:00:01',
    vendor: hostile[0],
    ports: hostile.map((text, index) => ({
      port: 80 + index,
      protocol: 'tcp',
      state: 'open',
      reason: 'syn-ack',
      service: 'http',
      product: text,
      version: '1.0 & "more"',
      method: 'probed',
      confidence: 10,
      cpe: ['cpe:/a:vendor:product:1.0'],
      details: { reason_ttl: 63, os_type: text },
      scripts: [
        { id: 'http-title', output: `${text}\nsecond\tline`, data: { [text]: ['a', { '#': ['b'], k: '' }] } },
      ],
    })),
    other_ports: [
      {
        state: 'closed',
        count: 94,
        reasons: [{ reason: 'reset', count: 94, protocol: 'tcp', ports: '1-94' }],
      },
    ],
    os: [
      {
        name: 'Linux 5.x',
        accuracy: 98,
        line: 7,
        cpe: ['cpe:/o:linux:linux_kernel:5'],
        classes: [{ vendor: 'Linux', family: 'Linux', accuracy: 98, cpe: ['cpe:/o:linux:linux_kernel:5'] }],
      },
    ],
    distance: 1,
    trace: { protocol: 'tcp', port: 80, hops: [{ ttl: 2, address: '10.0.0.1', name: 'a', rtt_ms: 0.5 }] },
    uptime: { seconds: 7200 },
    details: { reason_ttl: 64, tcp_sequence: { index: 261, difficulty: 'Good luck!', values: 'A,B' } },
  },
  { address: '10.0.0.2', status: 'down', reason: 'no-response', ports: [], details: { reason_ttl: 0 } },
];

async function report(format: ReportFormat): Promise<string> {
  const { scans } = await storedScan(hosts);
  return (await scanReports(scans).read(`scan://task1/report.${format}`, caller)).text;
}

describe('reports', () => {
  it('in XML are read back by a reader of nmap reports as what was stored', async () => {
    const read: HostResult[] = [];
    const reader = createXmlReader({ host: (host: HostResult) => read.push(host) });
    reader.write(await report('xml'));
    reader.end();
    expect(read).toEqual(hosts);
  });

  it('in JSON are one document with every host', async () => {
    const document = JSON.parse(await report('json'));
    expect(document).toMatchObject({ task_id: 'task1', status: 'completed', hosts_up: 1, notice: /data/ });
    expect(document.hosts).toEqual(hosts.map((host) => ({ ...host, ports: host.ports.map(portOutput) })));
  });

  it('in CSV have no cell that a spreadsheet would run', async () => {
    const rows: string[][] = parse(await report('csv'));
    expect(rows).toHaveLength(1 + hostile.length + 1);
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^[=+@-]/);
  });

  it('in Markdown have no markup that came from a target', async () => {
    const text = (await report('md')).replace(/^ {4}.*$/gm, '');
    expect(text).not.toMatch(/<script|[^\\]\[|[^\\]\]\(|https?:\/\/|[^\\]`code/);
    const rows = text.split('\n').filter((line) => line.startsWith('| 8'));
    expect(rows).toHaveLength(hostile.length);
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(5);
  });

  it('are read by their address only', async () => {
    const { scans } = await storedScan(hosts);
    const source = scanReports(scans);
    expect(await source.read('scan://task1/report.csv', caller)).toMatchObject({ mimeType: 'text/csv' });
    for (const uri of [
      'scan://task1/report.exe',
      'file:///etc/passwd',
      'scan://../report.md',
      'scan://task1/report.md?x',
    ]) {
      await expect(source.read(uri, caller)).rejects.toMatchObject({ code: 'invalid_argument' });
    }
    await expect(source.read('scan://other/report.md', caller)).rejects.toMatchObject({
      code: 'task_not_found',
    });
  });
});

describe('lines for pipes', () => {
  it('are one a port, and whatever a target says stays in its column', async () => {
    const rows = (await report('lines')).split('\n').slice(0, -1);
    expect(rows).toHaveLength(hostile.length + 1);
    for (const row of rows) expect(row.split('\t')).toHaveLength(6);
    expect(rows[1]).toBe(
      '10.0.0.1\t81/tcp\topen\thttp\t=HYPERLINK("http://evil/") 1.0 & "more"\ta.lab.internal',
    );
    expect(rows.at(-1)).toBe('10.0.0.2\t\tdown\t\t\t');
  });

  it('are as nmap -oG writes them, with no field that a target could split', async () => {
    const lines = (await report('greppable')).split('\n');
    const ports = lines.find((line) => line.includes('Ports: '));
    expect(ports).toMatch(/^Host: 10\.0\.0\.1 \(a\.lab\.internal\)\tPorts: 80\/open\/tcp\/\/http\/\//);
    const fields = /Ports: ([^\t]*)/.exec(ports ?? '')?.[1]?.split(/, (?=\d+\/)/) ?? [];
    expect(fields).toHaveLength(hostile.length);
    for (const field of fields) expect(field.split('/')).toHaveLength(8);
    expect(ports).toMatch(/\tIgnored State: closed \(94\)\tOS: Linux 5\.x\tSeq Index: 261$/);
  });
});

it('what was measured of a host stands in the report to read', async () => {
  const text = await report('md');
  expect(text).toContain('Network distance: 1 hop\n');
  expect(text.replaceAll('\\', '')).toContain('Traceroute (tcp/80): *, 10.0.0.1 (a) 0.50 ms');
  expect(text).toContain('Uptime guess: 2 hours');
});

it('a script says on which port it ran', async () => {
  const text = await report('md');
  for (const [index] of hostile.entries())
    expect(text).toContain(`\nScript http-title on ${80 + index}/tcp:\n`);
});

it('the report to read gives the command as it can be copied, and which ports were asked', async () => {
  const { scans } = await storedScan(hosts);
  const task = await scans.get('task1', caller);
  const read = async (argv: string[], strategy: 'plain' | 'adaptive') => {
    const pieces: string[] = [];
    const told = { ...task, argv, nmapVersion: '7.95', request: { ...task.request, strategy } };
    for await (const piece of markdownReport(told, Readable.from([]))) pieces.push(piece);
    return pieces.join('');
  };
  expect(await read(['-sV', '--script-args', 'a=`*[x](y)`', '--', '10.0.0.1'], 'plain')).toContain(
    '\n- Ran: `` nmap -sV --script-args a=`*[x](y)` -- 10.0.0.1 `` (nmap 7.95)\n',
  );
  const phases = await read(['-p', '80', '--', '10.0.0.0/26'], 'adaptive');
  expect(phases).toContain('\n- Ran in phases, of which one: `nmap -p 80 -- 10.0.0.0/26` (nmap 7.95)\n');
  expect(phases).toMatch(/\n- Asked: .*ports/);
});

describe('hosts without open ports in the report to read', () => {
  const idle = (count: number): HostResult[] =>
    Array.from({ length: count }, (_, index) => ({
      address: `10.0.${index >> 8}.${index & 255}`,
      status: 'up',
      ports: [],
      other_ports: [{ state: 'closed', count: 100, reasons: [{ reason: 'reset', count: 100 }] }],
    }));
  const read = async (found: HostResult[]) => {
    const { scans } = await storedScan(found);
    return (await scanReports(scans).read('scan://task1/report.md', caller)).text;
  };
  const web: HostResult = {
    address: '10.0.9.1',
    status: 'up',
    ports: [{ port: 80, protocol: 'tcp', state: 'open' }],
  };

  it('are told together when they are many, behind the others, with every address and name', async () => {
    const [printer, ...others] = idle(1024);
    const named = {
      ...printer,
      hostnames: [{ name: 'printer_1.lan', type: 'PTR' }],
      mac: '02:00:00:00:00:01',
    };
    const odd = Array.from({ length: 40 }, (_, index) => ({
      ...others[index],
      address: `10.9.0.${index * 2}`,
      other_ports: [{ state: 'filtered', count: index + 1 }],
    }));
    const text = await read([named, ...others, ...odd, web] as HostResult[]);
    expect(text).toContain(
      '\n### 1,064 hosts without open ports\n\n- 1,024 hosts: 100 closed (reset): 10.0.0.0/22\n',
    );
    for (const [index] of odd.entries())
      expect(text).toContain(`${index + 1} filtered: 10.9.0.${index * 2}\n`);
    expect(text).toContain('\nOf these:\n\n- 10.0.0.0 (printer\\_1.lan) MAC 02:00:00:00:00:01\n');
    expect(text.indexOf('### 10.0.9.1')).toBeLessThan(text.indexOf('### 1,064 hosts'));
    expect(text.split('\n').length).toBeLessThan(75);
  });

  it('have a section each when they are few', async () => {
    const text = await read([...idle(20), web]);
    expect(text.match(/^### 10\./gm)).toHaveLength(21);
    expect(text).not.toContain('without open ports');
  });
});
