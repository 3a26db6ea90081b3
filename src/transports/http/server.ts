/**
 * The HTTP server: MCP, and whatever else is mounted behind the same gate (REST, dashboard, metrics). Loopback unless
 * configured, and never open to others without a token.
 */
import type { RequestListener } from 'node:http';
import { Server as TlsServer } from 'node:https';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { PortolanError } from '../../core/errors.ts';
import { createMcpHttp, type McpHttpLimits } from '../mcp/http.ts';
import type { List, McpDependencies } from '../mcp/server.ts';
import { noteRoute, type OnAccess, observed } from './access-log.ts';
import { localAddress } from './address.ts';
import type { Authenticator } from './auth.ts';
import { type AuthResult, authenticate, type Gate, type Refused } from './authenticate.ts';
import { clientAddress, inNetworks } from './client-address.ts';
import { Connections } from './connections.ts';
import type { HttpEnv } from './env.ts';
import { refuse } from './errors.ts';
import { createFailedAttempts } from './failed-attempts.ts';
import { checkHost, checkOrigin, crossOrigin, isLoopback } from './gate.ts';
import { type Certificate, listen } from './listen.ts';
import { methodsAt } from './methods.ts';
import { type ProtectedResource, serveMetadata } from './protected-resource.ts';
import { type LogIn, mountLogIn } from './session/log-in.ts';
import { type SessionKeep, Sessions } from './session/sessions.ts';
import { Turns } from './turns.ts';
import { takeUrlToken } from './url-token.ts';

export interface HttpOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** Where MCP is served. */
  path?: string;
  /** Present: TLS. */
  certificate?: Certificate | undefined;
  /** Absent: nobody has a token, which is allowed on loopback only. */
  authenticator?: Authenticator | undefined;
  /** Names by which clients reach us, beside loopback ones (Host header). */
  allowedHosts?: readonly string[];
  /** Web origins that may call us from a browser, beside our own. */
  allowedOrigins?: readonly string[];
  limits?: Partial<McpHttpLimits>;
  /** Connections that may be open at the same time, and of these of one address (two thirds when absent). */
  maxConnections?: number;
  maxConnectionsPerAddress?: number | undefined;
  /** How long one may say nothing at first, and take nothing of an answer. */
  patience?: { firstByteMs: number; stallMs: number };
  /** How often one wrong token may come in a minute, and after how many wrong ones an address has to wait. */
  failuresPerMinute?: () => number;
  /** Whose `X-Forwarded-For` is believed. */
  trustedProxies?: readonly string[];
  /** Take a token from `?token=` too. */
  allowUrlToken?: boolean;
  /** Present: browsers can log in, and their sessions are kept there. */
  sessions?: {
    keep: () => Promise<SessionKeep>;
    /** After how long without use one is over. */
    idleMs: () => number;
    onOpened: LogIn['onOpened'];
  };
  /** The identity provider whose tokens the authenticator takes, for clients that look for it. */
  resource?: Omit<ProtectedResource, 'path'>;
  /** Told how each request fared at the gate: the metrics. */
  onAttempt?: (result: AuthResult) => void;
  /** Told about requests that were refused for their token: the log and the audit. */
  onRefused?: (refused: Refused) => void;
  /** Mounts routes that need no token, behind the checks of Host and Origin: probes of an orchestrator. */
  openRoutes?: (app: Hono<HttpEnv>) => void;
  /** Mounts more routes behind the gate; `context.get('caller')` says who asks. */
  routes?: (app: Hono<HttpEnv>) => Mounted;
  /** Told about every request when it has been answered: the access log and the metrics. */
  onAccess?: OnAccess;
  /** Told about what went wrong beside any request: the logger. */
  onError: (error: Error) => void;
}

/** What was mounted and has streams open; ended with the server. */
export interface Mounted {
  close(): void;
}

export interface HttpService {
  /** The MCP endpoint as this machine reaches it: `http://127.0.0.1:8765/mcp`, also when it listens on all addresses. */
  url: string;
  /** New connections get this certificate. @throws the error of OpenSSL when it cannot be used; then nothing changes. */
  renew(certificate: Certificate): void;
  /** Tells every connected client that the list of tools (prompts, resources) is another one now. */
  listChanged(list: List): void;
  /** Tells MCP clients who asked to hear of them that pages have changed. */
  updated(uris: readonly string[]): void;
  /** Takes no new requests and ends sessions, streams and calls that wait; their scans are the app's to end. */
  close(): Promise<void>;
}

const DEFAULT_FAILURES = 20;
const DEFAULT_CONNECTIONS = 100;
const PATIENCE = { firstByteMs: 3000, stallMs: 60_000 };

// Connections that are still open this long after close() are cut.
const CLOSE_GRACE_MS = 2_000;

/**
 * Starts serving and resolves when the port is open.
 * @throws PortolanError `invalid_config` off loopback without a token, or when the address cannot be listened on.
 */
