import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HostResult } from '../../src/core/result.ts';
import type { ScanOutcome } from '../../src/nmap/run/run.ts';
import { LAB_HOSTS } from './hosts.ts';
import type { Heard } from './in-lab.ts';
import { type Lab, startLab } from './lab.ts';

const IN_LAB = fileURLToPath(new URL('in-lab.ts', import.meta.url));
let lab: Lab;
let folder: string;
let runs = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-lab-'));
  lab = await startLab(Object.values(LAB_HOSTS));
});
afterAll(async () => {
  await lab.stop();
  await rm(folder, { recursive: true, force: true });
});

async function scan(command: string): Promise<{
  heard: Heard[];
  hosts: Map<string, HostResult>;
  outcome: ScanOutcome;
}> {
  runs += 1;
  const job = JSON.stringify({ command, directory: join(folder, String(runs)) });
  const { stdout, stderr } = await lab.run([process.execPath, IN_LAB, job], { timeoutMs: 110_000 });
  const heard = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Heard);
  const outcome = heard.flatMap((item) => (item.event === 'outcome' ? [item.outcome] : []))[0];
  if (!outcome) throw new Error(`the scan did not end: ${stderr}`);
  const hosts = heard.flatMap((item) => (item.event === 'host' ? [item.host] : []));
  return { heard, outcome, hosts: new Map(hosts.map((host) => [host.address, host])) };
}

const states = (host: HostResult | undefined) =>
  Object.fromEntries(host?.ports.map(({ port, state }) => [port, state]) ?? []);

test('open, closed and dropping hosts are told apart, and what was not tested is said', async () => {
  const { hosts, outcome, heard } = await scan('-n -p 22,25,80,443 10.9.0.10-12 10.9.0.14');
  expect(outcome.end).toBe('completed');
  expect(states(hosts.get('10.9.0.10'))).toEqual({ 22: 'open', 25: 'open', 80: 'open', 443: 'closed' });
  expect(states(hosts.get('10.9.0.11'))).toEqual({ 22: 'closed', 25: 'closed', 80: 'closed', 443: 'closed' });
  expect(states(hosts.get('10.9.0.12'))).toEqual({
    22: 'filtered',
    25: 'filtered',
    80: 'filtered',
    443: 'open',
  });
  expect(hosts.get('10.9.0.14')?.status).toBe('down');
  expect(hosts.get('10.9.0.10')?.mac).toMatch(/^([0-9A-F]{2}:){5}[0-9A-F]{2}$/);
  expect(outcome.hosts).toEqual({ up: 3, down: 1, total: 4 });
  expect(outcome.coverage).toEqual([
    { kind: 'filtered', hosts: ['10.9.0.12'], message: expect.stringContaining('3 ports on 10.9.0.12') },
  ]);
  const announced = heard.flatMap((item) => (item.event === 'open' ? [`${item.address} ${item.port}`] : []));
  expect(announced.sort()).toEqual(['10.9.0.10 22', '10.9.0.10 25', '10.9.0.10 80', '10.9.0.12 443']);
});

test('service detection reads the banners', async () => {
  const { hosts } = await scan('-n -sV -p 22,25,80 10.9.0.10');
  const ports = hosts.get('10.9.0.10')?.ports ?? [];
  expect(ports.map(({ service, product }) => [service, product])).toEqual([
    ['ssh', 'OpenSSH'],
    ['smtp', 'Postfix smtpd'],
    ['http', 'nginx'],
  ]);
  expect(ports[0]).toMatchObject({ version: '9.2p1 Debian 2+deb12u3', method: 'probed' });
});

test('IPv6', async () => {
  const { hosts, outcome } = await scan('-6 -n -p 22,23,80 fd00:9::10');
  expect(outcome.end).toBe('completed');
  expect(states(hosts.get('fd00:9::10'))).toEqual({ 22: 'open', 23: 'closed', 80: 'open' });
});

test('a host with nearly every port open is suspected to be a tarpit', async () => {
  const { hosts, outcome } = await scan('-n -p 1-150 10.9.0.15');
  expect(hosts.get('10.9.0.15')?.ports).toHaveLength(150);
  expect(outcome.coverage.map(({ kind, hosts: which }) => [kind, which])).toEqual([
    ['tarpit_suspected', ['10.9.0.15']],
  ]);
});

test('a host that limits its resets is still told apart from a firewall, or said to be uncertain', async () => {
  const { hosts, outcome } = await scan('-n -T4 -p 1-120 10.9.0.13');
  const host = hosts.get('10.9.0.13');
  expect(states(host)[21]).toBe('open');
  const filtered = (host?.other_ports ?? []).filter(({ state }) => state === 'filtered');
  const said = outcome.coverage.some(({ kind }) => kind === 'filtered');
  expect(said).toBe(filtered.length > 0 || Object.values(states(host)).includes('filtered'));
});

test('the namespaces have no way out', async () => {
  const { stdout } = await lab.run(['ip', 'route', 'show', 'default']);
  expect(stdout).toBe('');
});
