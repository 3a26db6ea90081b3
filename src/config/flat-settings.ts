/** The settings as a flat list: what the loader, the reference and the template go through. */
import { z } from 'zod';
import { SCHEMA } from './schema.ts';
import type { Declared } from './setting-types.ts';

export interface Setting extends Declared<unknown> {
  /** `security.allowIntrusive` */
  key: string;
  group: string;
  name: string;
  /** `PORTOLAN_SECURITY__ALLOW_INTRUSIVE` */
  env: string;
}

export const SETTINGS: readonly Setting[] = Object.entries(SCHEMA).flatMap(([group, settings]) =>
  Object.entries(settings).map(([name, declared]) => ({
    ...declared,
    key: `${group}.${name}`,
    group,
    name,
    env: `PORTOLAN_${shouted(group)}__${shouted(name)}`,
  })),
);

export const SETTING_BY_KEY: ReadonlyMap<string, Setting> = new Map(SETTINGS.map((one) => [one.key, one]));

/** How its value is written as text: in the environment, on the command line. */
export function kindOf({ type }: Setting): 'boolean' | 'number' | 'text' | 'list' | 'entries' {
  const schema = type();
  if (schema instanceof z.ZodRecord || schema instanceof z.ZodObject) return 'entries';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodArray) return schema.element instanceof z.ZodObject ? 'entries' : 'list';
  return 'text';
}

/** Whether it is a list of numbers. */
export function holdsNumbers({ type }: Setting): boolean {
  const schema = type();
  return schema instanceof z.ZodArray && schema.element instanceof z.ZodNumber;
}

/** `allowIntrusive` as `ALLOW_INTRUSIVE`. */
function shouted(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