export async function startHttp(deps: McpDependencies, options: HttpOptions): Promise<HttpService> {
  const { host, port, path = '/mcp', authenticator, allowedHosts = [], allowedOrigins = [] } = options;
  const loopbackOnly = isLoopback(host);
  if (!loopbackOnly && !authenticator) {
    throw new PortolanError(
      'invalid_config',
      `Portolan does not listen on ${host}, which others can reach, without a token.`,
      'Set server.token (portolan init makes one), or listen on 127.0.0.1.',
    );
  }
  const mcp = createMcpHttp(deps, options.onError, options.limits);
  const most = options.maxConnections ?? DEFAULT_CONNECTIONS;
  const connections = new Connections({
    most,
    mostPerAddress: options.maxConnectionsPerAddress ?? Math.ceil((most * 2) / 3),
    isProxy: inNetworks(options.trustedProxies ?? []),
    ...(options.patience ?? PATIENCE),
  });
  const app = new Hono<HttpEnv>();
  const addressOf = clientAddress(options.trustedProxies ?? []);
  const resource = options.resource && { ...options.resource, path };
  app.use(
    noteRoute(),
    checkHost({ loopbackOnly, allowedHosts }),
    checkOrigin(allowedOrigins),
    crossOrigin(allowedOrigins),
  );
  if (resource) serveMetadata(app, resource);
  options.openRoutes?.(app);
  const failuresPerMinute = options.failuresPerMinute ?? (() => DEFAULT_FAILURES);
  const onDefect = (cause: unknown) => options.onError(new Error('a session was not kept', { cause }));
  const sessions = options.sessions && new Sessions({ ...options.sessions, onDefect });
  const gate: Gate = {
    authenticator,
    attempts: createFailedAttempts(failuresPerMinute),
    sessions,
    cookieAttempts: createFailedAttempts(failuresPerMinute),
    mcpPath: path,
    failuresPerMinute,
    onAttempt: options.onAttempt ?? (() => {}),
    addressOf: ({ env }) => addressOf(env.incoming),
    resource,
    onRefused: options.onRefused ?? (() => {}),
  };
  if (sessions && options.sessions) {
    mountLogIn(app, { gate, sessions, version: deps.version, onOpened: options.sessions.onOpened });
  }
  app.use(authenticate(gate));
  const turns = new Turns();
  app.use(async (context, next) => {
    const { id } = context.get('caller');
    connections.belongs(context.env.incoming, id);
    await turns.take(id);
    await next();
  });
  app.on(['GET', 'POST', 'DELETE'], path, (context) =>
    mcp.fetch(context.req.raw, context.get('caller'), { scopeChallenge: context.get('scopeChallenge') }),
  );
  const mounted = options.routes?.(app);
  app.notFound((context) => {
    const methods = methodsAt(app, context.req.path);
    // A route that has nothing to give comes here too.
    if (methods.length === 0 || methods.includes(context.req.method)) {
      const next = `MCP is at ${path}${options.routes ? ', the REST API is told at /docs' : ''}.`;
      return refuse(
        context,
        404,
        new PortolanError('invalid_argument', 'There is nothing at this address.', next),
      );
    }
    context.header('Allow', methods.join(', '));
    const message = `${context.req.method} is not what this address takes.`;
    return refuse(
      context,
      405,
      new PortolanError('invalid_argument', message, `Use ${methods.join(' or ')}.`),
    );
  });
  app.onError((error, context) => {
    // Whoever hangs up in the middle of a request is no fault of ours, and nobody is there to hear of it.
    if (context.env.incoming.complete) options.onError(error);
    if (error instanceof PortolanError && error.code === 'storage_failed') return refuse(context, 503, error);
    return refuse(
      context,
      500,
      new PortolanError('internal', 'The server failed.', 'Look into the log of the server.'),
    );
  });
  const server = await listen(listenerOf(app, options, addressOf), {
    host,
    port,
    certificate: options.certificate,
    connections,
  });
  const address = server.address();
  const boundPort = typeof address === 'object' && address ? address.port : port;
  return {
    url: `${options.certificate ? 'https' : 'http'}://${localAddress(host)}:${boundPort}${path}`,
    renew: (certificate) => {
      if (server instanceof TlsServer) server.setSecureContext({ ...certificate });
    },
    listChanged: (list) => mcp.listChanged(list),
    updated: (uris) => mcp.updated(uris),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      mounted?.close();
      await mcp.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS).unref();
      await closed;
    },
  };
}

function listenerOf(
  app: Hono<HttpEnv>,
  { allowUrlToken = false, onAccess }: HttpOptions,
  addressOf: ReturnType<typeof clientAddress>,
): RequestListener {
  // Global Request and Response stay what they are: the rest of the process, and the tests, rely on them.
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
  });
  return (incoming, outgoing) => {
    takeUrlToken(incoming, allowUrlToken);
    observed(incoming, outgoing, () => void listener(incoming, outgoing), { addressOf, onAccess });
  };
}
