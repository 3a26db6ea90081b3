/** The gate in front of HTTP, sessions, and starting and stopping: cases "http" of the attacks. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../../src/core/caller.ts';
import { bearerToken, type TokenEntry, tokenAuthenticator } from '../../../src/transports/http/auth.ts';
import { type HttpOptions, type HttpService, startHttp } from '../../../src/transports/http/server.ts';
import { ERROR_META_KEY } from '../../../src/transports/mcp/result.ts';
import { fixtureDependencies } from './fixture/dependencies.ts';
import { INITIALIZE, JSON_HEADERS, messageOf, modernCall, raw } from './fixture/rpc.ts';

const entry = (name: string, token: string, scopes: readonly Scope[]): TokenEntry => ({
  name,
  hash: createHash('sha256').update(token).digest('hex'),
  scopes,
});
const READER = entry('reader', 'reader-secret', ['scan:read']);
const ADMIN = entry('admin', 'admin-secret', ['scan:read', 'admin']);
const as = (token: string) => ({ authorization: `Bearer ${token}` });

let service: HttpService | undefined;
const errors: Error[] = [];
async function start(options: Partial<HttpOptions> = {}): Promise<string> {
  service = await startHttp(fixtureDependencies(), {
    host: '127.0.0.1',
    port: 0,
    onError: (error) => errors.push(error),
    ...options,
  });
  return service.url;
}
const withTokens = (entries: TokenEntry[] = [READER, ADMIN]) =>
  start({ authenticator: tokenAuthenticator(() => entries) });

afterEach(async () => {
  await service?.close();
  service = undefined;
  errors.length = 0;
});

async function openSession(url: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await raw(url, { headers: { ...JSON_HEADERS, ...headers }, body: INITIALIZE });
  expect(answer.status).toBe(200);
  return String(answer.headers['mcp-session-id']);
}
const ping = (url: string, session: string, headers: Record<string, string> = {}) =>
  raw(url, {
    headers: { ...JSON_HEADERS, 'mcp-session-id': session, ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'ping' }),
  });

describe('who may ask', () => {
  it('answers 401 with a challenge and a next step, and never shows a token', async () => {
    const url = await withTokens();
    const cases = [
      {},
      { authorization: 'Bearer ' },
      { authorization: 'Basic cmVhZGVyOnJlYWRlci1zZWNyZXQ=' },
      { authorization: 'reader-secret' },
      as('wrong-secret'),
      as(READER.hash),
      as('reader-secret-and-more'),
    ];
    for (const headers of cases) {
      const answer = await modernCall(url, 'tools/list', {}, {}, headers);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="portolan"/);
      expect(JSON.parse(answer.text)).toMatchObject({
        error: { code: 'unauthorized', next: expect.stringContaining('Authorization: Bearer') },
      });
      expect(answer.text).not.toContain('secret');
    }
    const wrong = await modernCall(url, 'tools/list', {}, {}, as('wrong-secret'));
    expect(wrong.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  it('refuses a token in the URL, also beside a good one in the header', async () => {
    const url = await withTokens();
    for (const parameter of ['token', 'access_token', 'api_key']) {
      const answer = await modernCall(
        `${url}?${parameter}=reader-secret`,
        'tools/list',
        {},
        {},
        as('reader-secret'),
      );
      expect(answer.status).toBe(401);
      expect(answer.text).not.toContain('reader-secret');
    }
    expect(errors).toEqual([]);
  });

  it('knows callers by their tokens and shows each what it may use', async () => {
    const url = await withTokens();
    const list = async (token: string) =>
      messageOf(await modernCall(url, 'tools/list', {}, {}, as(token))).result;
    const admin = expect.arrayContaining([expect.objectContaining({ name: 'admin' })]);
    expect(await list('admin-secret')).toMatchObject({ tools: admin });
    expect(await list('reader-secret')).not.toMatchObject({ tools: admin });
    const call = await modernCall(
      url,
      'tools/call',
      { name: 'admin', arguments: {} },
      {},
      as('reader-secret'),
    );
    expect(messageOf(call).result).toMatchObject({
      isError: true,
      _meta: { [ERROR_META_KEY]: { error: { code: 'forbidden' } } },
    });
    const echo = await modernCall(
      url,
      'tools/call',
      { name: 'echo', arguments: { text: 'x' } },
      {},
      as('reader-secret'),
    );
    expect(messageOf(echo).result).toMatchObject({ structuredContent: { caller: 'reader' } });
  });

  it('follows the list of tokens while it runs', async () => {
    const entries = [READER];
    const url = await withTokens(entries);
    expect((await modernCall(url, 'tools/list', {}, {}, as('admin-secret'))).status).toBe(401);
    entries.push(ADMIN);
    expect((await modernCall(url, 'tools/list', {}, {}, as('admin-secret'))).status).toBe(200);
    entries.length = 0;
    expect((await modernCall(url, 'tools/list', {}, {}, as('reader-secret'))).status).toBe(401);
  });

  it('reads the header as RFC 6750 writes it', () => {
    expect(bearerToken('Bearer abc')).toBe('abc');
    expect(bearerToken('bearer  abc== ')).toBe('abc==');
    for (const header of [undefined, '', 'Bearer', 'Bearer a b', 'Token abc', 'Bearer a,b', 'xBearer abc']) {
      expect(bearerToken(header)).toBeUndefined();
    }
  });

  it('ignores entries whose hash is none', async () => {
    const url = await withTokens([{ ...READER, hash: '' }]);
    expect((await modernCall(url, 'tools/list', {}, {}, as('reader-secret'))).status).toBe(401);
  });
});

describe('web pages', () => {
  it('refuses a Host that is not ours', async () => {
    const url = await start();
    const { port } = new URL(url);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '10.0.0.1',
      '0.0.0.0',
      'localhost@evil.example',
    ]) {
      const answer = await modernCall(url, 'tools/list', {}, {}, { host });
      expect([400, 403], host).toContain(answer.status);
    }
    for (const host of ['localhost', `LOCALHOST:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      expect((await modernCall(url, 'tools/list', {}, {}, { host })).status, host).toBe(200);
    }
  });

  it('accepts a configured name', async () => {
    const url = await start({ allowedHosts: ['Portolan.lab.internal'] });
    expect((await modernCall(url, 'tools/list', {}, {}, { host: 'portolan.lab.internal' })).status).toBe(200);
    expect((await modernCall(url, 'tools/list', {}, {}, { host: 'other.lab.internal' })).status).toBe(403);
  });

  it('refuses pages of other origins; lets configured ones read, never with credentials', async () => {
    const url = await start({ allowedOrigins: ['https://tools.example.org'] });
    const own = new URL(url).origin;
    for (const origin of [
      'http://evil.example',
      'null',
      'http://localhost:1',
      'https://tools.example.org.evil.example',
      'http://tools.example.org',
      'file://',
    ]) {
      const answer = await modernCall(url, 'tools/list', {}, {}, { origin });
      expect(answer.status, origin).toBe(403);
      expect(JSON.parse(answer.text).error).toMatchObject({ code: 'forbidden', next: expect.any(String) });
    }
    for (const origin of [own, 'https://tools.example.org']) {
      const answer = await modernCall(url, 'tools/list', {}, {}, { origin });
      expect(answer.status, origin).toBe(200);
      expect(answer.headers['access-control-allow-origin']).toBe(origin === own ? undefined : origin);
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    }
    const asked = await raw(url, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://tools.example.org',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers['access-control-allow-origin']).toBe('https://tools.example.org');
    expect(asked.headers['access-control-allow-headers']).toContain('Authorization');
    expect(asked.headers['access-control-allow-credentials']).toBeUndefined();
    const preflight = await raw(url, {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(403);
  });
});

describe('starting', () => {
  it('does not listen where others reach it without a token', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.0.0.1.example.org']) {
      await expect(start({ host }), host).rejects.toMatchObject({
        code: 'invalid_config',
        next: expect.stringContaining('server.token'),
      });
    }
  });

  it('says what is wrong when the port is taken', async () => {
    const port = Number(new URL(await start()).port);
    await expect(
      startHttp(fixtureDependencies(), { host: '127.0.0.1', port, onError: () => {} }),
    ).rejects.toMatchObject({ code: 'invalid_config', message: expect.stringContaining('EADDRINUSE') });
  });

  it('serves IPv6 loopback and another path', async () => {
    const url = await start({ host: '::1', path: '/other' });
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+\/other$/);
    expect((await modernCall(url, 'tools/list', {})).status).toBe(200);
    const elsewhere = await raw(url.replace('/other', '/mcp'));
    expect(elsewhere.status).toBe(404);
    expect(JSON.parse(elsewhere.text).error.next).toContain('/other');
  });

  it('stops with a stream and a waiting call open', async () => {
    const url = await start();
    const client = new Client({ name: 't', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    const waiting = Promise.withResolvers<void>();
    const call = client.callTool({ name: 'wait', arguments: {} }, { onprogress: () => waiting.resolve() });
    const ended = expect(call).rejects.toThrow();
    await waiting.promise;
    await service?.close();
    await expect(fetch(url)).rejects.toThrow();
    await client.close();
    await ended;
    service = undefined;
  });
});

describe('bodies', () => {
  it('refuses one over the limit, declared or not', async () => {
    const url = await start({ limits: { maxBodyBytes: 10_000 } });
    const long = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'ping',
      params: { pad: 'x'.repeat(10_000) },
    });
    for (const body of [long, [long.slice(0, 5000), long.slice(5000)]]) {
      const answer = await raw(url, { headers: JSON_HEADERS, body });
      expect(answer.status).toBe(413);
      expect(messageOf(answer).error?.message).toContain('10000 bytes');
    }
  });

  it('refuses what is not JSON, and other media types', async () => {
    const url = await start();
    for (const body of ['', '{', '\u0000', '{"jsonrpc":"2.0"']) {
      const answer = await raw(url, { headers: JSON_HEADERS, body });
      expect(answer.status).toBe(400);
      expect(messageOf(answer).error?.code).toBe(-32_700);
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
      const answer = await raw(url, { headers: { ...JSON_HEADERS, 'content-type': type }, body: INITIALIZE });
      expect(answer.status).toBe(415);
    }
    for (const body of ['[]', '7', 'null', '"x"', '{}', `[${INITIALIZE},${INITIALIZE}]`]) {
      const answer = await raw(url, { headers: JSON_HEADERS, body });
      expect(answer.status, body).toBe(400);
    }
    const put = await raw(url, { method: 'PUT', headers: JSON_HEADERS, body: '{}' });
    expect([put.status, put.headers['allow']]).toEqual([405, 'GET, HEAD, POST, DELETE']);
  });
});

describe('sessions of 2025 clients', () => {
  it("are their caller's alone", async () => {
    const url = await withTokens();
    const session = await openSession(url, as('admin-secret'));
    expect((await ping(url, session, as('admin-secret'))).status).toBe(200);
    const stolen = await ping(url, session, as('reader-secret'));
    const invented = await ping(url, 'f47ac10b-58cc-4372-a567-0e02b2c3d479', as('reader-secret'));
    expect(stolen.status).toBe(404);
    const withoutId = (text: string) => text.replace(/"correlation_id":"[^"]+"/, '');
    expect(withoutId(stolen.text)).toBe(withoutId(invented.text));
    expect(
      (await raw(url, { method: 'DELETE', headers: { 'mcp-session-id': session, ...as('reader-secret') } }))
        .status,
    ).toBe(404);
    const listen = { accept: 'text/event-stream', 'mcp-session-id': session, ...as('reader-secret') };
    expect((await raw(url, { method: 'GET', headers: listen })).status).toBe(404);
    expect((await ping(url, session, as('admin-secret'))).status).toBe(200);
  });

  it('end when their caller is given other scopes', async () => {
    const entries = [ADMIN];
    const url = await withTokens(entries);
    const session = await openSession(url, as('admin-secret'));
    entries[0] = { ...ADMIN, scopes: ['scan:read'] };
    expect((await ping(url, session, as('admin-secret'))).status).toBe(404);
  });

  it('end when deleted', async () => {
    const url = await start();
    const session = await openSession(url);
    expect((await raw(url, { method: 'DELETE', headers: { 'mcp-session-id': session } })).status).toBe(200);
    expect((await ping(url, session)).status).toBe(404);
  });

  it('are bounded in number', async () => {
    const url = await start({ limits: { maxSessions: 2 } });
    const first = await openSession(url);
    await openSession(url);
    const third = await raw(url, { headers: JSON_HEADERS, body: INITIALIZE });
    expect(third.status).toBe(503);
    expect(third.headers['retry-after']).toBe('60');
    expect((await ping(url, first)).status).toBe(200);
    await raw(url, { method: 'DELETE', headers: { 'mcp-session-id': first } });
    await openSession(url);
  });

  it('end when nobody uses them', async () => {
    const url = await start({ limits: { sessionIdleMs: 30 } });
    const session = await openSession(url);
    let status = 200;
    for (let round = 0; round < 100 && status === 200; round++) {
      await sleep(100);
      status = (await ping(url, session)).status;
    }
    expect(status).toBe(404);
  });

  it('start with initialize', async () => {
    const url = await start();
    const answer = await raw(url, {
      headers: JSON_HEADERS,
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    });
    expect(answer.status).toBe(400);
    expect(messageOf(answer).error?.message).toContain('initialize');
  });
});

it.each(['2025-11-25', '2026-07-28'] as const)('tells clients of %s that the tools changed', async (era) => {
  const url = await start();
  const told = Promise.withResolvers<void>();
  const client = new Client(
    { name: 't', version: '1' },
    {
      versionNegotiation: { mode: era === '2025-11-25' ? 'legacy' : { pin: era } },
      listChanged: { tools: { onChanged: () => told.resolve() } },
    },
  );
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  // The stream that carries it opens after connect(), and the client waits 300 ms for more of the same.
  const telling = setInterval(() => service?.listChanged('tools'), 700);
  await told.promise;
  clearInterval(telling);
  await client.close();
});
