/** Metrics on a port of their own, for a Prometheus that has no token. Nothing else is there. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { PortolanError } from '../../core/errors.ts';
import { Connections } from '../http/connections.ts';
import { isLoopback, namesUs } from '../http/gate.ts';
import type { MetricsSource } from './sources.ts';

/** For every scraper there is, and one that went wrong. */
const CONNECTIONS = { most: 20, mostPerAddress: 10, firstByteMs: 3000, stallMs: 60_000 };

/** @throws PortolanError `invalid_config` when the address cannot be listened on. */
export async function startMetricsPort(
  metrics: MetricsSource,
  { host, port, allowedHosts }: { host: string; port: number; allowedHosts: readonly string[] },
): Promise<{ port: number; close(): Promise<void> }> {
  const isUs = namesUs({ loopbackOnly: isLoopback(host), allowedHosts });
  const connections = new Connections({ ...CONNECTIONS, isProxy: () => false });
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
    const reserved = connections.began(request, response);
    if (reserved === undefined) return;
    // As at the other port: a web page may have given its own name our address.
    if (reserved || !isUs(request.headers.host)) {
      response.writeHead(reserved ? 503 : 403, { Connection: 'close' }).end();
      return;
    }
    if (request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  connections.of(server);
  server.listen(port, host);
  await once(server, 'listening').catch((cause: NodeJS.ErrnoException) => {
    throw new PortolanError(
      'invalid_config',
      `Metrics cannot be served on ${host} port ${port} (${cause.code ?? 'unknown'}).`,
      'Choose another metrics.port or metrics.host.',
      { cause },
    );
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : port,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
