import { expect, test } from 'vitest';
import { createLineSplitter, readOutputLine } from '../../../src/nmap/run/output.ts';

test('announced ports, progress and given up ports are read', () => {
  expect(readOutputLine('Discovered open port 22/tcp on 10.0.0.1')).toEqual({
    kind: 'open',
    found: { address: '10.0.0.1', port: 22, protocol: 'tcp' },
  });
  expect(readOutputLine('Discovered open port 53/udp on fe80::1%eth0')).toEqual({
    kind: 'open',
    found: { address: 'fe80::1', port: 53, protocol: 'udp' },
  });
  expect(readOutputLine('SYN Stealth Scan Timing: About 9.82% done; ETC: 07:37 (1:02:09 remaining)')).toEqual(
    {
      kind: 'progress',
      progress: { phase: 'SYN Stealth Scan', percent: 9.82, remaining_seconds: 3729 },
    },
  );
  expect(readOutputLine('Service scan Timing: About 0.00% done')).toEqual({
    kind: 'progress',
    progress: { phase: 'Service scan', percent: 0 },
  });
  expect(readOutputLine('Initiating NSE at 07:34')).toEqual({
    kind: 'progress',
    progress: { phase: 'NSE', percent: 0 },
  });
  expect(readOutputLine('Completed SYN Stealth Scan at 07:34, 0.04s elapsed (4000 total ports)')).toEqual({
    kind: 'progress',
    progress: { phase: 'SYN Stealth Scan', percent: 100 },
  });
  expect(readOutputLine('Initiating OS detection (try #1) against 2 hosts')).toEqual({
    kind: 'progress',
    progress: { phase: 'OS detection', percent: 0 },
  });
  for (const [line, hosts] of [
    ['Scanning 64 hosts [1000 ports/host]', 64],
    ['Scanning localhost (127.0.0.1) [3 ports]', 1],
    ['NSE: Script scanning 2 hosts.', 2],
  ] as const) {
    expect(readOutputLine(line)).toEqual({ kind: 'scanning', hosts });
  }
  expect(readOutputLine('Scanning 2 services on 2 hosts')).toEqual({ kind: 'services', count: 2 });
  expect(readOutputLine('Scanning 1 service on web (10.0.0.1)')).toEqual({ kind: 'services', count: 1 });
  expect(readOutputLine('Nmap scan report for 10.0.0.1 [host down]')).toEqual({
    kind: 'reported',
    up: false,
  });
  expect(readOutputLine('Nmap scan report for a (10.0.0.1)')).toEqual({ kind: 'reported', up: true });
  expect(readOutputLine('Warning: 10.0.0.1 giving up on port because retransmission cap hit (6).')).toEqual({
    kind: 'gave_up',
    address: '10.0.0.1',
  });
});

test('a name that looks like nmap’s own words is a name', () => {
  const name = 'Nmap scan report for Discovered open port 22/tcp on 10.0.0.1 (10.0.0.2)';
  expect(readOutputLine(name)).toEqual({ kind: 'reported', up: true });
});

test('what a target says in nmap’s output is not taken for nmap’s own words', () => {
  for (const line of [
    '| Discovered open port 22/tcp on 10.0.0.1',
    '|_Discovered open port 22/tcp on 10.0.0.1',
    '22/tcp open x Discovered open port 23/tcp on 10.0.0.1',
    'Discovered open port 22/tcp on evil.example',
    'Discovered open port 99999/tcp on 10.0.0.1',
    'Discovered open port 22/tcp on 10.0.0.1 and more',
    'Completed SYN Stealth Scan against 127.0.0.1 in 0.04s (1 host left)',
    '',
  ]) {
    expect(readOutputLine(line)).toBeUndefined();
  }
});

test('lines are the same however the bytes come, and an endless one stays bounded', () => {
  const text = `one\n\ntwö\r\n${'x'.repeat(10_000)}\nlast`;
  for (const size of [1, 3, 1000, 100_000]) {
    const lines: string[] = [];
    const splitter = createLineSplitter((line) => lines.push(line));
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) splitter.write(bytes.subarray(at, at + size));
    splitter.write();
    expect(lines).toEqual(['one', 'twö', 'x'.repeat(4096), 'last']);
  }
});
