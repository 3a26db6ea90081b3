/** A disk that is full: what waits for it is bounded, nothing blocks, and it goes on by itself and says what was lost. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-attack-disk-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('holds 8 MiB at most, is tried in slices, goes on by itself, and the chain says how many were lost', () => {
  const script = fileURLToPath(new URL('full-disk.ts', import.meta.url));
  const mount = 'mount -t tmpfs -o size=24m,mode=700 attack "$1" && exec "$2" "$3" "$1"';
  const told = execFileSync('unshare', ['-rm', 'sh', '-c', mount, 'sh', folder, process.execPath, script], {
    encoding: 'utf8',
  });
  const found = JSON.parse(told);
  expect(found.full).toMatchObject({ well: false, problems: 1 });
  // Half a slice is taken back.
  expect(found.full.size).toBeLessThan(16_384);
  expect(found.byItself).toBe(true);
  const [lost, ...more] = found.lost;
  expect(more).toEqual([]);
  expect(lost.count).toBeGreaterThan(15_000);
  expect(found.written + lost.count).toBe(found.asked);
  expect(lost).toMatchObject({ since: expect.any(String), until: expect.any(String) });
  expect(found.last).toMatchObject({ kind: 'call', n: 30_000 });
  expect(found).toMatchObject({ whole: true, counted: lost.count });
  // 2,000 MB before; of the 155 that were once seen, most is what V8 has not collected yet.
  expect(found.grown).toBeLessThan(200 * 1_048_576);
  // 7,000 before; other work on this machine counts too.
  expect(found.longestBlock).toBeLessThan(1500);
});
