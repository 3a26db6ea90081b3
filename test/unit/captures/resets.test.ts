/** Segments without a connection: which are probes of a raw tool, and which may be anybody's. */
import { describe, expect, it } from 'vitest';
import { analyzeCapture, type CaptureReport } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { header, recordOf, streamOf } from './packets.ts';

const [SYN, RST, ACK, RST_ACK] = [0x02, 0x04, 0x10, 0x14];
const ME = 0x0a000005;
const HOST = 0x0a000101;
const START = 1_700_000_000;
const COUNT = 30;
/** Of no tool that is known. */
const NO_TOOL = 777;
const HPING = 512;

interface Made {
  flags: number;
  window: number;
  sport?: number;
  dport?: (n: number) => number;
  dst?: (n: number) => number;
  dontFragment?: boolean;
  at?: number;
}

/** Thirty segments, by default to as many ports of one host; each with an IP id of its own. */
function segments({ flags, window, dontFragment = false, at = 0, ...rest }: Made): Buffer[] {
  const { sport = 40_000, dport = (n) => 20 + n, dst = () => HOST } = rest;
  return Array.from({ length: COUNT }, (_, n) => {
    const record = recordOf(ME, dst(n), sport, dport(n), flags, START + at + n / 100);
    record.writeUInt16BE(100 + n + at * 1000, 20);
    record[22] = dontFragment ? 0x40 : 0;
    record.writeUInt32BE(5000 * n + at, 40);
    record.writeUInt16BE(window, 50);
    return record;
  });
}

async function analyze(...records: Buffer[]): Promise<CaptureReport> {
  return analyzeCapture({ kind: 'stream', stream: streamOf(header(), ...records) }, DEFAULT_DETECTION);
}
const named = async (made: Made) =>
  (await analyze(...segments(made))).suspects.map(({ technique, pattern }) => `${technique} ${pattern}`);
const scattered = (n: number) => 33_000 + ((n * 7919) % 30_000);
const hosts = (n: number) => HOST + n;

describe('resets', () => {
  it('to many ports of a host are probes when they have a window, as no refusal has', async () => {
    expect(await named({ flags: RST, window: NO_TOOL })).toEqual(['rst vertical']);
    expect(await named({ flags: RST, window: 0 })).toEqual([]);
  });

  it('that acknowledge end connections, unless a tool made them', async () => {
    expect(await named({ flags: RST_ACK, window: NO_TOOL })).toEqual([]);
    expect(await named({ flags: RST_ACK, window: 1024 })).toEqual(['rst-ack vertical']);
  });

  it('to one port of many hosts end connections, unless a tool made them', async () => {
    expect(await named({ flags: RST, window: NO_TOOL, dport: () => 80, dst: hosts })).toEqual([]);
    expect(await named({ flags: RST, window: 1024, dport: () => 80, dst: hosts })).toEqual([
      'rst horizontal',
    ]);
  });

  it('from a service to high ports end the connections of clients', async () => {
    expect(await named({ flags: RST, window: 1024, sport: 443, dport: scattered })).toEqual([]);
    expect(await named({ flags: RST, window: HPING, sport: 443, dport: scattered })).toEqual([
      'rst vertical',
    ]);
  });

  it('sent again over the same flow are probes each', async () => {
    const again = [0, 1, 2].flatMap((at) => segments({ flags: RST, window: 1024, at }));
    const [suspect] = (await analyze(...again)).suspects;
    expect(suspect).toMatchObject({ technique: 'rst', probes: COUNT * 3, distinct_ports: COUNT });
  });

  it('with a window that stand before the SYNs they refuse are answers', async () => {
    const probes = segments({ flags: SYN, window: 1024, at: 0.05 });
    const answers = probes.map((_, n) => {
      const record = recordOf(HOST, ME, 20 + n, 40_000, RST_ACK, START + n / 100);
      return record;
    });
    const { suspects } = await analyze(...answers.flatMap((answer, n) => [answer, probes[n] ?? answer]));
    expect(suspects).toHaveLength(1);
    expect(suspects[0]).toMatchObject({ technique: 'syn', answers: { closed: { count: COUNT } } });
  });
});

describe('acknowledgments from a service to high ports', () => {
  const keepalive: Made = { flags: ACK, window: HPING, sport: 443, dport: scattered };

  it('are those of its connections', async () => {
    expect(await named({ ...keepalive, window: NO_TOOL })).toEqual([]);
  });

  it('are those of its connections when a stack made them, whatever its window', async () => {
    expect(await named({ ...keepalive, dontFragment: true })).toEqual([]);
  });

  it('are probes when hping3 made them', async () => {
    expect(await named(keepalive)).toEqual(['ack vertical']);
  });
});
