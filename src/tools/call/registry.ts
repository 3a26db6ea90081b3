/**
 * The tools there are, by name, with the JSON Schemas that MCP, REST and the reference in docs/ publish for them.
 * Schemas are derived once per tool: an MCP server instance is built for every modern HTTP request.
 */
import { z } from 'zod';
import type { AnyTool } from './define-tool.ts';

export type JsonSchema = Record<string, unknown>;

export interface ToolSchemas {
  input: JsonSchema;
  output: JsonSchema;
}

export type ToolRegistry = ReadonlyMap<string, AnyTool>;

/** Two tools of one name are a defect of ours and stop the start. */
export function createRegistry(tools: readonly AnyTool[]): ToolRegistry {
  const registry = new Map<string, AnyTool>();
  for (const tool of tools) {
    if (registry.has(tool.name)) throw new Error(`Two tools are called ${tool.name}.`);
    registry.set(tool.name, tool);
  }
  return registry;
}

const derived = new WeakMap<AnyTool, ToolSchemas>();

/** JSON Schema 2020-12 of what a tool takes and gives. */
export function schemasOf(tool: AnyTool): ToolSchemas {
  let schemas = derived.get(tool);
  if (!schemas) {
    schemas = {
      input: z.toJSONSchema(tool.input, { io: 'input', override: withoutSafeBounds }),
      // Facts that are not published (core/details.ts) have no schema.
      output: z.toJSONSchema(tool.output, {
        io: 'output',
        unrepresentable: 'any',
        override: withoutSafeBounds,
      }),
    };
    derived.set(tool, schemas);
  }
  return schemas;
}

/** zod gives every integer the bounds of JavaScript's own: true, and nothing that a reader wants to know. */
function withoutSafeBounds({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
