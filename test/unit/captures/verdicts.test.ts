/** Detectors on made-up traffic: look-alikes that must stay unnamed, and scans at the edge of the rules. */

import { describe, expect, it } from 'vitest';
import { analyzeCapture, selectSuspects } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { pcapOf, type Segment, streamOf } from './packets.ts';

const SYN = 0x02;
const SYN_ACK = 0x12;
const ACK = 0x10;
const RST = 0x04;
const RST_ACK = 0x14;
const FIN_ACK = 0x11;
const CLIENT = '10.0.0.9';
const HOST = '10.0.1.1';
const START = 1_700_000_000;

const analyze = (segments: Segment[], settings = DEFAULT_DETECTION) =>
  analyzeCapture({ kind: 'stream', stream: streamOf(pcapOf(segments)) }, settings);
const names = async (segments: Segment[], settings = DEFAULT_DETECTION) =>
  (await analyze(segments, settings)).suspects.map((one) => `${one.ip} ${one.technique} ${one.pattern}`);

/** A SYN and its answer, if any, and what the client does then. */
function probe(
  dst: string,
  dport: number,
  answer?: number,
  after?: number,
  at = START,
  src = CLIENT,
): Segment[] {
  const sport = 40_000 + (dport % 1000);
  const there = { src, dst, sport, dport, at };
  const back = { src: dst, dst: src, sport: dport, dport: sport, at: at + 0.001 };
  return [
    { ...there, flags: SYN },
    ...(answer === undefined ? [] : [{ ...back, flags: answer }]),
    ...(after === undefined ? [] : [{ ...there, flags: after, at: at + 0.002 }]),
  ];
}
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('verdicts', () => {
  it('nine refused ports are not yet a scan, ten are; a caller may ask for as few as three', async () => {
    const ports = (count: number) => range(count).flatMap((i) => probe(HOST, 1 + i, RST_ACK));
    expect(await names(ports(9))).toEqual([]);
    expect(await names(ports(10))).toEqual([`${CLIENT} syn vertical`]);
    const asked = async (count: number, minPorts: number) =>
      selectSuspects(await analyze(ports(count)), { minPorts }).map((one) => one.distinct_ports);
    expect(await asked(9, 10)).toEqual([]);
    expect(await asked(9, 9)).toEqual([9]);
    expect(await asked(3, 3)).toEqual([3]);
    expect(await asked(2, 1)).toEqual([]);
    expect(await asked(12, 13)).toEqual([]);
  });

  it.each([
    ['ACK', ACK, 'ack'],
    ['SYN-ACK', SYN_ACK, 'syn-ack'],
  ])(
    '%s from 443 to high ports in a row is a scan, to the scattered ports of clients it is none',
    async (_, flags, technique) => {
      const refused = (ports: number[]) =>
        ports.flatMap((dport, i): Segment[] => [
          { src: CLIENT, dst: HOST, sport: 443, dport, at: START + i * 0.01, flags },
          { src: HOST, dst: CLIENT, sport: dport, dport: 443, at: START + i * 0.01 + 0.001, flags: RST },
        ]);
      expect(await names(refused(range(40).map((i) => 50_000 + i)))).toEqual([
        `${CLIENT} ${technique} vertical`,
      ]);
      expect(await names(refused(range(40).map((i) => 50_000 + i * 7)))).toEqual([]);
    },
  );

  it('fifteen failures beside eight ports that worked are none', async () => {
    const worked = range(8).flatMap((i) => probe(`10.0.2.${i}`, 443, SYN_ACK, ACK));
    const mixed = range(15).flatMap((i) => probe(`10.0.3.${i}`, 5000 + i * 7, RST_ACK));
    expect(await names([...worked, ...mixed])).toEqual([]);
  });

  it('a busy client that scans one host is named for it', async () => {
    const busy = range(200).flatMap((i) =>
      probe(`10.0.${2 + Math.floor(i / 100)}.${i % 100}`, 443, SYN_ACK, ACK),
    );
    const scan = range(40).flatMap((i) => probe(HOST, 1 + i, RST_ACK));
    expect(await names([...busy, ...scan])).toEqual([`${CLIENT} syn vertical`]);
  });

  it('half-open handshakes count as probes, unless they are health checks', async () => {
    const halfOpen = (times: number) =>
      range(20).flatMap((i) =>
        range(times).flatMap((n) => probe(`10.0.4.${i}`, 80, SYN_ACK, RST, START + n * 5)),
      );
    expect(await names(halfOpen(1))).toEqual([`${CLIENT} syn horizontal`]);
    expect(await names(halfOpen(12))).toEqual([]);
  });

  it('one port of a dead service tried a thousand times is one failure', async () => {
    expect(await names(range(1000).flatMap((i) => probe(HOST, 8081, RST_ACK, undefined, START + i)))).toEqual(
      [],
    );
  });

  it('connections older than the capture are no ACK probes', async () => {
    const old = range(40).flatMap((i): Segment[] => [
      { src: CLIENT, dst: `10.0.5.${i}`, sport: 50_000 + i, dport: 443, flags: ACK },
      { src: `10.0.5.${i}`, dst: CLIENT, sport: 443, dport: 50_000 + i, flags: ACK },
      { src: CLIENT, dst: `10.0.5.${i}`, sport: 50_000 + i, dport: 443, flags: FIN_ACK },
    ]);
    expect(await names(old)).toEqual([]);
    const refused = range(40).flatMap((i): Segment[] => [
      { src: CLIENT, dst: HOST, sport: 50_000, dport: 1 + i, flags: ACK },
      { src: HOST, dst: CLIENT, sport: 1 + i, dport: 50_000, flags: RST },
    ]);
    expect(await names(refused)).toEqual([`${CLIENT} ack vertical`]);
  });

  it('backscatter is no scan', async () => {
    const answers = (flags: number) =>
      range(500).map(
        (i): Segment => ({ src: HOST, dst: `10.9.${i >> 8}.${i & 255}`, sport: 80, dport: 1024 + i, flags }),
      );
    expect(await names(answers(SYN_ACK))).toEqual([]);
    expect(await names(answers(RST_ACK))).toEqual([]);
  });

  it('many sources with a port each are one scan; many on the same ports are a flood', async () => {
    const source = (i: number) => `10.8.${i >> 8}.${i & 255}`;
    const shared = range(400).flatMap((i) => probe(HOST, 1 + i, RST_ACK, undefined, START, source(i)));
    const report = await analyze(shared);
    expect(report.suspects).toMatchObject([
      { kind: 'distributed', distinct_ports: 400, probes: 400, answers: { closed: { count: 400 } } },
    ]);
    expect(report.suspects[0]?.group?.sources).toHaveLength(400);
    const flood = range(400).flatMap((i) => probe(HOST, 1 + (i % 100), RST_ACK, undefined, START, source(i)));
    expect(await names(flood)).toEqual([]);
  });

  it('a few sources that share the ports of a host are named one by one', async () => {
    const shares = range(60).flatMap((i) => probe(HOST, 1 + i, RST_ACK, undefined, START, `10.8.0.${i % 6}`));
    const report = await analyze(shares);
    expect(report.suspects).toHaveLength(6);
    expect(report.suspects.every((one) => one.kind === 'distributed' && one.group?.endpoints === 60)).toBe(
      true,
    );
    // Ten ports each, and at a rate: the thresholds look at the group.
    expect(selectSuspects(report, { minPorts: 50, minRatePps: 5 })).toHaveLength(6);
    expect(selectSuspects(report, { minPorts: 61, minRatePps: 5 })).toEqual([]);
  });

  it('a slow scan is found and called slow; thresholds apply within one window', async () => {
    const slow = await analyze(
      range(30).flatMap((i) => probe(HOST, 1 + i, RST_ACK, undefined, START + i * 20)),
    );
    expect(slow.suspects).toMatchObject([{ slow: true, technique: 'syn' }]);
    expect(selectSuspects(slow, { minPorts: 10 })).toMatchObject([{ slow: true }]);
    expect(selectSuspects(slow, { minPorts: 31 })).toEqual([]);
    // Whoever asks for a rate gets what reaches it.
    expect(selectSuspects(slow, { minPorts: 10, minRatePps: 5 })).toEqual([]);
    const fast = await analyze(
      range(30).flatMap((i) => probe(HOST, 1 + i, RST_ACK, undefined, START + i / 100)),
    );
    expect(fast.suspects).toMatchObject([{ slow: false, rate_pps: 30 }]);
    expect(selectSuspects(fast, { minPorts: 10, minRatePps: 5 })).toHaveLength(1);
  });

  it('the first event is the first probe of the scan, not the first SYN', async () => {
    const before = range(30).flatMap((i) => probe('10.0.6.1', 443, SYN_ACK, ACK, START + i));
    const report = await analyze([
      ...before,
      ...range(20).flatMap((i) => probe(HOST, 1 + i, RST_ACK, undefined, START + 100 + i)),
    ]);
    expect(report.first_event).toEqual({
      ts: START + 100,
      src: CLIENT,
      dst: HOST,
      port: 1,
      flags: 'SYN',
      packet: before.length + 1,
      technique: 'syn',
    });
  });

  it('known scanners are counted apart', async () => {
    const scan = range(20).flatMap((i) => probe(HOST, 1 + i, RST_ACK));
    const report = await analyze(scan, { ...DEFAULT_DETECTION, knownScanners: ['10.0.0.0/28'] });
    expect(report.suspects).toEqual([]);
    expect(report.first_event).toBeNull();
    expect(report.known_scanners).toEqual([{ ip: CLIENT, technique: 'syn', probes: 20 }]);
  });

  it('odd flag sets are named by their flags', async () => {
    const odd = (flags: number) =>
      names(range(10).map((i): Segment => ({ src: CLIENT, dst: HOST, sport: 40_000, dport: 1 + i, flags })));
    expect(await odd(0x03)).toEqual([`${CLIENT} syn-fin vertical`]);
    expect(await odd(0x06)).toEqual([`${CLIENT} syn-rst vertical`]);
    expect(await odd(0x08)).toEqual([`${CLIENT} psh vertical`]);
    expect(await odd(0x21)).toEqual([`${CLIENT} fin-urg vertical`]);
    expect(await odd(0x29)).toEqual([`${CLIENT} xmas vertical`]);
    expect(await odd(0x00)).toEqual([`${CLIENT} null vertical`]);
  });
});
