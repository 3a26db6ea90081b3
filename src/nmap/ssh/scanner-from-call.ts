/** A scanner that is described in a call: its words are a caller's, so every one of them is checked here. */
import { realpath } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';
import { intersect, parseAddress, parseNetwork } from '../../core/address.ts';
import { PortolanError } from '../../core/errors.ts';
import type { Scope } from '../../policy/scope.ts';
import { isHost, isUser, type ScannerRoute } from './scanner.ts';

export interface InlineScanner {
  host: string;
  port: number;
  user: string;
  /** A path; wins over the password. */
  key?: string | undefined;
  password?: string | undefined;
}

export interface InlineSettings {
  /** Networks and names (remote.allowedHosts). */
  allowedHosts: readonly string[];
  keyDirectories: readonly string[];
  /** What is denied to scans is denied here. */
  scope: Scope;
  home: string;
}

/** @throws PortolanError invalid_argument, scanner_not_allowed; never with a secret in it */
export async function inlineRoute(asked: InlineScanner, settings: InlineSettings): Promise<ScannerRoute> {
  const { host, port, user, key, password } = asked;
  if (!isHost(host) || isNumber(host)) {
    throw wrong(
      'host',
      'is no host name or address',
      'Give a name such as scanner.lab.internal, or an address.',
    );
  }
  // Directories have users with an @ (remote.scanners takes them); in a call it would hide the host in messages.
  if (!isUser(user) || user.includes('@'))
    throw wrong('ssh_user', 'is no user name', 'Give the name of the account there.');
  const allowed = allowedOnly(host, settings.allowedHosts);
  // Before a name is looked up, and for an address at all.
  const literal = parseAddress(host) !== undefined;
  const refusal = literal
    ? (denied(host, host, settings.scope) ?? allowed(host))
    : settings.scope.refuseName(host.toLowerCase())?.message;
  if (refusal !== undefined) throw notAllowed(refusal);
  return {
    name: `${user}@${host.includes(':') && port !== 22 ? `[${host}]` : host}${port === 22 ? '' : `:${port}`}`,
    hops: [{ host, port, user, auth: await authOf(key, password, settings) }],
    sudo: false,
    refuseAddress: (address) => denied(host, address, settings.scope) ?? allowed(address),
    describedInCall: true,
  };
}

/**
 * An address in a way of writing that the policy does not read and getaddrinfo does (inet_aton(3): 2130706433, 0x7f.1), for
 * no name ends in a number (URL Standard, "ends in a number").
 */
function isNumber(host: string): boolean {
  return parseAddress(host) === undefined && /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/i.test(host);
}

/** Judges the addresses of a host that is in no configuration, by remote.allowedHosts. */
export function allowedOnly(
  host: string,
  allowedHosts: readonly string[],
): NonNullable<ScannerRoute['refuseAddress']> {
  const allowed = isAllowedName(host, allowedHosts);
  return (address) =>
    allowed || isAllowedAddress(address, allowedHosts)
      ? undefined
      : `${address === host ? host : `${host} (${address})`} is not among the hosts that a call may name (remote.allowedHosts).`;
}

/** The refusal of an address that may not be reached whatever else is allowed (security.deniedNetworks). */
function denied(host: string, text: string, scope: Scope): string | undefined {
  const address = parseAddress(text);
  if (!address) return `${host} has an address that cannot be read.`;
  const span = { family: address.family, first: address.value, last: address.value };
  return scope.refuse(span, text === host ? host : `${host} (${text})`)?.message;
}

/** The refusal of where a call wants to go. */
export function notAllowed(why: string): PortolanError {
  return new PortolanError(
    'scanner_not_allowed',
    why,
    'Name a scanner of the configuration, or ask the operator about remote.allowedHosts and the security settings.',
  );
}

async function authOf(
  key: string | undefined,
  password: string | undefined,
  settings: InlineSettings,
): Promise<ScannerRoute['hops'][0]['auth']> {
  if (key !== undefined) return { kind: 'key', path: await allowedKey(key, settings), pinned: true };
  if (password !== undefined) return { kind: 'password', password: () => password };
  throw wrong('ssh_key', 'and ssh_pwd are both missing', 'Give one of them.');
}

/** The real path of a key below an allowed folder. The same answer whether or not anything is outside. */
async function allowedKey(given: string, { keyDirectories, home }: InlineSettings): Promise<string> {
  const path = given.startsWith('~/') ? resolve(home, given.slice(2)) : given;
  const outside = new PortolanError(
    'scanner_not_allowed',
    'ssh_key: the file is not below a folder whose keys a call may name.',
    `Put the key into one of: ${keyDirectories.join(', ')} (remote.keyDirectories), or name a scanner of the configuration.`,
  );
  if (path.includes('\0') || !isAbsolute(path)) throw outside;
  const lexical = resolve(path);
  if (!keyDirectories.some((folder) => lexical.startsWith(`${resolve(folder)}${sep}`))) throw outside;
  const real = await realpath(lexical).catch(() => undefined);
  if (real === undefined) {
    throw wrong('ssh_key', 'names no file', 'Check the path of the private key on this machine.');
  }
  const folders = await Promise.all(keyDirectories.map((folder) => realpath(folder).catch(() => undefined)));
  if (!folders.some((folder) => folder !== undefined && real.startsWith(`${folder}${sep}`))) throw outside;
  return real;
}

function isAllowedName(host: string, allowed: readonly string[]): boolean {
  const name = host.toLowerCase();
  if (parseAddress(host)) return false;
  return allowed.some((entry) => {
    const pattern = entry.toLowerCase();
    if (parseNetwork(pattern)) return false;
    if (pattern === '*') return true;
    return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern;
  });
}

function isAllowedAddress(text: string, allowed: readonly string[]): boolean {
  const address = parseAddress(text);
  if (!address) return false;
  const span = { family: address.family, first: address.value, last: address.value };
  return allowed.some((entry) => {
    const network = parseNetwork(entry);
    return network !== undefined && intersect(network, span) !== undefined;
  });
}

function wrong(argument: string, what: string, next: string): PortolanError {
  return new PortolanError('invalid_argument', `${argument} ${what}.`, next);
}
