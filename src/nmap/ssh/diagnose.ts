/** What `portolan doctor --scanner NAME` says: every step of the way, and the command that mends what fails. */
import { PortolanError } from '../../core/errors.ts';
import { parseScriptCatalogue } from '../../policy/script-catalogue.ts';
import type { Finding } from '../machine/diagnose.ts';
import { SETCAP_COMMAND, scanTypes } from '../machine/privileges.ts';
import { type ConnectOptions, connect, type SshConnection } from './connect.ts';
import { probe, readScriptDatabase, type ScannerFacts } from './probe.ts';
import { hostPort, type ScannerRoute } from './scanner.ts';

/** Never throws for anything that the scanner or the way there can do. Sends nothing beyond the scanner. */
export async function diagnoseScanner(route: ScannerRoute, options: ConnectOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  const attempt = async <T>(name: string, step: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      findings.push({ name: STEPS[error.code] ?? name, ok: false, detail: error.message, fix: error.next });
      return undefined;
    }
  };
  const many = route.hops.length > 1;
  const connection = await attempt('connection', () =>
    connect(route, {
      ...options,
      onStep: ({ hop, name, detail }) =>
        findings.push({ name, ok: true, detail: many ? `${hostPort(hop)}: ${detail}` : detail }),
    }),
  );
  if (!connection) return findings;
  try {
    const facts = await attempt('nmap', () => probe(connection, route, options.timeoutMs));
    if (facts) findings.push(...(await describe(connection, facts, options)));
  } finally {
    connection.close();
  }
  return findings;
}

/** Which step an error is about, where its code says it. */
const STEPS: Partial<Record<string, string>> = {
  scanner_unreachable: 'reach',
  host_key_refused: 'host key',
  ssh_auth_failed: 'login',
  nmap_not_found: 'nmap',
  nmap_too_old: 'nmap',
  needs_privileges: 'privileges',
};

async function describe(
  connection: SshConnection,
  facts: ScannerFacts,
  { timeoutMs }: ConnectOptions,
): Promise<Finding[]> {
  const { nmap, privileges, folder } = facts;
  const { works, needsRaw } = scanTypes(privileges);
  const scripts = parseScriptCatalogue(await readScriptDatabase(connection, facts, timeoutMs)).size;
  return [
    { name: 'nmap', ok: true, detail: `nmap ${nmap.version} at ${nmap.path}` },
    { name: 'folder', ok: true, detail: `runs get one below ${folder}` },
    scripts > 0
      ? { name: 'scripts', ok: true, detail: `${scripts} scripts in ${nmap.dataDirectory}` }
      : {
          name: 'scripts',
          ok: false,
          detail: 'no script database: no script can run there',
          fix: 'nmap --script-updatedb (Alpine: apk add nmap-scripts)',
        },
    privileges.raw
      ? { name: 'privileges', ok: true, detail: privileges.detail }
      : {
          name: 'privileges',
          ok: false,
          detail: `${privileges.detail}. Scans fall back to connect scans`,
          fix: `${SETCAP_COMMAND} ${nmap.path}   (there), or allow sudo -n nmap and set sudo for the scanner`,
        },
    { name: 'scan types', ok: true, detail: `work there: ${works.join(', ')}` },
    ...(needsRaw.length > 0
      ? [{ name: 'scan types', ok: false, detail: `need raw packets: ${needsRaw.join(', ')}` }]
      : []),
  ];
}
