/** Secrets: where they may come from, and how they are kept out of everything that is shown. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { PortolanError } from '../core/errors.ts';
import type { Config } from './schema.ts';
import { facts } from './setting-types.ts';
import { SETTINGS, type Setting } from './settings.ts';

export const HIDDEN = '[hidden]';

/** Largest secret file we read, in bytes: a token, not a document. */
const MAX_SECRET_FILE = 65_536;

/**
 * The secret that a setting names: `env:NAME` is that environment variable, `file:/path` the content of that file
 * without its last line break, anything else is the secret itself. Throws PortolanError `invalid_config`.
 */
export function resolveSecret(
  key: string,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if (text.startsWith('env:')) {
    const name = text.slice(4);
    const value = env[name];
    if (value) return value;
    throw new PortolanError(
      'invalid_config',
      `${key} names the environment variable ${name}, which is not set.`,
      `Set ${name}, or take ${key} out of the configuration.`,
    );
  }
  if (text.startsWith('file:')) return readSecretFile(key, text.slice(5));
  return text;
}

function readSecretFile(key: string, path: string): string {
  let value: string;
  try {
    value = readFileSync(path, 'utf8').trimEnd();
  } catch (cause) {
    throw new PortolanError(
      'invalid_config',
      `${key} names the file ${path}, which cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}).`,
      `Make the file readable to this user, or take ${key} out of the configuration.`,
      { cause },
    );
  }
  if (value !== '' && value.length <= MAX_SECRET_FILE) return value;
  throw new PortolanError(
    'invalid_config',
    `${key} names the file ${path}, which is ${value === '' ? 'empty' : 'too long for a secret'}.`,
    'Put the secret alone into the file.',
    { limit: `at most ${MAX_SECRET_FILE} characters` },
  );
}

/** The configuration as it may be shown: every secret of the schema is replaced. */
export function redact(config: Config): Record<string, Record<string, unknown>> {
  const shown: Record<string, Record<string, unknown>> = {};
  for (const setting of SETTINGS) {
    const value = settingValue(config, setting);
    if (value === undefined) continue;
    const group = shown[setting.group] ?? {};
    shown[setting.group] = group;
    group[setting.name] = setting.secret ? HIDDEN : hideFields(setting, value);
  }
  return shown;
}

/** Every secret in this configuration, for the logger to look for. */
export function secretValues(config: Config): string[] {
  const found: string[] = [];
  for (const setting of SETTINGS) {
    const value = settingValue(config, setting);
    if (setting.secret && typeof value === 'string') found.push(value);
    for (const entry of Array.isArray(value) ? value : []) {
      for (const field of secretFields(setting)) {
        if (typeof entry[field] === 'string') found.push(entry[field]);
      }
    }
  }
  return found;
}

function settingValue(config: Config, setting: Setting): unknown {
  return (config as Record<string, Record<string, unknown>>)[setting.group]?.[setting.name];
}

function hideFields(setting: Setting, value: unknown): unknown {
  const hidden = secretFields(setting);
  if (hidden.length === 0 || !Array.isArray(value)) return value;
  return value.map((entry) => ({ ...entry, ...Object.fromEntries(hidden.map((field) => [field, HIDDEN])) }));
}

/** Names of the secret fields of a setting that is a list of entries. */
export function secretFields({ inner }: Setting): string[] {
  if (!(inner instanceof z.ZodArray && inner.element instanceof z.ZodObject)) return [];
  return Object.entries(inner.element.shape)
    .filter(([, field]) => facts.get(field as z.ZodType)?.secret)
    .map(([name]) => name);
}
