/**
 * The texts and the builds of what people see: `npm run web:build` writes the dashboard (dist/web) and the view in the chat
 * (dist/view); `npm run web` serves the dashboard while one works on it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureNpmPackages } from './packages.mjs';
import { command, NODE, ROOT, run, StepError, say } from './steps.mjs';

const MESSAGES = join(ROOT, 'web', 'messages');

/** @throws StepError when a language lacks a text that another one has: nobody reads a page in two languages. */
export function checkTexts() {
  const missing = readdirSync(MESSAGES).flatMap((folder) => {
    const files = readdirSync(join(MESSAGES, folder));
    const keys = files.map((file) =>
      Object.keys(JSON.parse(readFileSync(join(MESSAGES, folder, file), 'utf8'))),
    );
    const all = new Set(keys.flat());
    return files.flatMap((file, at) =>
      [...all].filter((key) => !keys[at]?.includes(key)).map((key) => `${folder}/${file} has no ${key}`),
    );
  });
  if (missing.length > 0) throw new StepError(`${missing.join('\n')}`, 'add them to web/messages');
}

/** Makes the functions that the pages take their words from. */
export function compileTexts() {
  checkTexts();
  step('node_modules/@inlang/paraglide-js/bin/run.js', [
    'compile',
    ...['--project', 'web/project.inlang', '--outdir', 'web/src/texts', '--silent'],
    // Asked in this order: what a person chose here, what the browser speaks, English.
    ...['--strategy', 'localStorage', 'preferredLanguage', 'baseLocale'],
  ]);
}

export function buildWeb() {
  compileTexts();
  for (const config of ['web/vite.config.ts', 'web/view/vite.config.ts'])
    step('node_modules/vite/bin/vite.js', ['build', '--config', config, '--logLevel', 'warn']);
}

/** @param {string} program @param {string[]} args */
function step(program, args) {
  // Tests build too, with a NODE_ENV of their own, and what they see is to be what ships.
  const { ok, output } = run(NODE, [program, ...args], { quiet: true, env: { NODE_ENV: 'production' } });
  if (!ok) throw new StepError(`The dashboard and the view were not built:\n${output}`, 'npm run web:build');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await command(() => {
    ensureNpmPackages();
    if (process.argv.includes('--texts')) return compileTexts();
    buildWeb();
    say('Built dist/web and dist/view.');
  });
}
