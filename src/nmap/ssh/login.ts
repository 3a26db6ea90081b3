/** Logs in to one machine on the way: its host key is checked, then who we are is proved. Errors say which step failed. */
import type { Duplex } from 'node:stream';
import { Client, type ConnectConfig } from 'ssh2';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import type { Credentials } from './auth.ts';
import { failed, unreachable } from './faults.ts';
import { fingerprint } from './known-hosts.ts';
import type { ReachOptions } from './reach.ts';
import { type Hop, hostPort, type ScannerRoute } from './scanner.ts';
import { HostKeyRefused, type LoadedHostKeys } from './trusted-host-keys.ts';
import type { Way } from './way.ts';

export interface LoginOptions extends ReachOptions {
  route: ScannerRoute;
  keys: LoadedHostKeys;
  /** Owns the client, as it does the stream. */
  way: Way;
  /** Absent: it is shown none, and refuses us once its host key is trusted. */
  credentials: Credentials | undefined;
  /** A link on which nothing is heard this long counts as broken. */
  lostAfterMs: number;
}

/** @throws PortolanError host_key_refused ({@link HostKeyRefused}), ssh_auth_failed, scanner_unreachable, ssh_failed */
export async function login(
  hop: Hop,
  sock: Duplex,
  ways: LoginOptions,
): Promise<{ client: Client; closed: Promise<string> }> {
  const { route, keys, way, credentials, timeoutMs, lostAfterMs, onStep } = ways;
  const client = way.own(new Client());
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
    username: hop.user,
    authHandler: credentials?.methods ?? [],
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
        reject(refused ?? loginError(error, hop, route, credentials));
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

function loginError(
  error: LevelledError,
  hop: Hop,
  { name }: ScannerRoute,
  credentials: Credentials | undefined,
): PortolanError {
  const where = hostPort(hop);
  // sshd hangs up on who showed it more keys than it looks at (MaxAuthTries).
  if (/too many authentication failures/i.test(error.message)) {
    return new PortolanError(
      'ssh_auth_failed',
      `Authentication: ${where} hung up on ${hop.user} after too many keys or passwords that did not fit (scanner ${name}).`,
      hop.auth.kind === 'agent'
        ? 'The agent holds more keys than that server tries (MaxAuthTries): give the scanner an agent with its key alone, or name the key file (key).'
        : AUTH_NEXT[hop.auth.kind],
    );
  }
  switch (error.level) {
    case 'client-authentication':
      return new PortolanError(
        'ssh_auth_failed',
        `Authentication: ${where} did not let ${hop.user} in by ${hop.auth.kind} (scanner ${name}).`,
        credentials?.unused ?? AUTH_NEXT[hop.auth.kind],
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
  agent:
    'Load the key into the agent (ssh-add), and put the public key itself into its ~/.ssh/authorized_keys: certificates of an agent are not shown.',
  password: 'Check user and password, and that its server takes passwords (PasswordAuthentication).',
} as const;

/** Why a connection ended, without foreign words where we know our own. */
function reason(error: LevelledError): string {
  if (error.level === 'client-timeout') return 'nothing was heard from the other end any more';
  if (error.level === 'client-socket' && error.code) return error.code;
  return cleanField(error.message, 200);
}
