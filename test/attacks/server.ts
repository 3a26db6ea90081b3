/** The real `portolan serve` with one token for each scope, as the attacks of this folder see it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCOPES, type Scope, tokenIdentity } from '../../src/core/caller.ts';
import {
  cleanEnvironment,
  type Home,
  mainArguments,
  makeHome,
  originOf,
  terminate,
} from '../e2e/portolan.ts';
import { JSON_HEADERS, modernMessage } from '../unit/transports/fixture/rpc.ts';

export interface Told {
  status: number;
  text: string;
}

export interface Attacked {
  origin: string;
  port: number;
  pid: number;
  home: Home;
  stderr(): string;
  rest(
    token: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Told>;
  /** One request of MCP 2026-07-28, by a client that follows tasks. */
  mcp(token: string, method: string, params: Record<string, unknown>): Promise<Told>;
  close(): Promise<void>;
}

/** A token that has this scope alone is called as the scope is; `owner` has all of them but admin, `other` the same. */
const TOKENS: Readonly<Record<string, readonly Scope[]>> = {
  ...Object.fromEntries(SCOPES.map((scope) => [scope.replace(':', '-'), [scope]])),
  owner: ['scan:read', 'scan:run', 'scan:intrusive', 'capture:read'],
  other: ['scan:read', 'scan:run', 'capture:read'],
};

export const tokenFor = (scope: Scope) => scope.replace(':', '-');
const secretOf = (name: string) => `${name}-of-the-attacks`;
const hashOf = (name: string) => createHash('sha256').update(secretOf(name)).digest('hex');
/** Whose tasks are those of a token. */
export const ownerOf = (name: string) => tokenIdentity(name, hashOf(name));
const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };

/**
 * @param settings `group.name=value`.
 * @param prepare puts something into its database first.
 */
export async function attacked(
  settings: readonly string[] = [],
  prepare: (home: Home) => Promise<void> = async () => {},
): Promise<Attacked> {
  const home = makeHome();
  await prepare(home);
  const tokens = Object.entries(TOKENS).map(([name, scopes]) => ({
    name,
    hash: hashOf(name),
    scopes,
  }));
  const file = join(home.folder, 'portolan.json');
  writeFileSync(file, JSON.stringify({ server: { tokens } }), { mode: 0o600 });
  const words = ['serve', '--port', '0', '--config', file, ...settings.flatMap((one) => ['--set', one])];
  const child: ChildProcess = spawn(process.execPath, mainArguments(home, ...words), {
    env: cleanEnvironment(home),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let written = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  const origin = await originOf(child);
  const send = async (token: string, path: string, init: RequestInit): Promise<Told> => {
    const headers = { ...init.headers, authorization: `Bearer ${secretOf(token)}` };
    const answer = await fetch(origin + path, { ...init, headers });
    return { status: answer.status, text: await answer.text() };
  };
  return {
    origin,
    port: Number(new URL(origin).port),
    pid: child.pid ?? -1,
    home,
    stderr: () => written,
    rest: (token, method, path, body, headers = {}) =>
      send(token, path, {
        method,
        headers: { ...JSON_HEADERS, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    mcp: (token, method, params) => {
      const name = params['name'] ?? params['taskId'] ?? params['uri'];
      return send(token, '/mcp', {
        method: 'POST',
        headers: {
          ...JSON_HEADERS,
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
        },
        body: JSON.stringify(modernMessage(method, params, TASKS)),
      });
    },
    close: async () => {
      await terminate(child);
      home.remove();
    },
  };
}

export const authorization = (token: string) => `Bearer ${secretOf(token)}`;
