/** The short form of `npm run test:faults`, with another seed each time; it says which. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('bears eight drawn faults', { timeout: 600_000 }, () => {
  const run = join(import.meta.dirname, 'run.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [run, '--count', '8'], { encoding: 'utf8' });
  expect(status, stdout + stderr.slice(-2000)).toBe(0);
  expect(stdout).toMatch(/^seed \d+: 8 faults \(.*\): 8 borne, 0 not$/m);
});
