/** What the policy must know of the machine it runs on. Handed in, so that every decision can be tested. */
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { PortolanError } from '../core/errors.ts';
import { parseScriptCatalogue, type ScriptCatalogue } from './script-catalogue.ts';

export interface Privileges {
  /** Whether nmap can open raw sockets, as -sS, -sU and -O need. */
  raw: boolean;
  how: 'root' | 'capabilities' | 'unprivileged';
  /** For a person: how that was found out. */
  detail: string;
}

export interface PolicyFacts {
  /** Every address of a name, IPv4 and IPv6. Rejects or gives none when there is no such name. */
  resolve(name: string): Promise<string[]>;
  /** The scripts of the installed nmap. */
  scripts(): Promise<ScriptCatalogue>;
  privileges(): Promise<Privileges>;
  /** Names of the network interfaces that are up, for zone ids and -e. */
  interfaces(): string[];
}

/**
 * The facts of this machine. `dataDirectory` gives nmap's data folder (normally /usr/share/nmap); its script database
 * is read once. Names go through the system's resolver, as /etc/hosts counts too.
 */
export function localFacts(options: {
  dataDirectory: () => Promise<string>;
  privileges: () => Promise<Privileges>;
}): PolicyFacts {
  let catalogue: Promise<ScriptCatalogue> | undefined;
  return {
    resolve: async (name) =>
      (await lookup(name, { all: true, order: 'verbatim' })).map(({ address }) => address),
    scripts: () => {
      catalogue ??= readScriptCatalogue(options.dataDirectory).catch((error: unknown) => {
        catalogue = undefined;
        throw error;
      });
      return catalogue;
    },
    privileges: options.privileges,
    interfaces: () => Object.keys(networkInterfaces()),
  };
}

async function readScriptCatalogue(dataDirectory: () => Promise<string>): Promise<ScriptCatalogue> {
  const path = join(await dataDirectory(), 'scripts', 'script.db');
  try {
    return parseScriptCatalogue(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new PortolanError(
      'script_not_allowed',
      `The database of nmap's scripts (${path}) cannot be read, so no script can be judged.`,
      'Install nmap with its scripts, or scan without -sC and --script.',
      { cause },
    );
  }
}
