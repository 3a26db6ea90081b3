/**
 * MCP over Streamable HTTP, for both eras on one path. 2026-07-28 is stateless: a server is built for every request.
 * 2025 clients get a session of their own: the SDK's stateless fallback would leave them without cancellation,
 * questions and notifications, as those need a server that outlives the request.
 */
import {
  type AuthInfo,
  createMcpHandler,
  isJsonContentType,
  isLegacyRequest,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Caller } from '../../core/caller.ts';
import { readBody } from '../http/body.ts';
import { createMcpServer, type List, type McpDependencies } from './server.ts';
import { rpcError, Sessions } from './sessions.ts';

export interface McpHttpLimits {
  maxSessions: number;
  /** Of these, as many for one caller. */
  maxSessionsPerCaller: number;
  /** A session nobody used for so long is ended. */
  sessionIdleMs: number;
  /** Largest request body. */
  maxBodyBytes: number;
}

const DEFAULT_LIMITS: McpHttpLimits = {
  maxSessions: 256,
  maxSessionsPerCaller: 64,
  sessionIdleMs: 30 * 60_000,
  maxBodyBytes: 4 * 1024 * 1024,
};

export interface McpHttp {
  /** Serves one request of a caller who has been authenticated. */
  fetch(request: Request, caller: Caller): Promise<Response>;
  listChanged(list: List): void;
  close(): Promise<void>;
}

export function createMcpHttp(
  deps: McpDependencies,
  onError: (error: Error) => void,
  changed: Partial<McpHttpLimits> = {},
): McpHttp {
  const limits = { ...DEFAULT_LIMITS, ...changed };
  const sessions = new Sessions(deps, limits, onError);
  // The SDK hands `authInfo` through to the factory untouched; the caller is looked up by it, not read out of it.
  const requests = new WeakMap<AuthInfo, { caller: Caller; calls: string | undefined }>();
  const modern = createMcpHandler(
    ({ authInfo }) => {
      const request = authInfo && requests.get(authInfo);
      if (!request) throw new Error('A request without a caller reached the MCP server.');
      return createMcpServer(deps, { era: 'modern', ...request });
    },
    { legacy: 'reject', onerror: onError },
  );

  return {
    async fetch(request, caller) {
      if (request.method !== 'POST') return await sessions.fetch(request, undefined, caller);
      if (!isJsonContentType(request.headers.get('content-type'))) {
        return rpcError(415, -32_000, 'Send the request as application/json.');
      }
      const text = await readBody(request, limits.maxBodyBytes);
      if (text === undefined) {
        return rpcError(
          413,
          -32_000,
          `The request is larger than ${limits.maxBodyBytes} bytes. Ask for less at once.`,
        );
      }
      let body: unknown;
      try {
        body = JSON.parse(text);
      } catch {
        return rpcError(400, -32_700, 'The body is not valid JSON.');
      }
      // The body has been read, so it is passed along: neither side could read the request again.
      const called = toolCalled(body);
      if (called === undefined && (await isLegacyRequest(request, body)))
        return await sessions.fetch(request, body, caller);
      const authInfo: AuthInfo = { token: '', clientId: caller.name, scopes: [...caller.scopes] };
      requests.set(authInfo, { caller, calls: called });
      return await modern.fetch(request, { authInfo, parsedBody: body });
    },
    listChanged(list) {
      if (list === 'tools') modern.notify.toolsChanged();
      else if (list === 'prompts') modern.notify.promptsChanged();
      else modern.notify.resourcesChanged();
      sessions.listChanged(list);
    },
    async close() {
      await Promise.all([modern.close(), sessions.close()]);
    },
  };
}

const ToolCall = z.object({
  method: z.literal('tools/call'),
  params: z.object({ name: z.string(), _meta: z.object({ [PROTOCOL_VERSION_META_KEY]: z.string() }) }),
});

/**
 * The tool that a request of 2026-07-28 calls; undefined for every other request. Most requests are such calls, and
 * with the version in its envelope none of them is a legacy one, which the SDK would otherwise find out twice.
 */
function toolCalled(body: unknown): string | undefined {
  return ToolCall.safeParse(body).data?.params.name;
}
