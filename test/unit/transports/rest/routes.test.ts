/** Every endpoint and every status of it, over real HTTP. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, describe, expect, it } from 'vitest';
import { PortolanError } from '../../../../src/core/errors.ts';
import type { CallGate } from '../../../../src/tools/call/call-tool.ts';
import { concurrency } from '../../../../src/tools/call/limits/concurrency.ts';
import { rateLimit } from '../../../../src/tools/call/limits/rate-limit.ts';
import { ERROR_META_KEY, factsOf } from '../../../../src/transports/mcp/result.ts';
import { defects } from '../fixture/dependencies.ts';
import { messageOf, modernCall, type RawAnswer, raw } from '../fixture/rpc.ts';
import { waits } from '../fixture/tools.ts';
import { bearer, type RestServer, startRest } from './server.ts';

let server: RestServer;
const start = async (...given: Parameters<typeof startRest>) => {
  server = await startRest(...given);
  return server;
};
afterEach(() => server.service.close());

const json = (answer: RawAnswer) => JSON.parse(answer.text);
const codeOf = (answer: RawAnswer) => json(answer).error.code;

/** Refuses every call with this error. */
const refusing = (error: PortolanError): CallGate => ({
  enter: () => {
    throw error;
  },
});

describe('what there is', () => {
  it('GET / names tools and endpoints, and every endpoint it names answers', async () => {
    const { get, origin } = await start();
    const index = json(await get('/'));
    expect(index).toMatchObject({
      name: 'portolan',
      version: '0.0.0-test',
      transport: { mcp: '/mcp' },
      tools: ['echo', 'count', 'wait', 'ask', 'refuse', 'scan'],
    });
    expect(index.endpoints.length).toBeGreaterThan(15);
    for (const endpoint of index.endpoints as string[]) {
      const [method = '', path = ''] = endpoint.split(' ');
      // Without a body and as nobody in particular: found, whatever it then says.
      if (path === '/tools/wait/execute') continue;
      const answer = await raw(origin + path.replace('{name}', 'echo').replace('{id}', 'x'), {
        method,
        headers: bearer('nobody'),
      });
      const missing = answer.status === 404 && answer.text.includes('nothing at this address');
      // No source of metrics was handed in.
      expect(missing, endpoint).toBe(path === '/metrics');
    }
  });

  it('GET /tools gives schemas, and only what the caller may use', async () => {
    const { get } = await start();
    const names = async (who: string) =>
      json(await get('/tools', bearer(who))).tools.map((tool: { name: string }) => tool.name);
    expect(await names('reader')).not.toContain('admin');
    expect(await names('admin')).toContain('admin');
    expect(await names('nobody')).toEqual([]);
    const { tools } = json(await get('/tools'));
    expect(tools[0]).toMatchObject({
      name: 'echo',
      enabled: true,
      scope: 'scan:read',
      annotations: { readOnly: true },
      input_schema: { type: 'object', additionalProperties: false, required: ['text'] },
      output_schema: { type: 'object' },
    });
  });

  it('GET /config is for administrators', async () => {
    const { get } = await start();
    expect((await get('/config')).status).toBe(403);
    expect(json(await get('/config', bearer('admin')))).toEqual({ server: { token: '[hidden]' } });
  });

  it('answers 404 in our shape for what is nowhere', async () => {
    const { get } = await start();
    const answer = await get('/nowhere');
    expect(answer.status).toBe(404);
    expect(codeOf(answer)).toBe('invalid_argument');
    expect(answer.text).toContain('MCP is at /mcp, the REST API is told at /docs.');
  });
});

describe('health and metrics', () => {
  it('answers 200, 207 and 503, and probes without a token', async () => {
    let status: 'healthy' | 'degraded' | 'unhealthy' = 'healthy';
    let draining = false;
    const { get } = await start({ health: { report: () => ({ status }) }, draining: () => draining });
    const statuses = async () =>
      await Promise.all(
        ['/health', '/health/live', '/health/ready'].map(
          async (path) => (await get(path, path === '/health' ? undefined : {})).status,
        ),
      );
    expect(await statuses()).toEqual([200, 200, 200]);
    status = 'degraded';
    expect(await statuses()).toEqual([207, 200, 200]);
    status = 'unhealthy';
    expect(await statuses()).toEqual([503, 200, 503]);
    status = 'healthy';
    draining = true;
    expect(await statuses()).toEqual([200, 200, 503]);
    expect((await get('/health', {})).status).toBe(401);
  });

  it('gives metrics as their source writes them', async () => {
    const metrics = { contentType: 'text/plain; version=0.0.4', text: async () => 'up 1\n' };
    const { get } = await start({ metrics });
    const answer = await get('/metrics');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4');
    expect(answer.text).toBe('up 1\n');
    expect((await get('/metrics', {})).status).toBe(401);
  });
});

