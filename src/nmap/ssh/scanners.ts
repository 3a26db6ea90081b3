/** The scanners there are: those of the configuration by name, and those described in a call while their task lasts. */
import { CircuitBreaker, DEFAULT_BREAKER } from '../../core/breaker.ts';
import { PortolanError } from '../../core/errors.ts';
import type { PolicyFacts, Privileges } from '../../policy/facts.ts';
import { parseScriptCatalogue, type ScriptCatalogue } from '../../policy/script-catalogue.ts';
import type { NmapInstall } from '../machine/install.ts';
import type { Runner } from '../run/runner.ts';
import { type ConnectOptions, connect, type SshConnection } from './connect.ts';
import { credentialsGone, isHandle, newHandle } from './handle.ts';
import { createPool, type Pool, type PoolSettings } from './pool.ts';
import { probe, readScriptDatabase, type ScannerFacts } from './probe.ts';
import { createRemoteRunner } from './runner.ts';
import type { ScannerRoute } from './scanner.ts';

/** One scanner, ready to be used. */
export interface RemoteScanner {
  readonly name: string;
  readonly runner: Runner;
  nmap(): Promise<NmapInstall>;
  privileges(): Promise<Privileges>;
  /** Its own, with their prefix where it tells: `10.0.0.5/24`. */
  addresses(): Promise<string[]>;
  /** What the policy must know: names are looked up here, everything else is the scanner's. */
  facts: PolicyFacts;
  close(): void;
}

export interface ScannerSettings extends Pick<ConnectOptions, 'hostKeys' | 'timeoutMs' | 'lostAfterMs'> {
  pool: PoolSettings;
  resolve: PolicyFacts['resolve'];
}

export function createScanner(
  route: ScannerRoute,
  breaker: CircuitBreaker,
  settings: ScannerSettings,
): RemoteScanner {
  const { timeoutMs, lostAfterMs } = settings;
  const known = new WeakMap<
    SshConnection,
    { facts: Promise<ScannerFacts>; scripts?: Promise<ScriptCatalogue> }
  >();
  const pool: Pool = createPool(() => connect(route, settings), breaker, settings.pool);

  // Asked once for each connection: what is installed later is seen after the next one, or at once when nmap was missing.
  async function learn() {
    const connection = await pool.connection();
    let facts = known.get(connection);
    if (!facts) {
      const asked = { facts: probe(connection, route, timeoutMs) };
      asked.facts.catch(() => known.delete(connection));
      known.set(connection, asked);
      facts = asked;
    }
    return { connection, entry: facts, facts: await facts.facts };
  }

  const privileges = async () => (await learn()).facts.privileges;
  let interfaces: string[] = [];
  return {
    name: route.name,
    runner: createRemoteRunner({
      acquire: (signal) => pool.acquire(signal),
      sudo: () => route.sudo,
      lostAfterMs,
      timeoutMs,
    }),
    nmap: async () => (await learn()).facts.nmap,
    privileges,
    addresses: async () => (await learn()).facts.addresses,
    facts: {
      resolve: settings.resolve,
      privileges: async () => {
        const { facts } = await learn();
        interfaces = facts.interfaces;
        return facts.privileges;
      },
      scripts: async () => {
        const { connection, entry, facts } = await learn();
        entry.scripts ??= readScriptDatabase(connection, facts, timeoutMs).then(parseScriptCatalogue);
        return await entry.scripts;
      },
      // The policy asks for the privileges first, so they are known by then.
      interfaces: () => interfaces,
    },
    close: () => pool.close(),
  };
}

export interface Scanners {
  /** @throws PortolanError scanner_not_found, or `interrupted` for one whose credentials are gone */
  get(name: string): RemoteScanner;
  /** Keeps a scanner that was described in a call, credentials and all, in memory alone. @returns its handle. */
  hold(route: ScannerRoute): string;
  /** Forgets it; does nothing for those of the configuration. */
  release(handle: string | undefined): void;
  notFound(name: string): PortolanError;
  close(): void;
}

/** @param routeOf the way to a scanner of the configuration as it is now; undefined when there is none of that name */
export function createScanners(parts: {
  names: () => string[];
  routeOf: (name: string) => ScannerRoute | undefined;
  breakerOf: (name: string) => CircuitBreaker;
  settings: ScannerSettings;
}): Scanners {
  const named = new Map<string, { words: string; scanner: RemoteScanner }>();
  const held = new Map<string, RemoteScanner>();
  const notFound = (name: string) => {
    const names = parts.names();
    return new PortolanError(
      'scanner_not_found',
      `There is no scanner ${JSON.stringify(name.slice(0, 64))}.`,
      names.length > 0
        ? `Use one of: ${names.join(', ')}; or leave scanner out to scan from here.`
        : 'None is configured (remote.scanners); leave scanner out to scan from here.',
    );
  };
  return {
    notFound,

    get(name) {
      if (isHandle(name)) {
        const scanner = held.get(name);
        if (!scanner) throw credentialsGone();
        return scanner;
      }
      const route = parts.routeOf(name);
      if (!route) throw notFound(name);
      // The configuration may have changed: scans on the way of before end there, and it closes when nobody uses it.
      const words = JSON.stringify(route);
      const before = named.get(name);
      if (before?.words === words) return before.scanner;
      const scanner = createScanner(route, parts.breakerOf(name), parts.settings);
      named.set(name, { words, scanner });
      return scanner;
    },

    hold(route) {
      const handle = newHandle();
      // One call, one task: nobody else would profit from a breaker that lasts longer.
      const breaker = new CircuitBreaker(`scanner ${route.name}`, () => DEFAULT_BREAKER);
      held.set(handle, createScanner(route, breaker, parts.settings));
      return handle;
    },

    release(handle) {
      if (handle === undefined) return;
      held.get(handle)?.close();
      held.delete(handle);
    },

    close() {
      for (const { scanner } of named.values()) scanner.close();
      for (const scanner of held.values()) scanner.close();
      named.clear();
      held.clear();
    },
  };
}
