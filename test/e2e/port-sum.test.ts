/** Every port asked is told, by every tool and strategy with the real nmap, and where that cannot be, it is said. */
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Home, makeHome, type Portolan, startStdio, withSettings } from './portolan.ts';

let home: Home;
let portolan: Portolan | undefined;

async function start(inside?: Parameters<typeof startStdio>[2]) {
  portolan = await startStdio(home, '2026-07-28', inside);
}
async function end() {
  await portolan?.close();
  home.remove();
}

interface Told {
  status: string;
  result: {
    hosts_up: number;
    hosts_total: number;
    coverage: { kind: string; message: string; hosts?: string[] }[];
    hosts: {
      address: string;
      ports: { port: number; state: string }[];
      ports_omitted?: number;
      other_ports?: { state: string; count: number }[];
      hostnames?: { name: string }[];
      timed_out?: boolean;
    }[];
  };
}

async function ask(tool: string, args: Record<string, unknown>) {
  const { structured, text = '' } = (await portolan?.call(tool, args)) ?? {};
  const { task_id } = structured ?? {};
  if (task_id === undefined) throw new Error(text);
  // scan_network lists open ports alone; this lists all of every scan.
  const answer = await portolan?.call('get_task_result', { task_id });
  if (!answer) throw new Error('no server');
  const { status, result } = answer.structured as unknown as Told;
  const sums = result.hosts.map(
    ({ ports, ports_omitted = 0, other_ports = [] }) =>
      ports.length + ports_omitted + other_ports.reduce((sum, { count }) => sum + count, 0),
  );
  const unaccounted = result.coverage.filter(({ kind }) => kind === 'unaccounted');
  return { ...result, status, sums, unaccounted, text: answer.text };
}

/** A machine of its own of which some ports answer with each kind of answer. */
const WALL = [
  'set -e; ip link set lo up; sysctl -qw net.ipv4.icmp_ratelimit=0',
  'nft add table inet wall',
  "nft add chain inet wall in '{ type filter hook input priority 0; }'",
  'nft add rule inet wall in tcp dport 1-60 reject with icmpx type admin-prohibited',
  'nft add rule inet wall in tcp dport 61-90 drop',
  'nft add rule inet wall in udp dport 1-60 drop',
  'exec "$@"',
].join('\n');

describe('real scans', () => {
  beforeAll(async () => {
    home = makeHome();
    const often = withSettings('rateLimit.scansPerMinute=600');
    await start((argv) => ['unshare', '-n', 'sh', '-c', WALL, 'sh', ...often(argv)]);
  });
  afterAll(end);

  test.each([
    ['quick_scan', { target: '127.0.0.1' }, 100],
    ['quick_scan', { target: '127.0.0.0/30', strategy: 'adaptive' }, 100],
    ['quick_scan', { target: '127.0.0.1', strategy: 'plain' }, 100],
    ['full_scan', { target: '127.0.13.1', timeout: 120 }, 65_535],
    ['full_scan', { target: '127.0.13.1', strategy: 'plain', timeout: 120 }, 65_535],
    ['scan_network', { target: '127.0.0.1', scan_type: 'basic', port_range: '1-200' }, 200],
    ['scan_network', { target: '127.0.0.1', port_range: '1-200', strategy: 'adaptive' }, 200],
    ['custom_scan', { command: '-Pn -p 1-200 127.0.0.1' }, 200],
    ['custom_scan', { command: '--top-ports 30 127.0.0.1' }, 30],
    ['custom_scan', { command: '-sS -sU -p T:50-100,U:55-70 127.0.0.1' }, 67],
    ['custom_scan', { command: '-sO -p 1-20 127.0.0.1' }, 20],
    ['custom_scan', { command: '-sA -p 50-100 127.0.0.1' }, 51],
    ['custom_scan', { command: '-p 50-100 --exclude-ports 55-60 127.0.0.1' }, 45],
  ])('%s %j tells all of the ports it asks', async (tool, args, count) => {
    const { sums, unaccounted } = await ask(tool, args);
    expect(unaccounted).toEqual([]);
    expect(sums).not.toEqual([]);
    expect(new Set(sums)).toEqual(new Set([count]));
  });

  test('hosts that --open leaves out are counted', async () => {
    const { sums, unaccounted, hosts_up } = await ask('custom_scan', {
      command: '-n --open -p 91-140 127.0.0.1 127.0.0.2',
    });
    expect([sums, hosts_up]).toEqual([[], 2]);
    expect(unaccounted[0]?.message).toMatch(/^2 hosts that are up are not told.* 100 ports/);
  });

  test('a host that was given up is counted', async () => {
    const { unaccounted } = await ask('custom_scan', {
      command: '-Pn -p 61-90 --host-timeout 200ms --max-retries 9 127.0.0.1',
    });
    expect(unaccounted[0]?.message).toMatch(
      /^Of the 30 ports asked on 127\.0\.0\.1, 30 are told in no state/,
    );
  });
});

