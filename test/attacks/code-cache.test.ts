/** The folder of compiled code: whoever can write there has code run as us. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MAIN } from '../e2e/portolan.ts';

let home: string;
let code: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'portolan-cache-'));
  code = join(home, '.cache', 'portolan', 'code');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const start = () =>
  execFileSync('sh', ['-c', 'umask 002 && exec "$@"', 'sh', process.execPath, MAIN, '--version'], {
    env: { PATH: process.env['PATH'], HOME: home },
    encoding: 'utf8',
  });
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

it('is for the user alone, also under a loose umask', () => {
  start();
  expect(modeOf(code)).toBe('700');
  expect(readdirSync(code).length).toBeGreaterThan(0);
});

it('that was open to others is emptied first', () => {
  mkdirSync(code, { recursive: true });
  chmodSync(code, 0o775);
  writeFileSync(join(code, 'planted'), 'code of somebody else');
  start();
  expect(modeOf(code)).toBe('700');
  expect(existsSync(join(code, 'planted'))).toBe(false);
});

it('of somebody else is not used', () => {
  mkdirSync(code, { recursive: true });
  chownSync(code, 65_534, 65_534);
  chmodSync(code, 0o777);
  expect(start()).toMatch(/\d+\.\d+\.\d+/);
  expect(readdirSync(code)).toEqual([]);
});

it('that leads elsewhere is not used', () => {
  const elsewhere = join(home, 'elsewhere');
  mkdirSync(elsewhere);
  mkdirSync(join(home, '.cache', 'portolan'), { recursive: true });
  symlinkSync(elsewhere, code);
  start();
  expect(readdirSync(elsewhere)).toEqual([]);
});
