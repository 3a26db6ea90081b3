/** `portolan serve`: MCP over HTTP. */
import { once } from 'node:events';
import { knownTokens } from '../config/tokens.ts';
import { tokenAuthenticator } from '../transports/http/auth.ts';
import { startHttp } from '../transports/http/server.ts';
import { clientConfigurations } from './client-configurations.ts';
import { EXIT } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { mcpOf, openApp } from './open-app.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { note } from './terminal.ts';

export async function serve(
  options: CommonOptions & { host?: string; port?: string; path?: string },
): Promise<number> {
  const loaded = await loadFor(options, {
    'server.host': options.host,
    'server.port': options.port,
    'server.path': options.path,
  });
  const { server } = loaded.config;
  const tokens = knownTokens(loaded.config);
  const { app, log } = await openApp(loaded, { adopts: true });
  try {
    const service = await startHttp(mcpOf(app), {
      host: server.host,
      port: server.port,
      path: server.path,
      allowedHosts: server.allowedHosts,
      allowedOrigins: server.allowedOrigins,
      ...(tokens.length > 0 ? { authenticator: tokenAuthenticator(() => tokens) } : {}),
      onError: (error) => log.warn({ err: error }, 'http'),
    });
    await app.start();
    note(`Portolan listens on ${service.url}\n`);
    note(clientConfigurations(service.url, tokens.length > 0));
    const { signal } = onInterrupt();
    if (!signal.aborted) await once(signal, 'abort');
    note('Stopping; running scans are ended and keep what they found.');
    await service.close();
  } finally {
    await app.close();
  }
  return EXIT.ok;
}