/** Another nmap, whose report is this one. */
async function withReport(xml: string) {
  const nmap = join(home.folder, 'nmap');
  copyFileSync(fileURLToPath(new URL('fixtures/nmap-of-a-file', import.meta.url)), nmap);
  chmodSync(nmap, 0o755);
  writeFileSync(join(home.folder, 'report.xml'), xml);
  await start(withSettings(`scans.nmapPath=${nmap}`));
}

const report = (
  body: string,
  end = '<runstats><finished time="9" elapsed="9" exit="success"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>',
) =>
  `<nmaprun scanner="nmap" version="4.21"><scaninfo type="syn" protocol="tcp" numservices="20" services="1-20"/>${body}${end}`;
const host = (inner: string, name = '') =>
  `<host><status state="up"/><address addr="127.0.0.1" addrtype="ipv4"/><hostnames>${name && `<hostname name="${name}" type="user"/>`}</hostnames><ports>${inner}</ports></host>`;
const OPEN = '<port protocol="tcp" portid="11"><state state="open" reason="syn-ack"/></port>';
const counted = (state: string, count: number) =>
  `<extraports state="${state}" count="${count}"><extrareasons reason="x" count="${count}"/></extraports>`;

describe('reports of another nmap', () => {
  beforeEach(() => {
    home = makeHome();
  });
  afterEach(end);

  const SCAN = { command: '-Pn -p 1-20 127.0.0.1' };

  test('an old one that has a state of its own adds up', async () => {
    await withReport(report(host(`${counted('closed', 9)}${counted('unknown', 10)}${OPEN}`)));
    const { sums, unaccounted, text } = await ask('custom_scan', SCAN);
    expect([sums, unaccounted]).toEqual([[20], []]);
    expect(text).toContain('10 unknown');
  });

  test('ports that one leaves out are counted', async () => {
    await withReport(report(host(`${counted('closed', 9)}${OPEN}`)));
    const { sums, unaccounted } = await ask('custom_scan', SCAN);
    expect(sums).toEqual([10]);
    expect(unaccounted).toEqual([
      {
        kind: 'unaccounted',
        hosts: ['127.0.0.1'],
        message: 'Of the 20 ports asked on 127.0.0.1, 10 are told in no state: nothing is known of them.',
      },
    ]);
  });

  test('of one that breaks off in the middle of a host the rest is counted', async () => {
    const whole = report(host(`${counted('closed', 9)}${OPEN}${OPEN.replace('11', '12')}`));
    await withReport(whole.slice(0, whole.indexOf('portid="12"')));
    const { status, sums, unaccounted } = await ask('custom_scan', SCAN);
    expect([status, sums]).toEqual(['failed', [10]]);
    expect(unaccounted[0]?.message).toContain('10 are told in no state');
  });

  test('two of one address are one host', async () => {
    await withReport(
      report(
        host(`${counted('closed', 19)}${OPEN}`, 'a.lab') + host(`${counted('closed', 19)}${OPEN}`, 'b.lab'),
      ).replace('up="1"', 'up="2"'),
    );
    const { sums, unaccounted, hosts_up, hosts } = await ask('custom_scan', SCAN);
    expect([sums, unaccounted, hosts_up]).toEqual([[20], [], 1]);
    expect(hosts[0]?.hostnames?.map(({ name }) => name)).toEqual(['a.lab', 'b.lab']);
  });
});
