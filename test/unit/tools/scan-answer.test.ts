import { describe, expect, it } from 'vitest';
import type { HostResult, PortResult } from '../../../src/core/result.ts';
import { answerWithResult } from '../../../src/tools/results/answer.ts';
import { portOutput } from '../../../src/tools/results/host-output.ts';
import { ScanAnswer } from '../../../src/tools/results/output.ts';
import { TEXT_BUDGET } from '../../../src/tools/results/text.ts';
import { storedScan } from './stored-scan.ts';

const open = (port: number, more: Partial<PortResult> = {}): PortResult => ({
  port,
  protocol: 'tcp',
  state: 'open',
  ...more,
});
const up = (address: string, ports: PortResult[], more: Partial<HostResult> = {}): HostResult => ({
  address,
  status: 'up',
  ports,
  ...more,
});

async function allPages(hosts: HostResult[], detail?: 'full') {
  const { task, context } = await storedScan(hosts);
  const pages = [];
  let cursor: string | undefined;
  do {
    const page = await answerWithResult(task, context, { cursor, detail });
    pages.push(page);
    cursor = page.structured.result?.next_cursor;
  } while (cursor && pages.length < 5000);
  return pages;
}

const SERVICES: Partial<PortResult>[] = [
  {
    service: 'ssh',
    product: 'OpenSSH',
    version: '9.2p1 Debian 2+deb12u3',
    extra_info: 'protocol 2.0',
    method: 'probed',
  },
  { service: 'http', product: 'nginx', version: '1.22.1', method: 'probed' },
  { service: 'https', tunnel: 'ssl', product: 'Apache httpd', version: '2.4.57', method: 'probed' },
  { service: 'postgresql', product: 'PostgreSQL DB', version: '15.3 - 15.8', method: 'probed' },
  { service: 'microsoft-ds', method: 'table' },
  { service: 'mysql', product: 'MySQL', version: '8.0.36', method: 'probed' },
];

it('a version reads as product and version, whose fields are there too', () => {
  const port = { port: 22, protocol: 'tcp', state: 'open' } as const;
  const parts = { product: 'OpenSSH', version: 'OpenSSH 8.0', product_version: '8.0' };
  expect(portOutput({ ...port, product: 'OpenSSH', version: '8.0' })).toEqual({ ...port, ...parts });
  expect(portOutput({ ...port, product: 'nginx' })).toEqual({ ...port, product: 'nginx', version: 'nginx' });
  expect(portOutput(port)).toEqual(port);
});

describe('a result that fits', () => {
  it('of a /24 with 12 live hosts is one answer of at most the budget', async () => {
    const hosts = Array.from({ length: 12 }, (_, index) =>
      up(
        `10.0.0.${index + 10}`,
        SERVICES.map((service, port) => open(20 + port, service)),
        {
          hostnames: [{ name: `host${index}.lab.internal`, type: 'PTR' }],
          mac: '02:42:0A:00:00:0A',
          vendor: 'Example Devices Inc.',
          other_ports: [{ state: 'closed', count: 94, reasons: [{ reason: 'reset', count: 94 }] }],
        },
      ),
    );
    const pages = await allPages(hosts);
    expect(pages).toHaveLength(1);
    expect(pages[0]?.text.length).toBeLessThanOrEqual(TEXT_BUDGET);
    for (const host of hosts) expect(pages[0]?.text).toContain(host.address);
    expect(pages[0]?.text).toContain('OpenSSH 9.2p1 Debian 2+deb12u3');
    expect(ScanAnswer.parse(pages[0]?.structured).result?.hosts).toEqual(
      hosts.map((host) => ({ ...host, ports: host.ports.map(portOutput) })),
    );
  });

  it('says that an empty one does not mean that nothing is there', async () => {
    const [page] = await allPages([]);
    expect(page?.text).toContain('-Pn');
  });
});

describe('a result that does not fit', () => {
  it('of 65,535 open ports on one host reaches the reader page by page, each port once', async () => {
    const ports = Array.from({ length: 65_535 }, (_, index) => open(index + 1, { service: 'unknown' }));
    const pages = await allPages([up('10.0.0.1', ports), up('10.0.0.2', [open(22)])]);
    for (const page of pages) expect(page.text.length).toBeLessThanOrEqual(TEXT_BUDGET);
    const seen = pages.flatMap((page) => page.structured.result?.hosts ?? []);
    const numbers = seen
      .filter((host) => host.address === '10.0.0.1')
      .flatMap((host) => host.ports.map((p) => p.port));
    expect(numbers).toEqual(ports.map((port) => port.port));
    expect(seen.at(-1)?.address).toBe('10.0.0.2');
    expect(pages[0]?.structured.result?.hosts[0]?.ports_omitted).toBeGreaterThan(60_000);
  }, 60_000);

  it('of a thousand hosts reaches the reader page by page, each host once and in the text of its own page', async () => {
    const hosts = Array.from({ length: 1000 }, (_, index) =>
      up(`10.0.${index >> 8}.${index & 255}`, [open(22, SERVICES[0]), open(80, SERVICES[1])]),
    );
    const pages = await allPages(hosts);
    const seen = pages.flatMap((page) => page.structured.result?.hosts ?? []);
    expect(seen.map((host) => host.address)).toEqual(hosts.map((host) => host.address));
    for (const page of pages) {
      expect(page.text.length).toBeLessThanOrEqual(TEXT_BUDGET);
      for (const host of page.structured.result?.hosts ?? []) expect(page.text).toContain(host.address);
    }
  });

  it.each([
    ['one line', 60],
    ['a table', 3],
  ])('names every CPE in its text too, with each host as %s', async (_form, count) => {
    const cpeOf = (host: number, port: number) => `cpe:/a:maker${host}:server${port}:1.${port}`;
    const hosts = Array.from({ length: count }, (_, host) =>
      up(
        `10.0.0.${host + 1}`,
        SERVICES.map((service, port) => open(20 + port, { ...service, cpe: [cpeOf(host, port)] })),
        { os: [{ name: 'Linux 5.X', accuracy: 96, cpe: [`cpe:/o:linux:linux_kernel:5.${host}`] }] },
      ),
    );
    const pages = await allPages(hosts);
    const seen = pages.flatMap(({ structured, text }) =>
      (structured.result?.hosts ?? []).flatMap(({ ports, os = [] }) =>
        [...ports, ...os].flatMap(({ cpe = [] }) => cpe.map((name) => ({ name, told: text.includes(name) }))),
      ),
    );
    expect(seen).toHaveLength(hosts.length * (SERVICES.length + 1));
    expect(seen.filter(({ told }) => !told)).toEqual([]);
    for (const { text } of pages) expect(text.length).toBeLessThanOrEqual(TEXT_BUDGET);
  });

  it('cuts long script output in a summary, says how much, and gives it whole in full detail', async () => {
    const scripts = [{ id: 'http-title', output: 'A'.repeat(3000) }];
    const hosts = [up('10.0.0.1', [open(80, { scripts })])];
    const [summary] = await allPages(hosts);
    const [full] = await allPages(hosts, 'full');
    expect(summary?.structured.result?.hosts[0]?.ports[0]?.scripts?.[0]?.output).toMatch(/^A+…\[cut \d+\]$/);
    expect(full?.structured.result?.hosts[0]?.ports[0]?.scripts).toEqual(scripts);
  });

  it('refuses a cursor that is not ours', async () => {
    const { task, context } = await storedScan([]);
    await expect(answerWithResult(task, context, { cursor: "h1' OR 1=1" })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });
});
