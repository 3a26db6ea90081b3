/** Hosts that block us in mid-scan or take few connections: never worse than plain nmap, and never more certain. */
import { expect, test } from 'vitest';
import { openPorts, type ScanJob, type Scanned, scanIn } from '../../bench/strategy-scan.ts';
import { portSet } from '../../src/core/port-set.ts';
import type { Refusal } from './guards.ts';
import type { LabHost } from './hosts.ts';
import { startLab } from './lab.ts';

const ADDRESS = '10.9.7.1';
const services = (...ports: number[]) => Object.fromEntries(ports.map((port) => [port, 'ssh' as const]));
const FEW = services(22, 80, 443, 3306, 8080);
const MANY = services(21, 22, 25, 53, 80, 110, 143, 443, 993, 995, 3306, 8080);

/** In a network of its own: a host that has blocked us once would block the next scan from the beginning. */
async function scanOf(host: Partial<LabHost>, job: ScanJob): Promise<Scanned> {
  const lab = await startLab([{ address: ADDRESS, ...host }]);
  try {
    return await scanIn(lab, job);
  } finally {
    await lab.stop();
  }
}

/** How many ports are told in each state. */
function states({ hosts }: Scanned): Record<string, number> {
  const counts: Record<string, number> = {};
  const { ports = [], other_ports: others = [] } = hosts.get(ADDRESS) ?? {};
  for (const { state } of ports) counts[state] = (counts[state] ?? 0) + 1;
  for (const { state, count } of others) counts[state] = (counts[state] ?? 0) + count;
  return counts;
}

const sum = (scanned: Scanned) => Object.values(states(scanned)).reduce((all, count) => all + count, 0);
const said = ({ notes }: Scanned) => notes.map(({ kind, message }) => `${kind}: ${message}`).join('\n');
const CERTAIN =
  /agreed|none was open|answered again|nothing to check|no silence was to be checked|a firewall drops/;

const PORTS = '1-60,80,110,143,443,993,995,3306,8080';
const asked = portSet(PORTS).length;
const ban = (of: 'syns' | 'ports' | 'closed ports', after: number, meets: Refusal) => ({
  guard: { ban: { after, of, seconds: 600 }, meets },
});

turning([
  ['drops all after 20 SYNs', { tcp: FEW, ...ban('syns', 20, 'drop') }, /gave no answer any more/],
  ['resets all after 20 SYNs', { tcp: FEW, ...ban('syns', 20, 'reset') }, /refused what was sent/],
  [
    'refuses by ICMP after 20 ports',
    { tcp: FEW, ...ban('ports', 20, 'prohibited') },
    /refused what was sent/,
  ],
  [
    'drops all after one closed port',
    { tcp: FEW, ...ban('closed ports', 1, 'drop') },
    /gave no answer any more/,
  ],
  ['has no open port, and drops all after 20 SYNs', ban('syns', 20, 'drop'), /gave no answer any more/],
]);

function turning(cases: [string, Partial<LabHost>, RegExp][]): void {
  test.each(cases)('a host that %s', { timeout: 240_000 }, async (_, host, how) => {
    const plain = await scanOf(host, { command: `-T4 -n -p ${PORTS} ${ADDRESS}`, strategy: 'plain' });
    const adaptive = await scanOf(host, { command: `-T4 -n -p ${PORTS} ${ADDRESS}`, strategy: 'adaptive' });
    // Which closed port comes first is chance, and with it what was found before one of them was enough.
    if (!JSON.stringify(host).includes('closed ports')) expect(openPorts(adaptive)).toEqual(openPorts(plain));
    for (const scanned of [plain, adaptive]) {
      expect(sum(scanned)).toBe(asked);
      const { unknown = 0, filtered } = states(scanned);
      expect(unknown).toBeGreaterThanOrEqual(asked - 22);
      expect(filtered).toBeUndefined();
      expect(scanned.notes[0]).toMatchObject({ kind: 'blocked_us', hosts: [ADDRESS] });
      expect(scanned.notes[0]?.message).toMatch(how);
      expect(scanned.notes[0]?.message).toMatch(
        /between \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC and .*Before that \d+ ports? had answered/,
      );
      expect(scanned.notes[0]?.message).toContain(`Not tested: ${unknown} ports`);
      expect(said(scanned)).not.toMatch(CERTAIN);
    }
  });
}

