/** Which findings are one scan, seen before and after a router rewrote its addresses, and which only look alike. */
import { expect, it } from 'vitest';
import type { Finding } from '../../../src/captures/detect/finding.ts';
import { joinTranslated } from '../../../src/captures/detect/translated.ts';
import * as E from '../../../src/captures/evidence/endpoints.ts';
import { RAW_SYN } from '../../../src/captures/evidence/kinds.ts';

const INSIDE = 0x0a000005;
const OUTSIDE = 0x0b000001;
const TARGET = 0x0c000001;
const PORTS = 40;
const SECOND = 1e6;

interface Scan {
  source?: number;
  target?: number;
  ports?: number;
  /** Seconds. */
  at?: number;
  ttl?: (n: number) => number;
  /** Another sequence number for each probe, and none of those of the other scan. */
  own?: boolean;
}

/** The findings of these scans, all of them probes of one kind, in one table. */
function findingsOf(...scans: Scan[]): { table: E.EndpointTable; findings: Finding[] } {
  const table = new E.EndpointTable(1024);
  const findings = scans.map((scan): Finding => {
    const { source = INSIDE, target = TARGET, ports = PORTS, at = 0, ttl = () => 63, own = false } = scan;
    const slots = Int32Array.from({ length: ports }, (_, n) => {
      const slot = table.add(source, target, (RAW_SYN << 16) | (n + 1) | E.KEY_TAKEN);
      table.words[slot + E.PROBES] = 1;
      table.words[slot + E.SEQUENCE] = own ? 7777 + n : 1111;
      table.words[slot + E.WINDOW_ID] = (1024 << 16) | (n * 7);
      table.words[slot + E.SHAPE] = (40_000 << 16) | (ttl(n) << 8) | E.SHAPE_MSS;
      table.times[(slot + E.FIRST_TIME) >> 1] = (at + n / 100) * SECOND;
      return slot;
    });
    return {
      source,
      ipv6: false,
      technique: 'syn',
      pattern: 'vertical',
      kind: 'vertical',
      slots,
      telling: ports,
      minimum: 10,
      reasons: [],
      role: 'scanner',
      activities: [],
    };
  });
  return { table, findings };
}

const sourcesAfter = (...scans: Scan[]) => {
  const { table, findings } = findingsOf(...scans);
  return joinTranslated(table, findings).map(({ source }) => source);
};

const before: Scan = { at: 0, ttl: () => 64 };
const after: Scan = { source: OUTSIDE, at: 0.001 };

it('a scan whose source was rewritten is one finding, under the address that was seen first', () => {
  expect(sourcesAfter(before, after)).toEqual([INSIDE]);
  expect(sourcesAfter(after, before)).toEqual([INSIDE]);
  const { table, findings } = findingsOf(before, after);
  const [one] = joinTranslated(table, findings);
  expect(one?.group?.addresses).toEqual([INSIDE, OUTSIDE]);
  expect(one?.reasons).toHaveLength(1);
});

it('a scan whose target was rewritten is one finding too', () => {
  expect(sourcesAfter(before, { target: TARGET + 9, at: 0.001 })).toEqual([INSIDE]);
});

it('the same source on the same target is no translation', () => {
  const { table, findings } = findingsOf(before);
  const again = findings.map((finding) => ({ ...finding }));
  expect(joinTranslated(table, [...findings, ...again])).toHaveLength(2);
});

it('what a router passed on comes within a second', () => {
  expect(sourcesAfter(before, { ...after, at: 2 })).toEqual([INSIDE, OUTSIDE]);
});

it('other sequence numbers are another scan', () => {
  expect(sourcesAfter(before, { ...after, own: true })).toEqual([INSIDE, OUTSIDE]);
});

it('a router takes as many hops off each; decoys have a TTL drawn for each', () => {
  expect(sourcesAfter(before, { ...after, ttl: (n) => 37 + ((n * 7) % 23) })).toEqual([INSIDE, OUTSIDE]);
});

it('of which a part is missing is no translation', () => {
  expect(sourcesAfter(before, { ...after, ports: PORTS / 2 })).toEqual([INSIDE, OUTSIDE]);
});
