/** `npm run grammar`: writes the parser of the query language from its grammar; `--check` says whether it is as written. */
import { readFileSync, writeFileSync } from 'node:fs';
import peggy from 'peggy';

const folder = new URL('../src/core/query/', import.meta.url);
const made = peggy.generate(readFileSync(new URL('grammar.peggy', folder), 'utf8'), {
  output: 'source',
  format: 'es',
});
const file = new URL('grammar.js', folder);
if (!process.argv.includes('--check')) writeFileSync(file, made);
else if (readFileSync(file, 'utf8') !== made) {
  console.error('src/core/query/grammar.js is stale.\nNext: npm run grammar');
  process.exitCode = 1;
}
