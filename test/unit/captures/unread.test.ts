/** What was not opened is counted by its reason; what was read and has nothing to tell is not. */

import { describe, expect, it } from 'vitest';
import { analyzeCapture } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { streamOf } from './packets.ts';
import { classic } from './wrap.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const ADDRESSES = '020000000001 020000000002';
const frame = (type: string, payload: string) => hex(`${ADDRESSES} ${type} ${payload}`);
/** An IPv4 packet of 192.0.2.1, in Ethernet. */
const ip = (protocol: number, payload: string, fragment = '0000', total?: number) => {
  const body = hex(payload);
  const head = hex(`4500 0000 0001 ${fragment} 40 00 0000 c0000201 c0000202`);
  head.writeUInt16BE(total ?? 20 + body.length, 2);
  head[9] = protocol;
  return Buffer.concat([hex(`${ADDRESSES} 0800`), head, body]);
};
const ip6 = (next: string, payload: string) => {
  const body = hex(payload);
  const head = hex(`60000000 0000 ${next} ff fe80${'00'.repeat(13)}01 ff02${'00'.repeat(13)}02`);
  head.writeUInt16BE(body.length, 4);
  return Buffer.concat([hex(`${ADDRESSES} 86dd`), head, body]);
};
const zeros = (count: number) => '00'.repeat(count);
const TCP = 'afc8 01bb 00000000 00000000 5002 0400 0000 0000';
const WLAN = '020000000001 020000000002 020000000003 0000';

async function unread(packets: readonly Buffer[], linkType = 1) {
  const frames = packets.map((data, at) => ({ sec: 1_700_000_000 + at, usec: 0, data }));
  const file = classic(frames, linkType);
  const report = await analyzeCapture({ kind: 'stream', stream: streamOf(file) }, DEFAULT_DETECTION);
  expect(report.packets).toBe(packets.length);
  const counted = (report.unread ?? []).reduce((sum, one) => sum + one.packets, 0);
  expect(counted).toBe(report.unread_packets);
  return report.unread?.map(({ what, packets: count }) => `${count} ${what}`) ?? [];
}

describe('read, with nothing to tell', () => {
  const quiet: Record<string, Buffer> = {
    'an ARP announcement': frame('0806', `0001 0800 0604 0001 020000000002 c0000201 ${zeros(6)} c0000201`),
    'an ARP probe': frame('0806', `0001 0800 0604 0001 020000000002 00000000 ${zeros(6)} c0000201`),
    'an ARP request': frame('0806', `0001 0800 0604 0001 020000000002 c0000201 ${zeros(6)} c0000202`),
    'an ARP request over InfiniBand': frame(
      '0806',
      `0020 0800 1404 0001 ${zeros(20)} c0000201 ${zeros(20)} c0000202`,
    ),
    'a control message of L2TPv3': ip(115, `00000000 c803 0014 ${zeros(16)}`),
    'a PIM hello': ip(103, `2000 0000 0001 0002 0069 ${zeros(20)}`),
    'an acknowledgment of PPTP': ip(47, '2081 880b 0000 0001 00000001'),
    'a middle fragment of PPP multilink': frame('8864', `1100 0001 0016 003d 00000001 ${zeros(20)}`),
    'a neighbour solicitation': ip6('3a', `8700 0000 00000000 fe80${zeros(13)}09`),
    'a router advertisement': ip6('3a', `8600 0000 40000000 ${zeros(8)}`),
    'a multicast listener report': ip6(
      '00',
      `3a00 0502 00000100 8f00 0000 00000001 0400 0000 ff02${zeros(13)}05`,
    ),
    'a later fragment': ip(17, zeros(64), '00b9'),
    'a first fragment of ICMP': ip(1, `0800 0000 00010001 ${zeros(32)}`, '2000'),
    'path MTU discovery': ip(1, `0304 0000 000005dc 4500 0028 ${zeros(16)} ${zeros(8)}`),
    'time exceeded': ip(1, `0b00 0000 00000000 4500 0028 0000 0000 01 06 0000 c0000202 c0000201 ${TCP}`),
    IGMP: ip(2, '1600 0000 e00000fb'),
    OSPF: ip(89, `0201 002c ${zeros(40)}`),
    'a spanning tree': frame('0026', `424203 0000 00 00 ${zeros(31)}`),
    'a spanning tree of Cisco': frame('0032', `aaaa03 00000c 010b ${zeros(40)}`),
    'Cisco discovery': frame('0032', `aaaa03 00000c 2000 ${zeros(40)}`),
    'IS-IS': frame('0032', `fefe03 83 ${zeros(40)}`),
    LLDP: frame('88cc', zeros(46)),
    'routes of B.A.T.M.A.N.': frame('4305', `000f 3200 ${zeros(42)}`),
    'a later fragment of B.A.T.M.A.N.': frame('4305', `410f 3200 ${zeros(16)} ${'ab'.repeat(40)}`),
    'routes of B.A.T.M.A.N. of 2011': frame('4305', `010e 3200 ${zeros(42)}`),
    LACP: frame('8809', zeros(46)),
    'a login to the switch': frame('888e', zeros(46)),
    'PPPoE discovery': frame('8863', zeros(46)),
    'line control of PPP': frame('8864', `1100 0001 0016 c021 ${zeros(20)}`),
    'an alive message of GRE': ip(47, '0000 0000'),
    'a probe of an IP protocol': ip(50, ''),
    'a probe of IP in IP': ip(4, ''),
    'LLDP in VXLAN': ip(17, `c000 12b5 003e 0000 08000000 00000700 ${ADDRESSES} 88cc ${zeros(32)}`),
  };
  for (const [name, packet] of Object.entries(quiet)) {
    it(name, async () => {
      expect(await unread([packet])).toEqual([]);
    });
  }
  it('management and empty frames of 802.11', async () => {
    const beacon = hex(`8000 0000 ${WLAN} ${zeros(40)}`);
    const ack = hex('d400 0000 020000000001');
    const empty = hex(`4801 0000 ${WLAN}`);
    expect(await unread([beacon, ack, empty], 105)).toEqual([]);
  });
  it('the management of a Frame Relay line', async () => {
    const q933 = hex('0001 03 08 0075 95 01 01 00');
    const other = hex('00 01 fe fe 00 00 00 00 00 00');
    expect(await unread([q933, other], 107)).toEqual([]);
  });
  it('other packets of ARCnet, and ARP over it', async () => {
    const arp = `0007 0800 0104 0001 01 c0000201 00 c0000202`;
    const packets = [`0102 0000 d5 00 0001 ${arp}`, `0102 0000 f1 ${arp}`, '0102 0000 cd 00 0001'];
    expect(await unread(packets.map(hex), 129)).toEqual([]);
  });
});

