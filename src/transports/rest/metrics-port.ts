/** Metrics on a port of their own, for a Prometheus that has no token. Nothing else is there. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { PortolanError } from '../../core/errors.ts';
import type { MetricsSource } from './sources.ts';

/** @throws PortolanError `invalid_config` when the address cannot be listened on. */
export async function startMetricsPort(
  metrics: MetricsSource,
  { host, port }: { host: string; port: number },
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
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
  server.maxConnections = 20;
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
