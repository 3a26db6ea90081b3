/** A connection to a scanner, through its jump hosts, each with its host key checked. Errors say which step failed. */
import type { Client, ClientChannel } from 'ssh2';
import { readCredentials } from './auth.ts';
import { Channels, type ExecOptions } from './channels.ts';
import { stopped } from './faults.ts';
import { login } from './login.ts';
import { forward, type ReachOptions, reach } from './reach.ts';
import { hostPort, type ScannerRoute } from './scanner.ts';
import { type HostKeys, hostKeyNotKnown } from './trusted-host-keys.ts';
import { Way } from './way.ts';

export interface SshConnection {
  /** Runs a command; waits for a channel where the server takes no more at once. */
  exec(command: string, options?: ExecOptions): Promise<ClientChannel>;
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
  const [first] = route.hops;
  if (route.describedInCall && keys.knownTypes(hostPort(first)).length === 0)
    throw hostKeyNotKnown(route.name, first);
  // Before anybody is spoken to: with a key that cannot be used there is nothing to connect for.
  const credentials = await Promise.all(
    route.hops.map((hop) =>
      options.keysOnly && hop === route.hops.at(-1) ? undefined : readCredentials(hop),
    ),
  );
  const way = new Way();
  const giveUp = () => way.close();
  options.signal?.addEventListener('abort', giveUp, { once: true });
  try {
    let last: { client: Client; closed: Promise<string> } | undefined;
    for (const [index, hop] of route.hops.entries()) {
      const stream = way.own(
        last ? await forward(last.client, hop, route, options) : await reach(hop, route, options),
      );
      last = await login(hop, stream, { route, keys, way, credentials: credentials[index], ...options });
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
  const channels = new Channels(client, closed);
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
    exec: (command, options = {}) => channels.exec(command, options),
  };
}
