/** Every link type and tunnel that is read, around an Ethernet frame. */
import { half } from './wrap.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const typeOf = (frame: Buffer) => frame.subarray(12, 14);
const isIp = (frame: Buffer) => ['0800', '86dd'].includes(typeOf(frame).toString('hex'));
const isIp6 = (frame: Buffer) => typeOf(frame).toString('hex') === '86dd';
const ipOf = (frame: Buffer) => {
  const length = isIp6(frame) ? 40 + frame.readUInt16BE(18) : frame.readUInt16BE(16);
  return frame.subarray(14, 14 + length);
};
/** An outer Ethernet and IPv4 header around a payload of the given protocol. */
const outer = (protocol: number, payload: Buffer) => {
  const head = hex('020000000001 020000000002 0800 4500 0000 0001 0000 40 00 0000 c0000201 c0000202');
  head.writeUInt16BE(20 + payload.length, 16);
  head[23] = protocol;
  return Buffer.concat([head, payload]);
};
const udp = (port: number, payload: Buffer, from = 0xc000) => {
  const head = hex('0000 0000 0000 0000');
  head.writeUInt16BE(from, 0);
  head.writeUInt16BE(port, 2);
  head.writeUInt16BE(8 + payload.length, 4);
  return outer(17, Buffer.concat([head, payload]));
};
const wireless = (frame: Buffer) =>
  Buffer.concat([
    hex('0801 0000 020000000001 020000000002 020000000003 0000 aaaa03000000'),
    frame.subarray(12),
  ]);

export interface Wrapping {
  name: string;
  linkType: number;
  /** Undefined: this frame cannot be carried (no IP). */
  wrap: (frame: Buffer) => Buffer | undefined;
}

const ipOnly = (wrap: (frame: Buffer) => Buffer) => (frame: Buffer) =>
  isIp(frame) ? wrap(frame) : undefined;
const tagged = (tags: string) => (frame: Buffer) =>
  Buffer.concat([frame.subarray(0, 12), hex(tags), frame.subarray(12)]);

const inIp = (f: Buffer, four: string, six: string) => Buffer.concat([hex(isIp6(f) ? six : four), ipOf(f)]);
const before = (head: string) => (f: Buffer) => Buffer.concat([hex(head), f]);
const beforeIp = (four: string, six = four) => ipOnly((f) => inIp(f, four, six));
/** `head`, then the EtherType of the frame and what is behind it. */
const typed = (head: string) => (f: Buffer) => Buffer.concat([hex(head), f.subarray(12)]);
/** An Ethernet frame with this EtherType, around what `inner` makes of the frame. */
const ethernet = (type: string, inner: (f: Buffer) => Buffer | undefined) => (f: Buffer) => {
  const payload = inner(f);
  return payload && Buffer.concat([f.subarray(0, 12), hex(type), payload]);
};
const overUdp = (port: number, inner: (f: Buffer) => Buffer | undefined, from?: number) => (f: Buffer) => {
  const payload = inner(f);
  return payload && udp(port, payload, from);
};
const overIp = (protocol: number, inner: (f: Buffer) => Buffer | undefined) => (f: Buffer) => {
  const payload = inner(f);
  return payload && outer(protocol, payload);
};
const zeros = (count: number) => '00'.repeat(count);
/** With its length, less `less` bytes, written at byte `at`. */
const measured = (at: number, less: number, inner: (f: Buffer) => Buffer | undefined) => (f: Buffer) => {
  const data = inner(f);
  data?.writeUInt16BE(data.length - less, at);
  return data;
};

/** A packet filter's header of `length` bytes, filled up to `word`. */
const pflog = (length: number, word: number, families: [string, string]) =>
  ipOnly((f) => {
    const head = Buffer.alloc(Math.ceil(length / word) * word);
    head[0] = length;
    head[1] = Number.parseInt(isIp6(f) ? families[1] : families[0], 10);
    return Buffer.concat([head, ipOf(f)]);
  });
