/** Scans far larger than the evidence table keep exact counts. */

import { describe, expect, it } from 'vitest';
import { analyzeCapture } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { header, recordOf } from './packets.ts';

const SYN = 0x02;
const SYN_ACK = 0x12;
const RST = 0x04;
const RST_ACK = 0x14;
const SCANNER = 0x0a0000c8;
const HOST = 0x0a010000;
const START = 1_700_000_000;
const SPORT = 40_000;

interface Endpoint {
  host: number;
  port: number;
  answer?: number;
}

/** Each endpoint is asked once, a thousand a second, and answers a millisecond later. */
async function* scan(endpoints: Iterable<Endpoint>, from = START): AsyncGenerator<Uint8Array> {
  let chunk: Buffer[] = [];
  let at = from;
  for (const { host, port, answer } of endpoints) {
    at += 0.001;
    chunk.push(recordOf(SCANNER, host, SPORT, port, SYN, at));
    if (answer !== undefined) chunk.push(recordOf(host, SCANNER, port, SPORT, answer, at + 0.0004));
    if (answer === SYN_ACK) chunk.push(recordOf(SCANNER, host, SPORT, port, RST, at + 0.0006));
    if (chunk.length < 3000) continue;
    yield Buffer.concat(chunk);
    chunk = [];
  }
  yield Buffer.concat(chunk);
}

async function* join(...parts: AsyncGenerator<Uint8Array>[]): AsyncGenerator<Uint8Array> {
  yield header();
  for (const part of parts) yield* part;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const open = new Set([22, 81, 443, 25_001, 29_999]);
const vertical = range(30_000).map((i): Endpoint => {
  const port = i + 1;
  return { host: HOST, port, ...(port % 10 === 0 ? {} : { answer: open.has(port) ? SYN_ACK : RST_ACK }) };
});

describe('a large scan', () => {
  it('of one host is counted to the last port, repeats included', async () => {
    const silent = vertical.filter(({ answer }) => answer === undefined);
    const stream = join(scan(vertical), scan(silent, START + 60));
    const report = await analyzeCapture({ kind: 'stream', stream }, DEFAULT_DETECTION);
    const [suspect, ...more] = report.suspects;
    expect(more).toEqual([]);
    expect(suspect).toMatchObject({
      technique: 'syn',
      pattern: 'vertical',
      distinct_ports: 30_000,
      distinct_hosts: 1,
      endpoints: 30_000,
      probes: 33_000,
      ports: '1-30000',
      targets: [{ ip: '10.1.0.0', probes: 33_000, ports_hit: 30_000 }],
    });
    expect(suspect?.answers).toMatchObject({
      open: { count: 5, targets: [{ ip: '10.1.0.0', ports: '22,81,443,25001,29999' }] },
      closed: { count: 26_995 },
      silent: { count: 3000 },
    });
    expect(suspect?.last_seen).toBeCloseTo(START + 63, 1);
    // Known to 32 endpoints.
    expect(suspect?.rate_pps).toBeGreaterThan(960);
    expect(suspect?.rate_pps).toBeLessThan(1040);
    expect(report.approximated).toBeUndefined();
    expect(report.overview.scanners).toMatchObject([{ probes: 33_000, distinct_ports: 30_000 }]);
  });

  it('of many hosts is a block, in a table that holds a fifth of it', async () => {
    const endpoints = range(10_000).flatMap((i) =>
      range(8).map(
        (host): Endpoint => ({ host: HOST + host, port: ((i * 7919) % 10_007) + 1, answer: RST_ACK }),
      ),
    );
    const report = await analyzeCapture(
      { kind: 'stream', stream: join(scan(endpoints)) },
      { ...DEFAULT_DETECTION, maxRecords: 40_000 },
    );
    expect(report.suspects).toMatchObject([
      { pattern: 'block', distinct_hosts: 8, distinct_ports: 10_000, probes: 80_000 },
    ]);
    expect(report.suspects[0]?.answers.closed.count).toBe(80_000);
    expect(report.approximated).toBeUndefined();
  });

  it('of one port is counted to the last host', async () => {
    const endpoints = range(20_000).map(
      (i): Endpoint => ({
        host: HOST + i,
        port: 445,
        ...(i % 4 === 0 ? { answer: RST_ACK } : {}),
      }),
    );
    const report = await analyzeCapture({ kind: 'stream', stream: join(scan(endpoints)) }, DEFAULT_DETECTION);
    expect(report.suspects).toMatchObject([
      { pattern: 'horizontal', distinct_hosts: 20_000, ports: '445', probes: 20_000 },
    ]);
    expect(report.suspects[0]?.answers).toMatchObject({ closed: { count: 5000 }, silent: { count: 15_000 } });
  });
});
