/** Builds what scanning over SSH needs. Apart from the rest, because most processes never need it and SSH loads slowly. */
import { homedir, userInfo } from 'node:os';
import type { Config } from '../config/schema.ts';
import { referencedSecret } from '../config/secrets.ts';
import { Breakers } from '../core/breaker.ts';
import type { ScannerRoute } from '../nmap/ssh/scanner.ts';
import { type InlineScanner, inlineRoute } from '../nmap/ssh/scanner-from-call.ts';
import { routeTo } from '../nmap/ssh/scanner-routes.ts';
import { createScanners, type ScannerSettings, type Scanners } from '../nmap/ssh/scanners.ts';
import { createHostKeys, type HostKeys } from '../nmap/ssh/trusted-host-keys.ts';
import type { PolicyFacts } from '../policy/facts.ts';
import { createDenials } from '../policy/scope.ts';
import { remoteVantage, type Vantage } from '../scans/vantages.ts';

export interface Remote {
  scanners: Scanners;
  hostKeys: HostKeys;
  settings: ScannerSettings;
  /** @throws PortolanError invalid_config */
  routeOf(name: string): ScannerRoute | undefined;
  vantage(name: string): Vantage;
  /** Keeps a scanner that a call describes. @throws PortolanError */
  hold(asked: InlineScanner): Promise<string>;
}

const IDLE_MS = 300_000;

export function createRemote(
  config: Pick<Config, 'remote' | 'security' | 'circuitBreaker'>,
  resolve: PolicyFacts['resolve'],
  breakers: Breakers = new Breakers(() => config.circuitBreaker),
  env: Readonly<Record<string, string | undefined>> = process.env,
): Remote {
  const { remote } = config;
  const hostKeys = createHostKeys(remote.knownHosts, remote.trustFile);
  const settings: ScannerSettings = {
    hostKeys,
    resolve,
    timeoutMs: remote.connectSeconds * 1000,
    lostAfterMs: remote.lostAfterSeconds * 1000,
    pool: { maxScans: remote.maxScansPerScanner, idleMs: IDLE_MS },
  };
  const routeOf = (name: string) =>
    routeTo(name, {
      entries: remote.scanners,
      sshConfig: remote.sshConfig,
      agentSocket: env['SSH_AUTH_SOCK'],
      user: userInfo().username,
      secret: (scanner, source) => referencedSecret(`remote.scanners.${scanner}`, source, env),
    });
  const breakerOf = (name: string) => breakers.of(`scanner ${name}`);
  const scanners = createScanners({
    names: () => Object.keys(remote.scanners),
    routeOf,
    breakerOf,
    settings,
  });
  return {
    scanners,
    hostKeys,
    settings,
    routeOf,
    vantage: (name) => {
      const { scope, seenAs } = remote.scanners[name] ?? {};
      return remoteVantage(scanners.get(name), () => config.security, scope, seenAs);
    },
    hold: async (asked) =>
      scanners.hold(
        await inlineRoute(asked, {
          allowedHosts: remote.allowedHosts,
          keyDirectories: remote.keyDirectories,
          scope: createDenials(config.security),
          home: homedir(),
        }),
      ),
  };
}
