import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quoteWord, quoteWords } from '../../../../src/nmap/ssh/quote.ts';

/** What a real shell makes of the words. */
function read(shell: string, line: string): string[] {
  const { stdout, status } = spawnSync(shell, ['-c', `printf '%s\\0' ${line}`], { encoding: 'buffer' });
  expect(status).toBe(0);
  return stdout.toString('utf8').split('\0').slice(0, -1);
}

const hostile = fc.array(
  fc.oneof(
    fc.string({ unit: fc.constantFrom(...`'"\\$\`!;|&<>(){}[]*?~# \n\t=%^-ab0`) }),
    fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed()),
  ),
  { minLength: 1, maxLength: 4 },
);

it.each([['/bin/sh'], ['/bin/bash']])('every word reaches %s as it is', (shell) => {
  fc.assert(
    fc.property(hostile, (words) => {
      expect(read(shell, quoteWords(words))).toEqual(words);
    }),
    { numRuns: 100 },
  );
});

it('plain words stay readable', () => {
  expect(quoteWords(['/usr/bin/nmap', '-p', '22,80-443', '--', '10.0.0.0/28', 'fe80::1%eth0'])).toBe(
    '/usr/bin/nmap -p 22,80-443 -- 10.0.0.0/28 fe80::1%eth0',
  );
  expect(quoteWord('')).toBe("''");
  expect(quoteWord("a'b")).toBe("'a'\\''b'");
  expect(() => quoteWord('a\0b')).toThrow(TypeError);
});
