/**
 * Runs files of cases of the inventory: `npm run inventory:cases -- FILE…`. Each file may hold cases of one host, of
 * identity and of networks, in any order; their grammars are described in grammar/. Prints the wrong ones with what came
 * instead, and a count; ends with 0 when all are right, 1 when some are wrong, 2 when a file cannot be read.
 */
import { readFileSync } from 'node:fs';
import { runCases } from './grammar/run-cases.ts';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('npm run inventory:cases -- FILE…');
  process.exit(2);
}
let [count, wrong] = [0, 0];
for (const file of files) {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    console.error(`${file}: ${error instanceof Error ? error.message : error}`);
    process.exit(2);
  }
  for (const { id, right, expected, came, why, place } of runCases(text, file)) {
    count += 1;
    if (right) continue;
    wrong += 1;
    console.log(`${place}  ${id}: expected ${expected}, came ${came}\n    ${why}`);
  }
}
console.log(`${count - wrong} of ${count} cases right${wrong > 0 ? `, ${wrong} wrong` : ''}`);
process.exitCode = wrong > 0 ? 1 : 0;
