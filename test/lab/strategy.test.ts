/** The adaptive strategy against plain nmap on real hosts: the same results, and one task that can be stopped whole. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomLab } from '../../bench/strategy-random-lab.ts';
import { identifications, missing, openPorts, scanIn } from '../../bench/strategy-scan.ts';
import type { HostResult } from '../../src/core/result.ts';
import { readRun } from '../../src/nmap/recovery/replay.ts';
import { REPORT_FILE } from '../../src/nmap/run/files.ts';
import { LAB_HOSTS, type LabHost } from './hosts.ts';
import { type Lab, startLab } from './lab.ts';

const IN_LAB = fileURLToPath(new URL('in-lab.ts', import.meta.url));
const PRINTER: LabHost = { address: '10.9.0.30', tcp: { 80: 'http', 9100: 'silent' } };
const CONTROLLER: LabHost = { address: '10.9.0.31', tcp: { 80: 'http', 502: 'silent' } };
/** Where SYNs are policed, a fast sweep loses open ports: the check must see it. */
const POLICED: LabHost = {
  address: '10.9.0.32',
  tcp: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [3000 + index * 40, 'ssh' as const])),
  synsPerSecond: 1500,
};

/** So many services that they are dealt over three processes. */
const KINDS = ['ssh', 'http', 'smtp', 'ftp'] as const;
const MANY: LabHost = {
  address: '10.9.0.33',
  tcp: Object.fromEntries(
    Array.from({ length: 90 }, (_, index) => [4000 + 2 * index, KINDS[index % KINDS.length] ?? 'ssh']),
  ),
};

let lab: Lab;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-strategy-'));
  lab = await startLab([...Object.values(LAB_HOSTS), PRINTER, CONTROLLER, POLICED, MANY]);
});
afterAll(async () => {
  await lab.stop();
  await rm(folder, { recursive: true, force: true });
});

const both = async (command: string, more: { unprivileged?: boolean } = {}) => ({
  plain: await scanIn(lab, { command, strategy: 'plain', ...more }),
  adaptive: await scanIn(lab, { command, strategy: 'adaptive', ...more }),
});

/** What does not change from one run to the next. */
const states = (host: HostResult | undefined) => ({
  status: host?.status,
  mac: host?.mac,
  ports: host?.ports.map(({ port, state, reason, service }) => `${port} ${state} ${reason} ${service}`),
  others: host?.other_ports,
});

test('finds the hosts, ports, states and versions that plain nmap finds', async () => {
  const { plain, adaptive } = await both('-T4 -n -sV -p 1-1000 10.9.0.10-11 10.9.0.14');
  expect([...adaptive.hosts.keys()].sort()).toEqual([...plain.hosts.keys()].sort());
  expect(identifications(adaptive)).toEqual(identifications(plain));
  for (const [address, host] of plain.hosts)
    expect(states(adaptive.hosts.get(address))).toEqual(states(host));
  expect(adaptive.outcome.hosts).toEqual(plain.outcome.hosts);
  expect(adaptive.notes.filter(({ kind }) => kind === 'strategy').length).toBeGreaterThan(0);
});

test('many services, asked by several processes, are named as by one', async () => {
  const { plain, adaptive } = await both('-T4 -n -sV -p 4000-4200 10.9.0.33');
  expect(identifications(adaptive).size).toBe(90);
  expect(identifications(adaptive)).toEqual(identifications(plain));
});

test('a firewall that drops', async () => {
  const { plain, adaptive } = await both('-T4 -n -p 1-2500 10.9.0.12');
  expect(states(adaptive.hosts.get('10.9.0.12'))).toEqual(states(plain.hosts.get('10.9.0.12')));
});

test('IPv6', async () => {
  const { plain, adaptive } = await both('-6 -T4 -n -p 1-500 fd00:9::10');
  expect(states(adaptive.hosts.get('fd00:9::10'))).toEqual(states(plain.hosts.get('fd00:9::10')));
});

test('without raw sockets a connect() sweep finds the same ports', async () => {
  const { plain, adaptive } = await both('-T4 -n -Pn -p 1-1500 10.9.0.10-12', { unprivileged: true });
  expect(openPorts(adaptive)).toEqual(openPorts(plain));
  expect(states(adaptive.hosts.get('10.9.0.12')).others).toEqual(states(plain.hosts.get('10.9.0.12')).others);
  expect(states(adaptive.hosts.get('10.9.0.10')).others).toEqual(states(plain.hosts.get('10.9.0.10')).others);
});

test('falls back where SYNs are policed, and misses nothing', async () => {
  const adaptive = await scanIn(lab, { command: '-T4 -n -p 1-5500 10.9.0.32', strategy: 'adaptive' });
  expect(openPorts(adaptive).size).toBe(60);
  expect(adaptive.notes.some(({ message }) => message.startsWith('Fell back'))).toBe(true);
});

