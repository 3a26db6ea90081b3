/** Secrets: where they may come from, and how they are kept out of everything that is shown. */
import { readFileSync } from 'node:fs';
import { PortolanError } from '../core/errors.ts';
import { SETTINGS, type Setting } from './flat-settings.ts';
import { isSampleSecret } from './samples.ts';
import type { Config } from './schema.ts';

export const HIDDEN = '[hidden]';

/** In characters. A shorter secret is guessed, and could not be looked for in the log; a longer one is a document. */
const LENGTHS = { least: 8, most: 4096 };

/**
 * The secret that a setting names: `env:NAME` is that environment variable, `file:/path` the content of that file
 * without its last line break, anything else is the secret itself. Throws PortolanError `invalid_config`.
 */
export function resolveSecret(
  key: string,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const [secret, source] = readSecret(key, text, env);
  if (isSampleSecret(secret)) {
    throw new PortolanError(
      'invalid_config',
      `${key}${source} is a sample that everybody knows.`,
      'Give it a secret of your own; `portolan init` makes a token.',
    );
  }
  if (secret.length >= LENGTHS.least && secret.length <= LENGTHS.most) return secret;
  throw new PortolanError(
    'invalid_config',
    `${key}${source} is ${secret === '' ? 'empty' : secret.length < LENGTHS.least ? 'too short' : 'too long'} for a secret.`,
    `Give it ${LENGTHS.least} to ${LENGTHS.most} characters.`,
  );
}

/** What `env:NAME` or `file:/path` holds: a passphrase or password of another machine, as short as it may be there. */
export function referencedSecret(
  key: string,
  source: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const [secret, where] = readSecret(key, source, env);
  if (secret !== '' && secret.length <= LENGTHS.most) return secret;
  throw new PortolanError(
    'invalid_config',
    `${key}${where} is ${secret === '' ? 'empty' : 'too long'} for a secret.`,
    `Give it 1 to ${LENGTHS.most} characters.`,
  );
}

/** The secret, and where it was found in words. */
function readSecret(
  key: string,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): [string, string] {
  if (text.startsWith('env:')) {
    const name = text.slice(4);
    const value = env[name];
    if (value !== undefined) return [value, ` (from ${name})`];
    throw new PortolanError(
      'invalid_config',
      `${key} names the environment variable ${name}, which is not set.`,
      `Set ${name}, or take ${key} out of the configuration.`,
    );
  }
  if (!text.startsWith('file:')) return [text, ''];
  const path = text.slice(5);
  try {
    return [readFileSync(path, 'utf8').trimEnd(), ` (from ${path})`];
  } catch (cause) {
    throw new PortolanError(
      'invalid_config',
      `${key} names the file ${path}, which cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}).`,
      `Make the file readable to this user, or take ${key} out of the configuration.`,
      { cause },
    );
  }
}

/** The configuration as it may be shown: every secret of the schema is replaced. */
export function redact(config: Config): Record<string, Record<string, unknown>> {
  const shown: Record<string, Record<string, unknown>> = {};
  for (const setting of SETTINGS) {
    const value = settingValue(config, setting);
    if (value === undefined) continue;
    const group = shown[setting.group] ?? {};
    shown[setting.group] = group;
    group[setting.name] = setting.secret ? HIDDEN : shownValue(setting, value);
  }
  return shown;
}

/** Every secret in this configuration, for the logger to look for. */
export function secretValues(config: Config): string[] {
  const found: string[] = [];
  for (const setting of SETTINGS) {
    const value = settingValue(config, setting);
    if (setting.secret && typeof value === 'string') found.push(value);
    const inside = typeof value === 'string' ? setting.secretIn?.(value) : undefined;
    if (inside !== undefined) found.push(inside);
    for (const entry of Array.isArray(value) ? value : []) {
      for (const field of setting.secretFields ?? []) {
        if (typeof entry[field] === 'string') found.push(entry[field]);
      }
    }
  }
  return found;
}

function settingValue(config: Config, setting: Setting): unknown {
  return (config as Record<string, Record<string, unknown>>)[setting.group]?.[setting.name];
}

function shownValue(setting: Setting, value: unknown): unknown {
  if (setting.shown && typeof value === 'string') return setting.shown(value);
  const hidden = setting.secretFields ?? [];
  if (hidden.length === 0 || !Array.isArray(value)) return value;
  return value.map((entry) => ({ ...entry, ...Object.fromEntries(hidden.map((field) => [field, HIDDEN])) }));
}
