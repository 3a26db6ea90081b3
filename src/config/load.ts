/**
 * The configuration from its sources: defaults < file < environment < flags. What is wrong is told all at once, each
 * with the key, where it was said and what would be accepted.
 */
import type { z } from 'zod';
import { PortolanError } from '../core/errors.ts';
import { accepts } from './describe.ts';
import { findConfigFile, readConfigFile } from './file.ts';
import { kindOf, SETTING_BY_KEY, SETTINGS, type Setting } from './flat-settings.ts';
import { type Said, Sayings } from './said.ts';
import type { Config } from './schema.ts';
import { referencedSecret, resolveSecret } from './secrets.ts';

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
  /** What was read and has no effect of its own, such as settings of earlier servers, with what there is instead. */
  notices: readonly string[];
  /** Who said it (the file, a variable, a flag), by key, for each setting that is not at its default. */
  origins: ReadonlyMap<string, string>;
}

/** Reads every source. Throws one PortolanError `invalid_config` that lists all that is wrong. */
export async function loadConfig(sources: ConfigSources = {}): Promise<LoadedConfig> {
  const env = sources.env ?? process.env;
  const file = findConfigFile(sources.file, env);
  const sayings = new Sayings();
  const { said, wrong, notices } = sayings;
  if (file !== undefined) sayings.file(await readConfigFile(file), file);
  sayings.environment(env);
  sayings.flags(sources.flags ?? {});
  const values = check(said, env, wrong);
  wrong.push(...contradictions(withDefaults(values), said));
  if (wrong.length > 0) {
    throw new PortolanError(
      'invalid_config',
      wrong.length === 1 ? (wrong[0] ?? '') : `${wrong.length} settings are wrong:`,
      'Mend it and try `portolan check-config`; docs/config.md lists every setting.',
      { lines: wrong.length === 1 ? [] : wrong.map((one) => `- ${one}`) },
    );
  }
  return {
    config: withDefaults(values),
    file,
    notices,
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

function check(
  said: ReadonlyMap<string, Said>,
  env: Readonly<Record<string, string | undefined>>,
  wrong: string[],
): Values {
  const values: Values = {};
  for (const [key, { value, origin }] of said) {
    const setting = SETTING_BY_KEY.get(key);
    if (!setting) throw new TypeError(`${key} is no setting`);
    try {
      const given = setting.refers && typeof value === 'string' ? referencedSecret(key, value, env) : value;
      const parsed = setting.type().safeParse(given);
      if (!parsed.success) {
        wrong.push(complaint(setting, given, origin, parsed.error));
        continue;
      }
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

/** What no single setting can know. One that was said and could not be read is not missing: that was told already. */
function contradictions({ captures, auth }: Config, said: ReadonlyMap<string, Said>): string[] {
  const wrong: string[] = [];
  if (captures.requireToken && !said.has('captures.token')) {
    wrong.push(
      'captures.requireToken is true but captures.token is not set: no call could give the right token.',
    );
  }
  const provider = ['issuer', 'audience', 'jwksUrl'] as const;
  const missing = provider.filter((name) => !said.has(`auth.${name}`));
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
  const entry = issue && kindOf(setting) === 'entries' ? entryComplaint(issue, value) : undefined;
  if (entry !== undefined) return `${where} (from ${origin}) ${entry}.`;
  // A secret, or an entry with one in it, is never shown, not even when it is wrong.
  const shown =
    setting.secret || setting.secretIn || kindOf(setting) === 'entries'
      ? ''
      : `, not ${preview(value, issue?.path ?? [])}`;
  const wants = kindOf(setting) === 'entries' ? (issue?.message ?? '') : accepts(setting);
  return `${where} (from ${origin}) must be ${wants}${shown}.`;
}

/** What an entry lacks, or has and must not; undefined where the issue says it itself. */
function entryComplaint(issue: z.core.$ZodIssue, value: unknown): string | undefined {
  if (issue.code === 'unrecognized_keys') return `has no setting ${issue.keys.join(', ')}`;
  if (issue.code !== 'invalid_type') return undefined;
  const given = issue.path.reduce<unknown>(
    (part, key) => (part !== null && typeof part === 'object' ? Reflect.get(part, key) : undefined),
    value,
  );
  return given === undefined ? 'is missing' : `must be of the type ${issue.expected}`;
}

function preview(value: unknown, path: readonly PropertyKey[]): string {
  const [first] = path;
  const part = Array.isArray(value) && typeof first === 'number' ? value[first] : value;
  const text = JSON.stringify(part) ?? String(part);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
