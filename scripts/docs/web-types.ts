/** The types by which the dashboard (web/) calls the tools, from the OpenAPI document: a changed field fails its build. */
import { compile } from 'json-schema-to-typescript';
import { createRegistry, type JsonSchema } from '../../src/tools/call/registry.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { openApi } from '../../src/transports/rest/openapi.ts';

/** `Tools`: of each tool its `args` and its `answer`. */
export async function webTypes(): Promise<string> {
  // Any machine: which there are is known when the page asks (GET /session).
  const { paths, components } = openApi({ tools: createRegistry(TOOLS), scanners: ['any'] }, '0');
  const calls = Object.entries(paths).flatMap(([path, { post }]) => {
    const name = /^\/tools\/([^{/]+)\/execute$/.exec(path)?.[1];
    if (name === undefined || !post) return [];
    const args = anyScanner(schemaIn(post.requestBody));
    const answer = schemaIn(post.responses['200']);
    return [[name, object({ args, answer })] as const];
  });
  return await compile({ ...object(Object.fromEntries(calls)), components }, 'Tools', {
    bannerComment: '/** Made by `npm run docs` from the OpenAPI document. */',
    additionalProperties: false,
    // Lengths are the server's to judge; as tuples nobody could read them.
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true },
  });
}

function anyScanner(args: JsonSchema): JsonSchema {
  const properties: Record<string, JsonSchema> = Object(args['properties']);
  if (!properties['scanner']) return args;
  const { enum: _, ...scanner } = properties['scanner'];
  return { ...args, properties: { ...properties, scanner } };
}

const object = (properties: Record<string, JsonSchema>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

/** The schema of a body: `{ content: { 'application/json': { schema } } }`. */
function schemaIn(body: JsonSchema | undefined): JsonSchema {
  const content: JsonSchema = Object(body?.['content']);
  return Object(Object(content['application/json'])['schema']);
}
