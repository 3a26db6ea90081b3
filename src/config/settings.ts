/** The settings as a flat list, read off the schema: what the loader, the reference and the template go through. */
import { z } from 'zod';
import { ConfigSchema } from './schema.ts';
import { facts, type SettingFacts } from './setting-types.ts';

export interface Setting {
  /** `security.allowIntrusive` */
  key: string;
  group: string;
  name: string;
  /** `PORTOLAN_SECURITY__ALLOW_INTRUSIVE` */
  env: string;
  schema: z.ZodType;
  /** The schema below its default. */
  inner: z.ZodType;
  kind: 'boolean' | 'number' | 'text' | 'list' | 'objects';
  description: string;
  secret: boolean;
  /** The default in words, where it is not a value. */
  defaultText: string | undefined;
}

/** Each group with its words. */
export const GROUPS: ReadonlyMap<string, string> = new Map(
  Object.entries(ConfigSchema.shape).map(([group, schema]) => [group, schema.description ?? '']),
);

export const SETTINGS: readonly Setting[] = Object.entries(ConfigSchema.shape).flatMap(([group, schema]) =>
  Object.entries(schema.unwrap().shape).map(([name, leaf]) => readSetting(group, name, leaf)),
);

export const SETTING_BY_KEY: ReadonlyMap<string, Setting> = new Map(SETTINGS.map((one) => [one.key, one]));

function readSetting(group: string, name: string, schema: z.ZodType): Setting {
  const known: SettingFacts = { ...facts.get(schema) };
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) {
    inner = inner.unwrap() as z.ZodType;
    Object.assign(known, facts.get(inner));
  }
  return {
    key: `${group}.${name}`,
    group,
    name,
    env: `PORTOLAN_${group.toUpperCase()}__${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    schema,
    inner,
    kind: kindOf(inner),
    description: schema.description ?? '',
    secret: known.secret ?? false,
    defaultText: known.defaultText,
  };
}

function kindOf(schema: z.ZodType): Setting['kind'] {
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodArray) return schema.element instanceof z.ZodObject ? 'objects' : 'list';
  return 'text';
}
