/** Rows of single packets that no scan of the cases has. */
import { describe, expect, it } from 'vitest';
import { createBatch } from '../../../src/captures/container/batch.ts';
import { AddressBook, formatIpv4 } from '../../../src/captures/decode/addresses.ts';
import { Decoder } from '../../../src/captures/decode/decoder.ts';
import * as R from '../../../src/captures/decode/record.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** The row of one packet of this link type. */
function rowOf(packet: Buffer, linkType: number, shortcut = true): Int32Array {
  const batch = createBatch();
  const bytes = new Uint8Array(packet);
  batch.bytes = bytes;
  batch.view = new DataView(bytes.buffer);
  batch.count = 1;
  batch.captured[0] = bytes.length;
  batch.links[0] = linkType;
  const decoded = R.createDecoded();
  new Decoder(new AddressBook(16, 1)).decode(batch, decoded, shortcut);
  return decoded.rows.subarray(0, R.ROW);
}

it.each([
  ['Ethernet', 1, '020000000001 020000000002 0806', 1, 6],
  ['InfiniBand', 242, '0806 0000', 32, 20],
  ['IEEE 1394', 138, '0000020000000001 0000020000000002 0806', 24, 16],
  ['ARCnet', 129, '0102 0000 d5 00 0001', 7, 1],
])('ARP over %s', (_, linkType, head, hardware, length) => {
  const address = 'ab'.repeat(length);
  const kind = hardware.toString(16).padStart(4, '0');
  const size = length.toString(16).padStart(2, '0');
  for (const [operation, expected] of [
    ['0001', R.ARP],
    ['0002', R.ARP_REPLY],
  ] as const) {
    const packet = `${head} ${kind} 0800 ${size}04 ${operation} ${address} c0000201 ${address} c0000202`;
    const row = rowOf(hex(packet), linkType);
    expect(row[R.KIND]).toBe(expected);
    expect(formatIpv4(row[R.SRC] ?? 0)).toBe('192.0.2.1');
    expect(formatIpv4(row[R.DST] ?? 0)).toBe('192.0.2.2');
  }
});

it('the first fragment of a tunnel shows what is inside', () => {
  const tcp = 'afc8 01bb 00000001 00000000 5002 0400 0000 0000';
  const inner = `4500 05dc 0001 0000 40 06 0000 0a010132 0a010209 ${tcp}`;
  const outer = (protocol: string, payload: string) =>
    hex(`4500 0050 0001 2000 40 ${protocol} 0000 c0000201 c0000202 ${payload}`);
  const eth = '020000000001 020000000002 0800';
  for (const packet of [
    outer('2f', `0000 0800 ${inner}`),
    outer('11', `c000 12b5 0600 0000 08000000 00000700 ${eth} ${inner}`),
  ]) {
    const row = rowOf(packet, 101);
    expect(formatIpv4(row[R.SRC] ?? 0)).toBe('10.1.1.50');
    expect((row[R.PORTS] ?? 0) & 0xffff).toBe(443);
    expect((row[R.KIND] ?? 0) & 0xffff).toBe(R.TCP | (2 << 8));
  }
});

const LINKS: readonly (readonly [name: string, linkType: number, header: string])[] = [
  ['Ethernet', 1, '020000000001 020000000002 0800'],
  ['Linux cooked', 113, '0000 0001 0006 020000000002 0000 0800'],
  ['Linux cooked 2', 276, '0800 0000 00000002 0001 00 06 0200000000020000'],
  ['raw IP', 101, ''],
  ['raw IP of OpenBSD', 14, ''],
  ['raw IPv4', 228, ''],
];
const ADDRESSES = 'c0000201 c0000202';
const INSIDE: readonly (readonly [name: string, packet: string])[] = [
  [
    'a SYN with options',
    `4500 002c 0001 0000 40 06 0000 ${ADDRESSES} afc8 01bb 00000001 00000000 6002 0400 0000 0000 020405b4`,
  ],
  [
    'a bare RST',
    `4500 0028 0001 0000 40 06 0000 ${ADDRESSES} 01bb afc8 00000001 00000000 5014 0000 0000 0000`,
  ],
  ['a segment whose flags were cut off', `4500 0028 0001 0000 40 06 0000 ${ADDRESSES} 01bb afc8 00000001`],
  [
    'a segment behind IP options',
    `4600 002c 0001 0000 40 06 0000 ${ADDRESSES} 01010100 afc8 01bb 00000001 00000000 5002 0400 0000 0000`,
  ],
  ['an empty datagram', `4500 001c 0001 0000 40 11 0000 ${ADDRESSES} afc8 0035 0008 0000`],
  ['a datagram of some bytes', `4500 0020 0001 0000 40 11 0000 ${ADDRESSES} afc8 00a1 000c 0000 01020304`],
  [
    'a datagram to the port of a tunnel',
    `4500 0020 0001 0000 40 11 0000 ${ADDRESSES} afc8 12b5 000c 0000 01020304`,
  ],
  ['a later fragment', `4500 0028 0001 0010 40 06 0000 ${ADDRESSES} ${'00'.repeat(20)}`],
  ['another protocol', `4500 0028 0001 0000 40 2f 0000 ${ADDRESSES} ${'00'.repeat(20)}`],
];

describe.each(LINKS)('%s', (_, linkType, header) => {
  it.each(INSIDE)('gives the same row for %s with the shortcut and without', (_, packet) => {
    const bytes = hex(header + packet);
    const short = rowOf(bytes, linkType);
    expect([...short]).toEqual([...rowOf(bytes, linkType, false)]);
    expect(formatIpv4(short[R.DST] ?? 0)).toBe('192.0.2.2');
  });
});
