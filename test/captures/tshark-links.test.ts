/**
 * The encapsulations of the unit tests are as tshark knows them: it finds the same ports in each, but for those that it
 * does not open by itself. Needs tshark.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { TEREDO, WRAPPINGS } from '../unit/captures/encapsulations.ts';
import { framesOf, ng } from '../unit/captures/wrap.ts';
import { CASES } from './support.ts';

/** Link types that tshark 4.0 refuses to read at all. */
const UNKNOWN_LINKS = new Set([17, 168, 205, 206, 247, 281, 282, 284, 285]);
/** What it opens only when told to, or not at all. */
const CLOSED = [
  'BSD loopback, other order',
  'Cisco CMD with two options',
  'CAPWAP around 802.11',
  /^L2TPv3/,
  'VXLAN on its old port',
  'NFLOG, big-endian',
  'IP over InfiniBand alone',
  'MPLS around Ethernet, control word',
  'MPLS around Ethernet',
  'TRILL with a fine-grained label',
  'netANALYZER',
  'Juniper PPPoE over ATM',
  'Juniper unknown route',
  'EDSA',
  'PPP as an EtherType',
  // Newer than tshark 4.0; and it waits for all pieces.
  'B.A.T.M.A.N. multicast with one entry',
  'B.A.T.M.A.N. fragment',
  'VXLAN-GPE without a next protocol',
  'VXLAN with a next protocol',
  'IPIP of old',
  /^VLAN as 9[23]00/,
  'PPP as HDLC',
  'ATM, bridged without padding',
  'ERSPAN III around IP',
  'Ethernet with preamble',
];

it.each([
  ['IPv4', 'nmap-syn-vertical'],
  ['IPv6', 'nmap6-syn-vertical'],
])('tshark opens them, %s', { timeout: 60_000 }, (version, name) => {
  const frame = framesOf(readFileSync(path.join(CASES, name, 'capture.pcap'))).find(({ data }) => {
    const six = data.readUInt16BE(12) === 0x86dd;
    return six === (version === 'IPv6') && data[six ? 20 : 23] === 6;
  });
  if (frame === undefined) throw new Error('no TCP segment to begin from');
  const port = frame.data.readUInt16BE((version === 'IPv6' ? 54 : 34) + 2);
  const all = version === 'IPv6' ? [...WRAPPINGS, ...TEREDO] : WRAPPINGS;
  const wrapped = all.flatMap((one) => {
    const data = one.wrap(frame.data);
    // The upper bits of a classic file's link type mean nothing in pcapng.
    return data === undefined || UNKNOWN_LINKS.has(one.linkType) || one.linkType > 0xffff
      ? []
      : [{ ...one, section: ng([{ ...frame, data }], one.linkType) }];
  });
  expect(wrapped.length).toBeGreaterThan(150);

  const folder = mkdtempSync(path.join(tmpdir(), 'portolan-links-'));
  const file = path.join(folder, 'links.pcapng');
  writeFileSync(file, Buffer.concat(wrapped.map(({ section }) => section)));
  const fields = ['-T', 'fields', '-E', 'occurrence=l', '-e', 'frame.number', '-e', 'tcp.dstport'];
  const lines = execFileSync('tshark', ['-n', '-r', file, ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  rmSync(folder, { recursive: true });
  const opened = new Set(
    lines
      .split('\n')
      .map((line) => line.split('\t'))
      .flatMap(([number, to]) => (to === String(port) ? [Number(number)] : [])),
  );
  const closed = wrapped.filter((_, at) => !opened.has(at + 1)).map((one) => one.name);
  const allowed = (one: string) =>
    CLOSED.some((rule) => (rule instanceof RegExp ? rule.test(one) : rule === one));
  expect(closed.filter((one) => !allowed(one))).toEqual([]);
});
