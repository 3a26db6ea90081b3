import { expect, test } from 'vitest';
import type { HostResult, PortResult } from '../../../src/core/result.ts';
import { createCoverage } from '../../../src/nmap/coverage/coverage.ts';
import { Unsent } from '../../../src/nmap/coverage/unsent.ts';

const open = (port: number, service?: string): PortResult => ({
  port,
  protocol: 'tcp',
  state: 'open',
  ...(service ? { service } : {}),
});
const up = (address: string, ports: PortResult[], closed = 0): HostResult => ({
  address,
  status: 'up',
  ports,
  ...(closed > 0 ? { other_ports: [{ state: 'closed', count: closed }] } : {}),
});

function notesOf(...hosts: HostResult[]) {
  const coverage = createCoverage();
  for (const host of hosts) coverage.host(host, { outputCut: false, connect: false });
  return coverage.notes().map(({ kind, hosts: listed }) => [kind, listed]);
}

test('a scan that tested everything says nothing', () => {
  expect(notesOf(up('10.0.0.1', [open(22)], 99), { address: '10.0.0.2', status: 'down', ports: [] })).toEqual(
    [],
  );
});

test('filtered ports and host timeouts are said, with the hosts', () => {
  expect(
    notesOf(
      { ...up('10.0.0.1', []), other_ports: [{ state: 'filtered', count: 100 }] },
      up('10.0.0.2', [{ port: 1, protocol: 'tcp', state: 'filtered' }]),
      { ...up('10.0.0.3', []), timed_out: true },
    ),
  ).toEqual([
    ['filtered', ['10.0.0.1', '10.0.0.2']],
    ['host_timeout', ['10.0.0.3']],
  ]);
});

test('a tarpit is suspected from 100 probed ports on, or when twenty open ports are all silent', () => {
  const many = (count: number, service?: string) =>
    Array.from({ length: count }, (_, index) => open(index, service));
  const suspected = (host: HostResult) => notesOf(host).some(([kind]) => kind === 'tarpit_suspected');
  expect(suspected(up('10.0.0.1', many(100)))).toBe(true);
  expect(suspected(up('10.0.0.1', many(99)))).toBe(false);
  expect(suspected(up('10.0.0.1', many(90), 10))).toBe(false);
  expect(suspected(up('10.0.0.1', many(91), 9))).toBe(true);
  expect(suspected(up('10.0.0.1', many(20, 'tcpwrapped')))).toBe(true);
  expect(suspected(up('10.0.0.1', [...many(20, 'tcpwrapped'), open(22, 'ssh')]))).toBe(false);
});

test('what was cut or given up is said', () => {
  const coverage = createCoverage();
  coverage.host(up('10.0.0.1', []), { outputCut: true, connect: false });
  coverage.gaveUp('10.0.0.2');
  expect(coverage.notes().map(({ kind, hosts }) => [kind, hosts])).toEqual([
    ['filtered', ['10.0.0.2']],
    ['output_cut', ['10.0.0.1']],
  ]);
});

test('what a firewall refuses by ICMP is not said to be silent, and what was not sent is said to be neither', () => {
  const coverage = createCoverage();
  const filtered = (reasons: { reason: string; count: number }[]) => ({
    ...up('10.0.0.1', []),
    other_ports: [
      { state: 'filtered' as const, count: reasons.reduce((sum, { count }) => sum + count, 0), reasons },
    ],
  });
  coverage.host(
    filtered([
      { reason: 'admin-prohibiteds', count: 30 },
      { reason: 'no-responses', count: 5 },
    ]),
    { outputCut: false, connect: false },
  );
  coverage.host(
    { ...filtered([{ reason: 'no-responses', count: 7 }]), address: '10.0.0.2' },
    { outputCut: false, connect: false },
  );
  const unsent = new Unsent();
  unsent.read(
    'sendto in send_ip_packet_sd: sendto(3, packet, 44, 0, 10.0.0.2, 16) => Operation not permitted',
  );
  expect(coverage.notes(unsent).map(({ message, hosts }) => [message.replace(/:.*/, ''), hosts])).toEqual([
    ['5 ports on 10.0.0.1 did not answer in time (filtered)', ['10.0.0.1']],
    ['30 ports on 10.0.0.1 were refused by ICMP (admin-prohibited)', ['10.0.0.1']],
  ]);
});
