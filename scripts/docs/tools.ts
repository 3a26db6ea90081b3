/** docs/tools.md, from the tool objects. */
import { z } from 'zod';
import type { AnyTool } from '../../src/tools/call/define-tool.ts';
import { schemasOf } from '../../src/tools/call/registry.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { code, table } from './markdown.ts';

const Property = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  default: z.unknown().optional(),
});
const ObjectSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
});

export function toolReference(): string {
  const shown = new Map<string, string>();
  const index = TOOLS.map(({ name, title }) => `- [${code(name)}](#${name}): ${title}`);
  return `${[
    '# Tools',
    '',
    'Generated from the objects in `src/tools` by `npm run docs`. Over MCP the same names, descriptions and schemas are',
    'listed by `tools/list`. Unknown arguments are refused; failures are in [errors.md](errors.md).',
    '',
    ...index,
    ...TOOLS.flatMap((tool) => describeTool(tool, shown)),
  ].join('\n')}\n`;
}

/** @param shown the tool that an answer was first shown with, by its schema. */
function describeTool(tool: AnyTool, shown: Map<string, string>): string[] {
  const { input, output } = schemasOf(tool);
  const { readOnly, destructive, idempotent, openWorld } = tool.annotations;
  const facts = [
    readOnly ? 'reads only' : 'acts',
    destructive ? 'may end something others rely on' : 'destroys nothing',
    idempotent ? 'calling twice is as calling once' : 'every call counts',
    openWorld ? 'reaches other machines' : 'stays on this machine',
  ];
  return [
    '',
    `## ${tool.name}`,
    '',
    `**${tool.title}.** ${tool.description}`,
    '',
    `Needs the scope ${code(tool.scope)}; ${facts.join(', ')}.`,
    '',
    ...fields('Argument', input),
    '',
    ...answer(tool.name, output, shown),
  ];
}

function answer(tool: string, output: unknown, shown: Map<string, string>): string[] {
  const key = JSON.stringify(output);
  const before = shown.get(key);
  if (before !== undefined) return [`Answers as [${code(before)}](#${before}) does.`];
  shown.set(key, tool);
  return fields('Answer', output);
}

function fields(head: string, schema: unknown): string[] {
  const rows = rowsOf(schema, '');
  return rows.length === 0 ? [`${head}: none.`] : [table([head, 'type', 'what it is'], rows)];
}

/** One row for each field, those of objects inside named by their path: `result.hosts[].ports[].port`. */
function rowsOf(schema: unknown, prefix: string): string[][] {
  const { properties, required } = ObjectSchema.parse(schema);
  return Object.entries(properties).flatMap(([name, given]) => {
    const property = Property.parse(given);
    const path = `${prefix}${name}`;
    const row = [
      `${code(path)}${required.includes(name) ? '' : ' (optional)'}`,
      typeOf(property),
      property.description ?? '',
    ];
    const inside =
      property.type === 'array' ? rowsOf(property.items ?? {}, `${path}[].`) : rowsOf(property, `${path}.`);
    return [row, ...inside];
  });
}

function typeOf(schema: unknown): string {
  const property = Property.parse(schema);
  if (property.enum) return property.enum.map((value) => code(String(value))).join(', ');
  if (property.const !== undefined) return code(String(property.const));
  if (property.anyOf) return [...new Set(property.anyOf.map(typeOf))].join(' or ');
  if (property.type === 'array') return `list of ${typeOf(property.items ?? {})}`;
  const range =
    property.minimum !== undefined &&
    property.maximum !== undefined &&
    property.maximum < Number.MAX_SAFE_INTEGER
      ? ` ${property.minimum}–${property.maximum}`
      : '';
  return `${[property.type ?? 'any'].flat().join(' or ')}${range}`;
}
