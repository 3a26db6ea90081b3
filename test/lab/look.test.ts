/** Looks of real scans, from the command line to the database: what was asked, of whom, and every word that came back. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Look } from '../../src/core/look.ts';
import { formatPorts, portSet } from '../../src/core/port-set.ts';
import type { HostResult } from '../../src/core/result.ts';
import { lookOf } from '../../src/scans/look.ts';
import { openStore } from '../../src/store/open.ts';
import { cleanEnvironment, type Home, mainArguments, makeHome } from '../e2e/portolan.ts';
import type { LabHost } from './hosts.ts';
import { type Lab, startLab } from './lab.ts';

const HOSTS: Record<string, LabHost> = {
  open: { address: '10.9.0.10', tcp: { 22: 'ssh', 80: 'http' }, udp: [5353] },
  closed: { address: '10.9.0.11' },
  dropping: { address: '10.9.0.12', tcp: { 443: 'silent' }, firewall: 'drop' },
  prohibiting: { address: '10.9.0.13', tcp: { 443: 'silent' }, firewall: 'reject' },
  down: { address: '10.9.0.14', down: true },
  tarpit: { address: '10.9.0.15', tarpit: true },
};

let lab: Lab;
let home: Home;

beforeAll(async () => {
  lab = await startLab(Object.values(HOSTS));
});
afterAll(() => lab.stop());
beforeEach(() => {
  home = makeHome();
});
afterEach(() => home.remove());

const portolan = (...words: string[]) => [process.execPath, ...mainArguments(home, ...words)];
const env = () => cleanEnvironment(home);

/** Scans with nmap's options to the end. */
const scan = (command: string) => call('custom_scan', `command=${command}`, 'timeout=100');

async function call(...words: string[]): Promise<Look> {
  const { stdout, stderr } = await lab.run(portolan('call', ...words), { timeoutMs: 110_000, env: env() });
  const look = await lastLook();
  if (!look) throw new Error(stdout + stderr);
  return look;
}

async function lastLook(): Promise<Look | undefined> {
  const store = await openStore(home.database);
  try {
    const [task] = await store.tasks.list({ limit: 1 });
    if (!task) return undefined;
    const rows = await store.hosts.page(task.id, { after: 0, limit: 10_000, downToo: true });
    const again = await lookOf(task, inTurn(rows.map(({ host }) => host)), { site: 'lab' });
    const look = await lookOf(
      task,
      rows.map(({ host }) => host),
      { site: 'lab' },
    );
    // The same rows give the same look.
    expect(again).toEqual(look);
    return look;
  } finally {
    await store.close();
  }
}

async function* inTurn(hosts: readonly HostResult[]) {
  yield* hosts;
}

/** Of each host the words of its ports. */
function words({ sightings }: Look): Record<string, string[]> {
  return Object.fromEntries(
    sightings.map(({ address = '', ports, counted }) => [
      address,
      [
        ...ports.map(({ word, protocol, port }) => `${word} ${protocol} ${port}`),
        ...counted.map(({ word, protocol, ports: list, vague }) =>
          [word, protocol, list, ...(vague ? ['vague'] : [])].join(' '),
        ),
      ],
    ]),
  );
}

test('open, closed, silent and prohibited ports have their words, and who did not answer is covered', async () => {
  const look = await scan('-n -p 1-100,443 10.9.0.10-14');
  expect(look).toMatchObject({
    kind: 'scan',
    site: 'lab',
    vantage: 'local',
    completeness: 'full',
    discovery: 'arp',
  });
  expect(words(look)).toEqual({
    '10.9.0.10': ['open tcp 22', 'open tcp 80', 'closed tcp 1-21,23-79,81-100,443'],
    '10.9.0.11': ['closed tcp 1-100,443'],
    '10.9.0.12': ['open tcp 443', 'silent tcp 1-100'],
    '10.9.0.13': ['open tcp 443', 'blocked tcp 1-100'],
  });
  const range = { first: '10.9.0.10', last: '10.9.0.14' };
  expect(look.coverage).toEqual([
    { ...range, aspect: 'host' },
    { ...range, aspect: 'port', protocol: 'tcp', ports: '1-100,443', technique: 'syn' },
  ]);
  expect(look.gaps).toEqual([]);
  expect(look.sightings[0]?.marks).toEqual([
    { type: 'mac', value: expect.stringMatching(/^([0-9a-f]{2}:){5}/) },
  ]);
});

test('in phases the same words come, and every way of asking', async () => {
  const look = await call('quick_scan', 'target=10.9.0.10-14', 'strategy=adaptive', 'timeout=100');
  const asked = look.coverage.find(({ aspect }) => aspect === 'port')?.ports ?? '';
  expect(portSet(asked)).toHaveLength(100);
  const without = (...open: number[]) => formatPorts(portSet(asked).filter((port) => !open.includes(port)));
  expect(words(look)).toEqual({
    '10.9.0.10': ['open tcp 22', 'open tcp 80', `closed tcp ${without(22, 80)}`],
    '10.9.0.11': [`closed tcp ${asked}`],
    '10.9.0.12': ['open tcp 443', `silent tcp ${without(443)}`],
    '10.9.0.13': ['open tcp 443', `blocked tcp ${without(443)}`],
  });
  expect(look).toMatchObject({ completeness: 'full', discovery: 'arp', gaps: [] });
});

