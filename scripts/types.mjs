/** `npm run types`: the types of the program, and those of the dashboard, which is made for browsers. */
import { command, NODE, run, StepError } from './steps.mjs';
import { compileTexts } from './web.mjs';

await command(() => {
  compileTexts();
  for (const project of ['.', 'web']) {
    const { ok, output } = run(NODE, ['node_modules/.bin/tsc', '--noEmit', '-p', project], { quiet: true });
    if (!ok) throw new StepError(output.trim(), 'mend the types');
  }
});
