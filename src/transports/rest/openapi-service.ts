/** The parts of the OpenAPI document that are about the server itself. */
import { SCOPES } from '../../core/caller.ts';
import { TOOLSETS } from '../../core/toolsets.ts';
import type { JsonSchema, ToolRegistry } from '../../tools/call/registry.ts';
import { failing, type OpenApiDocument, type Operation, ok } from './openapi-parts.ts';

const TEXT: JsonSchema = { type: 'string' };
const FLAG: JsonSchema = { type: 'boolean' };
const LIST = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
/** Every property is there unless it is named as `optional`. */
const object = (properties: Record<string, JsonSchema>, optional: readonly string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});

const STATUS = (word: string) => object({ status: { const: word } });
const INDEX = object({
  name: { const: 'portolan' },
  version: TEXT,
  transport: object({ mcp: { ...TEXT, description: 'Path of the MCP endpoint.' }, rest: TEXT }),
  tools: { ...LIST(TEXT), description: 'Those you may use.' },
  endpoints: { ...LIST(TEXT), description: 'Method and path.' },
});
const HEALTH = object(
  {
    status: { enum: ['healthy', 'degraded', 'unhealthy'] },
    checked_at: { type: 'string', format: 'date-time' },
    stale: { ...FLAG, description: 'No look is fresh enough to rely on.' },
    checks: LIST(
      object(
        {
          name: TEXT,
          priority: {
            enum: ['critical', 'important', 'informational'],
            description: 'A critical one that fails makes it unhealthy, an important one degraded.',
          },
          ok: FLAG,
          message: TEXT,
          value: { type: 'number', description: 'What was measured.' },
          limit: { type: 'number', description: 'What it must stay below.' },
        },
        ['value', 'limit'],
      ),
    ),
  },
  // A server without checks says the status alone.
  ['checked_at', 'stale', 'checks'],
);
const TOOLS = object({
  tools: LIST(
    object({
      name: TEXT,
      title: TEXT,
      description: TEXT,
      toolset: { enum: [...TOOLSETS] },
      scope: { enum: [...SCOPES], description: 'What a caller needs.' },
      annotations: object({ readOnly: FLAG, destructive: FLAG, idempotent: FLAG, openWorld: FLAG }),
      enabled: FLAG,
      input_schema: { type: 'object', description: 'JSON Schema of the arguments.' },
      output_schema: { type: 'object', description: 'JSON Schema of the answer.' },
    }),
  ),
});
const SWITCHED = object({ name: TEXT, enabled: FLAG });
const BREAKERS = object({
  breakers: LIST(
    object({
      name: TEXT,
      state: { enum: ['closed', 'open', 'half_open'] },
      faults: { type: 'integer', description: 'In a row so far.' },
      retryAfterSeconds: { type: 'number', description: 'Until a trial; 0 unless it is open.' },
    }),
  ),
});
const BREAKER_CLOSED = object({ name: TEXT, state: { const: 'closed' } });
const SYSTEM = object(
  {
    doctor: LIST(object({ name: TEXT, ok: FLAG, detail: TEXT, fix: TEXT }, ['fix'])),
    tokens: LIST(
      object({ name: TEXT, scopes: LIST(TEXT), created_at: TEXT, expires_at: TEXT, revoked_at: TEXT }, [
        'created_at',
        'expires_at',
        'revoked_at',
      ]),
    ),
    audit: object({ ok: FLAG, records: { type: 'integer' }, problem: TEXT }, ['problem']),
    settings: LIST(object({ name: TEXT, value: {}, source: TEXT }, ['source'])),
  },
  ['audit'],
);
const CONFIG: JsonSchema = {
  type: 'object',
  description: 'Settings by group and name, as docs/config.md has them; secrets are `[hidden]`.',
  additionalProperties: { type: 'object' },
};

