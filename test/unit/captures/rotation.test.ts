/** Flows are forgotten in two generations of 65,536: what they counted stays, and what they were is known again. */
import { expect, it } from 'vitest';
import { analyzeCapture, type CaptureReport } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { header, recordOf } from './packets.ts';

const [SYN, SYN_ACK, ACK, PSH_ACK, RST_ACK] = [0x02, 0x12, 0x10, 0x18, 0x14];
const SCANNER = 0x0a000005;
const SERVER = 0x0a000001;
const OTHERS = 0x0b000000;
const GENERATION = 65_536;
const START = 1_700_000_000;
/** Segments that each end of the connection sends once it stands. */
const TALK = 100;

/** The segments of a connection between the scanner and the server that stands: so many of each end. */
const talk = (count: number, at: number) =>
  Array.from({ length: count }, () => [
    recordOf(SCANNER, SERVER, 50_000, 8080, PSH_ACK, at),
    recordOf(SERVER, SCANNER, 8080, 50_000, PSH_ACK, at),
  ]).flat();

/** A scan of twenty closed ports. */
const scan = Array.from({ length: 20 }, (_, port) => [
  recordOf(SCANNER, SERVER, 40_000, 1 + port, SYN, START),
  recordOf(SERVER, SCANNER, 1 + port, 40_000, RST_ACK, START),
]).flat();

const opening = [
  recordOf(SCANNER, SERVER, 50_000, 8080, SYN, START),
  recordOf(SERVER, SCANNER, 8080, 50_000, SYN_ACK, START),
  recordOf(SCANNER, SERVER, 50_000, 8080, ACK, START),
];

/** So many flows of others, each a SYN to the same two endpoints, so that they fill no table but that of the flows. */
function others(count: number): Buffer[] {
  return Array.from({ length: count }, (_, n) =>
    recordOf(OTHERS + (n >>> 15), SERVER + 1, 1024 + (n & 0x7fff), 80 + (n & 1), SYN, START + 1),
  );
}

async function analyze(...parts: Buffer[][]): Promise<CaptureReport> {
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield header();
    for (const part of parts) yield Buffer.concat(part);
  }
  return analyzeCapture({ kind: 'stream', stream: stream() }, DEFAULT_DETECTION);
}

/** All packets that the scanner sent. */
const packetsOf = (report: CaptureReport) =>
  report.overview.scanners.find(({ ip }) => ip === '10.0.0.5')?.pkts;
/** Without what the server sent: half of the scan, and one segment of the opening. */
const SENT = scan.length / 2 + opening.length - 1;

it('packets of a flow that was forgotten are counted', async () => {
  const report = await analyze(scan, opening, talk(TALK, START), others(GENERATION * 3));
  expect(packetsOf(report)).toBe(SENT + TALK);
});

it('packets of a flow that grew old, and came back, are counted once', async () => {
  const report = await analyze(
    scan,
    opening,
    talk(TALK, START),
    others(GENERATION + 10),
    talk(TALK, START + 2),
    others(GENERATION * 2),
  );
  expect(packetsOf(report)).toBe(SENT + 2 * TALK);
});

it('packets of a flow that is old at the end are counted', async () => {
  const report = await analyze(scan, opening, talk(TALK, START), others(GENERATION + 10));
  expect(packetsOf(report)).toBe(SENT + TALK);
});

it('segments of connections whose flows were forgotten are no probes of their own', async () => {
  const connections = (flags: number, at: number) =>
    Array.from({ length: 40 }, (_, n) => recordOf(SCANNER, SERVER, 51_000 + n, 9000 + n, flags, at));
  const accepted = Array.from({ length: 40 }, (_, n) =>
    recordOf(SERVER, SCANNER, 9000 + n, 51_000 + n, SYN_ACK, START),
  );
  const report = await analyze(
    connections(SYN, START),
    accepted,
    connections(PSH_ACK, START),
    others(GENERATION * 3),
    connections(ACK, START + 3),
  );
  expect(report.suspects.map(({ technique }) => technique)).not.toContain('ack');
});
