import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortolanError } from '../../../src/core/errors.ts';
import { countPorts, parsePorts } from '../../../src/core/ports.ts';
import { codeOf } from './fixture.ts';

describe('parsePorts', () => {
  it.each([
    ['-', '-', 65_535],
    ['0', '0', 1],
    ['0-', '0-65535', 65_536],
    ['22,80', '22,80', 2],
    ['022', '22', 1],
    ['80-', '80-65535', 65_456],
    ['-1024', '1-1024', 1024],
    ['20-30,25-40,80', '20-30,25-40,80', 22],
    ['30-40,20-50', '30-40,20-50', 31],
    ['T:80,443,U:53', 'T:80,443,U:53', 2],
    ['[1-1024]', '[1-1024]', 1024],
    ['http*,ssh', 'http*,ssh', 2],
    ['22,T:80,U:53-60', '22,T:80,U:53-60', 2],
  ])('reads %s', (text, canonical, tcp) => {
    const list = parsePorts(text);
    expect(list.text).toBe(canonical);
    expect(countPorts(list, 'tcp')).toBe(tcp);
    expect(parsePorts(list.text).pieces).toEqual(list.pieces);
  });

  it('counts each protocol by its own pieces', () => {
    const list = parsePorts('22,T:80,U:53-60,S:36412,P:6');
    expect(['tcp', 'udp', 'sctp', 'ip'].map((protocol) => countPorts(list, protocol as 'tcp'))).toEqual([
      2, 9, 2, 2,
    ]);
  });

  it('takes IP protocol numbers up to 255, and begins at 0', async () => {
    expect(parsePorts('-', 100, 'ip').text).toBe('0-255');
    expect(await codeOf(() => parsePorts('256', 100, 'ip'))).toBe('invalid_ports');
    expect(await codeOf(() => parsePorts('P:256'))).toBe('invalid_ports');
  });

  it.each([
    '',
    ',',
    '1,,2',
    '1,',
    '65536',
    '80-22',
    '1-2-3',
    '--',
    '1 ,2',
    'X:80',
    'T:',
    't:80',
    '[1-2',
    '1-2]',
    '[]',
    '[[1]]',
    '[http]',
    '1;2',
    '٢٢',
    '22\n',
    '-iL/x',
    '/x',
    'a/b',
    'http$',
    'T:U:1',
    '+1',
    '1e3',
    '0x50',
  ])('refuses %j', async (text) => expect(await codeOf(() => parsePorts(text))).toBe('invalid_ports'));

  it('bounds the number of pieces', async () => {
    const pieces = Array.from({ length: 101 }, (_, index) => index).join(',');
    expect(await codeOf(() => parsePorts(pieces))).toBe('too_many_ports');
    expect(parsePorts(pieces, 101).pieces).toHaveLength(101);
  });

  it('gives, for any text at all, a stable list or a refusal', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'0123456789-,[]TUSP:http*? ') }),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        try {
          const list = parsePorts(text);
          expect(list.text).toMatch(/^[A-Za-z0-9,:[\]*?_.+-]+$/);
          expect(parsePorts(list.text)).toEqual(list);
        } catch (error) {
          if (!(error instanceof PortolanError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});
