/**
 * The tools as MCP clients list them. The list stands in the context of a model in every conversation, so an answer's
 * shape is told once, however many tools give it, and without what only a validator of ours would want.
 */
import { z } from 'zod';
import type { AnyTool } from './define-tool.ts';
import { type JsonSchema, schemasOf } from './registry.ts';

export interface ListedTool {
  tool: AnyTool;
  input: JsonSchema;
  output: JsonSchema;
}

/** A shape shorter than this is said again: the words that point to it are as long. */
const WORTH_POINTING = 120;

/**
 * @param scanners the machines of the configuration that can be scanned from: only these are offered as `scanner`, and
 *   where there are none there is no such argument.
 */
export function listTools(tools: readonly AnyTool[], scanners: readonly string[]): ListedTool[] {
  const said = new Map<string, string>();
  return tools.map((tool) => {
    const { $schema: _, ...input } = offeredInput(tool, scanners);
    return { tool, input, output: sayOnce(schemasOf(tool).output, tool.name, said) };
  });
}

const Shape = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
});

/** What a tool takes in this configuration: as `scanner` nothing but the machines there are, if there are any. */
export function offeredInput(tool: AnyTool, scanners: readonly string[]): JsonSchema {
  const { input } = schemasOf(tool);
  const { scanner, ...others } = Shape.parse(input).properties ?? {};
  if (scanner === undefined) return input;
  if (scanners.length === 0) return { ...input, properties: others };
  const { pattern: _pattern, ...schema } = z.looseObject({}).parse(scanner);
  return { ...input, properties: { ...others, scanner: { ...schema, enum: scanners } } };
}

/** @param said the place of each shape that was told already, by the shape. */
function sayOnce(schema: unknown, place: string, said: Map<string, string>): JsonSchema {
  const { $schema: _, ...shape } = Shape.parse(schema);
  const whole = JSON.stringify(shape);
  const before = said.get(whole);
  const { additionalProperties: open, required, ...rest } = shape;
  if (before !== undefined) return { type: 'object', description: `As ${before}.` };
  if (rest['type'] === 'object' && whole.length > WORTH_POINTING) said.set(whole, place);
  return {
    ...rest,
    // What is always there is worth saying of the answer itself, not of each of its parts.
    ...(required === undefined || place.includes('.') ? {} : { required }),
    // A new field of a later version is no error of the answer.
    ...(open === undefined || open === false ? {} : { additionalProperties: open }),
    ...(rest.properties
      ? {
          properties: Object.fromEntries(
            Object.entries(rest.properties).map(([name, inner]) => [
              name,
              sayOnce(inner, `${place}.${name}`, said),
            ]),
          ),
        }
      : {}),
    ...(rest.items === undefined ? {} : { items: sayOnce(rest.items, `${place}[]`, said) }),
    ...(rest.anyOf ? { anyOf: rest.anyOf.map((inner) => sayOnce(inner, place, said)) } : {}),
  };
}
