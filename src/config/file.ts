/** The configuration file: where it is, and its text as plain values. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PortolanError } from '../core/errors.ts';
import { CONFIG_FILE_ALIAS } from './aliases.ts';
import { configDirectory } from './directories.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const NAMES = ['portolan.yaml', 'portolan.yml', 'portolan.json'];
/** Largest file we read, in bytes. */
const MAX_BYTES = 1_048_576;

/**
 * The file to read: the one named, else `PORTOLAN_CONFIG`, else `portolan.yaml`, `.yml` or `.json` in the user's
 * configuration directory. Never one in the working directory: what may be scanned must not depend on where one stands.
 */
export function findConfigFile(named: string | undefined, env: Environment): string | undefined {
  const chosen = named ?? (env['PORTOLAN_CONFIG'] || env[CONFIG_FILE_ALIAS]);
  if (chosen) return resolve(chosen);
  return NAMES.map((name) => join(configDirectory(env), name)).find((file) => existsSync(file));
}

/** The values in a file, JSON or YAML 1.2 by its name. Throws PortolanError `invalid_config`. */
export async function readConfigFile(file: string): Promise<Record<string, unknown>> {
  const text = readText(file);
  // Nothing at all, unless it is /dev/null, is no configuration but what a writer that was interrupted leaves. One that is all comments says that
  // the defaults are meant.
  if (/^(\s|---|\.\.\.)*$/.test(text) && statSync(file).isFile()) {
    throw invalid(
      file,
      'is empty',
      'Write settings into it, or a comment (`# all defaults`) if the defaults are meant.',
    );
  }
  const values: unknown = file.endsWith('.json') ? parseJson(file, text) : await parseYaml(file, text);
  if (values === null || values === undefined) return {};
  if (typeof values === 'object' && !Array.isArray(values)) return values as Record<string, unknown>;
  throw invalid(
    file,
    'does not hold groups of settings',
    'Begin from the template that `portolan init` writes.',
  );
}

function readText(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw invalid(
      file,
      `cannot be read (${code})`,
      'Name a readable file, or make one with `portolan init`.',
    );
  }
  if (text.length <= MAX_BYTES) return text.replace(/^\uFEFF/, '');
  throw invalid(file, `is longer than ${MAX_BYTES} characters`, 'Name a configuration file.');
}

// JSON.parse and the YAML reader quote the text around a mistake. That text may be a secret, so only the place is told.
function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = /line \d+ column \d+/.exec(String(error))?.[0];
    throw invalid(
      file,
      `is not JSON${place ? ` (${place})` : ''}`,
      'Mend it there, or write YAML into a .yaml file.',
    );
  }
}

async function parseYaml(file: string, text: string): Promise<unknown> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  const [mistake] = document.errors;
  if (!mistake) {
    try {
      return document.toJS({ maxAliasCount: 100 });
    } catch (cause) {
      throw invalid(
        file,
        `cannot be resolved (${(cause as Error).message})`,
        'Write the values out without aliases.',
      );
    }
  }
  const at = mistake.linePos?.[0];
  throw invalid(
    file,
    `is not YAML${at ? ` (line ${at.line} column ${at.col}: ${mistake.code})` : ''}`,
    'Mend it there: groups at the left margin, settings below them indented by two spaces.',
  );
}

function invalid(file: string, what: string, next: string): PortolanError {
  return new PortolanError('invalid_config', `The configuration file ${file} ${what}.`, next);
}
