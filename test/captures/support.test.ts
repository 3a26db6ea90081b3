/** The comparison itself: each count that a case names is looked at, and nothing unnamed may be found. */

import path from 'node:path';
import { expect, it } from 'vitest';
import { analyzeCapture } from '../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../defaults.ts';
import { CASES, faults, labelled, type Wanted } from './support.ts';

const folder = path.join(CASES, 'nmap-syn-vertical');
const file = path.join(folder, 'capture.pcap');
const capture = { ...labelled('x', file, path.join(folder, 'expected.json')), may: [] };
const report = await analyzeCapture({ kind: 'path', path: file }, DEFAULT_DETECTION);

function against(changes: Partial<Wanted>) {
  return faults(report, { ...capture, wanted: capture.wanted.map((one) => ({ ...one, ...changes })) });
}

it('finds nothing wrong where all is right', () => {
  expect(against({ ip: '10.77.0.0/24', technique: 'fin|syn', probes: 100, hosts: 1, closed: 96 })).toEqual(
    [],
  );
  expect(against({ unfiltered: 0, alive: 1, campaigns: 1, first_seen: 1795163121.56 })).toEqual([]);
});

it.each<[keyof Wanted, Partial<Wanted>]>([
  ['open', { open: ['10.77.0.10:22'] }],
  ['probes', { probes: 101 }],
  ['hosts', { hosts: 2 }],
  ['ports', { ports: '1-100' }],
  ['closed', { closed: 95 }],
  ['unfiltered', { unfiltered: 1 }],
  ['alive', { alive: 0 }],
  ['sources', { sources: 2 }],
  ['campaigns', { campaigns: 2 }],
  ['first_seen', { first_seen: 1795163121 }],
  ['last_seen', { last_seen: 1795163121 }],
])('names a difference in %s', (name, changes) => {
  const lines = against(changes);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`${name} `);
});

it('names what is missed, what is not expected, and a translation that is not said', () => {
  expect(against({ ip: '10.77.1.0/24' })).toContain('missed 10.77.1.0/24 syn vertical');
  expect(against({ pattern: 'block' })).toEqual([
    expect.stringMatching(/^missed/),
    expect.stringMatching(/^not expected: 10\.77\.0\.66 syn vertical/),
  ]);
  // The target is 10.77.0.10: its beginning is not the address that is asked for.
  expect(against({ translated: '10.77.0.1' })).toEqual([expect.stringContaining('does not say')]);
  expect(against({ translated: '10.77.0.10' })).toEqual([]);
  expect(faults(report, { ...capture, wanted: [], allowed: new Set() })).toEqual([
    expect.stringMatching(/^false: 10\.77\.0\.66/),
  ]);
  expect(faults(report, { ...capture, wanted: [], allowed: new Set(), may: ['10.77.0.66 syn'] })).toEqual([]);
});

it('looks with the thresholds of the caller that the case names', () => {
  expect(faults(report, { ...capture, minPorts: 101 })).toEqual([expect.stringMatching(/^missed/)]);
  expect(faults(report, { ...capture, minPorts: 3 })).toEqual([]);
});
