/**
 * Writes the generated part of docs/: tools.md, config.md and errors.md, from the objects they describe (`npm run docs`).
 * With --check it writes nothing and fails when a page is not what it would write.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { configReference } from './docs/config.ts';
import { errorReference } from './docs/errors.ts';
import { toolReference } from './docs/tools.ts';

const PAGES = { 'tools.md': toolReference, 'config.md': configReference, 'errors.md': errorReference };

const folder = new URL('../docs/', import.meta.url);
const check = process.argv.includes('--check');
const stale: string[] = [];
mkdirSync(folder, { recursive: true });
for (const [name, write] of Object.entries(PAGES)) {
  const file = new URL(name, folder);
  const text = write();
  if (text === read(file)) continue;
  stale.push(name);
  if (!check) writeFileSync(file, text);
}
if (check && stale.length > 0) {
  console.error(`docs/ does not say what the code says: ${stale.join(', ')}.\nNext: npm run docs`);
  process.exitCode = 1;
} else {
  console.log(stale.length === 0 ? 'docs/ is up to date.' : `Wrote ${stale.join(', ')}.`);
}

function read(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
