/**
 * The sessions of 2025 clients over HTTP: each has a server of its own, belongs to the caller who opened it, and ends
 * when it is deleted, unused for long, or the longest unused when room is needed.
 */

import { randomUUID } from 'node:crypto';
import {
  isInitializeRequest,
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import type { Caller } from '../../core/caller.ts';
import { monotonicMs } from '../../core/monotonic.ts';
import { currentOrigin } from '../../core/origin.ts';
import { RecentEvents } from './recent-events.ts';
import { createMcpServer, type List, type McpDependencies, sendListChanged } from './server.ts';
import { tellUpdated } from './subscriptions.ts';

interface Session {
  id: string;
  caller: Caller;
  server: McpServer;
  transport: WebStandardStreamableHTTPServerTransport;
  lastUsed: number;
}

export interface SessionLimits {
  maxSessions: number;
  maxSessionsPerCaller: number;
  sessionIdleMs: number;
}

// The longest call waits ten minutes, so a session unused for longer has none waiting and may give up its place.
const RECLAIM_AFTER_MS = 11 * 60_000;

/** How soon a client should come back when its stream breaks. */
const RECONNECT_AFTER_MS = 1000;

export class Sessions {
  readonly #deps: McpDependencies;
  readonly #limits: SessionLimits;
  readonly #onError: (error: Error) => void;
  readonly #sessions = new Map<string, Session>();
  readonly #sweep: NodeJS.Timeout;

  constructor(deps: McpDependencies, limits: SessionLimits, onError: (error: Error) => void) {
    this.#deps = deps;
    this.#limits = limits;
    this.#onError = onError;
    this.#sweep = setInterval(() => this.#endIdle(), Math.min(60_000, limits.sessionIdleMs)).unref();
  }

  /** Serves one request of a 2025 client; `body` is its parsed JSON, undefined for GET and DELETE. */
  async fetch(request: Request, body: unknown, caller: Caller): Promise<Response> {
    const id = request.headers.get('mcp-session-id');
    if (id !== null) {
      const session = this.#sessions.get(id);
      // Somebody else's session is answered as one that does not exist: a stolen id says nothing about itself.
      if (!session || !isSame(session.caller, caller)) {
        return rpcError(404, -32_001, 'Session not found. Start a new one with initialize.');
      }
      session.lastUsed = monotonicMs();
      return await session.transport.handleRequest(request, { parsedBody: body });
    }
    if (!isInitializeRequest(body)) {
      return rpcError(400, -32_000, 'Send initialize first, then the Mcp-Session-Id it answers with.');
    }
    const { maxSessions, maxSessionsPerCaller } = this.#limits;
    const own = [...this.#sessions.values()].filter((session) => session.caller.id === caller.id);
    if (own.length >= maxSessionsPerCaller && !(await this.#reclaim(own))) {
      return busy(
        429,
        `You have ${maxSessionsPerCaller} sessions open. End one (DELETE), or try again in a minute.`,
      );
    }
    if (this.#sessions.size >= maxSessions && !(await this.#reclaim([...this.#sessions.values()]))) {
      return busy(503, `All ${maxSessions} sessions are in use. Try again in a minute.`);
    }
    return await this.#open(request, body, caller);
  }

  listChanged(list: List): void {
    for (const { server } of this.#sessions.values()) sendListChanged(server, list);
  }

  updated(uris: readonly string[]): void {
    for (const { server } of this.#sessions.values())
      tellUpdated(server, 'legacy', uris).catch(this.#onError);
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.all([...this.#sessions.values()].map((session) => this.#end(session)));
  }

  async #open(request: Request, body: unknown, caller: Caller): Promise<Response> {
    const server = createMcpServer(this.#deps, { era: 'legacy', caller });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new RecentEvents(),
      retryInterval: RECONNECT_AFTER_MS,
      onsessioninitialized: (id) => {
        this.#sessions.set(id, { id, caller, server, transport, lastUsed: monotonicMs() });
      },
    });
    transport.onclose = () => {
      if (transport.sessionId) this.#sessions.delete(transport.sessionId);
    };
    server.server.onerror = this.#onError;
    await server.connect(transport);
    return await transport.handleRequest(request, { parsedBody: body });
  }

  #endIdle(): void {
    const before = monotonicMs() - this.#limits.sessionIdleMs;
    for (const session of this.#sessions.values()) {
      if (session.lastUsed < before) void this.#end(session);
    }
  }

  /** Ends the longest unused of these, if nobody can be waiting in it. */
  async #reclaim(sessions: Session[]): Promise<boolean> {
    const [oldest] = sessions.sort((a, b) => a.lastUsed - b.lastUsed);
    if (!oldest || oldest.lastUsed > monotonicMs() - RECLAIM_AFTER_MS) return false;
    await this.#end(oldest);
    return true;
  }

  async #end(session: Session): Promise<void> {
    this.#sessions.delete(session.id);
    await session.server.close().catch(this.#onError);
  }
}

/** A token that was given other scopes since is another caller: its session would still have the old ones. */
function isSame(a: Caller, b: Caller): boolean {
  return (
    a.id === b.id && a.scopes.size === b.scopes.size && [...a.scopes].every((scope) => b.scopes.has(scope))
  );
}

function busy(status: 429 | 503, message: string): Response {
  const response = rpcError(status, -32_000, message);
  response.headers.set('Retry-After', '60');
  return response;
}

/** A refusal before any message could be dispatched, in the form JSON-RPC gives it. */
export function rpcError(
  status: number,
  code: number,
  message: string,
  id: string | number | null = null,
): Response {
  const origin = currentOrigin();
  const data = origin && { data: { correlation_id: origin.id } };
  return Response.json({ jsonrpc: '2.0', error: { code, message, ...data }, id }, { status });
}
