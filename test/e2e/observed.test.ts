/** What an operator sees of requests: access log, metrics of requests and logins, correlation, traces, the audit. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MAIN } from '../built.ts';
import { cleanEnvironment, ERAS, type Home, makeHome, originOf, terminate } from './portolan.ts';

const TOKEN = 'a-token-of-these-tests';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE}-b7ad6b7169203331-01`;

let home: Home;
let child: ChildProcess;
let url: string;
let collector: Server;
const exported: string[] = [];
const file = (name: string) => join(home.folder, name);
const configure = (more = '') =>
  writeFileSync(
    file('portolan.yaml'),
    `scans:\n  database: ${home.database}\nserver:\n  token: ${TOKEN}\nlogging:\n  file: ${file('p.log')}\n  format: json\n` +
      `metrics:\n  tracesEndpoint: http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces\n${more}`,
  );
const records = (name: string): Record<string, unknown>[] =>
  readFileSync(file(name), { encoding: 'utf8', flag: 'a+' })
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  home = makeHome();
  collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      exported.push(body);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  configure();
  child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--config', file('portolan.yaml')], {
    env: cleanEnvironment(home),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  url = await originOf(child);
});
afterAll(async () => {
  await terminate(child);
  collector.close();
  home.remove();
});

const ask = (path: string, init: RequestInit & { token?: string } = {}) =>
  fetch(url + path, {
    ...init,
    headers: { authorization: `Bearer ${init.token ?? TOKEN}`, ...init.headers },
  });
const scan = (target: string, headers: Record<string, string> = {}) =>
  ask('/tools/quick_scan/execute', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ target }),
  });

it('logs each request with its caller, route, status and correlation id, and no secret', async () => {
  const answer = await ask('/tasks/nothing?token=in-the-address');
  const right = await ask('/tasks/nothing?since=1');
  const wrong = await ask('/tools', { token: 'wrong-token-1' });
  expect([answer.status, right.status, wrong.status]).toEqual([401, 400, 401]);
  await ask('/health/ready');
  await expect
    .poll(() => records('p.log').filter(({ msg }) => msg === 'request'))
    .toEqual([
      expect.objectContaining({ status: 401, path: '/tasks/nothing' }),
      expect.objectContaining({
        level: 'info',
        method: 'GET',
        path: '/tasks/nothing',
        status: 400,
        caller: 'operator',
        address: '127.0.0.1',
        seconds: expect.any(Number),
        correlation: right.headers.get('x-correlation-id'),
      }),
      expect.objectContaining({ status: 401, path: '/tools' }),
    ]);
  expect(records('p.log').filter(({ msg }) => msg === 'a request was refused')).toMatchObject([
    { reason: 'token in the URL', correlation: answer.headers.get('x-correlation-id') },
    { reason: 'wrong token', correlation: wrong.headers.get('x-correlation-id') },
  ]);
  const text = readFileSync(file('p.log'), 'utf8');
  for (const secret of ['in-the-address', 'wrong-token-1', TOKEN]) expect(text).not.toContain(secret);
});

it('hides a secret wherever a caller says it', async () => {
  await ask(`/tasks/${TOKEN}`);
  const { status } = await scan(TOKEN);
  expect(status).toBe(403);
  const written = () => ['p.log', 'audit.jsonl'].map((name) => readFileSync(file(name), 'utf8'));
  await expect
    .poll(() => written().map((text) => text.includes('[hidden]')), { timeout: 10_000 })
    .toEqual([true, true]);
  await expect.poll(() => records('p.log').some(({ path }) => path === '/tasks/[hidden]')).toBe(true);
  for (const text of written()) expect(text).not.toContain(TOKEN);
});

it('counts requests and logins', async () => {
  await ask('/made/up/by/a/caller');
  const text = await (await ask('/metrics')).text();
  const lines = text.split('\n');
  const value = (series: string) =>
    Number(
      lines
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')
        .at(-1),
    );
  const requests = (route: string, status: number) =>
    value(`mcp_http_request_duration_seconds_count{method="GET",route="${route}",status="${status}"}`);
  expect(requests('/tasks/:id', 400)).toBe(1);
  expect(requests('/health/ready', 200)).toBe(1);
  expect(requests('none', 404)).toBe(1);
  expect(text).not.toContain('made/up');
  expect(value('mcp_auth_attempts_total{result="wrong_token"}')).toBe(1);
  expect(value('mcp_auth_attempts_total{result="token_in_url"}')).toBe(1);
  expect(value('mcp_auth_attempts_total{result="accepted"}')).toBeGreaterThan(1);
});

it('names every failure by the id that is in the log and the audit', async () => {
  const refused = await scan('192.0.2.1');
  const id = refused.headers.get('x-correlation-id');
  expect(await refused.json()).toMatchObject({ error: { code: 'out_of_scope', correlation_id: id } });
  for (const missing of [await ask('/nowhere'), await ask('/tools', { token: 'wrong-2' })]) {
    expect(await missing.json()).toMatchObject({
      error: { correlation_id: missing.headers.get('x-correlation-id') },
    });
  }
  await expect
    .poll(() => records('p.log'))
    .toContainEqual(expect.objectContaining({ msg: 'request', status: 403, correlation: id }));
  await expect
    .poll(() =>
      records('audit.jsonl')
        .filter(({ correlation }) => correlation === id)
        .map(({ kind }) => kind),
    )
    .toEqual(['request', 'call']);
});

it.each(ERAS)('names failures over MCP too, in the era %s', async (era) => {
  const client = new Client(
    { name: 'e2e', version: '1' },
    { capabilities: {}, versionNegotiation: { mode: era === '2025-11-25' ? 'legacy' : { pin: era } } },
  );
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', url), {
      requestInit: { headers: { authorization: `Bearer ${TOKEN}` } },
    }),
  );
  const refused = await client.callTool({ name: 'quick_scan', arguments: { target: '192.0.2.1' } });
  const [first] = refused.content;
  const [, id] = /Correlation id: (\S+)/.exec(first?.type === 'text' ? first.text : '') ?? [];
  await expect
    .poll(() => records('p.log').filter(({ correlation, msg }) => correlation === id && msg === 'request'))
    .toHaveLength(1);
  await client.close();
});

it('goes on with the trace of a request, over OTLP', async () => {
  await scan('127.0.0.1', { traceparent: TRACEPARENT });
  const spans = () =>
    exported.flatMap((body) =>
      JSON.parse(body).resourceSpans.flatMap((one: { scopeSpans: { spans: object[] }[] }) =>
        one.scopeSpans.flatMap((scope) => scope.spans),
      ),
    );
  await expect
    .poll(() => spans().filter((span) => span.traceId === TRACE), { timeout: 15_000 })
    .toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'tools/call quick_scan', parentSpanId: 'b7ad6b7169203331' }),
        expect.objectContaining({ name: 'scan quick_scan' }),
      ]),
    );
  // What is no traceparent begins a trace of its own.
  const before = spans().length;
  await scan('192.0.2.1', { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` });
  await expect.poll(() => spans().length, { timeout: 15_000 }).toBeGreaterThan(before);
  const own = spans().slice(before);
  expect(own.filter(({ traceId, parentSpanId }) => traceId === '0'.repeat(32) || parentSpanId)).toEqual([]);
});

it('writes into the audit who made and revoked tokens, and how the configuration changed', async () => {
  const portolan = (...args: string[]) =>
    execFileSync(process.execPath, [MAIN, ...args, '--config', file('portolan.yaml')], {
      env: cleanEnvironment(home),
      encoding: 'utf8',
    });
  portolan('token', 'create', 'ci', '--scopes', 'scan:read', '--expires', 'never');
  portolan('token', 'revoke', 'ci');
  configure('security:\n  allowedNetworks: [203.0.113.0/28]\nintel:\n  otxKey: a-key-of-these-tests\n');
  const since = (kind: string) => () => records('audit.jsonl').filter((one) => one['kind'] === kind);
  await expect.poll(since('configuration_changed'), { timeout: 10_000 }).toMatchObject([
    {
      changed: {
        'security.allowedNetworks': { from: [], to: ['203.0.113.0/28'] },
        'intel.otxKey': { from: null, to: '[hidden]' },
      },
    },
  ]);
  expect(since('token_created')()).toMatchObject([
    { name: 'ci', scopes: ['scan:read'], expires: 'never', by: expect.any(String) },
  ]);
  expect(since('token_revoked')()).toMatchObject([{ name: 'ci', by: expect.any(String) }]);
  expect(portolan('audit', 'verify')).toContain('records');

  // Emptied, as by a writer that was interrupted: not "all defaults", which would open the server.
  writeFileSync(file('portolan.yaml'), '');
  await expect
    .poll(since('configuration_refused'), { timeout: 10_000 })
    .toMatchObject([{ reason: expect.stringContaining('is empty') }]);
  // Asked, not scanned: the scope of before goes on.
  const planned = await ask('/tools/plan_scan/execute', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ target: '203.0.113.1' }),
  });
  expect(await planned.text()).not.toContain('out_of_scope');
  expect((await ask('/tools', { token: 'wrong-3' })).status).toBe(401);
  const text = readFileSync(file('audit.jsonl'), 'utf8');
  for (const secret of ['a-key-of-these-tests', TOKEN]) expect(text).not.toContain(secret);
});

it('opens its log anew on SIGHUP, and when somebody has put it aside', async () => {
  configure();
  renameSync(file('p.log'), file('p.log.1'));
  child.kill('SIGHUP');
  await expect.poll(() => readdirSync(home.folder)).toContain('p.log');
  await ask('/tools');
  await expect.poll(() => records('p.log').some(({ path }) => path === '/tools')).toBe(true);
  expect(child.exitCode).toBeNull();
});
