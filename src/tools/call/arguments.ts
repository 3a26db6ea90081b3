/**
 * The arguments of a call: read as they were meant, or refused in the words of the field, all of what is wrong at once.
 * A model has nothing but the refusal to mend its next call by.
 */
import { z } from 'zod';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import type { AnyTool } from './define-tool.ts';
import { whereInstead } from './field-terms.ts';
import { offeredInput } from './listing.ts';
import { schemasOf, type ToolRegistry } from './registry.ts';

/** What a property's JSON Schema says that its words are made of. */
const Property = z.looseObject({
  description: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  anyOf: z.array(z.looseObject({ type: z.string().optional() })).optional(),
  items: z.looseObject({ type: z.string().optional() }).optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
type Property = z.infer<typeof Property>;
const InputSchema = z.looseObject({ properties: z.record(z.string(), Property).default({}) });

export interface Offered {
  tools: ToolRegistry;
  /** The machines of the configuration that can be scanned from. */
  scanners: readonly string[];
}

/** Things that are wrong and are named one by one. */
const MOST_NAMED = 8;

/** @throws PortolanError `invalid_argument` */
export function readArguments(tool: AnyTool, given: unknown, { tools, scanners }: Offered): unknown {
  const { properties } = InputSchema.parse(schemasOf(tool).input);
  const parsed = tool.input.safeParse(asMeant(given ?? {}, properties));
  if (parsed.success) return parsed.data;
  const argumentsOf = (one: AnyTool) =>
    Object.keys(InputSchema.parse(offeredInput(one, scanners)).properties);
  const found = parsed.error.issues.flatMap<string | z.core.$ZodIssue>((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [issue],
  );
  const wrong = found
    .slice(0, MOST_NAMED)
    .map((one) =>
      typeof one === 'string'
        ? whereInstead(cleanField(one, 80), tool, tools, argumentsOf)
        : describe(one, given, properties),
    );
  const more = found.length > MOST_NAMED ? [`${found.length - MOST_NAMED} more are wrong.`] : [];
  throw new PortolanError(
    'invalid_argument',
    `${tool.name}: ${[...new Set(wrong), ...more].join(' ')}`,
    `Call ${tool.name} with its own arguments: ${argumentsOf(tool).join(', ') || 'none'}.`,
  );
}

/**
 * Texts that can only be meant as a number, a yes or no, or a list become that: models write "30", "true" and
 * "[\"10.0.0.1\"]". An argument that is null is none: models that must fill in all of them write that. Everything else
 * stays as it is, for the schema to judge.
 */
function asMeant(given: unknown, properties: Record<string, Property>): unknown {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return given;
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (property && value === null) return [];
      return [[name, property && typeof value === 'string' ? valueMeant(value, typesOf(property)) : value]];
    }),
  );
}

function valueMeant(text: string, types: ReadonlySet<string>): unknown {
  const bare = text.trim();
  if (types.has('array') && bare.startsWith('[')) return listIn(bare) ?? text;
  if (types.has('string')) return text;
  if ((types.has('integer') || types.has('number')) && /^-?\d+(\.\d+)?$/.test(bare)) return Number(bare);
  if (types.has('boolean') && /^(true|false)$/i.test(bare)) return bare.toLowerCase() === 'true';
  return text;
}

function listIn(text: string): unknown[] | undefined {
  try {
    // As Python writes it.
    const value: unknown = JSON.parse(text.includes('"') ? text : text.replaceAll("'", '"'));
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function typesOf({ type, anyOf = [], enum: choices }: Property): Set<string> {
  const types = new Set([type ?? [], ...anyOf.map((one) => one.type ?? [])].flat());
  return types.size === 0 && choices ? new Set(['string']) : types;
}

/** What is wrong with one argument. Free text is not repeated: it may be a secret. */
function describe(issue: z.core.$ZodIssue, given: unknown, properties: Record<string, Property>): string {
  const [name] = issue.path;
  const property = typeof name === 'string' && Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (!property) return `The arguments must be an object of names and values (${issue.message}).`;
  const value = valueAt(given, issue.path.slice(0, 1));
  const place = issue.path.join('.');
  if (value === undefined || value === null)
    return `${place} is missing. ${firstSentence(property.description)}`.trim();
  if (issue.code === 'invalid_format' || issue.code === 'custom') return `${place}: ${issue.message}.`;
  const inside = valueAt(given, issue.path);
  if (issue.code === 'too_big' || issue.code === 'too_small') {
    if (typeof inside === 'string' || Array.isArray(inside)) {
      const bound = issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
      const unit = typeof inside === 'string' ? 'characters' : 'entries';
      return `${place} has ${inside.length} ${unit}; it takes ${bound}.`;
    }
  }
  const free = !property.enum && [...typesOf(property)].some((type) => type === 'string' || type === 'array');
  const told = free ? '' : `, not ${shown(inside)}`;
  return `${place} must be ${accepted(property)}${told}.`;
}

function accepted(property: Property): string {
  if (property.enum) return `one of ${property.enum.join(', ')}`;
  const { minimum, maximum } = property;
  const least = minimum === undefined ? '' : ` from ${minimum}`;
  const range = maximum === undefined ? least : `${least} ${least === '' ? 'up ' : ''}to ${maximum}`;
  const kinds = [...typesOf(property)].map((type) => KINDS[type] ?? type);
  return `${kinds.join(' or ') || 'something else'}${range}`;
}

const KINDS: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  string: 'a text',
  array: 'a list of texts',
  object: 'an object',
};

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      value !== null && typeof value === 'object' && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    given,
  );
}

const firstSentence = (text = '') => /^.*?\.(?= |$)/s.exec(text)?.[0] ?? text;

const shown = (value: unknown) => (JSON.stringify(value) ?? typeof value).slice(0, 80);
