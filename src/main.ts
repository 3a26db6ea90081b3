#!/usr/bin/env node
/**
 * The command `portolan`. Imports nothing of ours before the Node version has been checked: the SQLite library ends an
 * older process without a word.
 */
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = [22, 12] as const;
/** In a clone of the project, the Node it is developed with. */
const OWN_NODE = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `portolan needs Node ${NEEDED.join('.')} or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      `Next: install a newer Node (https://nodejs.org/en/download)${existsSync(OWN_NODE) ? `, or start it as: ${OWN_NODE} ${process.argv[1]}` : ''}\n`,
  );
  process.exitCode = 1;
} else {
  // Below the user's own cache, not in /tmp: whoever can write there could hand us code.
  module.enableCompileCache?.(
    join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'portolan', 'code'),
  );
  // Whatever ends before its end is reached has failed.
  const early = (status: number) => {
    if (status === 0) process.exitCode = 1;
  };
  process.once('exit', early);
  // Not awaited at the top: the bundle is CommonJS (rolldown.config.ts).
  import('./cli/run.ts')
    .then(({ run }) => run(process.argv.slice(2)))
    .then((status) => {
      process.off('exit', early);
      process.exitCode = status;
    });
}
