/** The socket below the routes: clear text, or TLS with a certificate that may be renewed while it is open. */
import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { PortolanError } from '../../core/errors.ts';
import { LONGEST_MS, limitArrival } from './arrival.ts';
import type { Connections } from './connections.ts';

/** Certificate (with those that lead to its authority) and private key, as PEM. */
export interface Certificate {
  cert: Buffer;
  key: Buffer;
}

/** How long a client may take to send a request (arrival.ts has the rest). Answers may take as long as a scan. */
const TIMES: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: LONGEST_MS,
  keepAliveTimeout: 10_000,
  // How often Node looks for requests that have taken too long.
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
};

/** On every answer, whoever makes it; set on Node's own object, as that costs a tenth of what a middleware costs. */
const HEADERS: readonly (readonly [string, string])[] = [
  ['Cache-Control', 'no-store'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
];

/** How long a client may take to agree on a key. */
const HANDSHAKE_MS = 5_000;

/** What is answered on a reserved place. */
const PROBES: ReadonlySet<string> = new Set(['/health/live', '/health/ready']);

const RETRY_SECONDS = 5;

/** @throws PortolanError `invalid_config` when the address cannot be listened on. */
export async function listen(
  answer: RequestListener,
  {
    host,
    port,
    connections,
    certificate,
  }: { host: string; port: number; connections: Connections; certificate?: Certificate | undefined },
): Promise<Server | TlsServer> {
  const respond: RequestListener = (incoming, outgoing) => {
    for (const [name, value] of HEADERS) outgoing.setHeader(name, value);
    limitArrival(incoming, outgoing);
    const reserved = connections.began(incoming, outgoing);
    if (reserved === undefined) return;
    if (!reserved || PROBES.has(incoming.url ?? '')) answer(incoming, outgoing);
    else {
      void connections.place(incoming).then((placed) => {
        if (placed) answer(incoming, outgoing);
        else full(outgoing);
      });
    }
  };
  const server = certificate
    ? createTlsServer({ ...TIMES, ...certificate, handshakeTimeout: HANDSHAKE_MS }, respond)
    : createServer(TIMES, respond);
  connections.of(server);
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new PortolanError(
          'invalid_config',
          `Cannot listen on ${host} port ${port}: ${error.code ?? 'unknown error'}.`,
          'Choose another server.port (0 takes a free one), or stop what uses it.',
          { cause: error },
        ),
      ),
    );
    server.listen(port, host, () => resolve(server));
  });
}

function full(outgoing: ServerResponse): void {
  const error = new PortolanError(
    'busy',
    'Too many connections are open.',
    'Come back in a few seconds, and use one connection for many requests.',
    { limit: 'server.maxConnections, server.maxConnectionsPerAddress', retryAfterSeconds: RETRY_SECONDS },
  );
  const headers = {
    'Content-Type': 'application/json',
    'Retry-After': String(RETRY_SECONDS),
    Connection: 'close',
  };
  outgoing.writeHead(503, headers).end(JSON.stringify({ error: error.toValue() }));
}
