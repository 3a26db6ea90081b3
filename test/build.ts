/** Builds what tests start, before the first of them, where a source is newer than it. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { BUILT, MAIN } from './built.ts';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = [
  'src',
  'web',
  'scripts/build.mjs',
  'scripts/web.mjs',
  'rolldown.config.ts',
  'package-lock.json',
];
/** Written by the build itself. */
const MADE = /^web\/(src\/texts|project\.inlang)(\/|$)/;

export function setup(): void {
  if (existsSync(MAIN) && newest() < statSync(MAIN).mtimeMs) return;
  const dist = join(ROOT, 'dist');
  const isFresh = existsSync(join(dist, 'main.js')) && newest() < statSync(join(dist, 'main.js')).mtimeMs;
  if (!isFresh) execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], { stdio: 'ignore' });
  // Whoever started from the one before goes on to read its files.
  const fresh = `${BUILT}-${process.pid}`;
  const old = `${fresh}-old`;
  cpSync(dist, fresh, { recursive: true });
  if (existsSync(BUILT)) renameSync(BUILT, old);
  renameSync(fresh, BUILT);
  rmSync(old, { recursive: true, force: true });
}

/** When a source was written last, in ms. */
function newest(): number {
  const files = SOURCES.flatMap((source) => {
    const path = join(ROOT, source);
    if (!statSync(path).isDirectory()) return [path];
    return [path, ...readdirSync(path, { recursive: true }).map((name) => join(path, String(name)))];
  });
  const written = files.filter((file) => !MADE.test(relative(ROOT, file)) && !file.endsWith(`${sep}src`));
  return Math.max(...written.map((file) => statSync(file).mtimeMs));
}
