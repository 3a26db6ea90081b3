/** `npm run layers`: the import directions of .dependency-cruiser.cjs. Fails too when it saw no modules at all. */
import { command, NODE, run, StepError, say } from './steps.mjs';

await command(() => {
  const { ok, output } = run(
    NODE,
    [
      'node_modules/.bin/depcruise',
      'src',
      'web/src',
      'web/view',
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err',
    ],
    { quiet: true },
  );
  say(output.trim());
  // Without a parser for TypeScript it finds nothing, and nothing breaks no rule.
  const modules = Number(/\((\d+) modules/.exec(output)?.[1] ?? /(\d+) modules/.exec(output)?.[1] ?? 0);
  if (modules === 0)
    throw new StepError('dependency-cruiser saw no modules.', 'npm ci --include=dev (it needs @swc/core)');
  if (!ok)
    throw new StepError('An import points the wrong way.', 'docs/architecture.md shows the directions.');
});
