/** A policy on facts of our own: no DNS, no nmap, no machine. */

import { argvFor } from '../../../src/nmap/command/argv.ts';
import { createPolicy, type Policy } from '../../../src/policy/authorize.ts';
import { parseCommand } from '../../../src/policy/command.ts';
import type { PolicyFacts, Privileges } from '../../../src/policy/facts.ts';
import { parseScriptCatalogue } from '../../../src/policy/script-catalogue.ts';
import type { PolicySettings } from '../../../src/policy/settings.ts';
import { DEFAULT_POLICY } from '../../defaults.ts';

export const ROOT: Privileges = { raw: true, how: 'root', detail: 'running as root' };
export const UNPRIVILEGED: Privileges = {
  raw: false,
  how: 'unprivileged',
  detail: 'not root, no capabilities',
};

/** In nmap's own format, a few of each kind. */
export const CATALOGUE = parseScriptCatalogue(
  [
    ['ssh-hostkey', 'safe default discovery'],
    ['ssh-auth-methods', 'auth intrusive'],
    ['ssh2-enum-algos', 'safe discovery'],
    ['ssl-cert', 'default safe discovery'],
    ['ssl-enum-ciphers', 'discovery intrusive'],
    ['http-title', 'default discovery safe'],
    ['http-git', 'default safe vuln'],
    ['http-open-proxy', 'default discovery external safe'],
    ['http-robots.txt', 'default discovery safe'],
    ['ftp-bounce', 'default safe'],
    ['ssh-brute', 'brute intrusive'],
    ['broadcast-ping', 'discovery safe broadcast'],
    ['vulners', 'vuln safe external'],
    ['http-fetch', 'safe'],
    ['banner-only', 'version'],
    ['smb-double-pulsar-backdoor', 'vuln safe malware'],
  ]
    .map(
      ([name, categories]) =>
        `Entry { filename = "${name}.nse", categories = { ${categories
          ?.split(' ')
          .map((category) => `"${category}", `)
          .join('')}} }`,
    )
    .join('\n'),
);

export interface Fixture extends Policy {
  /** Names that were looked up, in order. */
  lookups: string[];
}

export function fixture(
  given: {
    settings?: Partial<PolicySettings>;
    names?: Record<string, string[]>;
    privileges?: Privileges;
  } = {},
): Fixture {
  const lookups: string[] = [];
  const names = new Map(Object.entries({ localhost: ['127.0.0.1', '::1'], ...given.names }));
  const facts: PolicyFacts = {
    resolve: async (name) => {
      lookups.push(name);
      return names.get(name) ?? [];
    },
    scripts: async () => CATALOGUE,
    privileges: async () => given.privileges ?? ROOT,
    interfaces: () => ['lo', 'eth0'],
  };
  return { lookups, ...createPolicy(() => ({ ...DEFAULT_POLICY, ...given.settings }), facts) };
}

export const request = (targets: string[], options: { flag: string; value?: string }[] = []) => ({
  tool: 'custom_scan',
  targets,
  options,
});

export const command = (text: string) => ({ tool: 'custom_scan', ...parseCommand(text) });

/** The words of argv that came from the request: without what Portolan adds to every scan. */
export async function argvOf(policy: Policy, text: string): Promise<string> {
  const argv = argvFor(await policy.authorize(command(text)), { xml: '/x' }).join(' ');
  return argv.replace(/ ?(-v |)(--unprivileged |--privileged |)--stats-every 1s -oX \/x/, '');
}

/** The error code that a promise or a function ends with. */
export async function codeOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'accepted';
}
