/** The document holds for a validator of its standard, and says what the server does; its page loads nothing. */
import { createHash } from 'node:crypto';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, expect, it } from 'vitest';
import { Breakers, DEFAULT_BREAKER } from '../../../../src/core/breaker.ts';
import { createHealth } from '../../../../src/observe/health.ts';
import { createRegistry } from '../../../../src/tools/call/registry.ts';
import { TOOLS } from '../../../../src/tools/index.ts';
import { openApi } from '../../../../src/transports/rest/openapi.ts';
import type { OpenApiDocument } from '../../../../src/transports/rest/openapi-parts.ts';
import { bearer, type RestServer, startRest } from './server.ts';

let server: RestServer | undefined;
afterEach(async () => {
  await server?.service.close();
  server = undefined;
});

const DOCUMENT = openApi({ tools: createRegistry(TOOLS), scanners: [] }, '1.2.3');
const plain = (document: OpenApiDocument) => JSON.parse(JSON.stringify(document));

it('is valid OpenAPI 3.1, with the tools there are', async () => {
  const validator = new Validator();
  expect(await validator.validate(plain(DOCUMENT))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  for (const { name } of TOOLS) expect(DOCUMENT.paths[`/tools/${name}/execute`]?.['post']).toBeDefined();
});

it('offers scanner only where one is configured, and then by name', () => {
  const tools = createRegistry(TOOLS);
  const scannerIn = (document: OpenApiDocument) =>
    plain(document).paths['/tools/quick_scan/execute'].post.requestBody.content['application/json'].schema
      .properties.scanner;
  expect(scannerIn(DOCUMENT)).toBeUndefined();
  expect(scannerIn(openApi({ tools, scanners: ['dmz'] }, '1.2.3'))).toMatchObject({ enum: ['dmz'] });
});

it('would not be valid with a mistake in it', async () => {
  const broken = plain(DOCUMENT);
  delete broken.paths['/tasks'].get.responses['200'].description;
  expect((await new Validator().validate(broken)).valid).toBe(false);
});

it('points to nothing that is not in it, and names no operation twice', () => {
  const text = JSON.stringify(DOCUMENT);
  for (const [, pointer = ''] of text.matchAll(/"\$ref":"([^"]*)"/g)) {
    const target = pointer
      .replace('#/', '')
      .split('/')
      .reduce((at: Record<string, never> | undefined, step) => at?.[step], plain(DOCUMENT));
    expect(target, pointer).toBeDefined();
  }
  const ids = [...text.matchAll(/"operationId":"([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

/** Checks what was answered against the schema that the document has for it. */
async function fits(path: string, method: string, status: number, answer: string): Promise<boolean> {
  const document = JSON.parse((await server?.get('/openapi.json'))?.text ?? '');
  const place = ['paths', path, method, 'responses', String(status), 'content', 'application/json', 'schema'];
  const pointer = place.map((step) => step.replaceAll('/', '~1')).join('/');
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'api');
  return ajv.compile({ $ref: `api#/${encodeURI(pointer)}` })(JSON.parse(answer)) === true;
}

it('has schemas that answers of the server fit', async () => {
  server = await startRest();
  const { paths } = JSON.parse((await server.get('/openapi.json')).text);
  const operation = paths['/tools/echo/execute'].post;
  const ajv = new Ajv2020({ strict: false });
  const takes = ajv.compile(operation.requestBody.content['application/json'].schema);
  const body = { text: 'x', times: 2 };
  expect(takes(body)).toBe(true);
  expect(takes({ ...body, more: 1 })).toBe(false);
  const answer = await server.post('/tools/echo/execute', body);
  expect(await fits('/tools/echo/execute', 'post', 200, answer.text)).toBe(true);
  const error = ajv.compile(plain(DOCUMENT).components.schemas.Error);
  expect(error(JSON.parse((await server.post('/tools/echo/execute', {})).text))).toBe(true);
  expect(error(JSON.parse(answer.text))).toBe(false);
});

it('has schemas for what the server says of itself', async () => {
  const breakers = new Breakers(() => DEFAULT_BREAKER);
  breakers.of('echo');
  const health = createHealth({
    checks: [
      { name: 'disk', priority: 'critical', look: () => ({ ok: true, message: 'm', value: 1, limit: 2 }) },
    ],
    settings: () => ({ intervalSeconds: 30, staleAfterSeconds: 60 }),
  });
  server = await startRest({ breakers, health });
  for (const path of ['/', '/health', '/tools', '/breakers', '/config', '/health/live', '/health/ready']) {
    const { status, text } = await server.get(path, bearer('admin'));
    expect(status, path).toBe(200);
    expect(await fits(path, 'get', status, text), `${path} ${text}`).toBe(true);
    // An object of anything is no description.
    expect(await fits(path, 'get', status, path === '/config' ? '{"server":1}' : '{}'), path).toBe(false);
  }
  const switched = await server.post('/tools/echo/disable', undefined, bearer('admin'));
  expect(await fits('/tools/{name}/disable', 'post', 200, switched.text)).toBe(true);
  const closed = await server.post('/breakers/echo/close', undefined, bearer('admin'));
  expect(await fits('/breakers/{name}/close', 'post', 200, closed.text)).toBe(true);
});

it('says where the server is', async () => {
  server = await startRest();
  expect(JSON.parse((await server.get('/openapi.json')).text).servers).toMatchObject([{ url: '/' }]);
  await server.service.close();
  server = await startRest({ publicUrl: 'https://portolan.example.org/' });
  expect(JSON.parse((await server.get('/openapi.json')).text).servers).toMatchObject([
    { url: 'https://portolan.example.org' },
  ]);
});

it('is a small page of this server alone, open to a browser that has no token yet', async () => {
  server = await startRest();
  const answer = await server.get('/docs', {});
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^text\/html/);
  expect(answer.text.length).toBeLessThan(20_000);
  const policy = String(answer.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("form-action 'none'");
  expect(policy).not.toContain('unsafe');
  for (const part of ['style', 'script']) {
    const [, text = ''] = new RegExp(`<${part}[^>]*>([\\s\\S]*?)</${part}>`).exec(answer.text) ?? [];
    expect(policy).toContain(`${part}-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  }
  expect(answer.text).not.toMatch(/\b(src|href)="(?!openapi\.json")|\son\w+=|style=|https?:/i);
  expect(answer.text).not.toMatch(/innerHTML|insertAdjacent|document\.write/);
});

it('says which methods an address takes', async () => {
  server = await startRest();
  const ask = async (method: string, path: string) => {
    const { status, headers } = await fetch(server?.origin + path, { method, headers: bearer('reader') });
    return `${status} ${headers.get('allow')}`;
  };
  expect(await ask('PUT', '/tasks/x')).toBe('405 GET, HEAD, DELETE');
  expect(await ask('GET', '/tools/echo/execute')).toBe('405 POST');
  expect(await ask('DELETE', '/health')).toBe('405 GET, HEAD');
  expect(await ask('POST', '/docs')).toBe('405 GET, HEAD');
  expect(await ask('PUT', '/mcp')).toBe('405 GET, HEAD, POST, DELETE');
  expect(await ask('GET', '/nothing')).toBe('404 null');
});
