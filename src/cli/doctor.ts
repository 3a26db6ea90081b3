/** `portolan doctor`: what works on this machine, and the command that mends the rest. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { knownTokens } from '../config/tokens.ts';
import { VERSION } from '../config/version.ts';
import { isPostgres, shownDatabase } from '../core/database-address.ts';
import { PortolanError } from '../core/errors.ts';
import { type CommandProgram, diagnose, type Finding } from '../nmap/machine/diagnose.ts';
import { openFilesFinding } from '../nmap/machine/open-files.ts';
import { openStore } from '../store/open.ts';
import { isLoopback } from '../transports/http/gate.ts';
import { clearText, endOf, readCertificate } from './certificate.ts';
import { EXIT } from './exit-codes.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { paint, print, wrapped } from './terminal.ts';

/** Without these nothing can be scanned; everything else is worth knowing. */
const ESSENTIAL = new Set(['configuration', 'nmap', 'database']);

export async function doctor(options: CommonOptions & { json?: boolean; scanner?: string }): Promise<number> {
  if (options.scanner !== undefined) return await scannerDoctor(options.scanner, options);
  return conclude(await examine(options), ESSENTIAL, options.json);
}

/** What works on this machine, and what mends the rest; changes nothing. */
export async function examine(options: CommonOptions): Promise<Finding[]> {
  const { loaded, finding } = await configuration(options);
  const { config } = loaded;
  return [
    { name: 'portolan', ok: true, detail: `${VERSION} on Node ${process.versions.node}` },
    finding,
    ...(await diagnose({ ...nmapSetting(config), programs: await programs() })),
    { name: 'open files', ...openFilesFinding(config.scans.maxConcurrentTasks) },
    await database(config),
    ...server(config),
    ...captures(config),
  ];
}

/** What a scan from a scanner can do without. */
const SCANNER_OPTIONAL = new Set(['scripts', 'privileges', 'scan types']);

async function scannerDoctor(name: string, options: CommonOptions & { json?: boolean }): Promise<number> {
  const { config } = await loadFor(options);
  const { createRemote } = await import('../app/remote.ts');
  const { diagnoseScanner } = await import('../nmap/ssh/diagnose.ts');
  const { scanners, routeOf, settings } = createRemote(config, async () => []);
  const route = routeOf(name);
  // For its words on a scanner that is not there.
  if (!route) throw scanners.notFound(name);
  const findings = await diagnoseScanner(route, settings);
  const essential = new Set(findings.map((one) => one.name).filter((one) => !SCANNER_OPTIONAL.has(one)));
  if (findings.some((one) => !one.ok && one.name === 'privileges' && route.sudo)) essential.add('privileges');
  return conclude(findings, essential, options.json, `Portolan can scan from ${name}.`);
}

function conclude(
  findings: Finding[],
  essential: ReadonlySet<string>,
  json: boolean | undefined,
  well = 'Portolan can scan from here.',
): number {
  const failed = findings.some(({ name, ok }) => !ok && essential.has(name));
  const text = json
    ? JSON.stringify({ ok: !failed, findings }, null, 2)
    : inWords(findings, essential, failed ? 'Something essential is missing.' : well);
  print(text);
  return failed ? EXIT.failed : EXIT.ok;
}

/** With a wrong configuration the rest is looked at as the defaults have it. */
async function configuration(options: CommonOptions): Promise<{ loaded: LoadedConfig; finding: Finding }> {
  try {
    const loaded = await loadFor(options);
    const detail = loaded.file ?? 'no file: defaults and environment';
    const world = loaded.file === undefined ? 0 : statSync(loaded.file).mode & 0o077;
    if (loaded.file === undefined || world === 0 || process.platform === 'win32') {
      return { loaded, finding: { name: 'configuration', ok: true, detail } };
    }
    const finding = {
      name: 'configuration file',
      ok: false,
      detail: `${detail} is readable to others`,
      fix: `chmod 600 ${detail}`,
    };
    return { loaded, finding };
  } catch (error) {
    if (!(error instanceof PortolanError)) throw error;
    const loaded = await loadConfig({ env: { XDG_CONFIG_HOME: '/nonexistent' } });
    return { loaded, finding: { name: 'configuration', ok: false, detail: error.message, fix: error.next } };
  }
}

