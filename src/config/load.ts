/**
 * The configuration from its sources: defaults < file < environment < flags. What is wrong is told all at once, each
 * with the key, where it was said and what would be accepted.
 */
import type { z } from 'zod';
import { PortolanError } from '../core/errors.ts';
import { ENV_ALIASES, FILE_ALIASES, VALUE_ALIASES } from './aliases.ts';
import { accepts } from './describe.ts';
import { findConfigFile, readConfigFile } from './file.ts';
import { nearest } from './nearest.ts';
import { type Config, GROUPS } from './schema.ts';
import { resolveSecret } from './secrets.ts';
import { holdsNumbers, kindOf, SETTING_BY_KEY, SETTINGS, type Setting } from './settings.ts';

export interface ConfigSources {
  /** The file asked for (`--config`). */
  file?: string | undefined;
  env?: Readonly<Record<string, string | undefined>>;
  /** Settings given on the command line, by key; undefined ones do not count. */
  flags?: Readonly<Record<string, unknown>>;
}

export interface LoadedConfig {
  config: Config;
  /** The file that was read; undefined when there is none. */
  file: string | undefined;
  /** Who said it (the file, a variable, a flag), by key, for each setting that is not at its default. */
  origins: ReadonlyMap<string, string>;
}

interface Said {
  value: unknown;
  origin: string;
}

/** Reads every source. Throws one PortolanError `invalid_config` that lists all that is wrong. */
export async function loadConfig(sources: ConfigSources = {}): Promise<LoadedConfig> {
  const env = sources.env ?? process.env;
  const file = findConfigFile(sources.file, env);
  const said = new Map<string, Said>();
  const wrong: string[] = [];
  if (file !== undefined) readFileValues(await readConfigFile(file), file, said, wrong);
  readEnvironment(env, said, wrong);
  for (const [key, value] of Object.entries(sources.flags ?? {})) {
    if (value !== undefined) said.set(key, { value: fromText(key, value), origin: 'the command line' });
  }
  const values = check(said, env, wrong);
  if (wrong.length === 0) wrong.push(...contradictions(withDefaults(values)));
  if (wrong.length > 0) {
    throw new PortolanError(
      'invalid_config',
      wrong.length === 1 ? (wrong[0] ?? '') : `${wrong.length} settings are wrong:\n- ${wrong.join('\n- ')}`,
      'Mend it and try `portolan check-config`; docs/config.md lists every setting.',
    );
  }
  return {
    config: withDefaults(values),
    file,
    origins: new Map([...said].map(([key, { origin }]) => [key, origin])),
  };
}

/** The defaults alone, as they are without file and environment. */
export function defaultConfig(): Config {
  return withDefaults({});
}

type Values = Record<string, Record<string, unknown>>;

/** `values` have passed the type of their own setting, and so has every default (test/unit/config). */
function withDefaults(values: Values): Config {
  const config: Values = {};
  for (const { group, name, fallback } of SETTINGS) {
    const value = values[group]?.[name] ?? fallback();
    config[group] ??= {};
    if (value !== undefined) config[group][name] = value;
  }
  return config as Config;
}

function readFileValues(
  content: Record<string, unknown>,
  file: string,
  said: Map<string, Said>,
  wrong: string[],
): void {
  for (const [name, value] of Object.entries(content)) {
    const alias = FILE_ALIASES.get(name);
    if (alias && value !== null) said.set(alias, { value, origin: `${name} in ${file}` });
  }
  for (const [group, settings] of Object.entries(content)) {
    // What editors look for in JSON.
    if (group === '$schema') continue;
    // A group whose settings are all commented out is null in YAML.
    if (FILE_ALIASES.has(group) || (Object.hasOwn(GROUPS, group) && settings === null)) continue;
    if (!Object.hasOwn(GROUPS, group)) {
      wrong.push(unknown(group, [...Object.keys(GROUPS), ...FILE_ALIASES.keys()], file));
    } else if (typeof settings !== 'object' || Array.isArray(settings)) {
      wrong.push(`${group} in ${file} must hold settings, such as "${firstKey(group)}".`);
    } else {
      for (const [name, value] of Object.entries(settings as Record<string, unknown>)) {
        const key = `${group}.${name}`;
        if (!SETTING_BY_KEY.has(key)) wrong.push(unknown(key, SETTING_BY_KEY.keys(), file));
        else if (value !== null) said.set(key, { value, origin: file });
      }
    }
  }
}

