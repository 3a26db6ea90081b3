/** A connection to a scanner, through its jump hosts, each with its host key checked. Errors say which step failed. */
import type { Duplex } from 'node:stream';
import { Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import { authConfig } from './auth.ts';
import { failed, stopped, unreachable } from './faults.ts';
import { HostKeyRefused, type HostKeys, type LoadedHostKeys } from './host-keys.ts';
import { fingerprint } from './known-hosts.ts';
import { forward, type ReachOptions, reach } from './reach.ts';
import { type Hop, hostPort, type ScannerRoute } from './scanner.ts';

export interface SshConnection {
  /** Runs a command; `pty` gives it a terminal that changes nothing of what passes. */
  exec(command: string, options?: { pty?: boolean }): Promise<ClientChannel>;
  /** Whether it can still be used. */
  isOpen(): boolean;
  /** Resolves when it has ended, with the reason in words. */
  readonly closed: Promise<string>;
  close(): void;
}

export interface ConnectOptions extends ReachOptions {
  hostKeys: HostKeys;
  /** A link on which nothing is heard this long counts as broken. */
  lostAfterMs: number;
  /** Ends with ssh_auth_failed once the host key of the last hop is trusted: it is shown no credentials. */
  keysOnly?: boolean;
}

/** @throws PortolanError scanner_unreachable, host_key_refused ({@link HostKeyRefused}), ssh_auth_failed, ssh_failed */
export async function connect(route: ScannerRoute, options: ConnectOptions): Promise<SshConnection> {
  const keys = await options.hostKeys.load();
  const clients: Client[] = [];
  const giveUp = () => {
    for (const client of clients) client.destroy();
  };
  options.signal?.addEventListener('abort', giveUp, { once: true });
  try {
    let last: { client: Client; closed: Promise<string> } | undefined;
    for (const hop of route.hops) {
      const sock: Duplex = last ? await forward(last.client, hop, route) : await reach(hop, route, options);
      last = await login(hop, sock, route, keys, options, (client) => clients.push(client));
    }
    if (!last || options.signal?.aborted) throw stopped();
    return connection(last.client, last.closed, giveUp);
  } catch (error) {
    giveUp();
    throw options.signal?.aborted ? stopped() : error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
}

function connection(client: Client, closed: Promise<string>, close: () => void): SshConnection {
  let open = true;
  void closed.then(() => {
    open = false;
    close();
  });
  return {
    closed,
    isOpen: () => open,
    close: () => {
      client.end();
      // An end that nobody answers must not keep anything alive.
      setTimeout(close, 500).unref();
    },
    exec: (command, { pty = false } = {}) =>
      new Promise((resolve, reject) => {
        const refuse = (error: Error) =>
          reject(
            open
              ? failed('The SSH server did not run a command', error.message)
              : unreachable('The connection ended before a command could run', 'connection lost'),
          );
        void closed.then((why) => refuse(new Error(why)));
        const done = (error: Error | undefined, channel: ClientChannel) =>
          error ? refuse(error) : resolve(channel);
        if (pty) client.exec(command, { pty: { modes: RAW_TERMINAL } }, done);
        else client.exec(command, done);
      }),
  };
}

/** Neither echo nor any change of line ends (RFC 4254, section 8). */
const RAW_TERMINAL = { ECHO: 0, OPOST: 0, ONLCR: 0, ISIG: 0, IXON: 0, IXOFF: 0 } as const;

async function login(
  hop: Hop,
  sock: Duplex,
  route: ScannerRoute,
  keys: LoadedHostKeys,
  { timeoutMs, lostAfterMs, keysOnly = false, onStep }: ConnectOptions,
  onClient: (client: Client) => void,
): Promise<{ client: Client; closed: Promise<string> }> {
  const client = new Client();
  onClient(client);
  const where = hostPort(hop);
  let refused: HostKeyRefused | undefined;
  const config: ConnectConfig = {
    sock,
    readyTimeout: timeoutMs,
    keepaliveInterval: Math.max(500, Math.floor(lostAfterMs / 4)),
    keepaliveCountMax: 3,
    algorithms: { serverHostKey: preferred(keys.knownTypes(where)) },
    hostVerifier: (key: Buffer) => {
      const verdict = keys.judge(where, key);
      if (verdict.status !== 'trusted') refused = new HostKeyRefused(route.name, where, key, verdict);
      else onStep?.({ hop, name: 'host key', detail: `${where} is known: ${fingerprint(key)}` });
      return verdict.status === 'trusted';
    },
    ...(keysOnly && hop === route.hops.at(-1)
      ? { username: hop.user, authHandler: [] }
      : await authConfig(hop, client)),
  };
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<string>();
  let why = 'the other end closed the connection';
  await new Promise<void>((resolve, reject) => {
    client
      .once('ready', () => {
        onStep?.({ hop, name: 'login', detail: `as ${hop.user} by ${hop.auth.kind}` });
        resolve();
      })
      // Stays: an error after the login without anybody listening would end the whole process.
      .on('error', (error) => {
        why = reason(error);
        reject(refused ?? loginError(error, hop, route));
      })
      .once('close', () => {
        onClosed(why);
        reject(refused ?? failed(`Handshake: ${where} closed the connection of scanner ${route.name}`, why));
      })
      .connect(config);
  });
  return { client, closed };
}

/** Types that are known of the host first, as ssh(1) does (HostKeyAlgorithms); RSA with SHA-1 never. */
function preferred(types: readonly string[]): ServerHostKeyAlgorithm[] {
  const rank = (algorithm: string) =>
    types.includes(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm) ? 0 : 1;
  return [...HOST_KEY_ALGORITHMS].sort((a, b) => rank(a) - rank(b));
}

const HOST_KEY_ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;
type ServerHostKeyAlgorithm = (typeof HOST_KEY_ALGORITHMS)[number];

type LevelledError = Error & { level?: string; code?: string };

function loginError(error: LevelledError, hop: Hop, { name }: ScannerRoute): PortolanError {
  const where = hostPort(hop);
  switch (error.level) {
    case 'client-authentication':
      return new PortolanError(
        'ssh_auth_failed',
        `Authentication: ${where} did not let ${hop.user} in by ${hop.auth.kind} (scanner ${name}).`,
        AUTH_NEXT[hop.auth.kind],
      );
    case 'agent':
      return new PortolanError(
        'ssh_auth_failed',
        `Authentication: the ssh-agent for scanner ${name} cannot be asked.`,
        'Start it, and check that SSH_AUTH_SOCK or the setting agent names its socket.',
      );
    case 'client-timeout':
    case 'client-socket':
      return unreachable(
        `Handshake: ${where} does not go on as an SSH server for scanner ${name} (${reason(error)})`,
        'Check that an SSH server listens at that port.',
      );
    default:
      return failed(`Handshake: ${where} and Portolan do not agree (scanner ${name})`, error.message);
  }
}

const AUTH_NEXT = {
  key: 'Put the public key into its ~/.ssh/authorized_keys, and check user and key.',
  agent: 'Load the key into the agent (ssh-add), and put the public key into its ~/.ssh/authorized_keys.',
  password: 'Check user and password, and that its server takes passwords (PasswordAuthentication).',
} as const;

/** Why a connection ended, without foreign words where we know our own. */
function reason(error: LevelledError): string {
  if (error.level === 'client-timeout') return 'nothing was heard from the other end any more';
  if (error.level === 'client-socket' && error.code) return error.code;
  return cleanField(error.message, 200);
}
