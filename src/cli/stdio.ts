/** `portolan` alone: MCP over standard input and output, until the client goes. */
import module from 'node:module';
import type { App } from '../app/app.ts';
import type { Logger } from '../observe/log.ts';
import { startStdio } from '../transports/mcp/stdio.ts';
import { drainFor } from './drain.ts';
import { EXIT } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { mcpOf, openApp } from './open-app.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { followConfig } from './reload.ts';
import { note } from './terminal.ts';

/** Milliseconds until unfinished scans of an earlier process are looked for. */
const START_DELAY_MS = 500;
/** Milliseconds until compiled code is kept for the next start: not before the first answers have compiled theirs. */
const FLUSH_DELAY_MS = 2000;

export async function serveStdio(options: CommonOptions): Promise<number> {
  const loaded = await loadFor(options);
  if (loaded.config.server.transport === 'http') return await (await import('./serve.ts')).serve(options);
  if (process.stdin.isTTY) {
    note(
      'Portolan speaks MCP here and waits for a client to write to it. People say `portolan scan TARGET`,\n' +
        '`portolan serve` or `portolan --help`. Ctrl-C ends this.',
    );
  }
  const { app, log } = await openApp(loaded, { adopts: true, toolsLater: true });
  const service = startStdio(mcpOf(app), (error) => log.warn({ err: error }, 'stdio'));
  app.states.onChange(() => service.listChanged('tools'));
  app.onUpdated((uris) => service.updated(uris));
  // Clients often end us with a signal, and then nothing compiled would be kept for the next start.
  setTimeout(() => module.flushCompileCache?.(), FLUSH_DELAY_MS).unref();
  startBehind(app, log);
  const unfollow = followConfig(loaded, {
    app,
    log,
    load: () => loadFor(options),
    onTools: () => service.listChanged('tools'),
  });
  const { signal } = onInterrupt({ hangup: process.stdin.isTTY === true });
  const { shutdownGraceSeconds } = loaded.config.server;
  signal.addEventListener(
    'abort',
    () => void drainFor(app, shutdownGraceSeconds).then(() => service.close()),
  );
  await service.closed;
  unfollow();
  await app.close();
  return EXIT.ok;
}

/** After the first answers: a client that only lists tools does not wait for a database. */
function startBehind(app: App, log: Logger): void {
  const failed = (error: unknown) =>
    log.error({ err: error }, 'scans left from before could not be looked at');
  setTimeout(() => app.start().catch(failed), START_DELAY_MS).unref();
}
