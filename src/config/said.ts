/** What the sources say, by setting: a file and the environment, in our words and in those of earlier servers. */

import { nearest } from '../core/nearest.ts';
import {
  ENV_ALIASES,
  FILE_ALIASES,
  GROUP_ALIASES,
  RETIRED,
  RETIRED_ENV,
  type Retired,
  THEIR_VARIABLES,
  VALUE_ALIASES,
} from './aliases.ts';
import { holdsNumbers, kindOf, SETTING_BY_KEY, SETTINGS } from './flat-settings.ts';
import { GROUPS } from './schema.ts';

/** A value and who gave it. */
export interface Said {
  value: unknown;
  origin: string;
}

/** What was gathered from the sources so far: later ones win. */
export class Sayings {
  readonly said = new Map<string, Said>();
  /** What cannot be accepted. */
  readonly wrong: string[] = [];
  /** What was read and has no effect of its own, and why. */
  readonly notices: string[] = [];

  /** The values in a configuration file. */
  file(content: Record<string, unknown>, file: string): void {
    // First theirs: where both names give a value, ours wins.
    for (const [group, settings] of Object.entries(content)) {
      const alias = FILE_ALIASES.get(group);
      if (alias) this.#say(alias, settings, `${group} in ${file}`);
      for (const [name, value] of entriesOf(settings)) {
        const theirs = `${group}.${name}`;
        const ours = GROUP_ALIASES.get(theirs);
        if (ours) this.#say(ours, value, `${theirs} in ${file}`);
        this.#retired(RETIRED.get(theirs), value, `${theirs} in ${file}`);
      }
    }
    for (const [group, settings] of Object.entries(content)) {
      // `$schema` is what editors look for in JSON; a group whose settings are all commented out is null in YAML.
      if (group === '$schema' || FILE_ALIASES.has(group)) continue;
      if (!Object.hasOwn(GROUPS, group) && !THEIR_GROUPS.has(group)) {
        this.wrong.push(unknown(group, [...Object.keys(GROUPS), ...FILE_ALIASES.keys()], file));
      } else if (settings !== null && (typeof settings !== 'object' || Array.isArray(settings))) {
        this.wrong.push(`${group} in ${file} must hold settings, such as "${firstKey(group)}".`);
      } else {
        for (const [name, value] of entriesOf(settings)) this.#own(`${group}.${name}`, value, file);
      }
    }
  }

  /** The values in an environment. */
  environment(env: Readonly<Record<string, string | undefined>>): void {
    const keyOf = new Map(SETTINGS.map((setting) => [setting.env, setting.key]));
    for (const [name, key] of [...ENV_ALIASES, ...keyOf]) {
      if (env[name]) this.#say(key, env[name], name);
    }
    for (const [name, retired] of RETIRED_ENV) if (env[name]) this.#retired(retired, env[name], name);
    for (const name of Object.keys(env)) {
      if (/^PORTOLAN_[A-Z]+(_[A-Z]+)*__/.test(name) && !keyOf.has(name)) {
        this.wrong.push(unknown(name, keyOf.keys(), 'the environment'));
      }
      // It may be another program's.
      if (THEIR_VARIABLES.test(name) && !ENV_ALIASES.has(name) && !RETIRED_ENV.has(name))
        this.notices.push(`${name} has no effect. ${hint(name, [...ENV_ALIASES.keys()], '_')}`);
    }
  }

  /** Settings given on the command line, by key; undefined ones do not count. */
  flags(flags: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(flags)) {
      if (value !== undefined)
        this.said.set(key, { value: fromText(key, value), origin: 'the command line' });
    }
  }

  #own(key: string, value: unknown, file: string): void {
    if (SETTING_BY_KEY.has(key)) this.#say(key, value, file);
    else if (!GROUP_ALIASES.has(key) && !RETIRED.has(key))
      this.wrong.push(unknown(key, [...SETTING_BY_KEY.keys(), ...GROUP_ALIASES.keys()], file));
  }

  /** @param value null is what YAML has for a setting without a value: as if it was not there. */
  #say(key: string, value: unknown, origin: string): void {
    if (value === null) return;
    this.#both(key, value, origin);
    const text = typeof value === 'string' ? this.#inOurWords(key, value, origin) : value;
    // A file has types of its own; a text in the place of a number is a mistake there.
    this.said.set(key, { value: ENV_NAME.test(origin) ? fromText(key, text) : text, origin });
  }

  /** Theirs had several settings where ours has one: of two values, which counts is said. */
  #both(key: string, value: unknown, origin: string): void {
    const before = this.said.get(key);
    const place = placeOf(origin);
    if (!before || before.value === value || place !== placeOf(before.origin)) return;
    if (before.origin === place) return;
    this.notices.push(`${origin} counts, and ${before.origin} does not: both are ${key}.`);
  }

  #retired(retired: Retired | undefined, value: unknown, origin: string): void {
    if (!retired || value === null) return;
    const { successor, harmless = () => true } = retired;
    const words = `${origin} is a setting of another server, which Portolan has not. ${successor}`;
    (harmless(value) ? this.notices : this.wrong).push(words);
  }

  /** Words of others for one of our choices, whichever way they are written. */
  #inOurWords(key: string, text: string, origin: string): string {
    if (key === 'logging.format' && text.includes('%(')) {
      this.notices.push(
        `${key} (from ${origin}) is a pattern for lines of another server. Portolan writes text or json.`,
      );
      return 'text';
    }
    const words = VALUE_ALIASES.get(key);
    const word = text.trim().toLowerCase();
    return words ? (words.get(word) ?? word) : text;
  }
}

/** Origins are the name of a variable, or a file, or what in a file. */
const ENV_NAME = /^[A-Z0-9_]+$/;
const placeOf = (origin: string) =>
  ENV_NAME.test(origin) ? 'the environment' : origin.replace(/^[\w.]+ in /, '');

const THEIR_GROUPS: ReadonlySet<string> = new Set(
  [...GROUP_ALIASES.keys(), ...RETIRED.keys()].map((key) => key.split('.')[0] ?? ''),
);

function entriesOf(settings: unknown): [string, unknown][] {
  return typeof settings === 'object' && settings !== null && !Array.isArray(settings)
    ? Object.entries(settings)
    : [];
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

function unknown(name: string, names: Iterable<string>, source: string): string {
  return `There is no setting ${name} (in ${source}). ${hint(name, [...names], '.')}`;
}

/** The nearest name, or those of the same group; all of them are only told where they are groups themselves. */
function hint(name: string, names: readonly string[], between: '.' | '_'): string {
  const near = nearest(name, names);
  if (near) return `Did you mean ${near}?`;
  const end = name.lastIndexOf(between);
  const group = name.slice(0, between === '.' ? name.indexOf(between) : end);
  const inGroup = end === -1 ? names : names.filter((one) => one.startsWith(`${group}${between}`));
  return inGroup.length > 0 && !name.includes('__')
    ? `Accepted: ${inGroup.join(', ')}.`
    : 'docs/config.md lists the settings.';
}

function firstKey(group: string): string {
  return SETTINGS.find((setting) => setting.group === group)?.key ?? group;
}