function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  said: Map<string, Said>,
  wrong: string[],
): void {
  const keyOf = new Map(SETTINGS.map((setting) => [setting.env, setting.key]));
  for (const [name, key] of [...ENV_ALIASES, ...keyOf]) {
    const text = env[name];
    if (text) said.set(key, { value: fromText(key, inOurWords(key, text)), origin: name });
  }
  for (const name of Object.keys(env)) {
    if (/^PORTOLAN_[A-Z]+(_[A-Z]+)*__/.test(name) && !keyOf.has(name)) {
      wrong.push(unknown(name, keyOf.keys(), 'the environment'));
    }
  }
}

/** Words of others for one of our choices, whichever way they are written. */
function inOurWords(key: string, text: string): string {
  const words = VALUE_ALIASES.get(key);
  const word = text.trim().toLowerCase();
  return words ? (words.get(word) ?? word) : text;
}

const BOOLEANS = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

/** A value written as text, for its setting; what does not fit stays text, and the check says so. */
function fromText(key: string, value: unknown): unknown {
  const setting = SETTING_BY_KEY.get(key);
  if (typeof value !== 'string' || !setting) return value;
  const text = value.trim();
  switch (kindOf(setting)) {
    case 'boolean':
      return BOOLEANS.get(text.toLowerCase()) ?? text;
    case 'number':
      return numeric(text);
    case 'list': {
      const parts = text === '' ? [] : text.split(',').map((part) => part.trim());
      return holdsNumbers(setting) ? parts.map(numeric) : parts;
    }
    case 'entries':
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
    default:
      return value;
  }
}

function numeric(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function check(
  said: ReadonlyMap<string, Said>,
  env: Readonly<Record<string, string | undefined>>,
  wrong: string[],
): Values {
  const values: Values = {};
  for (const [key, { value, origin }] of said) {
    const setting = SETTING_BY_KEY.get(key);
    if (!setting) throw new TypeError(`${key} is no setting`);
    const parsed = setting.type().safeParse(value);
    if (!parsed.success) {
      wrong.push(complaint(setting, value, origin, parsed.error));
      continue;
    }
    try {
      const final =
        setting.secret && typeof parsed.data === 'string'
          ? resolveSecret(key, parsed.data, env)
          : parsed.data;
      values[setting.group] = { ...values[setting.group], [setting.name]: final };
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      wrong.push(`${error.message} ${error.next}`);
    }
  }
  return values;
}

/** What no single setting can know. */
function contradictions({ captures, auth }: Config): string[] {
  const wrong: string[] = [];
  if (captures.requireToken && captures.token === undefined) {
    wrong.push(
      'captures.requireToken is true but captures.token is not set: no call could give the right token.',
    );
  }
  const provider = ['issuer', 'audience', 'jwksUrl'] as const;
  const missing = provider.filter((name) => auth[name] === undefined);
  if (missing.length > 0 && missing.length < provider.length) {
    wrong.push(
      `auth.${missing.join(' and auth.')} must be set too: tokens of an identity provider need issuer, audience and jwksUrl.`,
    );
  }
  const keys = auth.jwksUrl === undefined ? null : URL.parse(auth.jwksUrl);
  if (keys?.protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(keys.hostname)) {
    wrong.push('auth.jwksUrl must begin with https://: who changes the keys on the way makes valid tokens.');
  }
  return wrong;
}

function complaint(setting: Setting, value: unknown, origin: string, error: z.ZodError): string {
  const [issue] = error.issues;
  const inside = (issue?.path ?? []).map((part) =>
    typeof part === 'number' ? `[${part}]` : `.${String(part)}`,
  );
  const where = `${setting.key}${inside.join('')}`;
  // A secret, or an entry with one in it, is never shown, not even when it is wrong.
  const shown =
    setting.secret || kindOf(setting) === 'entries' ? '' : `, not ${preview(value, issue?.path ?? [])}`;
  const wants = kindOf(setting) === 'entries' ? (issue?.message ?? '') : accepts(setting);
  return `${where} (from ${origin}) must be ${wants}${shown}.`;
}

function preview(value: unknown, path: readonly PropertyKey[]): string {
  const [first] = path;
  const part = Array.isArray(value) && typeof first === 'number' ? value[first] : value;
  const text = JSON.stringify(part) ?? String(part);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

function unknown(name: string, names: Iterable<string>, source: string): string {
  const all = [...names];
  const [group] = name.split('.');
  const sameGroup = all.filter((one) => name.includes('.') && one.startsWith(`${group}.`));
  const near = nearest(name, all);
  const hint = near
    ? `Did you mean ${near}?`
    : `Accepted: ${(sameGroup.length > 0 ? sameGroup : all.filter((one) => !one.includes('__'))).join(', ') || 'see docs/config.md'}.`;
  return `There is no setting ${name} (in ${source}). ${hint}`;
}

function firstKey(group: string): string {
  return SETTINGS.find((setting) => setting.group === group)?.key ?? group;
}
