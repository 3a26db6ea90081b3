/** The parts of the OpenAPI document that are about logging in by a browser. */
import { SCOPES } from '../../core/caller.ts';
import type { JsonSchema } from '../../tools/call/registry.ts';
import { failing, json, type OpenApiDocument, ok } from './openapi-parts.ts';

const WHO: JsonSchema = {
  type: 'object',
  required: ['name', 'scopes', 'how', 'version'],
  properties: {
    name: { type: 'string' },
    scopes: { type: 'array', items: { enum: [...SCOPES] } },
    sites: {
      type: 'array',
      items: { type: 'string' },
      description: 'Sites of the inventory that it is bound to; all when absent.',
    },
    how: {
      enum: ['token', 'link', 'local'],
      description: '`link`: by `portolan open`. `local`: nobody needs a token here.',
    },
    csrf: {
      type: 'string',
      description: 'Of a session: sent as `X-Portolan-CSRF` with whatever changes something.',
    },
    expires_in_seconds: { type: 'integer', description: 'Of a session: when it is over if it is not used.' },
    version: { type: 'string', description: 'Of this server.' },
    scanners: {
      type: 'array',
      items: { type: 'string' },
      description: 'Machines of the configuration that may be scanned from, to those who may plan a scan.',
    },
  },
};

const one = (name: string, maxLength: number, description: string): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  required: [name],
  properties: { [name]: { type: 'string', minLength: 1, maxLength, description } },
});
const LOG_IN: JsonSchema = {
  oneOf: [one('token', 8192, 'As in the header.'), one('code', 128, 'Of a link that `portolan open` made.')],
};

export function sessionPaths(): OpenApiDocument['paths'] {
  const tags = ['service'];
  return {
    '/session': {
      get: {
        operationId: 'session',
        summary: 'Who you are, and how long a log-in lasts.',
        tags,
        responses: { '200': ok('You.', WHO), ...failing() },
      },
      post: {
        operationId: 'log_in',
        summary: 'Log a browser in: the answer sets the cookie.',
        description: 'For the page of this server alone.',
        tags,
        security: [],
        requestBody: { required: true, ...json(LOG_IN) },
        responses: { '200': ok('You.', WHO), ...failing('Invalid', 'Forbidden', 'TooLarge') },
      },
      delete: {
        operationId: 'log_out',
        summary: 'Log this browser out.',
        tags,
        responses: { '204': { description: 'Whoever had this cookie is out.' }, ...failing('Forbidden') },
      },
    },
  };
}
