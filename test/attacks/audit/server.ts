/** `portolan serve` with tokens of several scopes, its audit, and a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, type Home, MAIN, makeHome, originOf, terminate } from '../../e2e/portolan.ts';

export const TOKENS = { all: 'a-token-that-may-all', admin: 'a-token-of-admin-alone' } as const;

export interface AuditedServer {
  home: Home;
  origin: string;
  audit: string;
  heads: string;
  log: string;
  configuration: string;
  pid: number;
  get(path: string, token?: string): Promise<Response>;
  execute(tool: string, args: unknown, token?: string): Promise<Response>;
  /** MCP of 2026-07-28, one request. */
  rpc(method: string, params: Record<string, unknown>, token?: string): Promise<Response>;
  stop(): Promise<void>;
}

export async function auditedServer(logging = ''): Promise<AuditedServer> {
  const home = makeHome();
  const file = (name: string) => join(home.folder, name);
  const entry = (name: string, token: string, scopes: string) =>
    `    - {name: ${name}, hash: ${createHash('sha256').update(token).digest('hex')}, scopes: [${scopes}]}\n`;
  writeFileSync(
    file('portolan.yaml'),
    `scans:\n  database: ${home.database}\nhealth:\n  intervalSeconds: 1\nserver:\n  tokens:\n` +
      entry('all', TOKENS.all, '"scan:read", "scan:run", "capture:read", admin') +
      entry('clerk', TOKENS.admin, 'admin') +
      `logging:\n  file: ${file('p.log')}\n  format: json\n  auditHeadFile: ${file('heads.txt')}\n${logging}`,
  );
  const child: ChildProcess = spawn(
    process.execPath,
    [MAIN, 'serve', '--port', '0', '--config', file('portolan.yaml')],
    { env: cleanEnvironment(home), stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const origin = await originOf(child);
  const post = (path: string, body: unknown, token: string, more: Record<string, string> = {}) =>
    fetch(origin + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  let stopped = false;
  return {
    home,
    origin,
    audit: file('audit.jsonl'),
    heads: file('heads.txt'),
    log: file('p.log'),
    configuration: file('portolan.yaml'),
    pid: child.pid ?? -1,
    get: (path, token = TOKENS.all) =>
      fetch(origin + path, { headers: { authorization: `Bearer ${token}` } }),
    execute: (tool, args, token = TOKENS.all) =>
      post(`/tools/${encodeURIComponent(tool)}/execute`, args, token),
    rpc: (method, params, token = TOKENS.all) =>
      post(
        '/mcp',
        {
          jsonrpc: '2.0',
          id: 1,
          method,
          params: {
            ...params,
            _meta: {
              'io.modelcontextprotocol/protocolVersion': '2026-07-28',
              'io.modelcontextprotocol/clientInfo': { name: 'attack', version: '1' },
              'io.modelcontextprotocol/clientCapabilities': {},
            },
          },
        },
        token,
        {
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          ...(/^[ -~]+$/.test(method) ? { 'mcp-method': method } : {}),
          ...(typeof params['name'] === 'string' && /^[\w-]+$/.test(params['name'])
            ? { 'mcp-name': params['name'] }
            : {}),
        },
      ),
    async stop() {
      if (stopped) return;
      stopped = true;
      await terminate(child);
    },
  };
}

export const recordsIn = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