test('UDP: an answer is open, an ICMP port unreachable closed, nothing is silence', async () => {
  const look = await scan('-n -sU --max-retries 1 -p 5350-5353 10.9.0.10 10.9.0.12');
  expect(words(look)).toEqual({
    '10.9.0.10': ['open udp 5353', 'closed udp 5350-5352'],
    '10.9.0.12': ['silent udp 5350-5353'],
  });
});

test('--open tells positives alone', async () => {
  const look = await scan('-n --open -p 1-100,443 10.9.0.10-14');
  expect(look.completeness).toBe('positives');
  // nmap leaves out single ports that are not open, and whole hosts; those it only counts it tells all the same.
  expect(words(look)).toEqual({
    '10.9.0.10': ['open tcp 22', 'open tcp 80', 'closed tcp 1-21,23-79,81-100,443'],
    '10.9.0.12': ['open tcp 443', 'silent tcp 1-100'],
    '10.9.0.13': ['open tcp 443', 'blocked tcp 1-100'],
  });
});

test('an ACK scan tells of no port whether it is open', async () => {
  const look = await scan('-n -sA -p 22,23 10.9.0.10');
  expect(words(look)).toEqual({ '10.9.0.10': [] });
  expect(look.coverage.map(({ aspect }) => aspect)).toEqual(['host']);
});

test('a host that nmap calls up unasked (-Pn) and that says nothing is not seen', async () => {
  const look = await scan('-n -Pn --disable-arp-ping -p 22,81 10.9.0.10 10.9.0.12');
  expect(words(look)).toEqual({ '10.9.0.10': ['open tcp 22', 'closed tcp 81'] });
  expect(look.discovery).toBe('connect');
});

test('a tarpit accepts everything', async () => {
  const look = await scan('-n -p 1-120 10.9.0.15');
  expect(look.sightings[0]?.acceptsEverything).toBe(true);
  expect(look.gaps).toEqual([{ address: '10.9.0.15', aspect: 'port', why: 'tarpit' }]);
});

test('a host that took too long is a gap, and its silence no word', async () => {
  const look = await scan('-n -p 1-2000 --max-rate 50 --host-timeout 3s 10.9.0.12');
  expect(look.gaps).toEqual([{ address: '10.9.0.12', aspect: 'port', why: 'timeout' }]);
  expect(look.sightings[0]).toMatchObject({ partial: true, counted: [] });
});

test('without raw sockets: connect, the weakest way to find hosts', async () => {
  const bare = ['setpriv', '--bounding-set=-net_raw,-net_admin', '--inh-caps=-net_raw,-net_admin', '--'];
  await lab.run([...bare, ...portolan('call', 'custom_scan', 'command=-n -p 22,23 10.9.0.10')], {
    env: env(),
    timeoutMs: 90_000,
  });
  const look = await lastLook();
  if (!look) throw new Error('no look');
  expect(look.discovery).toBe('connect');
  expect(look.coverage[1]).toMatchObject({ technique: 'connect', ports: '22-23' });
  expect(words(look)).toEqual({ '10.9.0.10': ['open tcp 22', 'closed tcp 23'] });
});

test('a cancelled scan proves what it finished; resumed, it covers all', async () => {
  const slow = '-n -p 22,80,443 --max-hostgroup 1 --max-parallelism 1 --scan-delay 600ms';
  const child = lab.spawn(portolan('scan', '--options', slow, '10.9.0.10-13'), {
    env: env(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await untilHosts(1);
  child.kill('SIGINT');
  await ended;
  const cut = await lastLook();
  if (!cut) throw new Error('no look');
  expect(cut.completeness).toBe('partial');
  expect(cut.coverage[0]).toMatchObject({ first: '10.9.0.10', aspect: 'host' });
  expect(cut.gaps).toContainEqual(expect.objectContaining({ why: 'not_reached' }));
  const id = cut.taskId ?? '';
  await lab.run(portolan('resume', id), { env: env(), timeoutMs: 100_000 });
  const whole = await lastLook();
  expect(whole).toMatchObject({ taskId: id, completeness: 'full', gaps: [] });
  expect(whole?.hash).not.toBe(cut.hash);
  expect(whole?.coverage[0]).toEqual({ first: '10.9.0.10', last: '10.9.0.13', aspect: 'host' });
  expect(Object.keys(words(whole ?? cut))).toEqual(['10.9.0.10', '10.9.0.11', '10.9.0.12', '10.9.0.13']);
});

/** Until so many hosts of the newest task are stored whole. */
async function untilHosts(count: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    await delay(200);
    const store = await openStore(home.database);
    try {
      const [task] = await store.tasks.list({ limit: 1 });
      if ((task?.hostsDone ?? 0) >= count) return;
    } finally {
      await store.close();
    }
  }
  throw new Error('no host was finished');
}
