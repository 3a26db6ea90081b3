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
import type { Caller, Scope } from '../../core/caller.ts';
import { LEFT_OUT, limitExceeded, mostBodyBytes } from '../../tools/call/argument-size.ts';
import type { AnyTool } from '../../tools/call/define-tool.ts';
import { missingScope } from '../../tools/call/missing-scope.ts';
import { OPERATIONS, type Operation } from '../../tools/call/operations.ts';
import { readBody } from '../http/body.ts';
import { cleanRefusal } from './clean-errors.ts';
import { createMcpServer, type List, type McpDependencies } from './server.ts';
import { rpcError, Sessions } from './sessions.ts';
import { mayFollow } from './subscriptions.ts';

export interface McpHttpLimits {
  maxSessions: number;
  /** Of these, as many for one caller. */
  maxSessionsPerCaller: number;
  /** A session nobody used for so long is ended. */
  sessionIdleMs: number;
  /** Largest request body; by the arguments that the tools take when absent. */
  maxBodyBytes?: number;
}

const DEFAULT_LIMITS: McpHttpLimits = {
  maxSessions: 256,
  maxSessionsPerCaller: 64,
  sessionIdleMs: 30 * 60_000,
};

export interface McpHttp {
  /**
   * Serves one request of a caller who has been authenticated.
   * @param gate.scopeChallenge what a client is told that could get a token with a missing scope, for WWW-Authenticate.
   */
  fetch(
    request: Request,
    caller: Caller,
    gate?: { scopeChallenge?: (needed: Scope) => string | undefined },
  ): Promise<Response>;
  listChanged(list: List): void;
  /** Tells those who asked to hear of them that pages have changed. */
  updated(uris: readonly string[]): void;
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
    fetch: async (request, caller, gate) => cleanRefusal(await serve(request, caller, gate)),
    listChanged(list) {
      if (list === 'tools') modern.notify.toolsChanged();
      else if (list === 'prompts') modern.notify.promptsChanged();
      else modern.notify.resourcesChanged();
      sessions.listChanged(list);
    },
    updated(uris) {
      for (const uri of uris) modern.notify.resourceUpdated(uri);
      sessions.updated(uris);
    },
    async close() {
      await Promise.all([modern.close(), sessions.close()]);
    },
  };

  async function serve(
    request: Request,
    caller: Caller,
    { scopeChallenge }: Parameters<McpHttp['fetch']>[2] = {},
  ): Promise<Response> {
    if (request.method !== 'POST') return await sessions.fetch(request, undefined, caller);
    if (!isJsonContentType(request.headers.get('content-type'))) {
      return rpcError(415, -32_000, 'Send the request as application/json.');
    }
    const maxBytes = limits.maxBodyBytes ?? mostBodyBytes(deps.tools.values());
    const text = await readBody(request, maxBytes);
    if (text === undefined) {
      return rpcError(413, -32_000, `The request is larger than ${maxBytes} bytes. Ask for less at once.`);
    }
    let message: ReturnType<typeof readMessage>;
    try {
      message = readMessage(JSON.parse(text), caller, deps);
    } catch {
      return rpcError(400, -32_700, 'The body is not valid JSON.');
    }
    const { body, called } = message;
    const challenged = scopeChallenge && (await stepUp(body, caller, scopeChallenge));
    if (challenged) return challenged;
    // The body has been read, so it is passed along: neither side could read the request again.
    if (called === undefined && (await isLegacyRequest(request, body)))
      return await sessions.fetch(request, body, caller);
    const authInfo: AuthInfo = { token: '', clientId: caller.id, scopes: [...caller.scopes] };
    requests.set(authInfo, { caller, calls: called });
    return await modern.fetch(request, { authInfo, parsedBody: body });
  }

  /** To whoever can get a token with more scopes, a missing one is no answer for a model but a 403 for its client. */
  async function stepUp(
    body: unknown,
    caller: Caller,
    challengeOf: (needed: Scope) => string | undefined,
  ): Promise<Response | undefined> {
    if (caller.issuer === undefined) return undefined;
    const asked = Asked.safeParse(body).data;
    if (!asked) return undefined;
    await deps.ready?.();
    const operation = operationOf(asked, deps);
    const needed = operation && (await scopeNeeded(operation, asked, caller));
    if (needed === undefined) return undefined;
    const challenge = challengeOf(needed);
    if (challenge === undefined) return undefined;
    const message = `forbidden: ${operation?.name} needs the scope ${needed}, which ${caller.name} does not have.`;
    const refusal = rpcError(403, -32_001, message, asked.id);
    refusal.headers.set('WWW-Authenticate', challenge);
    return refusal;
  }

  /** Of a tool call also what its arguments ask for. */
  async function scopeNeeded(
    { name, scope }: Operation,
    { method, params }: Asked,
    caller: Caller,
  ): Promise<Scope | undefined> {
    if (method !== 'tools/call') return scope === undefined || caller.scopes.has(scope) ? undefined : scope;
    const { tools, services, scanners = () => [] } = deps;
    return await missingScope({ tools, services, scanners: scanners() }, name, params.arguments, caller);
  }
}

