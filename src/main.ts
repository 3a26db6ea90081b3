#!/usr/bin/env node
/**
 * The command `portolan`. Imports nothing of ours before the Node version has been checked: the SQLite library ends an
 * older process without a word.
 */
import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
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
  const codeCache = ownFolder(
    join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'portolan', 'code'),
  );
  if (codeCache !== undefined) module.enableCompileCache?.(codeCache);
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

/**
 * The folder, for us alone; undefined when it is somebody else's or cannot be had. Whoever can write there hands us code:
 * so it is below the user's own cache and not in /tmp, and what lies in one that was open to others is thrown away.
 */
function ownFolder(path: string): string | undefined {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const { uid, mode } = lstatSync(path);
    const isDirectory = (mode & 0o170000) === 0o040000;
    if (!isDirectory || (process.getuid && uid !== process.getuid())) return undefined;
    if ((mode & 0o077) !== 0) {
      rmSync(path, { recursive: true });
      mkdirSync(path, { mode: 0o700 });
      chmodSync(path, 0o700);
    }
    return path;
  } catch {
    return undefined;
  }
}
