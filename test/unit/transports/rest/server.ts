/** The HTTP server with the fixture tools, REST and MCP, real gates, and switched-off tools kept in memory. */
import { createHash } from 'node:crypto';
import type { Scope } from '../../../../src/core/caller.ts';
import type { CallGate } from '../../../../src/tools/call/call-tool.ts';
import { createToolStates, type ToolStates } from '../../../../src/tools/call/limits/tool-states.ts';
import { type TokenEntry, tokenAuthenticator } from '../../../../src/transports/http/auth.ts';
import { type HttpOptions, type HttpService, startHttp } from '../../../../src/transports/http/server.ts';
import type { McpDependencies } from '../../../../src/transports/mcp/server.ts';
import { mountPage } from '../../../../src/transports/rest/page.ts';
import { mountProbes, mountRest } from '../../../../src/transports/rest/routes.ts';
import type { RestDependencies } from '../../../../src/transports/rest/sources.ts';
import { fixtureDependencies } from '../fixture/dependencies.ts';
import { type RawAnswer, raw } from '../fixture/rpc.ts';

export function tokenOf(name: string, scopes: readonly Scope[], more: Partial<TokenEntry> = {}): TokenEntry {
  return { name, hash: createHash('sha256').update(`${name}-secret`).digest('hex'), scopes, ...more };
}

export const bearer = (name: string) => ({ authorization: `Bearer ${name}-secret` });

export const TOKENS = [
  tokenOf('reader', ['scan:read']),
  tokenOf('admin', ['scan:read', 'admin']),
  tokenOf('keeper', ['scan:read', 'inventory:read']),
  tokenOf('nobody', []),
];

export interface RestServer {
  service: HttpService;
  states: ToolStates;
  /** `http://127.0.0.1:PORT` */
  origin: string;
  get(path: string, headers?: Record<string, string>): Promise<RawAnswer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<RawAnswer>;
}

export async function startRest(
  rest: Partial<RestDependencies> = {},
  http: Partial<HttpOptions> = {},
  gates: readonly CallGate[] = [],
): Promise<RestServer> {
  const disabled = new Set<string>();
  const states = createToolStates(
    async () => ({
      disabled: async () => [...disabled],
      disable: async (name) => void disabled.add(name),
      enable: async (name) => void disabled.delete(name),
    }),
    (error) => {
      throw error;
    },
  );
  const deps: McpDependencies = {
    ...fixtureDependencies(),
    gates: [states, ...gates],
    isEnabled: states.isEnabled,
  };
  const all: RestDependencies = {
    ...deps,
    mcpPath: '/mcp',
    states,
    config: () => ({ server: { token: '[hidden]' } }),
    ...rest,
  };
  const service = await startHttp(deps, {
    host: '127.0.0.1',
    port: 0,
    authenticator: tokenAuthenticator(() => TOKENS),
    onError: (error) => console.error(error),
    openRoutes: (app) => {
      mountProbes(app, all);
      mountPage(app);
    },
    routes: (app) => mountRest(app, all),
    ...http,
  });
  states.onChange(() => service.listChanged('tools'));
  const { origin } = new URL(service.url);
  return {
    service,
    states,
    origin,
    get: (path, headers = bearer('reader')) => raw(origin + path, { method: 'GET', headers }),
    post: (path, body, headers = bearer('reader')) =>
      raw(origin + path, {
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
  };
}