export function servicePaths(tools: ToolRegistry): OpenApiDocument['paths'] {
  const get = (operationId: string, summary: string, responses: Operation['responses'], tag = 'service') => ({
    get: { operationId, summary, tags: [tag], responses },
  });
  const open = (operationId: string, summary: string, responses: Operation['responses']) => ({
    get: { operationId, summary, tags: ['service'], security: [], responses },
  });
  const text = (description: string, type: string): JsonSchema => ({
    description,
    content: { [type]: { schema: { type: 'string' } } },
  });
  const switching = (action: string, summary: string) => ({
    post: {
      operationId: `${action}_tool`,
      summary,
      description: 'Needs the scope `admin`. Survives a restart; MCP clients are told that the list changed.',
      tags: ['tools'],
      parameters: [{ name: 'name', in: 'path', required: true, schema: { enum: [...tools.keys()] } }],
      responses: { '200': ok('Done.', SWITCHED), ...failing('Forbidden', 'NotFound', 'Unavailable') },
    },
  });
  return {
    '/': get('index', 'Name, version, tools and endpoints.', {
      '200': ok('What there is.', INDEX),
      ...failing(),
    }),
    '/health/live': open('live', 'Whether the process is alive.', { '200': ok('It is.', STATUS('alive')) }),
    '/health/ready': open('ready', 'Whether calls are taken.', {
      '200': ok('They are.', STATUS('ready')),
      '503': ok('Not now.', STATUS('not_ready')),
    }),
    '/health': get('health', 'Every check, with what was measured.', {
      '200': ok('Healthy.', HEALTH),
      '207': ok('Degraded: something important is not well.', HEALTH),
      '503': ok('Unhealthy: something critical is not well.', HEALTH),
      ...failing(),
    }),
    '/breakers': get('breakers', 'Circuit breakers: state, faults in a row, seconds until a trial.', {
      '200': ok('All of them.', BREAKERS),
      ...failing(),
    }),
    '/breakers/{name}/close': {
      post: {
        operationId: 'close_breaker',
        summary: 'Close a circuit breaker by hand, as after a repair.',
        description: 'Needs the scope `admin`.',
        tags: ['service'],
        parameters: [{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { '200': ok('It is closed.', BREAKER_CLOSED), ...failing() },
      },
    },
    '/metrics': get('metrics', 'Metrics for Prometheus.', {
      '200': text('Prometheus’ text format.', 'text/plain'),
      ...failing('NotFound'),
    }),
    '/events': {
      get: {
        operationId: 'events',
        summary: 'Health, task states, progress and findings as they happen.',
        description:
          'Server-sent events. `Last-Event-ID` goes on after that event; `missed` stands where events are gone.',
        tags: ['service'],
        parameters: [
          {
            name: 'Last-Event-ID',
            in: 'header',
            schema: { type: 'string' },
            description: 'Sent by EventSource.',
          },
        ],
        responses: { '200': text('Events.', 'text/event-stream'), ...failing('NotFound') },
      },
    },
    '/config': get('config', 'The configuration without its secrets. Needs the scope `admin`.', {
      '200': ok('Groups of settings.', CONFIG),
      ...failing('Forbidden'),
    }),
    '/system': get(
      'system',
      'What doctor finds, tokens (never their values), whether the audit is whole, and settings with their source.',
      { '200': ok('The report.', SYSTEM), ...failing('Forbidden') },
    ),
    '/openapi.json': get('openapi', 'This document.', { '200': ok('OpenAPI 3.1.'), ...failing() }),
    '/docs': open('docs', 'This document as a page, which asks for a token.', {
      '200': text('HTML.', 'text/html'),
    }),
    '/tools': get(
      'list_tools',
      'The tools you may use, with their schemas.',
      { '200': ok('Tools.', TOOLS), ...failing() },
      'tools',
    ),
    '/tools/{name}/enable': switching('enable', 'Switch a tool on.'),
    '/tools/{name}/disable': switching('disable', 'Switch a tool off.'),
  };
}