/** Of the tools that every installation has; those of one's own say it when they are called. */
async function programs(): Promise<CommandProgram[]> {
  const { TOOLS } = await import('../tools/index.ts');
  return TOOLS.flatMap(({ name, program }) => (program ? [{ tool: name, ...program }] : []));
}

function nmapSetting({ scans }: Config): { nmapPath?: string } {
  return scans.nmapPath === undefined ? {} : { nmapPath: scans.nmapPath };
}

/** Looks at an existing database; makes none. */
async function database({ scans }: Config): Promise<Finding> {
  const path = scans.database;
  try {
    if (isPostgres(path)) {
      await (await openStore(path)).close();
      return { name: 'database', ok: true, detail: `${shownDatabase(path)} can be written` };
    }
    if (!existsSync(path)) {
      accessSync(nearestFolder(path), constants.W_OK);
      return { name: 'database', ok: true, detail: `${path} (made with the first scan)` };
    }
    const store = await openStore(path);
    await store.close();
    return { name: 'database', ok: true, detail: `${path}, ${(statSync(path).size / 1e6).toFixed(1)} MB` };
  } catch (error) {
    const known = error instanceof PortolanError;
    return {
      name: 'database',
      ok: false,
      detail: known ? error.message : `${path}: its folder is not writable`,
      fix: known ? error.next : `choose another place: --db FILE or scans.database`,
    };
  }
}

function nearestFolder(path: string): string {
  const folder = dirname(path);
  return existsSync(folder) || folder === path ? folder : nearestFolder(folder);
}

function server(config: Config): Finding[] {
  const { host, tls } = config.server;
  const findings = tls ? [certificate(tls)] : [];
  const clear = clearText(config.server);
  if (clear !== undefined) {
    findings.push({
      name: 'server',
      ok: false,
      detail: `in clear text on ${host}: whoever is on the way reads tokens and results`,
      fix: 'set server.tls, or listen on 127.0.0.1 behind a proxy with TLS (deploy/nginx)',
    });
  }
  if (isLoopback(host) || knownTokens(config).length > 0) return findings;
  return [
    ...findings,
    {
      name: 'server',
      ok: false,
      detail: `server.host is ${host}, which others can reach, but there is no token: \`portolan serve\` will not start`,
      fix: 'portolan init, or set server.host to 127.0.0.1',
    },
  ];
}

/** Days before its end in which a certificate should have been renewed. */
const RENEWAL_DAYS = 14;

function certificate(files: NonNullable<Config['server']['tls']>): Finding {
  const name = 'certificate';
  try {
    const end = endOf(readCertificate(files));
    const days = Math.floor((end.getTime() - Date.now()) / 86_400_000);
    const until = `${files.cert}, valid until ${end.toISOString()}`;
    if (days < RENEWAL_DAYS) {
      return { name, ok: false, detail: until, fix: 'renew it; the server takes the new one at once' };
    }
    const open = process.platform !== 'win32' && (statSync(files.key).mode & 0o007) !== 0;
    return open
      ? { name, ok: false, detail: `${files.key} is readable to everybody`, fix: `chmod 600 ${files.key}` }
      : { name, ok: true, detail: until };
  } catch (error) {
    if (!(error instanceof PortolanError)) throw error;
    return { name, ok: false, detail: error.message, fix: error.next };
  }
}

function captures({ captures }: Config): Finding[] {
  const folder = captures.allowedDir;
  if (folder === undefined) return [];
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    if (statSync(folder).isDirectory()) return [{ name: 'captures', ok: true, detail: folder }];
    return [
      {
        name: 'captures',
        ok: false,
        detail: `${folder} is not a folder`,
        fix: 'set captures.allowedDir to a folder',
      },
    ];
  } catch {
    return [
      {
        name: 'captures',
        ok: false,
        detail: `${folder} does not exist or is not readable`,
        fix: `mkdir -p ${folder}, or set captures.allowedDir`,
      },
    ];
  }
}

function inWords(findings: Finding[], essential: ReadonlySet<string>, conclusion: string): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, ok, detail, fix }) => [
    `${ok ? paint('green', 'ok  ') : paint(essential.has(name) ? 'red' : 'yellow', essential.has(name) ? 'FAIL' : 'note')}  ${name.padEnd(width)}  ${wrapped(detail, width + 8)}`,
    ...(fix === undefined ? [] : [`${' '.repeat(width + 8)}${paint('bold', 'mend it:')} ${fix}`]),
  ]);
  return [...lines, '', conclusion].join('\n');
}
