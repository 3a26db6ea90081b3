/** What the pages of the OpenAPI document are put together from. */
import { ERROR_CODES } from '../../core/errors.ts';
import type { JsonSchema } from '../../tools/call/registry.ts';

export interface OpenApiDocument {
  openapi: string;
  info: Record<string, unknown>;
  security: Record<string, string[]>[];
  servers: { url: string; description: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, JsonSchema>>;
}

export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security?: Record<string, string[]>[];
  parameters?: JsonSchema[];
  requestBody?: JsonSchema;
  responses: Record<string, JsonSchema>;
}

export const ERROR: JsonSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'next'],
      properties: {
        code: { enum: [...ERROR_CODES] },
        message: { type: 'string', description: 'What was wrong.' },
        limit: { type: 'string', description: 'The limit that was hit.' },
        next: { type: 'string', description: 'What to do next.' },
        correlation_id: {
          type: 'string',
          description: 'The same as in the header X-Correlation-Id, the log and the audit.',
        },
        retry_after_seconds: { type: 'integer', description: 'When the same call may succeed.' },
      },
    },
  },
};

const failure = (description: string, more: JsonSchema = {}): JsonSchema => ({
  description,
  ...json({ $ref: '#/components/schemas/Error' }),
  ...more,
});
const RETRY = { headers: { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds.' } } };

export const RESPONSES = {
  Invalid: failure('The arguments are not right.'),
  Unauthorized: failure('No valid token.', {
    headers: { 'WWW-Authenticate': { schema: { type: 'string' }, description: 'RFC 6750, RFC 9728.' } },
  }),
  Forbidden: failure('The scope, the policy or an administrator does not allow it.'),
  NotFound: failure('There is no such thing, or it is somebody else’s.'),
  TooLarge: failure('The body is too large.'),
  TooMany: failure('Too many calls, or all places are taken.', RETRY),
  Failed: failure('It failed; the error says what to do.'),
  Unavailable: failure('Not now: stopping, or switched off after too many failures.', RETRY),
};

/** The failures that any request behind the gate can meet, and these. */
export function failing(...names: (keyof typeof RESPONSES)[]): Record<string, JsonSchema> {
  const statusOf: Record<keyof typeof RESPONSES, string> = {
    Invalid: '400',
    Unauthorized: '401',
    Forbidden: '403',
    NotFound: '404',
    TooLarge: '413',
    TooMany: '429',
    Failed: 'default',
    Unavailable: '503',
  };
  const all = new Set<keyof typeof RESPONSES>(['Unauthorized', 'TooMany', ...names, 'Failed']);
  return Object.fromEntries(
    [...all].map((name) => [statusOf[name], { $ref: `#/components/responses/${name}` }]),
  );
}

export function json(schema: JsonSchema): { content: JsonSchema } {
  return { content: { 'application/json': { schema } } };
}

export const ok = (description: string, schema: JsonSchema = { type: 'object' }): JsonSchema => ({
  description,
  ...json(schema),
});

/** Without `$schema`: the document says once which dialect its schemas are in. */
export function plain({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