const Call = z.looseObject({
  method: z.literal('tools/call'),
  params: z.looseObject({ name: z.string(), arguments: z.unknown(), _meta: z.unknown() }),
});

const Listen = z.looseObject({
  method: z.literal('subscriptions/listen'),
  params: z.looseObject({
    notifications: z.looseObject({ resourceSubscriptions: z.array(z.string()) }),
  }),
});

/**
 * What is served of a body: most are calls, and are looked at once.
 * @returns with `called` the tool that a request of 2026-07-28 calls: with the version in its envelope it is no legacy
 * one, which the SDK would otherwise find out twice.
 */
function readMessage(
  body: unknown,
  caller: Caller,
  { tools, resources }: McpDependencies,
): { body: unknown; called?: string } {
  const call = Call.safeParse(body).data;
  if (call) {
    const { name, _meta } = call.params;
    const isModern = Envelope.safeParse(_meta).success;
    return { body: withoutLarge(body, call, tools.get(name)), ...(isModern ? { called: name } : {}) };
  }
  const listen = resources && Listen.safeParse(body).data;
  if (!listen) return { body };
  // The SDK tells everybody who asked: pages that a caller may not read are taken out before, and not acknowledged.
  const { notifications } = listen.params;
  const resourceSubscriptions = notifications.resourceSubscriptions.filter((uri) =>
    mayFollow(uri, resources, caller),
  );
  const params = { ...listen.params, notifications: { ...notifications, resourceSubscriptions } };
  return { body: { ...listen, params } };
}

const Envelope = z.looseObject({ [PROTOCOL_VERSION_META_KEY]: z.string() });

/** Arguments that will be refused for their size go no further: everybody behind would copy them first. */
function withoutLarge(body: unknown, call: z.infer<typeof Call>, tool: AnyTool | undefined): unknown {
  if (!tool || limitExceeded(tool, call.params.arguments) === undefined) return body;
  return { ...call, params: { ...call.params, arguments: LEFT_OUT } };
}

const Asked = z.object({
  id: z.union([z.string(), z.number()]),
  method: z.string(),
  params: z.object({
    name: z.string().optional(),
    uri: z.string().optional(),
    arguments: z.unknown().optional(),
  }),
});
type Asked = z.infer<typeof Asked>;

const METHODS: Readonly<Record<string, Operation>> = {
  'tasks/get': OPERATIONS.getTask,
  'tasks/cancel': OPERATIONS.cancelTask,
  'tasks/update': OPERATIONS.answerTask,
};

/** What a request asks to be let do, where that can need a scope. */
function operationOf(
  { method, params: { name = '', uri = '' } }: Asked,
  { tools, resources }: McpDependencies,
): Operation | undefined {
  if (method === 'tools/call') return tools.get(name);
  if (method === 'resources/read') {
    const scheme = (address: string) => address.slice(0, address.indexOf(':'));
    return resources?.templates.find(({ uriTemplate }) => scheme(uriTemplate) === scheme(uri))?.operation;
  }
  return Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
}