test('a host that limits its resets is said to do so, and its open port is found', async () => {
  const adaptive = await scanIn(lab, { command: '-T4 -n -p 1-6000 10.9.0.13', strategy: 'adaptive' });
  expect(openPorts(adaptive)).toEqual(new Set(['10.9.0.13 21']));
  const others = adaptive.hosts.get('10.9.0.13')?.other_ports ?? [];
  expect(others.map(({ state }) => state)).toContain('closed|filtered');
  expect(adaptive.notes.some(({ message }) => message.includes('limits its answers'))).toBe(true);
});

test('printers and controllers are not asked for versions where that may harm', async () => {
  const { hosts, notes } = await scanIn(lab, {
    command: '-T4 -n -sV -p 1-1100,9100 10.9.0.30-31',
    strategy: 'adaptive',
  });
  const found = (address: string) =>
    hosts.get(address)?.ports.map(({ port, product, method }) => [port, product ?? method]);
  expect(found('10.9.0.30')).toEqual([
    [80, 'nginx'],
    [9100, 'table'],
  ]);
  expect(found('10.9.0.31')).toEqual([
    [80, 'table'],
    [502, 'table'],
  ]);
  expect(notes.filter(({ message }) => /printer|controller/i.test(message)).length).toBe(2);
});

test('what cannot be run in phases is run plain, and the answer says so', async () => {
  const { notes, outcome } = await scanIn(lab, { command: '-n -sU -p 5353 10.9.0.10', strategy: 'adaptive' });
  expect(outcome.end).toBe('completed');
  expect(notes[0]).toMatchObject({ kind: 'strategy', message: expect.stringContaining('plain') });
});

describe('one task', () => {
  /** Processes whose environment says they belong to the run. */
  const processesOf = (directory: string) =>
    readdirSync('/proc').filter((name) => {
      if (!/^\d+$/.test(name)) return false;
      try {
        const mine = readFileSync(`/proc/${name}/environ`, 'utf8').includes(`PORTOLAN_RUN=${directory}`);
        return mine && readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
      } catch {
        return false;
      }
    });
  const reports = (directory: string) =>
    readdirSync(directory)
      .filter((name) => existsSync(join(directory, name, REPORT_FILE)))
      .map((name) => readFileSync(join(directory, name, REPORT_FILE), 'utf8'))
      .join('');
  const job = (directory: string, command: string) => [
    process.execPath,
    IN_LAB,
    JSON.stringify({ command, directory, strategy: 'adaptive' }),
  ];
  // The tarpit-like silence of this port keeps version detection busy over many processes.
  const SLOW = '-T4 -n -sV -p 22,443 10.9.0.10 10.9.0.12';

  async function until(condition: () => boolean): Promise<void> {
    for (let look = 0; look < 600 && !condition(); look += 1) await delay(50);
    expect(condition()).toBe(true);
  }

  test('stops as a whole, with what it had found', async () => {
    const directory = join(folder, 'stopped');
    const child = lab.spawn(job(directory, SLOW), { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    await until(() => processesOf(directory).length > 3);
    child.kill('SIGTERM');
    await ended;
    expect(processesOf(directory)).toEqual([]);
    expect(said).toContain('"end":"stopped"');
    expect(said).toMatch(/"address":"10\.9\.0\.12".*"port":443.*"partial":true/);
  });

  test('killed at any moment it leaves no process, and its files tell what was found', async () => {
    const directory = join(folder, 'killed');
    const child = lab.spawn(job(directory, SLOW), { stdio: 'ignore' });
    await until(() => processesOf(directory).length > 3);
    await until(() => reports(directory).includes('OpenSSH'));
    child.kill('SIGKILL');
    await until(() => processesOf(directory).length === 0);
    const hosts: HostResult[] = [];
    const ports: string[] = [];
    await readRun(directory, {
      host: (host) => hosts.push(host),
      openPort: ({ address, port }) => ports.push(`${address} ${port}`),
    });
    expect(new Set(ports)).toEqual(new Set(['10.9.0.10 22', '10.9.0.12 443']));
    // One nmap had named this one; the host is not finished, so it is scanned again.
    expect(hosts.find(({ address }) => address === '10.9.0.10')).toMatchObject({
      partial: true,
      ports: [{ port: 22, product: 'OpenSSH' }],
    });
  });
});

test.each([101, 102])('random lab %i: no port is missed that plain finds', async (seed) => {
  const { hosts, ports } = randomLab(seed, 1200);
  const random = await startLab(hosts);
  try {
    const command = `-T4 -n -p 1-${ports} 10.9.2.10-${9 + hosts.length}`;
    const plain = await scanIn(random, { command, strategy: 'plain' });
    const adaptive = await scanIn(random, { command, strategy: 'adaptive' });
    expect(missing(openPorts(plain), openPorts(adaptive))).toEqual([]);
  } finally {
    await random.stop();
  }
});
