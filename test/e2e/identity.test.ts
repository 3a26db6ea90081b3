/** Whose tasks are whose: tokens that take an old name, subjects of an issuer; and how their clients ask for more. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnvironment, type Home, mainArguments, makeHome, originOf, terminate } from './portolan.ts';

const ISSUER = 'https://id.lab.internal';
let home: Home;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let jwks: Server;
let child: ChildProcess;
let url: string;

beforeAll(async () => {
  home = makeHome();
  keys = await generateKeyPair('ES256');
  const key = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  jwks = createServer((_, response) => response.end(JSON.stringify({ keys: [key] })));
  await new Promise<void>((resolve) => jwks.listen(0, '127.0.0.1', resolve));
  portolan('token', 'create', 'keeper');
  const settings = [
    `auth.issuer=${ISSUER}`,
    'auth.audience=portolan',
    `auth.jwksUrl=http://127.0.0.1:${(jwks.address() as AddressInfo).port}/`,
    'auth.nameClaim=email',
    'security.allowIntrusive=true',
  ].flatMap((one) => ['--set', one]);
  child = spawn(process.execPath, mainArguments(home, 'serve', '--port', '0', ...settings), {
    env: cleanEnvironment(home),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  url = await originOf(child);
});
afterAll(async () => {
  await terminate(child);
  jwks.close();
  home.remove();
});

const portolan = (...args: string[]): string =>
  execFileSync(process.execPath, mainArguments(home, ...args), {
    env: cleanEnvironment(home),
    encoding: 'utf8',
  });
const tokenNamed = (name: string) => /portolan_\S+/.exec(portolan('token', 'create', name))?.[0] ?? '';
const signed = (payload: JWTPayload) =>
  new SignJWT({ scope: 'scan:read scan:run', ...payload })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuer(ISSUER)
    .setAudience('portolan')
    .setExpirationTime('5m')
    .sign(keys.privateKey);
const ask = (token: string, path: string, init: RequestInit = {}) =>
  fetch(url + path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
  body: JSON.stringify(body),
});

async function scanAs(token: string): Promise<string> {
  const answer = await ask(token, '/tools/quick_scan/execute', post({ target: '127.0.0.1' }));
  const { task_id: id } = (await answer.json()) as { task_id: string };
  return id;
}
const seesTask = async (token: string, id: string) => (await ask(token, `/tasks/${id}`)).status === 200;

describe('tasks', () => {
  it('are not inherited by a new token of an old name', async () => {
    const first = tokenNamed('alice');
    const id = await scanAs(first);
    expect(await seesTask(first, id)).toBe(true);
    portolan('token', 'revoke', 'alice');
    const second = tokenNamed('alice');
    expect(await seesTask(second, id)).toBe(false);
    expect(await (await ask(second, '/tasks')).json()).toMatchObject({ tasks: [] });
  });

  it('are those of the subject of an issuer, whatever it is called now', async () => {
    const id = await scanAs(await signed({ sub: 'u-1', email: 'a@lab.internal' }));
    expect(await seesTask(await signed({ sub: 'u-1', email: 'b@lab.internal' }), id)).toBe(true);
    expect(await seesTask(await signed({ sub: 'u-2', email: 'a@lab.internal' }), id)).toBe(false);
  });
});

describe('a client of the identity provider', () => {
  it('hears from a 401 which scopes to ask for, and they are no more than it needs', async () => {
    const refused = await ask('nonsense', '/mcp', post({}));
    expect(refused.status).toBe(401);
    const challenge = refused.headers.get('www-authenticate') ?? '';
    expect(challenge).toContain('scope="scan:read scan:run"');
    const [, metadata = ''] = /resource_metadata="([^"]+)"/.exec(challenge) ?? [];
    expect(await (await fetch(metadata)).json()).toMatchObject({
      authorization_servers: [ISSUER],
      scopes_supported: ['scan:read', 'scan:run'],
    });
  });

  it('hears from a 403 which scopes the next token must have, in both eras and over REST', async () => {
    const token = await signed({ sub: 'u-3', email: 'c@lab.internal', scope: 'scan:read' });
    const call = (meta: object) =>
      post({
        jsonrpc: '2.0',
        id: 7,
        method: 'tools/call',
        params: { name: 'quick_scan', arguments: { target: '127.0.0.1' }, ...meta },
      });
    const modern = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } };
    for (const request of [
      () => ask(token, '/mcp', call({})),
      () => ask(token, '/mcp', call(modern)),
      () => ask(token, '/tools/quick_scan/execute', post({ target: '127.0.0.1' })),
    ]) {
      const refused = await request();
      expect(refused.status).toBe(403);
      const challenge = refused.headers.get('www-authenticate');
      expect(challenge).toContain('error="insufficient_scope"');
      expect(challenge).toContain('scope="scan:read scan:run"');
      expect(challenge).toContain('resource_metadata="http://127.0.0.1:');
      expect(await refused.text()).toContain('forbidden');
    }
  });

  describe('that may scan, but not intrusively', () => {
    const vulnerable = (target: string) => ({ command: `-p 1 --script vuln ${target}` });
    const rpc = (method: string, params: object, meta: object = {}) =>
      post({ jsonrpc: '2.0', id: 8, method, params: { ...params, ...meta } });
    const modern = {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    };
    const token = (scope: string) => signed({ sub: 'u-4', email: 'd@lab.internal', scope });

    it('hears so from a 403 in both eras and over REST, for every tool that can', async () => {
      const bearer = await token('scan:read scan:run');
      const call = { name: 'custom_scan', arguments: vulnerable('127.0.0.1') };
      const plain = { target: '127.0.0.1', extra_args: '-p 1 --script vuln' };
      for (const [path, request] of [
        ['/mcp', rpc('tools/call', call)],
        ['/mcp', rpc('tools/call', call, modern)],
        ['/tools/custom_scan/execute', post(vulnerable('127.0.0.1'))],
        ['/tools/NmapTool/execute', post(plain)],
      ] as const) {
        const refused = await ask(bearer, path, request);
        expect(refused.status, path).toBe(403);
        const challenge = refused.headers.get('www-authenticate');
        expect(challenge).toContain('error="insufficient_scope"');
        expect(challenge).toContain('scope="scan:read scan:run scan:intrusive"');
      }
    });

    it('is told what else is wrong as an answer: more scopes would not mend that', async () => {
      const bearer = await token('scan:read scan:run');
      for (const [command, words] of [
        ['-p 1 --script vuln 8.8.8.8', 'out_of_scope'],
        ['--script vuln', 'invalid_target'],
        ['-p 1 --bogus --script vuln 127.0.0.1', 'invalid_option'],
      ] as const) {
        const request = rpc('tools/call', { name: 'custom_scan', arguments: { command } }, modern);
        const headers = {
          ...request.headers,
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': 'custom_scan',
        };
        const answer = await ask(bearer, '/mcp', { ...request, headers });
        expect(answer.status, command).toBe(200);
        expect(await answer.text()).toContain(words);
      }
    });

    it('and neither may read reports without the scope for it', async () => {
      const bearer = await token('scan:run');
      for (const [path, request] of [
        ['/mcp', rpc('resources/read', { uri: 'scan://x/report.md' })],
        ['/mcp', rpc('resources/read', { uri: 'scan://x/report.md' }, modern)],
        ['/tasks/x/report.md', {}],
      ] as const) {
        const refused = await ask(bearer, path, request);
        expect(refused.status, path).toBe(403);
        expect(refused.headers.get('www-authenticate')).toContain('scope="scan:run scan:read"');
      }
    });
  });
});
