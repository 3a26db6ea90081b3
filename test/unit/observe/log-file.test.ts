import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLogFile } from '../../../src/observe/log-file.ts';

let folder: string;
let path: string;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-log-'));
  path = join(folder, 'p.log');
  now = Date.now();
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (limits: object) =>
  openLogFile(
    path,
    () => ({ maxMb: 0, maxDays: 0, keepFiles: 2, ...limits }),
    () => now,
  );
const text = () => readFileSync(path, 'utf8');

test('a file that is large is put aside, as many as are wanted are kept, and nothing is lost', () => {
  const log = open({ maxMb: 0.001 });
  const line = `${'x'.repeat(99)}\n`;
  for (let n = 0; n < 40; n += 1) {
    log.write(line);
    now += 1;
  }
  const names = readdirSync(folder).sort();
  expect(names).toHaveLength(3);
  expect(names[1]).toMatch(/^p\.log\.\d{8}T\d{6}\.\d{3}Z$/);
  expect(names.reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0)).toBeGreaterThan(2000);
  for (const name of names) expect(readFileSync(join(folder, name)).length).toBeLessThan(1200);
});

test('a file that is old is put aside, an empty one is not', () => {
  const log = open({ maxDays: 1 });
  now += 3 * 86_400_000;
  log.write('first\n');
  expect(readdirSync(folder)).toEqual(['p.log']);
  now += 2 * 86_400_000;
  log.write('second\n');
  expect(readdirSync(folder)).toHaveLength(2);
  expect(text()).toBe('second\n');
});

test('what somebody else puts aside is left, within a second or when asked', () => {
  const log = open({});
  log.write('one\n');
  renameSync(path, `${path}.1`);
  now += 1000;
  log.write('two\n');
  expect(text()).toBe('two\n');
  renameSync(path, `${path}.2`);
  log.reopen();
  log.write('three\n');
  expect(text()).toBe('three\n');
  // Other processes of ours write into the same file.
  const other = open({});
  other.write('four\n');
  log.write('five\n');
  expect(text()).toBe('three\nfour\nfive\n');
});
