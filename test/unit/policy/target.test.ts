import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSpan } from '../../../src/core/address.ts';
import { PortolanError } from '../../../src/core/errors.ts';
import { parseTarget } from '../../../src/core/target.ts';
import { codeOf } from './fixture.ts';

const words = (text: string) => {
  const target = parseTarget(text);
  return target.kind === 'addresses' ? formatSpan(target.span) : target.name;
};

describe('parseTarget', () => {
  it.each([
    ['10.0.0.1', ['10.0.0.1']],
    ['10.0.0.5/24', ['10.0.0.0/24']],
    ['192.168.1.1-9', ['192.168.1.1-9']],
    ['192.168.1.1-192.168.1.9', ['192.168.1.1-9']],
    ['192.168.1.0-255', ['192.168.1.0/24']],
    ['192.168.1.7-7', ['192.168.1.7']],
    ['FD00::1', ['fd00::1']],
    ['fd00::/126', ['fd00::/126']],
    ['fe80::1%eth0', ['fe80::1']],
    ['Host-1.lab.internal', 'host-1.lab.internal'],
    ['localhost', 'localhost'],
    ['a.b.c', 'a.b.c'],
    ['Print_Server.lab.internal', 'print_server.lab.internal'],
    ['_ldap._tcp.lab.internal', '_ldap._tcp.lab.internal'],
    ['Printer.lab.internal.', 'printer.lab.internal'],
    ['3com.example', '3com.example'],
  ])('reads %s', (text, expected) => expect(words(text)).toEqual(expected));

  it.each([
    '-oX',
    '--',
    '127.1',
    '1.2.3',
    '0x7f.1',
    'host.0x7f',
    'host.1',
    '1.2.3.4.5',
    '10.0.0.1-',
    '10.0.0.1-2-3',
    '10.0.0.9-10.0.1.2',
    '10.0.0.1-09',
    '10.0.0.1-256',
    '10.0.0.0/24-5',
    'fd00::1-5',
    '10.0.0.1%lo',
    'fd00::1%lo',
    'fe80::1%',
    'fe80::1%lo%lo',
    'fe80::1%lo/64',
    'fe80::1%../x',
    'fe80::1%verylongname12345',
    '-host',
    'host-',
    'host..example',
    '.host',
    'host..',
    '.',
    '1.2.3.4.',
    '127.1.',
    'host.0x7f.',
    'host:80',
    'http://host/',
    'ho st',
    'höst',
    'host\u0000',
    'host\u200b',
    '１２７.0.0.1',
    '[::1]',
    '*',
    '',
    ' ',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(130)}a`,
  ])('refuses %j', async (text) => expect(await codeOf(() => parseTarget(text))).toBe('invalid_target'));

  it('says what is wrong and what would do', () => {
    expect(() => parseTarget('10.0.0.1,2')).toThrow(/octet lists are not read/);
    expect(() => parseTarget('a.lab,b.lab')).toThrow(/several targets in one word; give each by itself/);
    expect(() => parseTarget('http://10.0.0.1/')).toThrow(/it is a URL; give its host alone/);
    expect(() => parseTarget('10.0.0.1:80')).toThrow(/a port is no part of it/);
    expect(() => parseTarget('10.0.0.1,10.0.0.2')).toThrow(/these are several/);
    expect(() => parseTarget('\u001b[31mx\u202e')).toThrow(/^"\\u001b\[31mx\\u202e" is not a target/);
    expect(() => parseTarget('010.0.0.1')).toThrow(/without leading zeros/);
    expect(() => parseTarget('-oX')).toThrow(/begins like an option/);
  });

  it('gives, for any text at all, a target without surprises or a refusal', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'0123456789abcdefx.:/-%,*[] \n\u0000') }),
      fc.mixedCase(fc.domain()),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        try {
          const target = parseTarget(text);
          const written = target.kind === 'name' ? [target.name] : formatSpan(target.span).slice(0, 3);
          for (const word of written) {
            expect(word).toMatch(/^[0-9a-z_][0-9a-z_.:/-]*$|^::/);
            expect(words(word)).toEqual(target.kind === 'name' ? target.name : [word]);
          }
        } catch (error) {
          if (!(error instanceof PortolanError)) throw error;
          expect(error.next).not.toBe('');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
