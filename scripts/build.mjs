/** Builds the bundle in dist/, with the dashboard in dist/web (`npm run build`). */
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureNpmPackages } from './packages.mjs';
import { command, NODE, ROOT, run, StepError, say } from './steps.mjs';
import { buildWeb } from './web.mjs';

export function build() {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  buildWeb();
  const { ok, output } = run(NODE, ['node_modules/rolldown/bin/cli.mjs', '--config', 'rolldown.config.ts'], {
    quiet: true,
  });
  if (!ok) throw new StepError(`The bundle was not built:\n${output}`, 'npm run build');
  chmodSync(join(ROOT, 'dist', 'main.js'), 0o755);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await command(() => {
    ensureNpmPackages();
    build();
    say('Built dist/main.js.');
  });
}