describe('POST /tools/{name}/execute', () => {
  it('answers as MCP does', async () => {
    const { post, service } = await start();
    for (const [name, args] of [
      ['echo', { text: 'hello', times: 2 }],
      ['echo', { text: 'x', extra: 1 }],
      ['refuse', { how: 'known' }],
      ['admin', {}],
    ] as const) {
      const rest = await post(`/tools/${name}/execute`, args);
      const mcp = await modernCall(
        service.url,
        'tools/call',
        { name, arguments: args },
        {},
        bearer('reader'),
      );
      // Each call has an id of its own.
      const withoutId = (facts: unknown) => JSON.stringify(facts).replace(/,"correlation_id":"[\w-]+"/, '');
      expect(withoutId(json(rest)), name).toBe(withoutId(factsOf(messageOf(mcp).result ?? {})));
    }
  });

  it('answers in words where the client prefers them', async () => {
    const { post } = await start();
    const answer = await post(
      '/tools/echo/execute',
      { text: 'x' },
      { ...bearer('reader'), accept: 'text/plain' },
    );
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(answer.text).toBe('echo: x');
  });

  it('takes no arguments from an empty body', async () => {
    const { post } = await start();
    expect((await post('/tools/scan/execute')).status).toBe(200);
  });

  it('answers a scan that goes on with 202 and its task, when asked not to wait', async () => {
    const { post } = await start();
    const waiting = await post('/tools/scan/execute', {}, bearer('reader'));
    expect(waiting.status).toBe(200);
    const answer = await post(
      '/tools/scan/execute',
      {},
      { ...bearer('reader'), prefer: 'respond-async, wait=5' },
    );
    expect(answer.status).toBe(202);
    expect(answer.headers.location).toBe('/tasks/t1');
    expect(json(answer)).toEqual({ status: 'running', task_id: 't1' });
  });

  it('400 for bad arguments and bad JSON, 415 for other media types, 413 for too much', async () => {
    const { post } = await start({ maxBodyBytes: 1000 });
    for (const body of [{}, { text: 1 }, { text: 'x', more: 1 }, '[]', '7', 'null', '{', '"x"']) {
      const answer = await post('/tools/echo/execute', body);
      expect(answer.status, JSON.stringify(body)).toBe(400);
      expect(codeOf(answer)).toBe('invalid_argument');
      expect(json(answer).error.next).toBeTruthy();
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
      const answer = await post(
        '/tools/echo/execute',
        { text: 'x' },
        { ...bearer('reader'), 'content-type': type },
      );
      expect(answer.status, type).toBe(415);
    }
    for (const body of [JSON.stringify({ text: 'x'.repeat(1000) })]) {
      expect((await post('/tools/echo/execute', body)).status).toBe(413);
      const unannounced = await raw(`${server.origin}/tools/echo/execute`, {
        headers: { 'content-type': 'application/json', ...bearer('reader') },
        body: [body.slice(0, 500), body.slice(500)],
      });
      expect(unannounced.status).toBe(413);
      expect(json(unannounced).error.limit).toBe('1000 bytes');
    }
  });

  it('401 without a token, 403 without the scope and by policy, 404 for no such tool', async () => {
    const { post } = await start();
    expect((await post('/tools/echo/execute', { text: 'x' }, {})).status).toBe(401);
    const scope = await post('/tools/admin/execute', {});
    expect([scope.status, codeOf(scope)]).toEqual([403, 'forbidden']);
    const policy = await post('/tools/refuse/execute', { how: 'known' });
    expect([policy.status, codeOf(policy)]).toEqual([403, 'out_of_scope']);
    expect(json(policy).error.limit).toBe('private networks');
    const none = await post('/tools/nothing/execute', {});
    expect([none.status, codeOf(none)]).toEqual([404, 'tool_not_found']);
  });

  it('500 for a defect, without a word of it', async () => {
    const { post } = await start();
    const answer = await post('/tools/refuse/execute', { how: 'defect' });
    expect([answer.status, codeOf(answer)]).toEqual([500, 'internal']);
    expect(answer.text).not.toContain('secret');
    expect(defects.at(-1)?.error).toMatchObject({ message: 'a secret of the inside' });
  });

  it('429 with Retry-After for too many calls of one tool, each caller and tool for itself', async () => {
    const limits = { scansPerMinute: 1, readsPerMinute: 3 };
    const { post, service } = await start({}, {}, [rateLimit(() => limits)]);
    const echo = (who: string) => post('/tools/echo/execute', { text: 'x' }, bearer(who));
    expect([(await echo('reader')).status, (await echo('reader')).status]).toEqual([200, 200]);
    // The third one comes over MCP: the limit is the caller's, not the transport's.
    const args = { name: 'echo', arguments: { text: 'x' } };
    await modernCall(service.url, 'tools/call', args, {}, bearer('reader'));
    const refused = await echo('reader');
    expect([refused.status, codeOf(refused)]).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(json(refused).error.retry_after_seconds).toBe(Number(refused.headers['retry-after']));
    const overMcp = messageOf(await modernCall(service.url, 'tools/call', args, {}, bearer('reader')));
    expect(overMcp.result).toMatchObject({
      isError: true,
      _meta: { [ERROR_META_KEY]: { error: { code: 'rate_limited' } } },
    });
    expect((await echo('admin')).status).toBe(200);
    expect((await post('/tools/scan/execute', {})).status).toBe(200);
  });

  it('429 when all places of a tool are taken, and frees the place of a client that hung up', async () => {
    const { post, origin } = await start({}, {}, [concurrency(() => 1)]);
    const { aborted } = waits;
    const end = new AbortController();
    const waiting = fetch(`${origin}/tools/wait/execute`, {
      method: 'POST',
      headers: bearer('reader'),
      signal: end.signal,
    }).catch(() => 'hung up');
    const deadline = Date.now() + 5000;
    let answer = await post('/tools/wait/execute', { wrong: 1 });
    while (answer.status !== 429 && Date.now() < deadline)
      answer = await post('/tools/wait/execute', { wrong: 1 });
    expect([answer.status, codeOf(answer)]).toEqual([429, 'busy']);
    expect(answer.headers['retry-after']).toBe('10');
    expect((await post('/tools/echo/execute', { text: 'x' })).status).toBe(200);
    end.abort();
    expect(await waiting).toBe('hung up');
    while (answer.status === 429 && Date.now() < deadline)
      answer = await post('/tools/wait/execute', { wrong: 1 });
    expect(answer.status).toBe(400);
    expect(waits.aborted).toBe(aborted + 1);
  });

  it.each(['breaker_open', 'draining'] as const)('503 with Retry-After while %s', async (code) => {
    const error = new PortolanError(code, 'Not now.', 'Later.', { retryAfterSeconds: 7 });
    const { post } = await start({}, {}, [refusing(error)]);
    const answer = await post('/tools/echo/execute', { text: 'x' });
    expect([answer.status, codeOf(answer), answer.headers['retry-after']]).toEqual([503, code, '7']);
  });
});

