import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countAddresses,
  describeSpan,
  enumerate,
  formatAddress,
  formatSpan,
  intersect,
  parseAddress,
  parseNetwork,
  type Span,
  subtract,
} from '../../../src/core/address.ts';

const span = (first: number, last: number): Span => ({ family: 4, first: BigInt(first), last: BigInt(last) });
const smallSpan = fc
  .tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 300 }))
  .map(([first, length]) => span(0x0a000000 + first, 0x0a000000 + first + length));
const all = (spans: Span[]) => spans.flatMap((one) => [...enumerate(one)]);

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['FE80::0001', 'fe80::1'],
    ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
    ['::1.2.3.4', '::102:304'],
  ])('reads %s and writes %s', (text, canonical) => {
    const address = parseAddress(text);
    expect(address && formatAddress(address)).toBe(canonical);
  });

  it.each([
    '010.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '1.2.3.4 ',
    '1.2.3.256',
    'fe80::1%lo',
    '[::1]',
    '',
  ])('does not read %j, which other readers take for an address', (text) =>
    expect(parseAddress(text)).toBeUndefined(),
  );

  it('reads any address it writes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (value) => {
        expect(parseAddress(formatAddress({ family: 6, value }))).toEqual({ family: 6, value });
        const four = value & 0xffff_ffffn;
        expect(parseAddress(formatAddress({ family: 4, value: four }))).toEqual({ family: 4, value: four });
      }),
    );
  });

  it('takes host bits in a network, as nmap does', () => {
    expect(parseNetwork('10.0.0.77/24')).toEqual(parseNetwork('10.0.0.0/24'));
    expect(parseNetwork('0.0.0.0/0')).toEqual(span(0, 2 ** 32 - 1));
    expect(countAddresses(parseNetwork('fd00::/64') ?? span(0, 0))).toBe(1n << 64n);
  });

  it.each([
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/+8',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
  ])('refuses the network %s', (text) => expect(parseNetwork(text)).toBeUndefined());
});

describe('spans', () => {
  it('subtracts exactly', () => {
    fc.assert(
      fc.property(smallSpan, fc.array(smallSpan, { maxLength: 5 }), (whole, holes) => {
        const removed = new Set(all(holes));
        expect(all(subtract(whole, holes))).toEqual([...enumerate(whole)].filter((one) => !removed.has(one)));
      }),
    );
  });

  it('keeps the families apart', () => {
    const four = span(0, 2 ** 32 - 1);
    const six: Span = { family: 6, first: 0n, last: 5n };
    expect(intersect(four, six)).toBeUndefined();
    expect(subtract(six, [four])).toEqual([six]);
  });

  it('is written in words that cover it exactly', () => {
    fc.assert(
      fc.property(smallSpan, (whole) => {
        const read = formatSpan(whole).flatMap((word) => {
          const [from, to] = word.split('-');
          const first = parseNetwork(from ?? '');
          if (!first) throw new Error(word);
          return to === undefined ? [first] : [{ ...first, last: (first.first & ~0xffn) + BigInt(to) }];
        });
        expect(all(read)).toEqual([...enumerate(whole)]);
      }),
    );
  });

  it.each([
    [span(0x0a000001, 0x0a000001), ['10.0.0.1']],
    [span(0x0a000000, 0x0a0000ff), ['10.0.0.0/24']],
    [span(0x0a000001, 0x0a000009), ['10.0.0.1-9']],
    [span(0x0a0000ff, 0x0a000101), ['10.0.0.255', '10.0.1.0/31']],
    [{ family: 6, first: 1n, last: 3n } as const, ['::1', '::2/127']],
  ])('writes %o as %j', (whole, words) => expect(formatSpan(whole)).toEqual(words));

  it('is named by its ends when it takes several words', () => {
    expect(describeSpan(span(0x0a0000ff, 0x0a000101))).toBe('10.0.0.255 to 10.0.1.1');
  });
});
