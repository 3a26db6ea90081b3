/** From a host's name to a stream to its SSH port: directly, or through the hop before it. */
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { cleanField } from '../../core/clean.ts';
import { unreachable } from './faults.ts';
import type { Hop, ScannerRoute } from './scanner.ts';
import { notAllowed } from './scanner-from-call.ts';

export interface ReachOptions {
  /** For each step of each hop: name, TCP, handshake. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** Told what has been reached, for `portolan doctor`. */
  onStep?: (step: { hop: Hop; name: 'name' | 'tcp' | 'host key' | 'login'; detail: string }) => void;
}

/** Looks the name up and opens TCP to the first of its addresses that answers. */
export async function reach(hop: Hop, route: ScannerRoute, options: ReachOptions): Promise<Socket> {
  const { host } = hop;
  let addresses = [host];
  if (isIP(host) === 0) {
    try {
      addresses = (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address);
    } catch {
      throw unreachable(`DNS: the name ${host} of scanner ${route.name} has no address`, 'Check the name.');
    }
    options.onStep?.({ hop, name: 'name', detail: addresses.join(', ') });
  }
  for (const address of addresses) {
    const refusal = route.refuseAddress?.(address);
    if (refusal !== undefined) {
      throw notAllowed(refusal);
    }
  }
  let problem = 'no address';
  for (const address of addresses) {
    try {
      const socket = await openTcp(address, hop.port, options);
      options.onStep?.({ hop, name: 'tcp', detail: `${address} port ${hop.port}` });
      return socket;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
  }
  throw unreachable(
    `TCP: nobody answers as ${host} port ${hop.port} for scanner ${route.name} (${cleanField(problem, 100)})`,
    'Check that its SSH server runs there, and that no firewall is between.',
  );
}

function openTcp(address: string, port: number, { timeoutMs, signal }: ReachOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port, noDelay: true, keepAlive: true });
    const give = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => give(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    const abort = () => give(new Error('stopped'));
    signal?.addEventListener('abort', abort, { once: true });
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
    // Stays for as long as the socket lives.
    socket.on('error', (error) => {
      settle();
      give(new Error('code' in error ? String(error.code) : 'unknown error'));
    });
    if (signal?.aborted) abort();
  });
}

/** A stream through a jump host; there the name is looked up. */
export function forward(
  jump: Client,
  hop: Hop,
  route: ScannerRoute,
  { timeoutMs }: Pick<ReachOptions, 'timeoutMs'>,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string) =>
      reject(
        unreachable(
          `TCP: the jump host reaches nobody as ${hop.host} port ${hop.port} for scanner ${route.name} (${why})`,
          'Check the address as the jump host sees it, and that the jump host may forward (AllowTcpForwarding).',
        ),
      );
    // It waits for its own connect(2), which can take minutes.
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      refuse(`no answer within ${timeoutMs / 1000} s`);
    }, timeoutMs);
    jump.forwardOut('127.0.0.1', 0, hop.host, hop.port, (error, stream) => {
      clearTimeout(timer);
      if (error)
        refuse(isProhibited(error) ? 'its sshd forwards nothing there' : cleanField(error.message, 100));
      else if (late) stream.on('error', () => {}).destroy();
      else resolve(stream);
    });
  });
}

/** SSH_OPEN_ADMINISTRATIVELY_PROHIBITED (RFC 4254 5.1); the words beside it are `open failed` whatever the cause. */
const PROHIBITED = 1;

const isProhibited = (error: Error): boolean => 'reason' in error && error.reason === PROHIBITED;
