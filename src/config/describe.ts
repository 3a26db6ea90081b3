/** A setting in words: what it accepts and what it is when nobody says anything. */
import { z } from 'zod';
import type { Setting } from './settings.ts';

const Json = z.looseObject({
  type: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
});

/** `a whole number from 1 to 600`, `true or false`, `one of text, json`. */
export function accepts(setting: Setting): string {
  if (setting.kind === 'boolean') return 'true or false';
  if (setting.kind === 'objects') return 'a list of entries';
  const { inner } = setting;
  if (inner instanceof z.ZodArray) return `a list, each ${ownWords(inner.element as z.ZodType)}`;
  const json = Json.parse(z.toJSONSchema(inner, { io: 'input' }));
  if (json.enum) return `one of ${json.enum.join(', ')}`;
  if (setting.kind === 'number') {
    const from = json.minimum ?? `above ${json.exclusiveMinimum}`;
    return `a ${json.type === 'integer' ? 'whole ' : ''}number from ${from} to ${json.maximum}`;
  }
  return ownWords(inner);
}

/** The default as a value; undefined when there is none, or when it depends on the machine. */
export function defaultOf(setting: Setting): unknown {
  return setting.defaultText === undefined
    ? Json.parse(z.toJSONSchema(setting.schema, { io: 'input' })).default
    : undefined;
}

/** The default in words, for a reference. */
export function defaultInWords(setting: Setting): string {
  const value = defaultOf(setting);
  return setting.defaultText ?? (value === undefined ? 'none' : JSON.stringify(value));
}

/** What a text must be, in the words of the schema's own check. */
function ownWords(schema: z.ZodType): string {
  const issue = schema.safeParse(' ').error?.issues[0];
  return issue && (issue.code === 'custom' || issue.code === 'invalid_format') ? issue.message : 'a text';
}
