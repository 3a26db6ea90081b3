/** Which host keys are trusted: those of the operator's known_hosts files and of Portolan's own. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PortolanError } from '../../core/errors.ts';
import {
  fingerprint,
  judgeKey,
  type KeyVerdict,
  type KnownHostLine,
  keyType,
  knownHostLine,
  knownTypes,
  matchesHost,
  parseKnownHosts,
} from './known-hosts.ts';
import { type Hop, hostPort } from './scanner.ts';

export interface HostKeys {
  /** The files as they are now. */
  load(): Promise<LoadedHostKeys>;
  /** Adds a key to Portolan's own file, and takes out its other ones of that host. @returns the file. */
  trust(host: string, key: Buffer): Promise<string>;
}

export interface LoadedHostKeys {
  judge(host: string, key: Buffer): KeyVerdict;
  knownTypes(host: string): string[];
}

/** Thrown for a key that is not trusted, with what `portolan trust` needs to change that. */
export class HostKeyRefused extends PortolanError {
  readonly verdict: Exclude<KeyVerdict, { status: 'trusted' }>;
  readonly host: string;
  readonly key: Buffer;

  constructor(
    scanner: string,
    host: string,
    key: Buffer,
    verdict: Exclude<KeyVerdict, { status: 'trusted' }>,
  ) {
    const shown = `${keyType(key)} ${fingerprint(key)}`;
    const compare = 'Compare the fingerprint with what its administrator says';
    const trust = `run \`portolan trust ${scanner}\``;
    const words = {
      unknown: [`The host key of ${host} is not known: ${shown}.`, `${compare}, then ${trust}.`],
      changed: [
        `The host key of ${host} has changed, or somebody is between: it is now ${shown}, and ${'where' in verdict ? verdict.where : ''} has another.`,
        `${compare}. If the machine really has a new key, ${trust}.`,
      ],
      revoked: [
        `The host key of ${host} is revoked (${'where' in verdict ? verdict.where : ''}): ${shown}.`,
        'Give the machine a new host key; a revoked one cannot be trusted again.',
      ],
    } as const;
    const [message, next] = words[verdict.status];
    super('host_key_refused', message, next);
    this.verdict = verdict;
    this.host = host;
    this.key = key;
  }
}

/** The one refusal of a host that a call named, whether it is there or not: it has not been asked. */
export function hostKeyNotKnown(name: string, hop: Pick<Hop, 'host' | 'port'>): PortolanError {
  return new PortolanError(
    'host_key_refused',
    `The host key of ${hostPort(hop)} is not known, so it was not spoken to.`,
    `Ask the operator to compare it and to run \`portolan trust ${name}\`, or name a scanner of the configuration.`,
  );
}

/** @param files read only; `own` is Portolan's, and written by trust(). All are read anew for every connection. */
export function createHostKeys(files: readonly string[], own: string): HostKeys {
  return {
    async load() {
      const lines = (await Promise.all([own, ...files].map(readLines))).flat();
      return {
        judge: (host, key) => judgeKey(lines, host, key),
        knownTypes: (host) => knownTypes(lines, host),
      };
    },

    async trust(host, key) {
      const before = await readText(own);
      const others = before.split('\n').filter((line) => line !== '' && !isAbout(line, host));
      await mkdir(dirname(own), { recursive: true, mode: 0o700 });
      const temporary = `${own}.${process.pid}`;
      await writeFile(temporary, `${others.map((line) => `${line}\n`).join('')}${knownHostLine(host, key)}`, {
        mode: 0o600,
      });
      await rename(temporary, own);
      return own;
    },
  };
}

function isAbout(line: string, host: string): boolean {
  const [parsed] = parseKnownHosts(line, '');
  return parsed !== undefined && parsed.marker === undefined && matchesHost(parsed.hosts, host);
}

async function readLines(file: string): Promise<KnownHostLine[]> {
  return parseKnownHosts(await readText(file), file);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // Missing files are usual. One that is there and cannot be read may hold a revocation: then nothing is trusted.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw new PortolanError(
      'invalid_config',
      `The known hosts in ${file} cannot be read.`,
      'Make the file readable to this user, or take it out of remote.knownHosts.',
      { cause: error },
    );
  }
}
