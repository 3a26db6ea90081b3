import { expect, test } from 'vitest';
import { portWords, wordOf } from '../../../../src/core/sighting/ports.ts';

const syn = (ports: string, count: number) => [{ type: 'syn', protocol: 'tcp', count, ports }];

test('states are words of the host or of nobody', () => {
  expect(wordOf('tcp', 'open', 'syn-ack')).toBe('open');
  expect(wordOf('tcp', 'closed', 'reset')).toBe('closed');
  expect(wordOf('tcp', 'filtered', 'no-response')).toBe('silent');
  expect(wordOf('tcp', 'filtered', 'no-responses')).toBe('silent');
  expect(wordOf('tcp', 'filtered', 'admin-prohibiteds')).toBe('blocked');
  expect(wordOf('udp', 'open|filtered', 'no-response')).toBe('silent');
  expect(wordOf('tcp', 'open|filtered', 'no-response')).toBeUndefined();
  expect(wordOf('tcp', 'unfiltered', 'reset')).toBeUndefined();
  expect(wordOf('tcp', 'unknown', 'not-tested')).toBeUndefined();
  expect(wordOf('tcp', 'closed|filtered', 'no-response (answers rate-limited)')).toBeUndefined();
});

test('one state that an old nmap only counts is that of all ports that are not told', () => {
  const host = {
    ports: [{ port: 22, protocol: 'tcp' as const, state: 'open' as const, reason: 'syn-ack' }],
    other_ports: [{ state: 'closed' as const, count: 99, reasons: [{ reason: 'resets', count: 99 }] }],
  };
  expect(portWords(host, syn('1-100', 100)).counted).toEqual([
    { word: 'closed', protocol: 'tcp', ports: '1-21,23-100' },
  ]);
});

test('of several states that an old nmap only counts, known is that none is open', () => {
  const host = {
    ports: [],
    other_ports: [
      { state: 'closed' as const, count: 60, reasons: [{ reason: 'resets', count: 60 }] },
      { state: 'filtered' as const, count: 40, reasons: [{ reason: 'no-responses', count: 40 }] },
    ],
  };
  expect(portWords(host, syn('1-100', 100)).counted).toEqual([
    { word: 'silent', protocol: 'tcp', ports: '1-100', vague: true },
  ]);
  // Counts that do not add up to what was asked tell nothing of any port.
  expect(portWords(host, syn('1-101', 101)).counted).toEqual([]);
});

test('counted states that are named keep each its ports', () => {
  const host = {
    ports: [],
    other_ports: [
      {
        state: 'filtered' as const,
        count: 60,
        reasons: [
          { reason: 'no-responses', count: 30, protocol: 'tcp', ports: '1-30' },
          { reason: 'admin-prohibiteds', count: 30, protocol: 'tcp', ports: '31-60' },
        ],
      },
    ],
  };
  expect(portWords(host, syn('1-60', 60)).counted).toEqual([
    { word: 'blocked', protocol: 'tcp', ports: '31-60' },
    { word: 'silent', protocol: 'tcp', ports: '1-30' },
  ]);
  expect(portWords({ ...host, partial: true }, syn('1-60', 60)).counted).toEqual([]);
});
