/**
 * `npm run verify`: everything that must hold, in one command. Its last line is `N passed, N failed, N skipped`: each
 * check counts as one, each test as one. Fails when anything failed, and in CI also when anything was skipped.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { countTests } from './count-tests.mjs';
import { ensureNpmPackages, ensurePrograms, ensureTestClients } from './packages.mjs';
import { command, NODE, ROOT, run, StepError, say } from './steps.mjs';
import { TEST_PROGRAMS } from './test-programs.mjs';

const REPORT = join(ROOT, '.cache', 'vitest.json');

/** Name, what mends it, and what is run. */
const CHECKS = [
  [
    'lint',
    'node_modules/.bin/biome check --write .',
    () => run(NODE, ['node_modules/.bin/biome', 'check', '.'], { quiet: true }),
  ],
  ['types', 'npm run types', () => run(NODE, ['scripts/types.mjs'], { quiet: true })],
  ['layers', 'npm run layers', () => run(NODE, ['scripts/layers.mjs'], { quiet: true })],
  [
    'unused code',
    'npm run unused',
    () => run(NODE, ['node_modules/.bin/knip', '--no-progress'], { quiet: true }),
  ],
  ['docs are fresh', 'npm run docs', () => run(NODE, ['scripts/docs.ts', '--check'], { quiet: true })],
  ['build', 'npm run build', () => run(NODE, ['scripts/build.mjs'], { quiet: true })],
  [
    'size of the dashboard',
    'the limits are in package.json, size-limit',
    () => run(NODE, ['node_modules/size-limit/bin.js'], { quiet: true }),
  ],
];

await command(() => {
  ensureNpmPackages();
  ensureTestClients();
  ensurePrograms(TEST_PROGRAMS, 'the tests');
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, mend, check] of CHECKS) {
    const { ok, output } = check();
    say(`${ok ? 'ok    ' : 'FAILED'}  ${name}`);
    if (!ok) say(`${output}\nNext: ${mend}`);
    count[ok ? 'passed' : 'failed'] += 1;
  }
  addTests(count);
  const skippedInCi = Boolean(process.env.CI) && count.skipped > 0;
  if (skippedInCi) say('In CI nothing may be skipped.');
  say(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  if (count.failed > 0 || skippedInCi) process.exitCode = 1;
});

/** @param {{ passed: number, failed: number, skipped: number }} count */
function addTests(count) {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  rmSync(REPORT, { force: true });
  say('tests …');
  const { ok } = run(NODE, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${REPORT}`,
  ]);
  let report;
  try {
    report = JSON.parse(readFileSync(REPORT, 'utf8'));
  } catch {
    throw new StepError('The tests did not come to an end.', 'npm test');
  }
  for (const [name, number] of Object.entries(countTests(report, ok))) count[name] += number;
}
