/** A setting in words: what it accepts and what it is when nobody says anything. */
import { z } from 'zod';
import { kindOf, type Setting } from './flat-settings.ts';

const Json = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

/** `a whole number from 1 to 600`, `true or false`, `one of text, json`. */
export function accepts(setting: Setting): string {
  const kind = kindOf(setting);
  if (kind === 'boolean') return 'true or false';
  const schema = setting.type();
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape).join(' and ');
  if (kind === 'entries') return schema instanceof z.ZodArray ? 'a list of entries' : 'entries by name';
  return schema instanceof z.ZodArray
    ? `a list, each ${inWords(schema.element as z.ZodType)}`
    : inWords(schema);
}

/** The default as a value; undefined when there is none, or when it depends on the machine. */
export function defaultOf(setting: Setting): unknown {
  return setting.defaultText === undefined ? setting.fallback() : undefined;
}

/** The default in words, for a reference. */
export function defaultInWords(setting: Setting): string {
  const value = defaultOf(setting);
  return setting.defaultText ?? (value === undefined ? 'none' : JSON.stringify(value));
}

function inWords(schema: z.ZodType): string {
  const json = Json.parse(z.toJSONSchema(schema, { io: 'input' }));
  if (json.enum) return `one of ${json.enum.join(', ')}`;
  if (json.type === 'integer' || json.type === 'number') {
    return `a ${json.type === 'integer' ? 'whole ' : ''}number from ${json.minimum} to ${json.maximum}`;
  }
  // The words of the schema's own check, for a text that no check accepts.
  const issue = schema.safeParse(' ').error?.issues[0];
  return issue && (issue.code === 'custom' || issue.code === 'invalid_format') ? issue.message : 'a text';
}