const nflog = (little: boolean) =>
  ipOnly((f) => {
    const u16 = (value: number) => half(value, !little);
    const attribute = (type: number, value: Buffer) =>
      Buffer.concat([u16(4 + value.length), u16(type), value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
    return Buffer.concat([
      hex(isIp6(f) ? '0a000000' : '02000000'),
      attribute(1, hex('08000100')),
      attribute(10, Buffer.from('drop\0')),
      attribute(9, ipOf(f)),
    ]);
  });
const pktap = (link: number, length: number, inner: (f: Buffer) => Buffer | undefined) => (f: Buffer) => {
  const payload = inner(f);
  const head = Buffer.alloc(length);
  head.writeUInt32LE(length, 0);
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(link, 8);
  return payload && Buffer.concat([head, payload]);
};
const JUNIPER = '4d474300';
/** With meta information: two extensions, nine bytes. */
const JUNIPER_LONG = '4d474381 0009 03 01 01 04 04 00000001';
const capwap = (head: string, swapped: boolean) => (f: Buffer) => {
  const frame = wireless(f);
  if (swapped) frame.subarray(0, 2).swap16();
  return Buffer.concat([hex(head), frame]);
};
const nsh = (kind: 1 | 2, next: string, payload: Buffer) =>
  Buffer.concat([
    hex(`${kind === 1 ? '0fc6' : '0fc4'} 0${kind} ${next} 00000101`),
    Buffer.alloc(kind * -8 + 24),
    payload,
  ]);

/** Each link type and tunnel, around an Ethernet frame. */
export const WRAPPINGS: readonly Wrapping[] = [
  { name: 'Ethernet', linkType: 1, wrap: (frame) => frame },
  { name: 'Ethernet with FCS bits', linkType: 0x24000001, wrap: (frame) => frame },
  { name: '802.1Q', linkType: 1, wrap: tagged('8100 0064') },
  { name: 'QinQ', linkType: 1, wrap: tagged('88a8 0064 8100 0065') },
  {
    name: 'MPLS',
    linkType: 1,
    wrap: ipOnly((f) => Buffer.concat([f.subarray(0, 12), hex('8847 00010040 00011140'), ipOf(f)])),
  },
  {
    name: 'PPPoE',
    linkType: 1,
    wrap: ethernet('8864', measured(4, 6, beforeIp('1100 0001 0000 0021', '1100 0001 0000 0057'))),
  },
  {
    name: '802.3 with SNAP',
    linkType: 1,
    wrap: (f) => Buffer.concat([f.subarray(0, 12), hex('0100 aaaa03 000000'), f.subarray(12)]),
  },
  {
    name: 'Linux cooked',
    linkType: 113,
    wrap: (f) => Buffer.concat([hex('0000 0001 0006 0200000000010000'), f.subarray(12)]),
  },
  {
    name: 'Linux cooked 2',
    linkType: 276,
    wrap: (f) => Buffer.concat([typeOf(f), hex('0000 00000001 0001 00 06 0200000000010000'), f.subarray(14)]),
  },
  {
    name: 'BSD loopback',
    linkType: 0,
    wrap: ipOnly((f) => Buffer.concat([hex(isIp6(f) ? '1e000000' : '02000000'), ipOf(f)])),
  },
  {
    name: 'BSD loopback, other order',
    linkType: 0,
    wrap: ipOnly((f) => Buffer.concat([hex(isIp6(f) ? '00000018' : '00000002'), ipOf(f)])),
  },
  {
    name: 'OpenBSD loopback',
    linkType: 108,
    wrap: ipOnly((f) => Buffer.concat([hex(isIp6(f) ? '0000001c' : '00000002'), ipOf(f)])),
  },
  { name: 'raw IP', linkType: 101, wrap: ipOnly(ipOf) },
  {
    name: 'PPP',
    linkType: 9,
    wrap: ipOnly((f) => Buffer.concat([hex(isIp6(f) ? 'ff03 0057' : 'ff03 0021'), ipOf(f)])),
  },
  { name: '802.11', linkType: 105, wrap: wireless },
  {
    name: 'radiotap',
    linkType: 127,
    wrap: (f) => Buffer.concat([hex('00 00 0a00 02000000 00 00'), wireless(f)]),
  },
  {
    name: 'GRE',
    linkType: 1,
    wrap: ipOnly((f) => outer(47, Buffer.concat([hex('0000'), typeOf(f), ipOf(f)]))),
  },
  {
    name: 'GRE with key around Ethernet',
    linkType: 1,
    wrap: (f) => outer(47, Buffer.concat([hex('2000 6558 00000007'), f])),
  },
  { name: 'IP in IP', linkType: 1, wrap: ipOnly((f) => outer(isIp6(f) ? 41 : 4, ipOf(f))) },
  { name: 'VXLAN', linkType: 1, wrap: (f) => udp(4789, Buffer.concat([hex('08000000 00000700'), f])) },
  {
    name: 'Geneve with an option',
    linkType: 1,
    wrap: (f) => udp(6081, Buffer.concat([hex('0200 6558 00000700 0102 8001 00000000'), f])),
  },
  {
    name: 'GTP-U with an extension',
    linkType: 1,
    wrap: overUdp(2152, measured(2, 8, beforeIp('34ff 0000 00000001 0000 00 85 01 00 00 00'))),
  },
  {
    name: 'VXLAN in GRE',
    linkType: 1,
    wrap: (f) =>
      outer(
        47,
        Buffer.concat([
          hex('0000 0800'),
          udp(4789, Buffer.concat([hex('08000000 00000700'), f])).subarray(14),
        ]),
      ),
  },
  // Written by packet filters and capture programs.
  ...[
    [45, 4, '2', '24'],
    [61, 4, '2', '28'],
    [61, 8, '2', '30'],
    [69, 4, '2', '28'],
    [100, 4, '2', '24'],
  ].map(([length, word, four, six]) => ({
    name: `PFLOG of ${length} bytes, family ${six}, words of ${word}`,
    linkType: 117,
    wrap: pflog(Number(length), Number(word), [String(four), String(six)]),
  })),
  { name: 'old PFLOG', linkType: 17, wrap: beforeIp(`00000002${zeros(24)}`, `00000018${zeros(24)}`) },
  { name: 'NFLOG', linkType: 239, wrap: nflog(true) },
  { name: 'NFLOG, big-endian', linkType: 239, wrap: nflog(false) },
  { name: 'ENC', linkType: 109, wrap: beforeIp(`02000000${zeros(8)}`, `18000000${zeros(8)}`) },
  { name: 'ENC, other order', linkType: 109, wrap: beforeIp(`00000002${zeros(8)}`, `00000018${zeros(8)}`) },
  { name: 'PKTAP', linkType: 258, wrap: pktap(1, 108, (f) => f) },
  { name: 'PKTAP as USER2', linkType: 149, wrap: pktap(1, 108, (f) => f) },
  { name: 'PKTAP, longer, around raw IP', linkType: 258, wrap: pktap(12, 156, ipOnly(ipOf)) },
  {
    name: 'PPI around PPP',
    linkType: 192,
    wrap: beforeIp('0000 0800 09000000 0021', '0000 0800 09000000 0057'),
  },
  { name: 'ERF', linkType: 197, wrap: measured(14, 18, before(`${zeros(8)} 02 04 0000 0000 0000 0000`)) },
  {
    name: 'ERF with an extension',
    linkType: 197,
    wrap: measured(14, 26, before(`${zeros(8)} 82 04 0000 0000 0000 03${zeros(7)} 0000`)),
  },
  {
    name: 'ERF around IP',
    linkType: 197,
    wrap: measured(14, 16, beforeIp(`${zeros(8)} 16 04 0000 0000 0000`, `${zeros(8)} 17 04 0000 0000 0000`)),
  },
  { name: 'TZSP link type', linkType: 128, wrap: before('01 00 0001 01') },
  { name: 'IPNET', linkType: 226, wrap: measured(6, 24, beforeIp(`0102${zeros(22)}`, `011a${zeros(22)}`)) },
  { name: 'netANALYZER', linkType: 240, wrap: before('02000000') },
  { name: 'Ethernet with preamble', linkType: 274, wrap: before('55555555555555d5') },
  // Other links.
  { name: 'token ring', linkType: 6, wrap: typed('1040 020000000001 020000000002 aaaa03000000') },
  {
    name: 'token ring with a route',
    linkType: 6,
    wrap: typed('1040 020000000001 820000000002 0610 0011 0020 aaaa03000000'),
  },
  { name: 'FDDI', linkType: 10, wrap: typed('50 020000000001 020000000002 aaaa03000000') },
  {
    name: 'ARCnet',
    linkType: 129,
    wrap: ipOnly((f) => inIp(f, '01020000 d4 00 0001', '01020000 c4 00 0001')),
  },
  { name: 'ATM', linkType: 100, wrap: typed('aaaa03000000') },
  { name: 'ATM, bridged', linkType: 100, wrap: before('aaaa03 0080c2 0007 0000') },
  { name: 'ATM with network identifier', linkType: 100, wrap: beforeIp('fefe03cc', 'fefe038e') },
  { name: 'classical IP over ATM', linkType: 106, wrap: ipOnly(ipOf) },
  { name: 'SunATM', linkType: 123, wrap: typed('02000021 aaaa03000000') },
  { name: 'SunATM, LAN emulation', linkType: 123, wrap: before('01000021 0001') },
  { name: 'Frame Relay', linkType: 107, wrap: beforeIp('1841 03 cc', '1841 03 8e') },
  {
    name: 'Frame Relay, three bytes of address',
    linkType: 107,
    wrap: beforeIp('184005 03 cc', '184005 03 8e'),
  },
  {
    name: 'Frame Relay, four bytes of address',
    linkType: 107,
    wrap: beforeIp('18400405 03 cc', '18400405 03 8e'),
  },
  { name: 'Frame Relay with SNAP', linkType: 107, wrap: typed('1841 03 00 80 000000') },
  { name: 'Frame Relay, bridged', linkType: 107, wrap: before('1841 03 00 80 0080c2 0007') },
  { name: 'Frame Relay of Cisco', linkType: 107, wrap: typed('1841') },
  { name: 'Frame Relay around PPP', linkType: 107, wrap: beforeIp('1841 03 cf 0021', '1841 03 cf 0057') },
  { name: 'Frame Relay with direction', linkType: 206, wrap: beforeIp('00 1841 03 cc', '00 1841 03 8e') },
  { name: 'Cisco HDLC', linkType: 104, wrap: typed('0f00') },
  { name: 'Cisco HDLC as PPP', linkType: 50, wrap: typed('0f00') },
  { name: 'PPP with direction', linkType: 204, wrap: beforeIp('00 ff03 0021', '00 ff03 0057') },
  { name: 'PPP, bridged', linkType: 9, wrap: before('ff03 0031 00 01') },
  {
    name: 'PPP, multilink',
    linkType: 9,
    wrap: beforeIp('ff03 003d c0000001 0021', 'ff03 003d c0000001 0057'),
  },
  {
    name: 'IP over Fibre Channel',
    linkType: 122,
    wrap: typed('1000020000000001 1000020000000002 aaaa03000000'),
  },
  { name: 'IEEE 1394', linkType: 138, wrap: typed('0000020000000001 0000020000000002') },
  {
    name: 'IP over InfiniBand',
    linkType: 242,
    wrap: beforeIp(`${zeros(40)} 0800 0000`, `${zeros(40)} 86dd 0000`),
  },
  { name: 'IP over InfiniBand alone', linkType: 242, wrap: beforeIp('0800 0000', '86dd 0000') },
  {
    name: 'InfiniBand',
    linkType: 247,
    wrap: beforeIp(
      `f002 0001 0000 0002 64${zeros(19)} 0800 0000`,
      `f002 0001 0000 0002 64${zeros(19)} 86dd 0000`,
    ),
  },
  {
    name: 'InfiniBand with global header',
    linkType: 247,
    wrap: beforeIp(
      `f003 0001 0000 0002 ${zeros(40)} 64${zeros(19)} 0800 0000`,
      `f003 0001 0000 0002 ${zeros(40)} 64${zeros(19)} 86dd 0000`,
    ),
  },
  { name: 'Broadcom tag', linkType: 281, wrap: tagged('00000001') },
  { name: 'Broadcom tag before', linkType: 282, wrap: before('00000001') },
  { name: 'Marvell tag', linkType: 284, wrap: tagged('00000001') },
  { name: 'Marvell EtherType tag', linkType: 285, wrap: tagged('dada 0000 00000001') },
  {
    name: 'an aggregate of 802.11',
    linkType: 105,
    wrap: (f) =>
      Buffer.concat([
        hex('8801 0000 020000000001 020000000002 020000000003 0000 8000'),
        f.subarray(0, 12),
        hex('0100 aaaa03000000'),
        f.subarray(12),
      ]),
  },
  // Juniper, with and without meta information.
  ...[JUNIPER, JUNIPER_LONG].flatMap((head) => {
    const incoming = head === JUNIPER_LONG;
    const name = (what: string) => `Juniper ${what}${incoming ? ' with extensions' : ''}`;
    return [
      { name: name('Ethernet'), linkType: 178, wrap: before(head) },
      { name: name('PPPoE'), linkType: 167, wrap: before(head) },
      { name: name('PPP'), linkType: 179, wrap: beforeIp(`${head} ff03 0021`, `${head} ff03 0057`) },
      {
        name: name('Frame Relay'),
        linkType: 180,
        wrap: beforeIp(`${head} 1841 03 cc`, `${head} 1841 03 8e`),
      },
      { name: name('HDLC'), linkType: 181, wrap: typed(`${head} 0f00`) },
      { name: name('voice'), linkType: 183, wrap: beforeIp(`${head}${zeros(18)}`) },
      { name: name('services'), linkType: 136, wrap: beforeIp(`${head}${zeros(incoming ? 16 : 12)}`) },
      { name: name('GGSN'), linkType: 133, wrap: beforeIp(`${head} 0200 0000`, `${head} 0600 0000`) },
      { name: name('ATM1, SNAP'), linkType: 137, wrap: typed(`${head} 00000001 aaaa03000000`) },
      { name: name('ATM1'), linkType: 137, wrap: beforeIp(`${head} 00000001`) },
      {
        name: name('ATM1, Cisco'),
        linkType: 137,
        wrap: beforeIp(`${head} 00000001 03cc`, `${head} 00000001 038e`),
      },
      { name: name('ATM2, SNAP'), linkType: 135, wrap: typed(`${head} 00000000 00000001 aaaa03000000`) },
      { name: name('ATM2'), linkType: 135, wrap: beforeIp(`${head} 00000000 00000001`) },
      {
        name: name('ATM2, PPP'),
        linkType: 135,
        wrap: beforeIp(`${head} 00000000 00000001 0021`, `${head} 00000000 00000001 0057`),
      },
      {
        name: name('MLPPP, services card'),
        linkType: 130,
        wrap: beforeIp(`${head} 47 000000 03 00 0000`, `${head} 47 000000 03 10 0000`),
      },
      {
        name: name('MLPPP, bundle'),
        linkType: 130,
        wrap: beforeIp(`${head} 0001 0021`, `${head} 0001 0057`),
      },
      { name: name('MLPPP, link'), linkType: 130, wrap: beforeIp(`${head} ff03 0021`, `${head} ff03 0057`) },
      {
        name: name('MLFR, services card'),
        linkType: 131,
        wrap: beforeIp(`${head} 47 000000 00 00 0000`, `${head} 47 000000 00 10 0000`),
      },
      { name: name('MLFR, bundle'), linkType: 131, wrap: beforeIp(`${head} 0001 03cc`, `${head} 0001 038e`) },
      {
        name: name('secure tunnel'),
        linkType: 200,
        wrap: beforeIp(
          `${head} 020000000001 020000000002 0800 4500003c00000000403200000101010102020202 00000001 00000002 ${zeros(16)}`,
        ),
      },
    ];
  }),
  { name: 'Juniper ATM2, Ethernet', linkType: 135, wrap: before(`${JUNIPER} 00000001 00000001`) },
  {
    name: 'Juniper without link layer',
    linkType: 178,
    wrap: beforeIp('4d474302 02000000', '4d474302 06000000'),
  },
  // Tags and fabrics.
  { name: 'Cisco CMD', linkType: 1, wrap: tagged('8909 01 01 0001 000f') },
  { name: 'Cisco CMD with two options', linkType: 1, wrap: tagged('8909 01 02 0001 000f 0001 0010') },
  { name: 'Cisco CMD in a VLAN', linkType: 1, wrap: tagged('8100 0064 8909 01 01 0001 000f') },
  { name: 'HSR', linkType: 1, wrap: tagged('892f 1038 0001') },
  { name: 'PRP trailer', linkType: 1, wrap: (f) => Buffer.concat([f, hex('00000000 0001 a038 88fb')]) },
  { name: 'VN-Tag', linkType: 1, wrap: tagged('8926 00000001') },
  { name: 'E-Tag', linkType: 1, wrap: tagged('893f 0000 0001 0000') },
  { name: 'E-Tag and VLAN', linkType: 1, wrap: tagged('893f 0000 0001 0000 8100 0064') },
  { name: 'Arista time stamp', linkType: 1, wrap: tagged('d28b 0001 0010 0000000000000000') },
  { name: 'Arista short time stamp', linkType: 1, wrap: tagged('d28b 0001 0020 000000000000') },
  { name: 'PBB', linkType: 1, wrap: ethernet('88e7', before('00000001')) },
  { name: 'PBB with a backbone tag', linkType: 1, wrap: ethernet('88a8 0064 88e7', before('00000001')) },
  { name: 'TRILL', linkType: 1, wrap: ethernet('22f3', before('0002 0001 0002')) },
  { name: 'TRILL with options', linkType: 1, wrap: ethernet('22f3', before(`0882 0001 0002 ${zeros(8)}`)) },
  {
    name: 'TRILL with a fine-grained label',
    linkType: 1,
    wrap: ethernet('22f3 0002 0001 0002', tagged('893b 0001 893b 0002')),
  },
  {
    name: 'B.A.T.M.A.N. unicast',
    linkType: 1,
    wrap: ethernet('4305', before('40 0f 32 01 020000000002')),
  },
  {
    name: 'B.A.T.M.A.N. unicast with both addresses',
    linkType: 1,
    wrap: ethernet('4305', before('42 0f 32 01 020000000002 020000000001 01 00')),
  },
  {
    name: 'B.A.T.M.A.N. broadcast',
    linkType: 1,
    wrap: ethernet('4305', before('01 0f 32 00 00000007 020000000001')),
  },
  {
    name: 'B.A.T.M.A.N. multicast with one entry',
    linkType: 1,
    wrap: ethernet('4305', before('05 0f 32 00 000a 0600 0006 000000000000')),
  },
  {
    name: 'B.A.T.M.A.N. fragment',
    linkType: 1,
    wrap: ethernet(
      '4305',
      ipOnly(before(`41 0f 32 10 020000000002 020000000001 0001 0400 40 0f 32 01 020000000002`)),
    ),
  },
  {
    name: 'B.A.T.M.A.N. unicast of 2011',
    linkType: 1,
    wrap: ethernet('4305', before('03 0e 32 01 020000000002')),
  },
  {
    name: 'B.A.T.M.A.N. broadcast of 2011',
    linkType: 1,
    wrap: ethernet('4305', before('04 0e 32 00 00000007 020000000001')),
  },
  {
    name: 'B.A.T.M.A.N. unicast of 2011 with both addresses',
    linkType: 1,
    wrap: ethernet('4305', before('09 0e 32 01 020000000002 020000000001 01 00')),
  },
  { name: 'FabricPath', linkType: 1, wrap: ethernet('8903', before('0041')) },
  { name: 'MACsec without encryption', linkType: 1, wrap: tagged('88e5 00 00 00000001') },
  {
    name: 'MACsec with channel identifier',
    linkType: 1,
    wrap: tagged('88e5 20 00 00000001 0200000000010001'),
  },
  {
    name: 'ISL',
    linkType: 1,
    wrap: measured(12, 12, before('01000c0000 00 020000000001 0000 aaaa03 00000c 0002 0000 0000')),
  },
  { name: 'NSH around Ethernet', linkType: 1, wrap: ethernet('894f', (f) => nsh(1, '03', f)) },
  {
    name: 'NSH of kind 2 around IP',
    linkType: 1,
    wrap: ethernet(
      '894f',
      ipOnly((f) => nsh(2, isIp6(f) ? '02' : '01', ipOf(f))),
    ),
  },
  { name: 'NSH in NSH', linkType: 1, wrap: ethernet('894f', (f) => nsh(2, '04', nsh(1, '03', f))) },
  {
    name: 'NSH around MPLS',
    linkType: 1,
    wrap: ethernet(
      '894f',
      ipOnly((f) => nsh(1, '05', inIp(f, '00064140', '00064140'))),
    ),
  },
  {
    name: 'MPLS around Ethernet, control word',
    linkType: 1,
    wrap: ethernet('8847', before('00064140 00000007')),
  },
  { name: 'MPLS around Ethernet', linkType: 1, wrap: ethernet('8847', before('00064140')) },
  // Over UDP.
  { name: 'TZSP', linkType: 1, wrap: overUdp(37_008, before('01 00 0001 01')) },
  {
    name: 'TZSP with tags',
    linkType: 1,
    wrap: overUdp(37_008, before('01 00 0001 0a01c0 00 29020040 3c06020000000001 01')),
  },
  {
    name: 'TZSP around 802.11',
    linkType: 1,
    wrap: overUdp(37_008, (f) => Buffer.concat([hex('01 00 0012 01'), wireless(f)])),
  },
  { name: 'CAPWAP', linkType: 1, wrap: overUdp(5247, before('00100200 00000000')) },
  {
    name: 'CAPWAP from the controller',
    linkType: 1,
    wrap: overUdp(40_000, before('00100200 00000000'), 5247),
  },
  { name: 'CAPWAP around 802.11', linkType: 1, wrap: overUdp(5247, capwap('00104300 00000000', false)) },
  {
    name: 'CAPWAP around 802.11 of Cisco',
    linkType: 1,
    wrap: overUdp(5247, capwap('00204320 00000000 04c0000000000000', true)),
  },
  {
    name: 'L2TP',
    linkType: 1,
    wrap: overUdp(1701, beforeIp('0002 0001 0002 ff03 0021', '0002 0001 0002 ff03 0057'), 1701),
  },
  {
    name: 'L2TP with length, numbers and offset',
    linkType: 1,
    wrap: overUdp(
      1701,
      measured(
        2,
        0,
        beforeIp(
          '4a02 0000 0001 0002 0001 0000 0002 0000 0021',
          '4a02 0000 0001 0002 0001 0000 0002 0000 0057',
        ),
      ),
      1701,
    ),
  },
  { name: 'L2TPv3 over UDP', linkType: 1, wrap: overUdp(1701, before('0003 0000 00000007'), 1701) },
  ...['', 'deadbeef', 'deadbeefcafebabe', 'deadbeefcafebabe40000001'].flatMap((cookie) => [
    {
      name: `L2TPv3, cookie "${cookie}", Ethernet`,
      linkType: 1,
      wrap: overIp(115, before(`00000007${cookie}`)),
    },
    {
      name: `L2TPv3, cookie "${cookie}", PPP`,
      linkType: 1,
      wrap: overIp(115, beforeIp(`00000007${cookie} ff03 0021`, `00000007${cookie} ff03 0057`)),
    },
    {
      name: `L2TPv3, cookie "${cookie}", HDLC`,
      linkType: 1,
      wrap: overIp(
        115,
        ipOnly((f) => inIp(f, `00000007${cookie} 0f00 0800`, `00000007${cookie} 0f00 86dd`)),
      ),
    },
  ]),
  { name: 'VXLAN with group policy', linkType: 1, wrap: overUdp(4789, before('88000123 00000700')) },
  { name: 'VXLAN on its old port', linkType: 1, wrap: overUdp(8472, before('08000000 00000700')) },
  { name: 'VXLAN-GPE around Ethernet', linkType: 1, wrap: overUdp(4790, before('0c000003 00000700')) },
  {
    name: 'VXLAN-GPE around IP',
    linkType: 1,
    wrap: overUdp(4790, beforeIp('0c000001 00000700', '0c000002 00000700')),
  },
  {
    name: 'VXLAN-GPE around NSH',
    linkType: 1,
    wrap: overUdp(4790, (f) => Buffer.concat([hex('0c000004 00000700'), nsh(1, '03', f)])),
  },
  { name: 'VXLAN-GPE around MPLS', linkType: 1, wrap: overUdp(4790, beforeIp('0c000005 00000700 00064140')) },
  {
    name: 'Geneve around IP',
    linkType: 1,
    wrap: overUdp(6081, beforeIp('0000 0800 00000700', '0000 86dd 00000700')),
  },
  {
    name: 'GTP-U around Ethernet',
    linkType: 1,
    wrap: overUdp(2152, measured(2, 8, before('30ff 0000 00000001'))),
  },
  { name: 'MPLS in UDP', linkType: 1, wrap: overUdp(6635, beforeIp('00064140')) },
  { name: 'LISP', linkType: 1, wrap: overUdp(4341, beforeIp('c0000001 00000001')) },
  // Over IP.
  {
    name: 'EoIP',
    linkType: 1,
    wrap: overIp(47, measured(4, 8, before('2001 6400 0000 0100'))),
  },
  {
    name: 'GRE with source routes',
    linkType: 1,
    wrap: overIp(
      47,
      ipOnly((f) =>
        Buffer.concat([hex('4000'), typeOf(f), hex('00000000 0800 00 04 01010101 00000000'), ipOf(f)]),
      ),
    ),
  },
  {
    name: 'GRE with checksum',
    linkType: 1,
    wrap: overIp(
      47,
      ipOnly((f) => Buffer.concat([hex('8000'), typeOf(f), hex('00000000'), ipOf(f)])),
    ),
  },
  {
    name: 'GRE around Cisco CMD',
    linkType: 1,
    wrap: overIp(
      47,
      ipOnly((f) => Buffer.concat([hex('0000 8909'), typeOf(f), hex('01 01 0001 000f'), ipOf(f)])),
    ),
  },
  {
    name: 'GRE around NSH',
    linkType: 1,
    wrap: overIp(47, (f) => Buffer.concat([hex('0000 894f'), nsh(1, '03', f)])),
  },
  {
    name: 'GRE of Aruba',
    linkType: 1,
    wrap: overIp(47, (f) => Buffer.concat([hex('0000 8200'), wireless(f)])),
  },
  {
    name: 'PPTP',
    linkType: 1,
    wrap: overIp(
      47,
      ipOnly((f) =>
        inIp(
          f,
          '3081 880b 0000 0001 00000001 00000000 ff03 0021',
          '3081 880b 0000 0001 00000001 00000000 ff03 0057',
        ),
      ),
    ),
  },
  { name: 'ERSPAN I', linkType: 1, wrap: overIp(47, before('0000 88be')) },
  { name: 'ERSPAN II', linkType: 1, wrap: overIp(47, before('1000 88be 00000001 1001000100000000')) },
  {
    name: 'ERSPAN III',
    linkType: 1,
    wrap: overIp(47, before('1000 22eb 00000001 200100010000000000000000')),
  },
  {
    name: 'ERSPAN III with subheader',
    linkType: 1,
    wrap: overIp(47, before(`1000 22eb 00000001 200100010000000000000001 ${zeros(8)}`)),
  },
  { name: 'EtherIP', linkType: 1, wrap: overIp(97, before('3000')) },
  { name: 'EtherIP, half bytes exchanged', linkType: 1, wrap: overIp(97, before('0300')) },
  { name: 'Ethernet in IP', linkType: 1, wrap: overIp(143, (f) => f) },
  { name: 'MPLS in IP', linkType: 1, wrap: overIp(137, beforeIp('00064140')) },
  { name: 'PIM register', linkType: 1, wrap: overIp(103, beforeIp('21000000 00000000')) },
  {
    name: 'authentication header',
    linkType: 1,
    wrap: overIp(
      51,
      ipOnly((f) =>
        inIp(f, `04 04 0000 00000001 00000001 ${zeros(12)}`, `29 04 0000 00000001 00000001 ${zeros(12)}`),
      ),
    ),
  },
  // Variants of these.
  ...['9100', '9200', '9300'].map((type) => ({
    name: `VLAN as ${type}`,
    linkType: 1,
    wrap: tagged(`${type} 0064`),
  })),
  { name: 'MPLS multicast', linkType: 1, wrap: ethernet('8848', beforeIp('00064040 00065140')) },
  { name: 'MPLS in PPP', linkType: 9, wrap: beforeIp('ff03 0281 00064140') },
  { name: 'MPLS in Juniper without link layer', linkType: 178, wrap: beforeIp('4d474302 05000000 00064140') },
  {
    name: 'PPP in Juniper GGSN',
    linkType: 133,
    wrap: beforeIp('4d474300 c800 0000 0021', '4d474300 c800 0000 0057'),
  },
  {
    name: 'Juniper PPP, other address',
    linkType: 179,
    wrap: beforeIp('4d474300 0003 0021', '4d474300 0003 0057'),
  },
  {
    name: 'Juniper PPPoE over ATM',
    linkType: 168,
    wrap: beforeIp('4d474300 8864 1100 0001 0000 0021', '4d474300 8864 1100 0001 0000 0057'),
  },
  { name: 'Juniper unknown route', linkType: 178, wrap: beforeIp('4d474302 48a20000 00000000') },
  { name: 'Cisco HDLC, multicast', linkType: 104, wrap: typed('8f00') },
  { name: 'Cisco HDLC with direction', linkType: 205, wrap: typed('00 0f00') },
  { name: 'Cisco HDLC, multicast, as PPP', linkType: 9, wrap: typed('8f00') },
  { name: 'PPP as HDLC', linkType: 104, wrap: beforeIp('ff03 0021', 'ff03 0057') },
  { name: 'PPP as raw IP', linkType: 101, wrap: beforeIp('ff03 0021', 'ff03 0057') },
  { name: 'PPP as loopback', linkType: 0, wrap: beforeIp('ff03 0021', 'ff03 0057') },
  { name: 'ATM of BSD', linkType: 11, wrap: typed('aaaa03000000') },
  { name: 'ATM, bridged without padding', linkType: 100, wrap: before('aaaa03 0080c2 0007') },
  ...[16, 18, 19].map((linkType) => ({
    name: `classical IP over ATM, ${linkType}`,
    linkType,
    wrap: ipOnly(ipOf),
  })),
  { name: 'ARCnet of BSD', linkType: 7, wrap: ipOnly((f) => inIp(f, '0102 d4 00 0001', '0102 c4 00 0001')) },
  {
    name: 'ERF, coloured',
    linkType: 197,
    wrap: measured(14, 18, before(`${zeros(8)} 0b 04 0000 0000 0000 0000`)),
  },
  {
    name: 'ERF around HDLC',
    linkType: 197,
    wrap: measured(14, 16, typed(`${zeros(8)} 01 04 0000 0000 0000 0f00`)),
  },
  {
    name: 'Prism',
    linkType: 119,
    wrap: (f) => Buffer.concat([hex(`00000044 00000090 ${zeros(136)}`), wireless(f)]),
  },
  {
    name: 'AVS',
    linkType: 163,
    wrap: (f) => Buffer.concat([hex(`80211001 00000040 ${zeros(56)}`), wireless(f)]),
  },
  {
    name: 'AVS as Prism',
    linkType: 119,
    wrap: (f) => Buffer.concat([hex(`80211001 00000040 ${zeros(56)}`), wireless(f)]),
  },
  {
    name: 'radiotap with two words of fields',
    linkType: 127,
    wrap: (f) => Buffer.concat([hex('00 00 0e00 02000080 00000000 00 00'), wireless(f)]),
  },
  {
    name: 'radiotap with a clock and padding',
    linkType: 127,
    wrap: (f) => {
      const frame = wireless(f);
      frame[0] = 0x88;
      return Buffer.concat([
        hex(`00 00 1900 03000080 00000000 00000000 ${zeros(8)} 20`),
        frame.subarray(0, 24),
        hex('0000 0000'),
        frame.subarray(24),
      ]);
    },
  },
  {
    name: '802.11 with four addresses',
    linkType: 105,
    wrap: (f) => {
      const frame = wireless(f);
      frame[1] = 3;
      return Buffer.concat([frame.subarray(0, 24), hex('020000000004'), frame.subarray(24)]);
    },
  },
  {
    name: '802.11 with quality of service and control',
    linkType: 105,
    wrap: (f) => {
      const frame = wireless(f);
      frame[0] = 0x88;
      frame[1] = 0x81;
      return Buffer.concat([frame.subarray(0, 24), hex('0000 00000000'), frame.subarray(24)]);
    },
  },
  { name: 'EDSA', linkType: 1, wrap: tagged('dada 0000 00000001') },
  { name: 'Ethernet as an EtherType', linkType: 1, wrap: ethernet('6558', (f) => f) },
  { name: 'PPP as an EtherType', linkType: 1, wrap: ethernet('880b', beforeIp('0021', '0057')) },
  { name: 'LLC as an EtherType', linkType: 1, wrap: ethernet('8870', typed('aaaa03000000')) },
  { name: '802.2 with IP', linkType: 1, wrap: ethernet('0100', beforeIp('060603')) },
  { name: 'SNAP of bridges', linkType: 1, wrap: ethernet('0100', typed('aaaa03 0000f8')) },
  {
    name: 'VXLAN with a next protocol',
    linkType: 1,
    wrap: overUdp(4789, beforeIp('0c000001 00000700', '0c000002 00000700')),
  },
  {
    name: 'VXLAN-GPE without a next protocol',
    linkType: 1,
    wrap: overUdp(4790, before('08000000 00000700')),
  },
  {
    name: 'GRE with WCCP 2',
    linkType: 1,
    wrap: overIp(47, (f) => (isIp(f) && !isIp6(f) ? inIp(f, '0000 883e 00000000', '') : undefined)),
  },
  {
    name: 'GRE with WCCP 1',
    linkType: 1,
    wrap: overIp(47, (f) => (isIp(f) && !isIp6(f) ? inIp(f, '0000 883e', '') : undefined)),
  },
  {
    name: 'ERSPAN III around IP',
    linkType: 1,
    wrap: overIp(47, beforeIp('1000 22eb 00000001 200100010000000000000800')),
  },
  { name: 'IPIP of old', linkType: 1, wrap: overIp(94, ipOnly(ipOf)) },
];

/** Teredo carries IPv6 only. */
export const TEREDO: readonly Wrapping[] = [
  { name: 'Teredo', linkType: 1, wrap: overUdp(3544, ipOnly(ipOf)) },
  { name: 'Teredo, answers', linkType: 1, wrap: overUdp(50_000, ipOnly(ipOf), 3544) },
  { name: 'Teredo with origin', linkType: 1, wrap: overUdp(3544, beforeIp('0000 1234 fefefefe')) },
  {
    name: 'Teredo with authentication',
    linkType: 1,
    wrap: overUdp(3544, beforeIp(`0001 04 02 ${zeros(15)} 0000 1234 fefefefe`)),
  },
];
