/** Every link type and tunnel gives the same answer, and hostile lengths in them give none. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze, answer } from './answer.ts';
import { TEREDO, WRAPPINGS } from './encapsulations.ts';
import { classic, framesOf } from './wrap.ts';

const CASES = path.join(import.meta.dirname, '..', '..', 'captures', 'cases');
const four = framesOf(readFileSync(path.join(CASES, 'nmap-syn-vertical', 'capture.pcap')));
const six = framesOf(readFileSync(path.join(CASES, 'nmap6-syn-vertical', 'capture.pcap')));

const expected4 = answer(await analyze(classic(four, 1)));
const expected6 = answer(await analyze(classic(six, 1)));

const versions = [
  ['IPv4', four, expected4, WRAPPINGS],
  ['IPv6', six, expected6, [...WRAPPINGS, ...TEREDO]],
] as const;

describe('links and tunnels', () => {
  for (const [version, frames, expected, wrappings] of versions) {
    for (const { name, linkType, wrap } of wrappings) {
      it(`${name}, ${version}`, async () => {
        const wrapped = frames.flatMap((frame) => {
          const data = wrap(frame.data);
          return data === undefined ? [] : [{ ...frame, data }];
        });
        // WCCP carries IPv4 only.
        if (wrapped.length === 0 && name.includes('WCCP') && version === 'IPv6') return;
        expect(wrapped.length).toBeGreaterThan(100);
        const report = await analyze(classic(wrapped, linkType));
        expect(answer(report)).toEqual(expected);
        expect(report.unread).toBeUndefined();
        expect(report.link_types).toMatchObject([{ packets: wrapped.length, read: true }]);
      });
    }
  }
});

describe('hostile headers', () => {
  const [frame] = six.filter(({ data }) => data.readUInt16BE(12) === 0x86dd);

  it('cut anywhere, every packet is read or counted, and none breaks the analysis', async () => {
    if (frame === undefined) throw new Error('no IPv6 frame to begin from');
    for (const { name, linkType, wrap } of [...WRAPPINGS, ...TEREDO]) {
      const data = wrap(frame.data);
      if (data === undefined) continue;
      const cuts = Array.from({ length: data.length }, (_, length) => ({
        ...frame,
        data: data.subarray(0, length),
      }));
      const report = await analyze(classic(cuts, linkType));
      expect(report.packets, name).toBe(cuts.length);
      expect(report.unread_packets, name).toBeGreaterThan(0);
    }
  });

  it('every byte of a header set to all and to nothing', { timeout: 60_000 }, async () => {
    if (frame === undefined) throw new Error('no IPv6 frame to begin from');
    for (const { name, linkType, wrap } of [...WRAPPINGS, ...TEREDO]) {
      const data = wrap(frame.data);
      if (data === undefined) continue;
      const broken = Array.from(data.subarray(0, 120)).flatMap((_, at) =>
        [0, 0xff].map((value) => {
          const copy = Buffer.from(data);
          copy[at] = value;
          return { ...frame, data: copy };
        }),
      );
      expect((await analyze(classic(broken, linkType))).packets, name).toBe(broken.length);
    }
  });

  it('tunnels inside tunnels and tags inside tags are followed so far and counted beyond', async () => {
    if (frame === undefined) throw new Error('no IPv6 frame to begin from');
    const named = (name: string) => WRAPPINGS.find((one) => one.name === name)?.wrap;
    for (const name of ['PBB', 'VXLAN', 'GRE with key around Ethernet', 'EtherIP']) {
      const wrap = named(name);
      let data = frame.data;
      for (let i = 0; i < 60; i++) data = wrap?.(data) ?? data;
      const report = await analyze(classic([{ ...frame, data }], 1));
      expect(report.packets).toBe(1);
      // VXLAN beyond the depth is an ordinary datagram of the outer hosts.
      const beyond = { what: 'in more tunnels and tags than are followed', packets: 1 };
      expect(report.unread, name).toEqual(name === 'VXLAN' ? undefined : [beyond]);
    }
  });
});

describe('a source port of a tunnel', () => {
  it('does not hide a scan of many ports, whatever its packets pretend to carry', async () => {
    const vxlan = WRAPPINGS.find((one) => one.name === 'CAPWAP from the controller')?.wrap;
    const inner = four[2];
    if (vxlan === undefined || inner === undefined) throw new Error('nothing to begin from');
    const probes = Array.from({ length: 200 }, (_, i) => {
      const data = vxlan(inner.data) ?? Buffer.alloc(0);
      data.writeUInt16BE(1 + i, 36);
      return { ...inner, usec: i * 1000, data };
    });
    const report = await analyze(classic(probes, 1));
    expect(report.suspects.map((one) => `${one.ip} ${one.technique}`)).toEqual(['192.0.2.1 udp']);
    expect(report.suspects[0]?.distinct_ports).toBeGreaterThan(190);
  });
});