test('where every port is to come, what is most often open is asked before the host blocks us', async () => {
  const host = { tcp: FEW, ...ban('syns', 34, 'drop') };
  const scanned = await scanOf(host, { command: `-T4 -n -p 1-48000 ${ADDRESS}`, strategy: 'adaptive' });
  expect(openPorts(scanned).size).toBe(5);
  expect(states(scanned)['unknown']).toBeGreaterThan(47_900);
});

test('a ban that is soon over is waited for, and the rest is asked slowly', async () => {
  const guard = { ban: { after: 30, of: 'syns', per: 'second', seconds: 6 }, meets: 'drop' } as const;
  const host = { tcp: { ...FEW, 58: 'ssh' as const }, guard };
  const scanned = await scanOf(host, { command: `-T4 -n -p ${PORTS} ${ADDRESS}`, strategy: 'adaptive' });
  expect(openPorts(scanned).size).toBe(6);
  expect(states(scanned)).toEqual({ open: 6, closed: asked - 6 });
  expect(said(scanned)).toMatch(/strategy: .*turned against this scan.*asked on slowly/);
});

test.each(['reset', 'drop'] as const)('three connections at a time, the others meet %s', async (meets) => {
  const host = { tcp: MANY, guard: { connections: 3, meets } };
  const command = `-T4 -n -sV -p ${PORTS} ${ADDRESS}`;
  const plain = await scanOf(host, { command, strategy: 'plain' });
  const adaptive = await scanOf(host, { command, strategy: 'adaptive' });
  expect(openPorts(adaptive).size).toBe(12);
  expect(states(adaptive)).toEqual({ open: 12, closed: asked - 12 });
  const products = adaptive.hosts.get(ADDRESS)?.ports.flatMap(({ product }) => product ?? []);
  expect(products).toEqual(Array.from({ length: 12 }, () => 'OpenSSH'));
  for (const scanned of [plain, adaptive]) {
    expect(said(scanned)).toMatch(
      /connection_limit: .*takes 3 connections of this address at a time \(measured\)/,
    );
    expect(said(scanned)).not.toMatch(CERTAIN);
  }
});

test('without raw sockets too', async () => {
  const job = {
    command: `-T4 -n -Pn -p ${PORTS} ${ADDRESS}`,
    strategy: 'adaptive',
    unprivileged: true,
  } as const;
  const limited = await scanOf({ tcp: MANY, guard: { connections: 3, meets: 'reset' } }, job);
  expect(openPorts(limited).size).toBe(12);
  expect(said(limited)).toContain('takes 3 connections');
  const blocked = await scanOf({ tcp: FEW, ...ban('syns', 20, 'reset') }, job);
  expect(openPorts(blocked).size).toBe(5);
  expect(blocked.notes[0]?.kind).toBe('blocked_us');
});

test('a host that is asked for its services when it turns', async () => {
  // The sweep and its sentinels stay below it; the connections to eight services do not.
  const slow = Object.fromEntries(
    [22, 25, 53, 80, 110, 143, 443, 993].map((port) => [port, 'silent' as const]),
  );
  const host = { tcp: slow, ...ban('syns', 120, 'drop') };
  const job = { command: `-T4 -n -sV -p 20-60,80,110,143,443,993 ${ADDRESS}`, strategy: 'adaptive' } as const;
  const scanned = await scanOf(host, job);
  expect(openPorts(scanned).size).toBe(8);
  expect(said(scanned)).toMatch(/blocked_us: .*services without a product may not have been asked/);
});

test('of a host that never says a word nothing is proven', async () => {
  const job = { command: `-T4 -n -p ${PORTS} ${ADDRESS}`, strategy: 'adaptive' } as const;
  const scanned = await scanOf({ firewall: 'drop' }, job);
  expect(said(scanned)).toContain('that none is open is not proven');
  expect(said(scanned)).not.toMatch(/agreed|none was open/);
});

test.each(['plain', 'adaptive'] as const)(
  'an ordinary host and one that drops are told as ever: %s',
  async (strategy) => {
    for (const host of [{ tcp: FEW }, { tcp: FEW, firewall: 'drop' as const }]) {
      const scanned = await scanOf(host, { command: `-T4 -n -p ${PORTS} ${ADDRESS}`, strategy });
      expect(openPorts(scanned).size).toBe(5);
      expect(sum(scanned)).toBe(asked);
      expect(states(scanned)['unknown']).toBeUndefined();
      expect(said(scanned)).not.toMatch(/blocked_us|connection_limit/);
    }
  },
);
