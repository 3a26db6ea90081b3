/** From what an operator wrote about a scanner to the way there. */
import { existsSync } from 'node:fs';
import { PortolanError } from '../../core/errors.ts';
import { type Auth, type Hop, isHost, isUser, type ScannerRoute } from './scanner.ts';
import { readSshConfig } from './ssh-config.ts';

/** As in the configuration (config/scanner-entry.ts). */
export interface ScannerWords {
  host?: string | undefined;
  port?: number | undefined;
  user?: string | undefined;
  key?: string | undefined;
  passphrase?: string | undefined;
  agent?: true | string | undefined;
  password?: string | undefined;
  jump?: string | string[] | undefined;
  sshConfig?: boolean | string | undefined;
  sudo?: boolean | undefined;
  nmapPath?: string | undefined;
}

export interface RouteSources {
  entries: Readonly<Record<string, ScannerWords>>;
  /** The ssh configuration to read where an entry wants it. */
  sshConfig: string;
  /** The user's ssh-agent, if there is one. */
  agentSocket: string | undefined;
  /** User where nobody says one. */
  user: string;
  /** The secret behind `env:NAME` or `file:/path`. */
  secret: (scanner: string, source: string) => string;
}

/** `[user@]host[:port]`, with an IPv6 address in brackets. */
const JUMP = /^(?:([^@]+)@)?(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/;

/** A way of hosts through hosts through hosts is a mistake, or a circle. */
const MAX_HOPS = 8;

/** Undefined when there is no entry of that name. @throws PortolanError invalid_config */
export function routeTo(name: string, sources: RouteSources): ScannerRoute | undefined {
  const entry = Object.hasOwn(sources.entries, name) ? sources.entries[name] : undefined;
  if (!entry) return undefined;
  const [first, ...others] = hopsOf(name, entry, sources, 0);
  if (!first) throw new Error('a route without hops');
  return {
    name,
    hops: [first, ...others],
    sudo: entry.sudo ?? false,
    ...(entry.nmapPath === undefined ? {} : { nmapPath: entry.nmapPath }),
  };
}

/**
 * The way to a host that is only named, `[user@]host[:port]`, to learn its host key: it has no credentials.
 * @throws PortolanError scanner_not_found when it is not such a word
 */
export function addressedRoute(words: string, names: readonly string[]): ScannerRoute {
  const hop = /[@.:]|^localhost$/.test(words) ? readAddress(words) : undefined;
  if (!hop || !isHost(hop.host) || !isUser(hop.user)) {
    throw new PortolanError(
      'scanner_not_found',
      `There is no scanner ${JSON.stringify(words.slice(0, 64))}.`,
      `Use one of: ${names.join(', ') || '(none is configured)'}; or [user@]host[:port].`,
    );
  }
  return { name: words, hops: [{ ...hop, auth: { kind: 'password', password: () => '' } }], sudo: false };
}

function readAddress(words: string): Omit<Hop, 'auth'> | undefined {
  const match = JUMP.exec(words);
  const host = match?.[2] ?? match?.[3];
  return host === undefined
    ? undefined
    : { host, port: Number(match?.[4] ?? 22), user: match?.[1] ?? 'nobody' };
}

function hopsOf(name: string, entry: ScannerWords, sources: RouteSources, depth: number): Hop[] {
  if (depth > MAX_HOPS) {
    throw invalid(name, 'its jump hosts go in a circle', 'Let no scanner be reached through itself.');
  }
  const alias = typeof entry.sshConfig === 'string' ? entry.sshConfig : (entry.host ?? name);
  const words = entry.sshConfig ? readSshConfig(sources.sshConfig, alias) : { keys: [], jumps: [] };
  const hop = checked(name, {
    host: (typeof entry.sshConfig === 'string' ? entry.host : undefined) ?? words.host ?? entry.host ?? alias,
    port: entry.port ?? words.port ?? 22,
    user: entry.user ?? words.user ?? sources.user,
    auth: authOf(name, entry, words.keys, sources),
  });
  const jumps = [entry.jump ?? []].flat();
  const before =
    jumps.length > 0
      ? jumps.flatMap((jump) => jumpHops(name, jump, hop, sources, depth))
      : words.jumps.flatMap((jump) => configuredJump(name, jump, entry, sources, depth));
  return [...before, hop];
}

/** Another scanner with its own way and credentials, or a host with those of this one. */
function jumpHops(
  name: string,
  jump: string,
  { user, auth }: Hop,
  sources: RouteSources,
  depth: number,
): Hop[] {
  const other = Object.hasOwn(sources.entries, jump) ? sources.entries[jump] : undefined;
  if (other) return hopsOf(jump, other, sources, depth + 1);
  const at = parseJump(name, jump);
  return [checked(name, { host: at.host, port: at.port ?? 22, user: at.user ?? user, auth })];
}

/** A ProxyJump: looked up in the same ssh configuration, as ssh does. */
function configuredJump(
  name: string,
  jump: string,
  entry: ScannerWords,
  sources: RouteSources,
  depth: number,
): Hop[] {
  const { host, port, user } = parseJump(name, jump);
  const { passphrase, agent, key } = entry;
  return hopsOf(name, { sshConfig: host, port, user, passphrase, agent, key }, sources, depth + 1);
}

function parseJump(name: string, jump: string): { host: string; port?: number; user?: string } {
  const match = JUMP.exec(jump);
  const host = match?.[2] ?? match?.[3];
  // A name may be that of a Host section, which is looser than a host name.
  if (host === undefined || !(isHost(host) || /^[A-Za-z0-9][\w.-]*$/.test(host)))
    throw invalid(name, `${JSON.stringify(jump)} is no jump host`, 'Write [user@]host[:port].');
  return {
    host,
    ...(match?.[1] === undefined ? {} : { user: match[1] }),
    ...(match?.[4] === undefined ? {} : { port: Number(match[4]) }),
  };
}

function authOf(name: string, entry: ScannerWords, keys: readonly string[], sources: RouteSources): Auth {
  const { agent, key, passphrase, password } = entry;
  if (password !== undefined) return { kind: 'password', password: () => sources.secret(name, password) };
  const path = key ?? (agent === undefined ? keys.find((one) => existsSync(one)) : undefined);
  if (path !== undefined) {
    return {
      kind: 'key',
      path,
      ...(passphrase === undefined ? {} : { passphrase: () => sources.secret(name, passphrase) }),
    };
  }
  const socket = typeof agent === 'string' ? agent : sources.agentSocket;
  if (socket !== undefined) return { kind: 'agent', socket };
  throw invalid(
    name,
    agent ? 'there is no ssh-agent (SSH_AUTH_SOCK is not set)' : 'nothing says how to log in',
    'Set key (with passphrase), agent or password of the scanner.',
  );
}

/** Words of an ssh configuration are checked like our own: nothing in them may look like an option to anybody. */
function checked(name: string, hop: Hop): Hop {
  const { host, port, user } = hop;
  if (!isHost(host))
    throw invalid(name, `${JSON.stringify(host)} is no host name or address`, 'Mend its host.');
  if (!isUser(user)) throw invalid(name, `${JSON.stringify(user)} is no user name`, 'Mend its user.');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalid(name, `${port} is no port`, 'Give a port from 1 to 65535.');
  }
  return hop;
}

function invalid(name: string, what: string, next: string): PortolanError {
  return new PortolanError('invalid_config', `Scanner ${name}: ${what}.`, next);
}