describe('not opened', () => {
  const closed: Record<string, Buffer> = {
    'in EtherType 0x8137 (IPX)': frame('8137', zeros(46)),
    'in EtherType 0x88b5 (local experiment)': frame('8100', `0064 88b5 ${zeros(46)}`),
    'in EtherType 0x4305 (B.A.T.M.A.N. Advanced)': frame('4305', `020f 3200 ${zeros(60)}`),
    'in EtherType 0xabcd': frame('abcd', zeros(46)),
    'in PPP protocol 0x003d (multilink)': frame('8864', `1100 0001 0016 003d 80000001 ${zeros(20)}`),
    'in 802.2 service access point 0xf0 (NetBIOS)': frame('0026', `f0f003 ${zeros(35)}`),
    'in PPP protocol 0x00fd (compressed or MPPE-encrypted)': frame(
      '8864',
      `1100 0001 0016 00fd ${zeros(20)}`,
    ),
    'encrypted by MACsec': frame('88e5', `2c00 00000001 0200000000010001 ${zeros(64)}`),
    'in IP protocol 50 (ESP, encrypted)': ip(50, `00000001 00000001 ${zeros(64)}`),
    'in IP protocol 115 (L2TPv3, not readable)': ip(115, `00000007 ${'ab'.repeat(64)}`),
    'in IP protocol 4 (IPv4, not readable)': ip(4, 'ab'.repeat(64)),
    'cut short within their headers': ip(6, 'afc8', '0000', 40),
    'damaged in their headers': frame('0800', `1500 0028 ${zeros(40)}`),
  };
  for (const [what, packet] of Object.entries(closed)) {
    it(what, async () => {
      expect(await unread([packet, ip(6, TCP), packet])).toEqual([`2 ${what}`]);
    });
  }
  it('encrypted by 802.11', async () => {
    expect(await unread([hex(`0841 0000 ${WLAN} ${zeros(60)}`)], 105)).toEqual(['1 encrypted by 802.11']);
  });
  it('in link types that are not known, with a name where there is one', async () => {
    expect(await unread([ip(6, TCP)], 147)).toEqual(['1 in link type 147 (USER0, for private use)']);
    expect(await unread([ip(6, TCP)], 220)).toEqual(['1 in link type 220 (USB)']);
    expect(await unread([ip(6, TCP)], 9999)).toEqual(['1 in link type 9999']);
  });
  it('a packet in a tunnel over UDP counts when it is encrypted, and as a datagram of its ends otherwise', async () => {
    const vxlan = (inner: string) => ip(17, `c000 12b5 0000 0000 08000000 00000700 ${ADDRESSES} ${inner}`);
    expect(await unread([vxlan(`88e5 2c00 00000001 ${zeros(64)}`)])).toEqual(['1 encrypted by MACsec']);
    expect(await unread([vxlan(`abcd ${zeros(64)}`)])).toEqual([]);
  });
  it('by many reasons: the most frequent are named, the others counted together', async () => {
    const packets = Array.from({ length: 600 }, (_, at) =>
      frame((0xa000 + Math.floor(at / 2)).toString(16), zeros(46)),
    );
    packets.unshift(...Array.from({ length: 5 }, () => frame('8137', zeros(46))));
    const list = await unread(packets);
    expect(list).toHaveLength(16);
    expect(list[0]).toBe('5 in EtherType 0x8137 (IPX)');
    expect(list.filter((line) => line.startsWith('2 in EtherType'))).toHaveLength(14);
    expect(list.at(-1)).toBe('572 in other protocols');
  });
});
