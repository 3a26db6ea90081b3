import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortolanError } from '../../../../src/core/errors.ts';
import { readArguments } from '../../../../src/tools/command/arguments.ts';
import { decimal, matching, NO_VALUE, oneOf, wholeNumber } from '../../../../src/tools/command/grammar.ts';

const FLAGS = {
  '-c': wholeNumber(1, 10),
  '-i': decimal(0.2, 10),
  '-q': NO_VALUE,
  '--mode': oneOf('fast', 'slow'),
  '--tag': matching(/[a-z-]+/, 'small letters and dashes'),
};

function codeOf(text: string): string {
  try {
    readArguments(text, FLAGS);
  } catch (error) {
    if (error instanceof PortolanError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('extra_args', () => {
  it('are read in every spelling and written in one', () => {
    expect(readArguments('-c 4 -q', FLAGS)).toEqual(['-c', '4', '-q']);
    expect(readArguments('-c4', FLAGS)).toEqual(['-c', '4']);
    expect(readArguments('-c=04  --mode=fast', FLAGS)).toEqual(['-c', '4', '--mode', 'fast']);
    expect(readArguments('--mode slow -i 0.50', FLAGS)).toEqual(['--mode', 'slow', '-i', '0.5']);
  });

  it('leave flags that are not given at their defaults', () => {
    expect(readArguments('', FLAGS, { '-c': '4' })).toEqual(['-c', '4']);
    expect(readArguments('-c 2', FLAGS, { '-c': '4' })).toEqual(['-c', '2']);
  });

  it.each([
    ['-c 11', 'invalid_option'],
    ['-c 0', 'invalid_option'],
    ['-c 1e1', 'invalid_option'],
    ['-c', 'invalid_option'],
    ['-c -q', 'invalid_option'],
    ['-c 1 -c 2', 'invalid_option'],
    ['-q=1', 'invalid_option'],
    ['--mode fastest', 'invalid_option'],
    ['--tag -q', 'invalid_option'],
    ['-f', 'option_not_allowed'],
    ['-qf', 'invalid_option'],
    ['--', 'option_not_allowed'],
    ['8.8.8.8', 'option_not_allowed'],
    ['--constructor', 'option_not_allowed'],
    ['__proto__', 'option_not_allowed'],
    ['-c 1; id', 'invalid_argument'],
    ['-c $(id)', 'invalid_argument'],
    ['-c 1\n-q', 'invalid_argument'],
    ['-c 1\u0000', 'invalid_argument'],
    ['-c １', 'invalid_argument'],
  ])('refuse %j', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it('never let anything through but flags of the table with values that fit', () => {
    const word = fc.oneof(
      fc.constantFrom(
        '-c',
        '-c4',
        '-i',
        '-q',
        '--mode',
        '--mode=fast',
        '--tag',
        'a-b',
        '3',
        '0.5',
        '--',
        '-',
      ),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        let read: string[];
        try {
          read = readArguments(words.join(' '), FLAGS);
        } catch (error) {
          return error instanceof PortolanError;
        }
        for (let index = 0; index < read.length; index++) {
          const grammar = FLAGS[read[index] as keyof typeof FLAGS];
          if (grammar === undefined) return false;
          if (grammar === null) continue;
          index += 1;
          const value = read[index] ?? '';
          if (grammar.parse(value) !== value) return false;
        }
        return true;
      }),
      { numRuns: 2000 },
    );
  });
});
