/** `portolan serve`: MCP and REST over HTTP. */
import { once } from 'node:events';
import { accessOf } from '../app/http-access.ts';
import { redact } from '../config/secrets.ts';
import { VERSION } from '../config/version.ts';
import { fileShares, openFilesFinding } from '../nmap/machine/open-files.ts';
import { mountDashboard } from '../transports/dashboard/pages.ts';
import { clientUrl, listensEverywhere, localAddress } from '../transports/http/address.ts';
import { startHttp } from '../transports/http/server.ts';
import { startMetricsPort } from '../transports/rest/metrics-port.ts';
import { mountPage } from '../transports/rest/page.ts';
import { mountProbes, mountRest } from '../transports/rest/routes.ts';
import type { RestDependencies } from '../transports/rest/sources.ts';
import { clearText, followCertificate, readCertificate } from './certificate.ts';
import { clientConfigurations } from './client-configurations.ts';
import { drainFor } from './drain.ts';
import { EXIT } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { noteListening } from './listening.ts';
import { mcpOf, openApp } from './open-app.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { followConfig, mayKeepAccess } from './reload.ts';
import { endedWell, placesOf } from './service-file.ts';
import { systemReport } from './system-report.ts';
import { supervised } from './systemd.ts';
import { note } from './terminal.ts';

/** Asked every few seconds by machines: no news. */
const PROBES: ReadonlySet<string> = new Set(['/health/live', '/health/ready', '/metrics']);

export async function serve(
  options: CommonOptions & { host?: string; port?: string; path?: string },
): Promise<number> {
  const load = () =>
    loadFor(options, {
      'server.host': options.host,
      'server.port': options.port,
      'server.path': options.path,
    });
  const loaded = await load();
  const { server } = loaded.config;
  const { app, log } = await openApp(loaded, { adopts: true });
  try {
    const access = await accessOf(loaded.config, app.tokens);
    const { tools, services, onDefect, gates, observers, scanners, states } = app;
    const { health, metrics, events, record, refused, start: watch } = await app.observation();
    const rest: RestDependencies = {
      tools,
      services,
      onDefect,
      gates,
      observers,
      scanners,
      states,
      version: VERSION,
      publicUrl: server.publicUrl,
      mcpPath: server.path,
      config: () => redact(loaded.config),
      system: () => systemReport(options, loaded, app.tokens),
      breakers: app.breakers,
      onLoggedOut: (session) => record('session_closed', { ...session }),
      onClosed: ({ breaker, caller }) => record('breaker_closed', { breaker, caller: caller.name }),
      health,
      events,
      ...(loaded.config.metrics.enabled ? { metrics } : {}),
      draining: () => app.draining,
      onSwitched: ({ tool, enabled, caller }) => {
        log.warn({ tool, enabled, caller: caller.name }, 'a tool was switched');
        record('tool_switched', { tool, enabled, caller: caller.name });
      },
    };
    const service = await startHttp(mcpOf(app), {
      ...access,
      sessions: {
        keep: app.sessions,
        idleMs: () => loaded.config.auth.sessionIdleMinutes * 60_000,
        onOpened: (opened) => record('session_opened', { ...opened }),
      },
      certificate: server.tls && readCertificate(server.tls),
      host: server.host,
      port: server.port,
      path: server.path,
      allowedHosts: server.allowedHosts,
      allowedOrigins: server.allowedOrigins,
      maxConnections: Math.min(server.maxConnections, fileShares().connections),
      maxConnectionsPerAddress: server.maxConnectionsPerAddress,
      openRoutes: (router) => {
        mountProbes(router, rest);
        mountPage(router);
        mountDashboard(router);
      },
      routes: (router) => mountRest(router, rest),
      onAttempt: (result) => metrics.authenticated(result),
      onAccess: (access) => {
        metrics.requestEnded(access);
        if (!loaded.config.logging.access) return;
        const { route, ...facts } = access;
        log[PROBES.has(route) ? 'debug' : 'info'](facts, 'request');
      },
      onRefused: (facts) => {
        if (refused({ ...facts })) log.warn(facts, 'a request was refused');
      },
      onError: (error) => log.warn({ err: error }, 'http'),
    });
    const { enabled, host, port } = loaded.config.metrics;
    const scraped =
      enabled && port !== undefined
        ? await startMetricsPort(metrics, { host, port, allowedHosts: server.allowedHosts })
        : undefined;
    if (scraped) note(`Metrics are on http://${localAddress(host)}:${scraped.port}/metrics`);
    states.onChange(() => service.listChanged('tools'));
    app.onUpdated((uris) => service.updated(uris));
    await app.start();
    const files = openFilesFinding(loaded.config.scans.maxConcurrentTasks);
    if (!files.ok) log.warn({ mend: files.fix }, files.detail);
    watch();
    const systemd = supervised(log);
    const unfollow = followConfig(loaded, {
      app,
      log,
      load,
      check: (next) => mayKeepAccess(access.authenticator !== undefined, next.config),
      onTools: () => service.listChanged('tools'),
      onHangup: systemd.reloading,
    });
    const unfollowCertificate = server.tls && followCertificate(server.tls, { renew: service.renew, log });
    const forget = noteListening(loaded.config, service.url);
    systemd.ready(service.url);
    note(`Portolan listens on ${service.url}`);
    if (listensEverywhere(server.host)) note('and on every other address of this machine.');
    const clear = clearText(server);
    if (clear !== undefined) log.warn({ host: server.host }, clear);
    const needsToken = access.authenticator !== undefined;
    const { allowUrlToken } = loaded.config.auth;
    note(`\n${clientConfigurations(clientUrl(service.url, server), needsToken, allowUrlToken)}`);
    note('\nThe dashboard, in a browser that is logged in: portolan open');
    const { signal } = onInterrupt({ hangup: process.stdin.isTTY === true });
    if (!signal.aborted) await once(signal, 'abort');
    systemd.stopping();
    note(
      `Stopping: calls that wait may finish for ${server.shutdownGraceSeconds} s; running scans keep what they found. Again to end at once.`,
    );
    await drainFor(app, server.shutdownGraceSeconds);
    unfollow();
    unfollowCertificate?.();
    await scraped?.close();
    forget();
    await service.close();
  } finally {
    await app.close();
  }
  endedWell(placesOf(loaded.config));
  return EXIT.ok;
}