describe('switching tools', () => {
  it('403 for a tool that is off, on REST and MCP, until it is on again', async () => {
    const { post, get, service } = await start();
    const call = () => post('/tools/echo/execute', { text: 'x' });
    expect(json(await post('/tools/echo/disable', undefined, bearer('admin')))).toEqual({
      name: 'echo',
      enabled: false,
    });
    const refused = await call();
    expect([refused.status, codeOf(refused)]).toEqual([403, 'tool_disabled']);
    const args = { name: 'echo', arguments: { text: 'x' } };
    const overMcp = messageOf(await modernCall(service.url, 'tools/call', args, {}, bearer('reader')));
    expect(overMcp.result).toMatchObject({
      isError: true,
      _meta: { [ERROR_META_KEY]: { error: { code: 'tool_disabled' } } },
    });
    expect(json(await get('/tools')).tools[0]).toMatchObject({ name: 'echo', enabled: false });
    expect((await post('/tools/echo/enable', undefined, bearer('admin'))).status).toBe(200);
    expect((await call()).status).toBe(200);
  });

  it('is for administrators, and for tools there are', async () => {
    const { post } = await start();
    for (const action of ['enable', 'disable']) {
      expect((await post(`/tools/echo/${action}`, undefined, {})).status).toBe(401);
      expect((await post(`/tools/echo/${action}`)).status).toBe(403);
      expect((await post(`/tools/nothing/${action}`, undefined, bearer('admin'))).status).toBe(404);
    }
    expect((await post('/tools/echo/execute', { text: 'x' })).status).toBe(200);
  });

  it.each(['2025-11-25', '2026-07-28'] as const)(
    'tells a client of %s, which then sees another list',
    async (era) => {
      const { post, service } = await start();
      let told: string[] | undefined;
      const client = new Client(
        { name: 't', version: '1' },
        {
          versionNegotiation: { mode: era === '2025-11-25' ? 'legacy' : { pin: era } },
          listChanged: { tools: { onChanged: (_error, tools) => (told = tools?.map(({ name }) => name)) } },
        },
      );
      await client.connect(
        new StreamableHTTPClientTransport(new URL(service.url), {
          requestInit: { headers: bearer('reader') },
        }),
      );
      // The stream that carries it opens some time after connect().
      let enabled = true;
      const switching = setInterval(async () => {
        enabled = !enabled;
        await post(`/tools/echo/${enabled ? 'enable' : 'disable'}`, undefined, bearer('admin'));
      }, 1000);
      await expect.poll(() => told, { timeout: 15_000, interval: 20 }).not.toContain('echo');
      expect(told).toContain('count');
      await expect.poll(() => told, { timeout: 15_000, interval: 20 }).toContain('echo');
      clearInterval(switching);
      await client.close();
    },
  );
});
