/** `portolan init`: writes a commented configuration with a fresh token. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { configDirectory } from '../config/directories.ts';
import { configTemplate, jsonTemplate } from '../config/template.ts';
import { newToken } from '../config/tokens.ts';
import { PortolanError } from '../core/errors.ts';
import { EXIT } from './exit-codes.ts';
import type { CommonOptions } from './options.ts';
import { print } from './terminal.ts';

/** @param given the file to write; the user's own configuration file when absent. */
export async function init(
  given: string | undefined,
  options: CommonOptions & { force?: boolean },
): Promise<number> {
  const ignored = [
    options.db !== undefined && '--db',
    options.set !== undefined && '--set',
    given !== undefined && options.config !== undefined && '--config',
  ].find((name) => name !== false);
  if (ignored !== undefined) {
    throw new PortolanError(
      'invalid_argument',
      `init does not take ${ignored}${ignored === '--config' ? ' beside a file' : ''}.`,
      'Write the file first, and change it then: its comments name every setting.',
    );
  }
  const named = given ?? options.config;
  const file = named === undefined ? join(configDirectory(), 'portolan.yaml') : resolve(named);
  if (!/\.(ya?ml|json)$/i.test(file)) {
    throw new PortolanError(
      'invalid_argument',
      `${file} does not say in which language: a configuration is YAML or JSON.`,
      'End its name with .yaml or .json.',
    );
  }
  if (existsSync(file) && !options.force) {
    throw new PortolanError(
      'invalid_config',
      `${file} exists already; nothing was written.`,
      'Change that file, name another one, or write over it with --force (its token is lost).',
    );
  }
  writeFresh(file, (/\.json$/i.test(file) ? jsonTemplate : configTemplate)(newToken()));
  const flag = named === undefined ? '' : ` --config ${file}`;
  print(
    [
      `Wrote ${file}, readable to you alone. It holds a fresh token for the HTTP server.`,
      '',
      'Next:',
      `  portolan doctor${flag}         what works on this machine`,
      `  portolan check-config${flag}   after every change`,
      `  portolan scan 127.0.0.1${flag} a first scan`,
      `  portolan serve${flag}          the HTTP server; it prints what to paste into a client`,
    ].join('\n'),
  );
  return EXIT.ok;
}

/** Never through a link, and never into a file that appeared in between. */
function writeFresh(file: string, content: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    rmSync(file, { force: true });
    writeFileSync(file, content, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new PortolanError(
      'invalid_config',
      `${file} cannot be written (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}).`,
      'Name a file in a folder that is yours: portolan init ./portolan.yaml',
      { cause },
    );
  }
}
