/** The document holds for a validator of its standard, and says what the server does; its page loads nothing. */
import { createHash } from 'node:crypto';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, expect, it } from 'vitest';
import { TOOLS } from '../../../../src/tools/index.ts';
import { createRegistry } from '../../../../src/tools/registry.ts';
import { type OpenApiDocument, openApi } from '../../../../src/transports/rest/openapi.ts';
import { documentPage } from '../../../../src/transports/rest/page.ts';
import { type RestServer, startRest } from './server.ts';

let server: RestServer | undefined;
afterEach(async () => {
  await server?.service.close();
  server = undefined;
});

const DOCUMENT = openApi(createRegistry(TOOLS), '1.2.3');
const plain = (document: OpenApiDocument) => JSON.parse(JSON.stringify(document));

it('is valid OpenAPI 3.1, with the tools there are', async () => {
  const validator = new Validator();
  expect(await validator.validate(plain(DOCUMENT))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  for (const { name } of TOOLS) expect(DOCUMENT.paths[`/tools/${name}/execute`]?.['post']).toBeDefined();
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

it('has schemas that answers of the server fit', async () => {
  server = await startRest();
  const { paths } = JSON.parse((await server.get('/openapi.json')).text);
  const operation = paths['/tools/echo/execute'].post;
  const ajv = new Ajv2020({ strict: false });
  const schemaOf = (part: { content: Record<string, { schema: object }> }) =>
    ajv.compile(part.content['application/json']?.schema ?? false);
  const body = { text: 'x', times: 2 };
  expect(schemaOf(operation.requestBody)(body)).toBe(true);
  expect(schemaOf(operation.requestBody)({ ...body, more: 1 })).toBe(false);
  const answer = await server.post('/tools/echo/execute', body);
  expect(schemaOf(operation.responses['200'])(JSON.parse(answer.text))).toBe(true);
  const error = ajv.compile(plain(DOCUMENT).components.schemas.Error);
  expect(error(JSON.parse((await server.post('/tools/echo/execute', {})).text))).toBe(true);
  expect(error(JSON.parse(answer.text))).toBe(false);
});

it('is a page that runs and loads nothing, and shows tools as text', async () => {
  server = await startRest();
  const answer = await server.get('/docs');
  expect(answer.headers['content-type']).toMatch(/^text\/html/);
  const policy = String(answer.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  const style = /<style>([\s\S]*?)<\/style>/.exec(answer.text)?.[1] ?? '';
  expect(policy).toContain(createHash('sha256').update(style).digest('base64'));
  expect(answer.text).not.toMatch(/<(script|link|img|iframe|object|embed|form|base)\b|\son\w+=|style=/i);
  expect(answer.text).not.toMatch(/(src|href)="(?!openapi\.json")/);
  for (const path of ['/tools/echo/execute', '/events'])
    expect(answer.text).toContain(`<code>${path}</code>`);
  const hostile = plain(DOCUMENT);
  hostile.paths['/tasks'].get.summary = '<script>alert(1)</script>';
  expect(String(await documentPage(hostile))).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
});
