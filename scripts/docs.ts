/**
 * Writes what is generated from the objects it describes: parts of docs/, and the schema of the configuration file
 * (`npm run docs`). With --check it writes nothing and fails when a file is not what it would write.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { configSchema } from '../src/config/json-schema.ts';
import { configReference } from './docs/config.ts';
import { errorReference } from './docs/errors.ts';
import { toolReference } from './docs/tools.ts';
import { deployPage } from './docs/waiting.ts';
import { webTypes } from './docs/web-types.ts';

const FILES = {
  'docs/tools.md': toolReference,
  'docs/config.md': configReference,
  'docs/errors.md': errorReference,
  'docs/deploy.md': deployPage,
  'web/src/api/tools.ts': webTypes,
  'schema/portolan.config.schema.json': () => `${JSON.stringify(configSchema(), null, 2)}\n`,
};

const root = new URL('../', import.meta.url);
const check = process.argv.includes('--check');
const stale: string[] = [];
mkdirSync(new URL('schema/', root), { recursive: true });
for (const [name, write] of Object.entries(FILES)) {
  const file = new URL(name, root);
  const text = await write();
  if (text === read(file)) continue;
  stale.push(name);
  if (!check) writeFileSync(file, text);
}
if (check && stale.length > 0) {
  console.error(`What is written does not say what the code says: ${stale.join(', ')}.\nNext: npm run docs`);
  process.exitCode = 1;
} else {
  console.log(stale.length === 0 ? 'docs/ and schema/ are up to date.' : `Wrote ${stale.join(', ')}.`);
}

function read(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
